//! People change their minds: a correction that stays, another date, a sale undone.

use std::time::Instant;

use chrono::{Days, Utc};
use serde_json::{Map, json};
use testkit::fake_opensolar::Work;

use crate::crm::Enquiry;
use crate::demo::facts::Sight;
use crate::demo::people::People;
use crate::demo::reminder;
use crate::demo::sights::{done, no_more_messages, project, scheduled, texts};
use crate::demo::stage::{Cut, Stage};

/// The address as the designer knows it, and what the CRM wants to add to the project meanwhile.
const CORRECTED: &str = "12b Example Street";
const NOTE: &str = "The gate is green.";

/// Rudo's project is corrected and moved to another date, Chipo's is sold no more.
pub(super) async fn play(stage: &mut Stage<'_>, people: &People) -> Result<(), Cut> {
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
    stage.expect_recorded(expected, since, async |stage| reminder::moved(stage, rudo, day).await).await?;

    stage.tell("In OpenSolar, Chipo's sale is undone");
    let (since, messages) = (Instant::now(), stage.messages_to(chipo).len());
    done(stage.opensolar.work(chipos, Work::Unsell))?;
    stage.expect("the CRM sees that Chipo's sale is undone", since, |stage| unsold(stage, chipo)).await?;
    stage.settle().await?;
    let sight = no_more_messages(stage, chipo, messages);
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
