//! The answer that tells of a project is lost, and a webhook arrives before anybody knows whose project it is about.

use std::time::Instant;

use domain::notification::Milestone;
use domain::webhook::DeliveryStatus;
use testkit::fake_opensolar::ReleaseOrder;
use testkit::{Calls, Fault};

use crate::crm::Enquiry;
use crate::demo::facts::Sight;
use crate::demo::people::People;
use crate::demo::sights::{done, project, size, templates, told};
use crate::demo::stage::{Cut, Stage};
use crate::error::LocalError;

/// From the lost answer to the message, which WhatsApp takes as a template only.
pub(in crate::demo) async fn play(stage: &mut Stage<'_>, people: &People) -> Result<(), Cut> {
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

async fn held(stage: &Stage<'_>, body: &str) -> Result<Sight, LocalError> {
    Ok(match stage.records.delivery(body).await? {
        Some(DeliveryStatus::Held { until }) => {
            Sight::Holds(format!("its project is no request's yet; until {}", until.format("%F")))
        }
        other => Sight::Not(format!("{other:?}")),
    })
}

async fn applied(stage: &Stage<'_>, body: &str) -> Result<Sight, LocalError> {
    Ok(match stage.records.delivery(body).await? {
        Some(status @ DeliveryStatus::Processed) => Sight::Holds(status.as_str().to_owned()),
        other => Sight::Not(format!("{other:?}")),
    })
}

fn found(stage: &Stage<'_>, enquiry: &Enquiry<'_>) -> Sight {
    let projects: Vec<u64> = stage.projects_of(enquiry).iter().map(|project| project.id).collect();
    let told = stage.crm.state_of(enquiry.id).and_then(|state| state.opensolar_project_id.clone());
    match (projects.as_slice(), told) {
        ([project], Some(told)) if told.as_str() == project.to_string() => Sight::Holds(format!("project {project}")),
        (projects, told) => Sight::Not(format!("projects {projects:?}, the CRM has {told:?}")),
    }
}

/// The CRM says that the customer wrote today, and WhatsApp knows better.
fn refused_then_template(stage: &Stage<'_>, enquiry: &Enquiry<'_>) -> Sight {
    let to = enquiry.whatsapp_id();
    let calls = stage.whatsapp.calls().into_iter();
    let theirs = calls.filter(|call| call.body.as_ref().is_some_and(|body| body["to"] == to));
    let statuses: Vec<Option<u16>> = theirs.map(|call| call.status).collect();
    match (templates(stage, enquiry, 1, Milestone::DesignComplete), statuses.as_slice()) {
        (Sight::Holds(template), [Some(refused @ 400..500), Some(200)]) => {
            Sight::Holds(format!("{refused}, then {template}"))
        }
        (Sight::Holds(seen) | Sight::Not(seen), _) => Sight::Not(format!("{seen}; answers {statuses:?}")),
    }
}
