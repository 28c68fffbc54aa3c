//! The reminder of an installation, which is due in days: looked at in the ledger, where nobody else can see it.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use domain::notification::{Milestone, NoticeKey, NoticeState};

use super::facts::Sight;
use super::stage::Stage;
use crate::crm::Enquiry;
use crate::error::LocalError;

/// The ledger's entry for the second day is due on its eve; the one for the first day is current no more.
pub(super) async fn moved<R>(stage: &Stage<'_, R>, enquiry: &Enquiry<'_>, day: NaiveDate) -> Result<Sight, LocalError> {
    let Some(record) = stage.record_of(enquiry).await? else { return Ok(Sight::Not("no record".to_owned())) };
    let milestone = Milestone::InstallationReminder;
    let is_current = [1, 2].map(|epoch| record.is_current(milestone, epoch));
    let key = NoticeKey { request_id: record.request_id().clone(), milestone, epoch: 2 };
    let state = stage.records.notice(&key).await?.map(|notice| notice.state);
    Ok(match state {
        Some(NoticeState::Due { until, .. }) if is_current == [false, true] && Some(until) == eve(day) => {
            Sight::Holds(format!("due at {}", until.format("%F %T UTC")))
        }
        state => Sight::Not(format!("{state:?}, current {is_current:?}")),
    })
}

/// Nine in the morning in Harare, which has no summer time, of the day before.
fn eve(day: NaiveDate) -> Option<DateTime<Utc>> {
    let harare = FixedOffset::east_opt(2 * 3600)?;
    day.pred_opt()?.and_hms_opt(9, 0, 0)?.and_local_timezone(harare).single().map(|at| at.to_utc())
}
