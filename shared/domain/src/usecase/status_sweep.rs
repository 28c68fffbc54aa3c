//! `status-sweep`: asks OpenSolar by night what changed without telling us. Rows of its list only trigger a read.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde::Serialize;
use tracing::warn;

use super::{Core, UseCaseError};
use crate::configuration::Configuration;
use crate::jobs::{SyncJob, Wake};
use crate::log::chain;
use crate::ports::{Deadline, OpenSolar};
use crate::remote::ProjectRow;

/// The schedule wakes the sweep this often; it works in the turn that begins the night's run.
pub const TURN: TimeDelta = TimeDelta::minutes(15);

/// Whether a run was asked for, or the schedule decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// By the schedule: works only in the turn that holds this local time.
    Nightly(NaiveTime),
    /// Now.
    Now,
}

/// What a sweep did, in counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StatusReport {
    /// Whether it was time to work.
    pub ran: bool,
    /// Rows that OpenSolar's list showed.
    pub rows: usize,
    /// Rows of projects that are linked to a request.
    pub linked: usize,
    /// Fetches enqueued: linked projects that changed since our last read.
    pub enqueued: usize,
    /// Why the list could not be read, if it could not.
    pub unread: Option<String>,
}

/// Looks at the page of projects that changed last, and enqueues a fetch for each linked one that we have not read since.
pub async fn status_sweep(
    core: &Core,
    opensolar: &dyn OpenSolar,
    run: Run,
    deadline: Deadline,
) -> Result<StatusReport, UseCaseError> {
    let config = core.active_configuration().await?;
    if !is_time(run, &config, core.now()) {
        return Ok(StatusReport::default());
    }
    let mut report = StatusReport { ran: true, ..StatusReport::default() };
    let rows = match opensolar.project_page(&config.account, 1).await {
        Ok(rows) => rows,
        Err(error) => {
            warn!(error = chain(&error), "opensolar's projects were not listed, the next run will");
            report.unread = Some(error.to_string());
            return Ok(report);
        }
    };
    report.rows = rows.len();
    for row in rows {
        if !deadline.allows(std::time::Duration::ZERO, core.now()) {
            break;
        }
        look_at(core, &config, row, &mut report).await?;
    }
    Ok(report)
}

async fn look_at(
    core: &Core,
    config: &Configuration,
    row: ProjectRow,
    report: &mut StatusReport,
) -> Result<(), UseCaseError> {
    let org_id = config.account.org;
    let Some(request_id) = core.store.linked_to(org_id, &row.id).await? else { return Ok(()) };
    report.linked += 1;
    let Some(project) = core.store.project(org_id, &request_id).await? else { return Ok(()) };
    let seen = project.observed.as_ref().and_then(|observed| observed.modified_at);
    if seen.is_some() && seen == row.modified_at {
        return Ok(());
    }
    let changed = row.modified_at.map_or_else(|| "unknown".to_owned(), |at| at.timestamp_micros().to_string());
    let deduplication_id = format!("fetch-{org_id}-{request_id}-{changed}-{}", project.revision.0);
    if let Some(message) = Wake::Sync(SyncJob::FetchStatus { org_id, request_id }).message(deduplication_id) {
        core.queue.send(&message).await?;
        report.enqueued += 1;
    }
    Ok(())
}

fn is_time(run: Run, config: &Configuration, now: DateTime<Utc>) -> bool {
    let Run::Nightly(time) = run else { return true };
    let local = now.with_timezone(&config.time_zone);
    // The last turn that began at or before now; yesterday's, for a time shortly before midnight.
    [local.date_naive(), local.date_naive() - TimeDelta::days(1)].into_iter().any(|day| {
        let begin = day.and_time(time).and_local_timezone(config.time_zone).earliest();
        begin.is_some_and(|begin| begin <= local && local < begin + TURN)
    })
}
