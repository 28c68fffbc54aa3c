//! The answer that tells of a project is lost, and an event arrives before anybody knows whose project it is about.

use std::time::Instant;

use testkit::fake_relay::Work;
use testkit::{Calls, FakeRelay, Fault};

use crate::crm::Enquiry;
use crate::demo::deliveries::{applied, held};
use crate::demo::facts::Sight;
use crate::demo::people::People;
use crate::demo::remote::Remote;
use crate::demo::sights::{done, found, project, refused_then_template, told};
use crate::demo::stage::{Cut, Stage};
use crate::error::LocalError;

/// From the lost answer to the message, which WhatsApp takes as a template only.
pub(super) async fn play(stage: &mut Stage<'_, FakeRelay>, people: &People) -> Result<(), Cut> {
    let chipo = &people.chipo;
    stage.tell("Chipo wants solar; the relay makes the project, and the connection breaks before it says so");
    let since = Instant::now();
    stage.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyThenDrop);
    stage.crm.ask_for(chipo).await?;
    let verifying =
        |stage: &Stage<'_, _>| told(stage, chipo, |state| state.sync_reason.clone(), |why| why == "verifying");
    stage.expect("the CRM is told that Chipo's is in doubt", since, verifying).await?;

    stage.tell("The design of Chipo's system is complete, and the event says so before anybody knows whose it is");
    let since = Instant::now();
    stage.whatsapp.close_window(chipo.phone);
    let chipos = project(stage, chipo)?;
    done(stage.opensolar.work(chipos, Work::Design { kw: 3.3 }))?;
    let early = stage.opensolar.delivered().pop().unwrap_or_default();
    let expected = "Chipo's early event is held";
    stage.expect_recorded(expected, since, async |stage| held(stage, &early).await).await?;

    stage.tell("No event names our identifier: the list of projects is looked through, seconds later here");
    let since = Instant::now();
    let expected = "Chipo's project is found, no second is made";
    stage.expect_recorded(expected, since, async |stage| found_by_a_look(stage, chipo).await).await?;
    let expected = "Chipo's held event is applied";
    stage.expect_recorded(expected, since, async |stage| applied(stage, &early).await).await?;
    let expected = "Chipo's text is refused as too late: a template";
    stage.expect(expected, since, |stage| refused_then_template(stage, chipo)).await
}

/// The look is due a while after the relay can be at it no more.
async fn found_by_a_look(stage: &Stage<'_, FakeRelay>, enquiry: &Enquiry<'_>) -> Result<Sight, LocalError> {
    stage.wake_what_is_due().await?;
    let looks = stage.asked("GET", "/projects/").len();
    Ok(match found(stage, enquiry) {
        Sight::Holds(seen) if 0 < looks => Sight::Holds(format!("{seen}, by a look at the list")),
        Sight::Holds(seen) => Sight::Not(format!("{seen}, without a look at the list")),
        Sight::Not(seen) => Sight::Not(seen),
    })
}
