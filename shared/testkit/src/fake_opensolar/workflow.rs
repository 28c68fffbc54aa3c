//! The organisation's one workflow, and its stages.
//!
//! Titles and ids are each organisation's own; only `milestone` means the same everywhere: 0 presale, 1 lock
//! pricing, 2 sold, 3 installed, 4 others.

use serde_json::{Value, json};

/// The default workflow.
pub(super) const WORKFLOW_ID: u64 = 321;

/// One stage of the workflow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage {
    pub(super) id: u64,
    title: &'static str,
    pub(super) milestone: u64,
    pub(super) availability: Availability,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Availability {
    Open,
    /// It is still listed, and must not be chosen.
    Archived,
}

/// Where a new project begins.
pub(super) const NEW: u64 = 6541;
/// Where an undone sale falls back to.
pub(super) const PROPOSAL: u64 = 6543;
/// Where a signed contract leads.
pub(super) const SOLD: u64 = 6544;
/// Where a finished installation leads.
pub(super) const INSTALLED: u64 = 6546;

const STAGES: [Stage; 7] = [
    Stage { id: NEW, title: "New", milestone: 0, availability: Availability::Open },
    Stage { id: 6542, title: "Design", milestone: 0, availability: Availability::Open },
    Stage { id: PROPOSAL, title: "Proposal", milestone: 1, availability: Availability::Open },
    Stage { id: SOLD, title: "Sold", milestone: 2, availability: Availability::Open },
    Stage { id: 6545, title: "Installation", milestone: 2, availability: Availability::Open },
    Stage { id: INSTALLED, title: "Installed", milestone: 3, availability: Availability::Open },
    Stage { id: 6547, title: "Old quotes", milestone: 4, availability: Availability::Archived },
];

pub(super) fn stage(id: u64) -> Option<Stage> {
    STAGES.into_iter().find(|stage| stage.id == id)
}

/// The milestone of a stage that a project is in.
pub(super) fn milestone(stage_id: u64) -> u64 {
    stage(stage_id).map_or(4, |stage| stage.milestone)
}

/// The rows of `GET /workflows/`, after its two filters.
pub(super) fn rows(is_default: Option<&str>, is_archived: Option<&str>) -> Vec<Value> {
    let wants = |filter: Option<&str>, here: &str| filter.is_none_or(|value| value.eq_ignore_ascii_case(here));
    if !wants(is_default, "true") || !wants(is_archived, "false") {
        return Vec::new();
    }
    let stages: Vec<Value> = STAGES.iter().enumerate().map(|(order, stage)| stage_row(order, stage)).collect();
    vec![json!({
        "id": WORKFLOW_ID,
        "title": "Residential",
        "is_default": true,
        "is_archived": false,
        "workflow_stages": stages,
    })]
}

fn stage_row(order: usize, stage: &Stage) -> Value {
    json!({
        "id": stage.id,
        "title": stage.title,
        "milestone": stage.milestone,
        "order": order,
        "is_archived": stage.availability == Availability::Archived,
        "actions": [],
    })
}
