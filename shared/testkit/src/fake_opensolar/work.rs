//! What people do in OpenSolar's app, and what customers do with their proposal.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::model::{Organisation, Proposal, Sale, System, take};
use super::workflow::{self, Availability};

/// One thing that somebody does with a project. As JSON: `{"do": "design", "kw": 6.6}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Work {
    /// A designer adds a system of this size (events 132 and 44).
    Design {
        /// kW DC.
        kw: f64,
    },
    /// A designer changes the newest system's size (event 44).
    Redesign {
        /// kW DC.
        kw: f64,
    },
    /// OpenSolar e-mails the proposal (event 0).
    SendProposal,
    /// The customer opens the proposal (event 2).
    ViewProposal,
    /// The customer accepts, and the project is marked sold with its newest system: the sold fields are set, the
    /// stage becomes the sold one (events 3, 103, 56).
    Sell,
    /// The sale is undone: the sold fields go back to null, the stage to the proposal (event 56).
    Unsell,
    /// The day of the installation is set, changed, or with null taken away.
    ScheduleInstallation {
        /// The day.
        date: Option<NaiveDate>,
    },
    /// The newest system stands (events 104, 56).
    MarkInstalled,
    /// Somebody drags the project to another stage (event 56).
    MoveToStage {
        /// One of the workflow's stages that is not archived.
        stage_id: u64,
    },
    /// Somebody edits the project's own fields by hand, by OpenSolar's names.
    Edit {
        /// What to change, as in a PATCH.
        fields: Map<String, Value>,
    },
    /// Somebody deletes the project.
    Delete,
}

/// Why something cannot be done: the test or driver asked for what OpenSolar's app would not offer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Misuse {
    /// There is no project with this id.
    #[error("there is no project {0}")]
    NoSuchProject(u64),
    /// The project has no system to sell, change or install.
    #[error("project {0} has no system")]
    NoSystem(u64),
    /// There is no such stage, or it is archived.
    #[error("there is no open stage {0}")]
    NoSuchStage(u64),
    /// There is no delivery with this number.
    #[error("there is no delivery {0}")]
    NoSuchDelivery(usize),
    /// The record is refused, for the reasons that the API would give.
    #[error("refused: {0}")]
    Refused(Value),
}

impl Organisation {
    /// Does it, with the events and changed fields that go with it, in order.
    pub(super) fn work(&mut self, project: u64, work: Work, now: DateTime<Utc>) -> Result<(), Misuse> {
        let Some(current) = self.projects.get(&project) else { return Err(Misuse::NoSuchProject(project)) };
        let newest = current.systems.last().map(|system| system.id).ok_or(Misuse::NoSystem(project));
        match work {
            Work::Design { kw } => {
                let system = System { id: take(&mut self.next.system), kw_stc: kw };
                self.edit_project(project, now, |project| project.systems.push(system));
                self.add_event(project, 132, now);
                self.add_event(project, 44, now);
            }
            Work::Redesign { kw } => {
                let newest = newest?;
                self.edit_project(project, now, |project| {
                    project
                        .systems
                        .iter_mut()
                        .filter(|system| system.id == newest)
                        .for_each(|system| system.kw_stc = kw);
                });
                self.add_event(project, 44, now);
            }
            Work::SendProposal => {
                self.edit_project(project, now, |project| {
                    if project.proposal == Proposal::None {
                        project.proposal = Proposal::Sent;
                    }
                });
                self.add_event(project, 0, now);
            }
            Work::ViewProposal => {
                self.edit_project(project, now, |project| project.proposal = Proposal::Viewed);
                self.add_event(project, 2, now);
            }
            Work::Sell => self.sell(project, newest?, now),
            Work::Unsell => {
                self.edit_project(project, now, |project| {
                    project.sale = None;
                    project.stage_id = workflow::PROPOSAL;
                });
                self.add_event(project, 56, now);
            }
            Work::ScheduleInstallation { date } => {
                self.edit_project(project, now, |project| project.installation_date = date);
            }
            Work::MarkInstalled => {
                let newest = newest?;
                self.edit_project(project, now, |project| {
                    project.system_installed = Some(newest);
                    project.stage_id = workflow::INSTALLED;
                });
                self.add_event(project, 104, now);
                self.add_event(project, 56, now);
            }
            Work::MoveToStage { stage_id } => {
                let open = |stage: &workflow::Stage| stage.availability == Availability::Open;
                workflow::stage(stage_id).filter(open).ok_or(Misuse::NoSuchStage(stage_id))?;
                self.edit_project(project, now, |project| project.stage_id = stage_id);
                self.add_event(project, 56, now);
            }
            Work::Edit { fields } => self.update_project(project, &fields, now).map_err(Misuse::Refused)?,
            Work::Delete => {
                self.remove_project(project, now);
            }
        }
        Ok(())
    }

    fn sell(&mut self, project: u64, system_id: u64, now: DateTime<Utc>) {
        self.add_event(project, 3, now);
        self.edit_project(project, now, |project| {
            project.sale = Some(Sale { system_id, sold_date: now, contract_date: now.date_naive() });
            project.stage_id = workflow::SOLD;
        });
        self.add_event(project, 103, now);
        self.add_event(project, 56, now);
    }
}
