//! The create that was refused at the beginning is tried again, by itself.

use std::time::{Duration, Instant};

use domain::notification::Milestone;
use testkit::FakeRelay;
use testkit::fake_relay::Work;

use super::is_for;
use crate::crm::Enquiry;
use crate::demo::facts::Sight;
use crate::demo::people::People;
use crate::demo::sights::{done, found, project, templates};
use crate::demo::stage::{Cut, Stage};
use crate::error::LocalError;

/// A minute and what chance adds to it, counted from the beginning of the story.
const LIMIT: Duration = Duration::from_secs(90);

/// Tendai's project is made after all, and goes on like the others.
pub(super) async fn play(stage: &mut Stage<'_, FakeRelay>, people: &People) -> Result<(), Cut> {
    let tendai = &people.tendai;
    stage.tell("Tendai's create, which was refused, is due again about a minute after that");
    let since = Instant::now();
    let expected = "Tendai's create is tried again, for the same contact";
    stage.expect_within(LIMIT, expected, since, async |stage| tried_again(stage, tendai).await).await?;
    stage.expect("the CRM is told of Tendai's project", since, |stage| found(stage, tendai)).await?;

    stage.tell("The design of Tendai's system is complete");
    let since = Instant::now();
    let tendais = project(stage, tendai)?;
    done(stage.opensolar.work(tendais, Work::Design { kw: 5.5 }))?;
    let expected = "Tendai, who has not written, reads a template";
    stage.expect(expected, since, |stage| templates(stage, tendai, 1, Milestone::DesignComplete)).await
}

async fn tried_again(stage: &Stage<'_, FakeRelay>, enquiry: &Enquiry<'_>) -> Result<Sight, LocalError> {
    stage.wake_what_is_due().await?;
    let creates = stage.asked("POST", "/projects/").into_iter();
    let theirs = creates.filter(|call| {
        call.body.as_ref().is_some_and(|body| body["custom_fields"]["hanna_installation_id"] == enquiry.id)
    });
    let answers: Vec<Option<u16>> = theirs.map(|call| call.status).collect();
    Ok(match (stage.contacts_of(enquiry).as_slice(), stage.projects_of(enquiry).as_slice()) {
        ([contact], [project]) if answers == [Some(403), Some(201)] && is_for(project, contact) => {
            Sight::Holds(format!("403, then 201: project {}, contact {}", project.id, contact.id))
        }
        (contacts, projects) => {
            Sight::Not(format!("{answers:?}, {} contacts, {} projects", contacts.len(), projects.len()))
        }
    })
}
