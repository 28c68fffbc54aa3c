//! The story of the contract `live`: OpenSolar tells that something happened, and is asked what.

mod changes;
mod design;
mod early;
mod missed;
mod repeat;
mod requests;

use domain::notification::Milestone;

use super::acts::{end, operator};
use super::people::People;
use super::stage::{Cut, Stage};

/// What each customer is to have read: two dates, since the first was moved; nothing of a sale undone.
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
    ("Tendai", &[Milestone::DesignComplete, Milestone::ProposalSent]),
    ("Farai", &[]),
    ("Chipo", &[Milestone::DesignComplete, Milestone::ContractSigned]),
];

/// Act by act.
pub(super) async fn play(stage: &mut Stage<'_>, people: &People) -> Result<(), Cut> {
    requests::play(stage, people).await?;
    early::play(stage, people).await?;
    design::play(stage, people).await?;
    changes::play(stage, people).await?;
    repeat::play(stage, people).await?;
    missed::play(stage, people).await?;
    operator::play(stage, people).await?;
    end::play(stage, people, READ).await
}
