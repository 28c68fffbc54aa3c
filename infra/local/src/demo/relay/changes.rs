//! People change their minds: a correction that stays, another date, a project moved back.

use std::time::Instant;

use chrono::{Days, Utc};
use serde_json::{Map, json};
use testkit::FakeRelay;
use testkit::fake_relay::Work;

use super::design::{at, moved};
use crate::crm::Enquiry;
use crate::demo::facts::Sight;
use crate::demo::people::People;
use crate::demo::reminder;
use crate::demo::sights::{done, no_more_messages, project, scheduled, texts};
use crate::demo::stage::{Cut, Stage};

/// The street as the designer knows it, and what the CRM wants to add to the project meanwhile.
const CORRECTED: &str = "12b Example Street";
const NOTE: &str = "The gate is green.";

/// Rudo's project is corrected and moved to another date, Chipo's is moved back.
pub(super) async fn play(stage: &mut Stage<'_, FakeRelay>, people: &People) -> Result<(), Cut> {
    let (rudo, chipo) = (&people.rudo, &people.chipo);
    let (rudos, chipos) = (project(stage, rudo)?, project(stage, chipo)?);

    let wish = Enquiry { address: "14 Example Street", notes: Some(NOTE), revision: 2, ..rudo.clone() };
    stage.tell(format_args!("The designer corrects Rudo's street to {CORRECTED}"));
    stage.tell(format_args!("The CRM now has {}, and a note: {NOTE}", wish.address));
    let since = Instant::now();
    let fields = Map::from_iter([("address".to_owned(), json!({"street": CORRECTED}))]);
    done(stage.opensolar.work(rudos, Work::Edit { fields }))?;
    stage.crm.ask_for(&wish).await?;
    let expected = "Rudo's street stays corrected, the note arrives";
    stage.expect(expected, since, |stage| only_the_note(stage, rudo)).await?;

    let day = Utc::now().date_naive() + Days::new(21);
    stage.tell(format_args!("The office moves Rudo's installation to {day}"));
    let since = Instant::now();
    done(stage.opensolar.work(rudos, Work::ScheduleInstallation { date: day }))?;
    stage.expect("the CRM is told the new day of the installation", since, |stage| scheduled(stage, rudo, day)).await?;
    stage.expect("Rudo reads the new day", since, |stage| texts(stage, rudo, 5)).await?;
    let expected = "Rudo's reminder moves to the new day's eve";
    stage.expect_recorded(expected, since, async |stage| reminder::moved(stage, rudo, day).await).await?;

    stage.tell("At the relay, Chipo's project is moved back to proposal");
    let (since, messages) = (Instant::now(), stage.messages_to(chipo).len());
    done(stage.opensolar.work(chipos, moved("proposal")))?;
    let expected = "the CRM sees it; Chipo's status does not move back";
    stage.expect(expected, since, |stage| at(stage, chipo, "proposal", "scheduled")).await?;
    stage.settle().await?;
    let sight = no_more_messages(stage, chipo, messages);
    stage.note("Chipo is not told that the project moved back", since, sight);
    Ok(())
}

/// Of the two things that the CRM changed, one was a person's by then.
fn only_the_note(stage: &Stage<'_, FakeRelay>, enquiry: &Enquiry<'_>) -> Sight {
    let Some(project) = stage.projects_of(enquiry).into_iter().next() else {
        return Sight::Not("no project".to_owned());
    };
    let changes = stage.asked("PATCH", &format!("/projects/{}", project.id)).into_iter();
    let sent: Vec<String> = changes.filter_map(|call| Some(call.body?.to_string())).collect();
    let street = project.fields["address"]["street"].as_str().unwrap_or_default();
    let note = project.fields.get("notes").and_then(|note| note.as_str());
    let seen = format!("{street}; sent {}", sent.join(", "));
    let holds = street == CORRECTED && note == Some(NOTE) && sent == [json!({"notes": NOTE}).to_string()];
    if holds { Sight::Holds(seen) } else { Sight::Not(seen) }
}
