//! People change their minds: a correction that stays, another date, a sale undone.

use std::time::Instant;

use chrono::{DateTime, Days, FixedOffset, NaiveDate, Utc};
use domain::notification::{Milestone, NoticeKey, NoticeState};
use serde_json::{Map, json};
use testkit::fake_opensolar::Work;

use crate::crm::Enquiry;
use crate::demo::facts::Sight;
use crate::demo::people::People;
use crate::demo::sights::{done, project, scheduled, texts};
use crate::demo::stage::{Cut, Stage};
use crate::error::LocalError;

/// The address as the designer knows it, and what the CRM wants to add to the project meanwhile.
const CORRECTED: &str = "12b Example Street";
const NOTE: &str = "The gate is green.";

/// Rudo's project is corrected and moved to another date, Chipo's is sold no more.
pub(in crate::demo) async fn play(stage: &mut Stage<'_>, people: &People) -> Result<(), Cut> {
    let (rudo, chipo) = (&people.rudo, &people.chipo);
    let (rudos, chipos) = (project(stage, rudo)?, project(stage, chipo)?);

    let wish = Enquiry { address: "14 Example Street", notes: Some(NOTE), revision: 2, ..rudo.clone() };
    stage.tell(format_args!("The designer corrects Rudo's address to {CORRECTED}"));
    stage.tell(format_args!("The CRM now has {}, and a note: {NOTE}", wish.address));
    let since = Instant::now();
    let fields = Map::from_iter([("address".to_owned(), json!(CORRECTED))]);
    done(stage.opensolar.work(rudos, Work::Edit { fields }))?;
    stage.crm.ask_for(&wish).await?;
    stage
        .expect("Rudo's address stays corrected, the note arrives", since, |stage| only_the_note(stage, rudos))
        .await?;

    let day = Utc::now().date_naive() + Days::new(21);
    stage.tell(format_args!("The office moves Rudo's installation to {day}"));
    let since = Instant::now();
    done(stage.opensolar.schedule_installation(rudos, day))?;
    stage.expect("the CRM is told the new day of the installation", since, |stage| scheduled(stage, rudo, day)).await?;
    stage.expect("Rudo reads the new day", since, |stage| texts(stage, rudo, 5)).await?;
    let expected = "Rudo's reminder moves to the new day's eve";
    stage.expect_recorded(expected, since, async |stage| reminder(stage, rudo, day).await).await?;

    stage.tell("In OpenSolar, Chipo's sale is undone");
    let (since, messages) = (Instant::now(), stage.messages_to(chipo).len());
    done(stage.opensolar.work(chipos, Work::Unsell))?;
    stage.expect("the CRM sees that Chipo's sale is undone", since, |stage| unsold(stage, chipo)).await?;
    stage.settle().await?;
    let now = stage.messages_to(chipo).len();
    let seen = format!("{now} messages, as before");
    let sight =
        if now == messages { Sight::Holds(seen) } else { Sight::Not(format!("{now} messages, not {messages}")) };
    stage.note("Chipo is not told of the undone sale", since, sight);
    Ok(())
}

/// Of the two things that the CRM changed, one was a person's by then.
fn only_the_note(stage: &Stage<'_>, project: u64) -> Sight {
    let calls = stage.opensolar.calls().into_iter();
    let path = format!("/projects/{project}/");
    let changes = calls.filter(|call| call.method == "PATCH" && call.path.ends_with(&path));
    let sent: Vec<String> = changes.filter_map(|call| Some(call.body?.to_string())).collect();
    let Some(project) = stage.opensolar.project(project) else { return Sight::Not("no project".to_owned()) };
    let (address, notes) = (&project.details["address"], &project.details["notes"]);
    let seen = format!("{}; sent {}", address.as_str().unwrap_or_default(), sent.join(", "));
    let holds = *address == CORRECTED && *notes == NOTE && sent == [json!({"notes": NOTE}).to_string()];
    if holds { Sight::Holds(seen) } else { Sight::Not(seen) }
}

/// Nine in the morning in Harare, which has no summer time, of the day before.
fn eve(day: NaiveDate) -> Option<DateTime<Utc>> {
    let harare = FixedOffset::east_opt(2 * 3600)?;
    day.pred_opt()?.and_hms_opt(9, 0, 0)?.and_local_timezone(harare).single().map(|at| at.to_utc())
}

/// The ledger's entry for the new day is due on its eve; the one for the old day is current no more.
async fn reminder(stage: &Stage<'_>, enquiry: &Enquiry<'_>, day: NaiveDate) -> Result<Sight, LocalError> {
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

fn unsold(stage: &Stage<'_>, enquiry: &Enquiry<'_>) -> Sight {
    let Some(state) = stage.crm.state_of(enquiry.id) else { return Sight::Not("nothing is told".to_owned()) };
    let stage_of_project = state.project_status.as_deref().unwrap_or("none");
    let status = state.status.as_deref().unwrap_or("none");
    let seen = format!("stage {stage_of_project}, signed {:?}, status {status}", state.contract_signed_at);
    match (state.contract_signed_at, stage_of_project, status) {
        (None, "Proposal", "scheduled") => {
            Sight::Holds("stage Proposal, no contract; status still scheduled".to_owned())
        }
        _ => Sight::Not(seen),
    }
}
