//! The request status that follows from the picture.

use crate::configuration::Configuration;
use crate::project::{Observed, Project};
use crate::remote::{Phase, ProjectStatus};
use crate::request::CrmStatus;

/// The request status that follows from what OpenSolar showed so far: it never moves back, and a cancelled request keeps
/// its own.
pub fn status(project: &Project, observed: &Observed, config: &Configuration) -> Option<CrmStatus> {
    if project.desired.status == CrmStatus::Cancelled {
        return project.shown_status;
    }
    let by_stage = observed.stage.and_then(|stage| config.stage_map.get(&stage).copied());
    let by_phase = observed.phase.and_then(|phase| match phase {
        Phase::Presale | Phase::LockPricing => Some(CrmStatus::Pending),
        Phase::Sold => Some(CrmStatus::Scheduled),
        Phase::Installed => Some(CrmStatus::Completed),
        Phase::Others => None,
    });
    let by_status = observed.status.as_ref().and_then(of_status);
    let by_sale = observed.is_sold.then_some(CrmStatus::Scheduled);
    let by_installation = observed.is_installed.then_some(CrmStatus::Completed);
    [project.shown_status, by_status.or(by_stage).or(by_phase), by_sale, by_installation].into_iter().flatten().max()
}

/// What follows from the words of the contract `design`, whose statuses are its own and not an organisation's.
fn of_status(status: &ProjectStatus) -> Option<CrmStatus> {
    match status.as_str().to_ascii_lowercase().as_str() {
        "lead" | "design" | "proposal" => Some(CrmStatus::Pending),
        "contract" => Some(CrmStatus::Scheduled),
        "installation" => Some(CrmStatus::InProgress),
        "complete" => Some(CrmStatus::Completed),
        _ => None,
    }
}
