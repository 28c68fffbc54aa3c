//! The organisation's workflows, and their stages.
//!
//! Titles and ids are each organisation's own, and people edit them; only `milestone` means the same everywhere: 0
//! presale, 1 lock pricing, 2 sold, 3 installed, 4 others.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::quirks::ListedWorkflows;

/// The default workflow.
pub(super) const WORKFLOW_ID: u64 = 321;

/// Where a new project begins.
pub(super) const NEW: u64 = 6541;
/// Where an undone sale falls back to.
pub(super) const PROPOSAL: u64 = 6543;
/// Where a signed contract leads.
pub(super) const SOLD: u64 = 6544;
/// Where a finished installation leads.
pub(super) const INSTALLED: u64 = 6546;

/// Whether something may be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Availability {
    Open,
    /// It is still listed, and must not be chosen.
    Archived,
}

/// One stage of a workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Stage {
    id: u64,
    title: String,
    milestone: u64,
    availability: Availability,
}

/// A workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Workflow {
    id: u64,
    title: String,
    availability: Availability,
    stages: Vec<Stage>,
}

/// All workflows, the default one first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Workflows(Vec<Workflow>);

impl Default for Workflows {
    fn default() -> Self {
        let open = |id, title, milestone| stage_of(id, title, milestone, Availability::Open);
        let mut residential = [
            open(NEW, "New", 0),
            open(6542, "Design", 0),
            open(PROPOSAL, "Proposal", 1),
            open(SOLD, "Sold", 2),
            open(6545, "Installation", 2),
            open(INSTALLED, "Installed", 3),
        ]
        .to_vec();
        residential.push(stage_of(6547, "Old quotes", 4, Availability::Archived));
        let commercial = [open(6601, "Enquiry", 0), open(6602, "Contract", 2), open(6603, "Commissioned", 3)].to_vec();
        let old = [open(6701, "Before the move", 4)].to_vec();
        Self(vec![
            workflow_of(WORKFLOW_ID, "Residential", Availability::Open, residential),
            workflow_of(322, "Commercial", Availability::Open, commercial),
            workflow_of(323, "Before 2020", Availability::Archived, old),
        ])
    }
}

impl Workflows {
    /// Whether a stage may be chosen: it and its workflow are listed, and not archived.
    pub(super) fn is_open(&self, id: u64, listed: ListedWorkflows) -> bool {
        let open = |workflow: &&Workflow| workflow.availability == Availability::Open;
        self.listed(listed)
            .filter(open)
            .flat_map(|workflow| &workflow.stages)
            .any(|stage| stage.id == id && stage.availability == Availability::Open)
    }

    /// The milestone of a stage that a project is in.
    pub(super) fn milestone(&self, stage_id: u64) -> u64 {
        let mut stages = self.0.iter().flat_map(|workflow| &workflow.stages);
        stages.find(|stage| stage.id == stage_id).map_or(4, |stage| stage.milestone)
    }

    /// The workflow that a stage belongs to.
    pub(super) fn of_stage(&self, stage_id: u64) -> u64 {
        let has_it = |workflow: &&Workflow| workflow.stages.iter().any(|stage| stage.id == stage_id);
        self.0.iter().find(has_it).map_or(WORKFLOW_ID, |workflow| workflow.id)
    }

    /// Adds a stage to the default workflow, as its last.
    pub(super) fn add_stage(&mut self, title: &str, milestone: u64) -> u64 {
        let newest = self.0.iter().flat_map(|workflow| &workflow.stages).map(|stage| stage.id).max();
        let id = newest.unwrap_or(NEW) + 1;
        if let Some(workflow) = self.0.first_mut() {
            workflow.stages.push(stage_of(id, title, milestone, Availability::Open));
        }
        id
    }

    /// Archives a stage; projects in it stay there. Whether there is such a stage.
    pub(super) fn archive_stage(&mut self, id: u64) -> Option<()> {
        let mut stages = self.0.iter_mut().flat_map(|workflow| &mut workflow.stages);
        stages.find(|stage| stage.id == id).map(|stage| stage.availability = Availability::Archived)
    }

    /// The rows of `GET /workflows/`, after its two filters.
    pub(super) fn rows(
        &self,
        listed: ListedWorkflows,
        is_default: Option<&str>,
        is_archived: Option<&str>,
    ) -> Vec<Value> {
        let wants = |filter: Option<&str>, here: bool| {
            filter.is_none_or(|value| value.eq_ignore_ascii_case(if here { "true" } else { "false" }))
        };
        let wanted = |workflow: &&Workflow| {
            wants(is_default, workflow.id == WORKFLOW_ID)
                && wants(is_archived, workflow.availability == Availability::Archived)
        };
        self.listed(listed).filter(wanted).map(row).collect()
    }

    fn listed(&self, listed: ListedWorkflows) -> impl Iterator<Item = &Workflow> {
        let count = match listed {
            ListedWorkflows::One => 1,
            ListedWorkflows::Several => self.0.len(),
        };
        self.0.iter().take(count)
    }
}

fn stage_of(id: u64, title: &str, milestone: u64, availability: Availability) -> Stage {
    Stage { id, title: title.to_owned(), milestone, availability }
}

fn workflow_of(id: u64, title: &str, availability: Availability, stages: Vec<Stage>) -> Workflow {
    Workflow { id, title: title.to_owned(), availability, stages }
}

fn row(workflow: &Workflow) -> Value {
    let stages = workflow.stages.iter().enumerate().map(|(order, stage)| {
        json!({
            "id": stage.id,
            "title": stage.title,
            "milestone": stage.milestone,
            "order": order,
            "is_archived": stage.availability == Availability::Archived,
            "actions": [],
        })
    });
    json!({
        "id": workflow.id,
        "title": workflow.title,
        "is_default": workflow.id == WORKFLOW_ID,
        "is_archived": workflow.availability == Availability::Archived,
        "workflow_stages": stages.collect::<Vec<_>>(),
    })
}
