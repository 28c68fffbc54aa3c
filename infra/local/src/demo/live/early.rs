//! The answer that tells of a project is lost, and a webhook arrives before anybody knows whose project it is about.

use std::time::Instant;

use testkit::fake_opensolar::ReleaseOrder;
use testkit::{Calls, Fault};

use crate::demo::deliveries::{applied, held};
use crate::demo::people::People;
use crate::demo::sights::{done, found, project, refused_then_template, size, told};
use crate::demo::stage::{Cut, Stage};
use crate::error::LocalError;

/// From the lost answer to the message, which WhatsApp takes as a template only.
pub(super) async fn play(stage: &mut Stage<'_>, people: &People) -> Result<(), Cut> {
    let chipo = &people.chipo;
    stage.tell("Chipo wants solar; OpenSolar makes the project, and the connection breaks before it says so");
    let since = Instant::now();
    stage.opensolar.hold_deliveries();
    stage.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyThenDrop);
    stage.crm.ask_for(chipo).await?;
    let verifying = |stage: &Stage<'_>| told(stage, chipo, |state| state.sync_reason.clone(), |why| why == "verifying");
    stage.expect("the CRM is told that Chipo's is in doubt", since, verifying).await?;

    stage.tell("A designer draws 3.3 kW for Chipo; the webhook of that overtakes the project's own");
    let since = Instant::now();
    stage.whatsapp.close_window(chipo.phone);
    let chipos = project(stage, chipo)?;
    done(stage.opensolar.design(chipos, 3.3))?;
    let early = event_of(stage, chipos)?;
    stage.webhook_arrives(&early).await?;
    let expected = "Chipo's early webhook is held";
    stage.expect_recorded(expected, since, async |stage| held(stage, &early).await).await?;

    stage.tell("The project's own webhook arrives, and names our identifier");
    let since = Instant::now();
    stage.opensolar.release_deliveries(ReleaseOrder::AsHappened);
    stage.expect("Chipo's project is found, no second is made", since, |stage| found(stage, chipo)).await?;
    let expected = "Chipo's held webhook is applied";
    stage.expect_recorded(expected, since, async |stage| applied(stage, &early).await).await?;
    stage.expect("the CRM is told of Chipo's 3.30 kW", since, |stage| size(stage, chipo, "3.30")).await?;
    let expected = "Chipo's text is refused as too late: a template";
    stage.expect(expected, since, |stage| refused_then_template(stage, chipo)).await
}

/// The body of the newest webhook about an event of the project.
fn event_of(stage: &Stage<'_>, project: u64) -> Result<String, LocalError> {
    let path = format!("/projects/{project}/");
    let missing = || LocalError::Answer { operation: "working in OpenSolar", reason: "no event is told".to_owned() };
    let deliveries = stage.opensolar.deliveries().into_iter().rev();
    let mut bodies = deliveries.map(|delivery| delivery.body);
    bodies.find(|body| body.contains(r#""model":"Event""#) && body.contains(&path)).ok_or_else(missing)
}
