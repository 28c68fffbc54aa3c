//! The story of the contract `design`: a relay in OpenSolar's place, whose signed events say themselves what happened.

mod again;
mod changes;
mod design;
mod door;
mod early;
mod missed;
mod repeat;
mod requests;

use domain::notification::Milestone;
use serde_json::Value;
use testkit::FakeRelay;
use testkit::fake_relay::{Contact, Project};

use super::acts::{end, operator};
use super::people::People;
use super::stage::{Cut, Stage};

/// What each customer is to have read: Rudo two dates, since the first was moved; nothing of what nobody told us of.
const READ: end::Read = [
    (
        "Rudo",
        &[
            Milestone::DesignComplete,
            Milestone::ProposalSent,
            Milestone::ContractSigned,
            Milestone::InstallationScheduled,
            Milestone::InstallationScheduled,
        ],
    ),
    ("Tendai", &[Milestone::DesignComplete]),
    ("Farai", &[]),
    ("Chipo", &[Milestone::DesignComplete, Milestone::ContractSigned, Milestone::InstallationScheduled]),
];

/// Act by act. The refused create of the first is tried again in the sixth: most of its minute passes meanwhile.
pub(super) async fn play(stage: &mut Stage<'_, FakeRelay>, people: &People) -> Result<(), Cut> {
    requests::play(stage, people).await?;
    early::play(stage, people).await?;
    door::play(stage, people).await?;
    design::play(stage, people).await?;
    changes::play(stage, people).await?;
    again::play(stage, people).await?;
    repeat::play(stage, people).await?;
    missed::play(stage, people).await?;
    operator::play(stage, people).await?;
    end::play(stage, people, READ).await
}

/// Whether the project was made for this contact, which its create names as text.
fn is_for(project: &Project, contact: &Contact) -> bool {
    project.fields.get("contact_id").and_then(Value::as_str) == Some(contact.id.to_string().as_str())
}
