//! What staff do, and the event that tells of it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::records::{Project, Records};

/// One thing that staff do with a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Work {
    /// It is moved on, or back: `project.status_changed`.
    Move {
        /// `lead`, `design`, `proposal`, `contract`, `installation`, `complete`, or anything.
        status: String,
    },
    /// Its design is complete: `project.design_complete`.
    Design {
        /// The system's size.
        kw: f64,
    },
    /// The proposal goes to the customer: `project.proposal_sent`.
    SendProposal,
    /// The customer signs: `project.contract_signed`.
    SignContract,
    /// The installation is scheduled: `project.installation_scheduled`.
    ScheduleInstallation {
        /// For when.
        date: NaiveDate,
    },
    /// Somebody edits its fields by hand, by the document's names. There is no event for that.
    Edit {
        /// What to change, as in a PATCH.
        fields: Map<String, Value>,
    },
    /// Somebody deletes it. There is no event for that.
    Delete,
}

/// Why something cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misuse {
    /// There is no project with this number.
    #[error("there is no project {0}")]
    NoSuchProject(u64),
    /// There is no contact with this number.
    #[error("there is no contact {0}")]
    NoSuchContact(u64),
    /// There is no delivery with this number.
    #[error("there is no delivery {0}")]
    NoSuchDelivery(usize),
}

impl Records {
    /// Does it, and tells of it.
    ///
    /// # Errors
    /// There is no such project.
    pub(super) fn work(&mut self, id: u64, work: Work, now: DateTime<Utc>) -> Result<(), Misuse> {
        let at = self.moment(now);
        let project = self.projects.get_mut(&id).ok_or(Misuse::NoSuchProject(id))?;
        let event = match work {
            Work::Edit { fields } => {
                self.edit(id, &fields, now);
                return Ok(());
            }
            Work::Delete => {
                self.projects.remove(&id);
                return Ok(());
            }
            Work::Move { status } => {
                project.status = status;
                "project.status_changed"
            }
            Work::Design { kw } => {
                project.system_size_kw = Some(kw);
                "project.design_complete"
            }
            Work::SendProposal => {
                project.proposal_url = Some(format!("https://relay.example.com/proposals/{id}?token=example"));
                "project.proposal_sent"
            }
            Work::SignContract => "project.contract_signed",
            Work::ScheduleInstallation { date } => {
                project.installation_date = Some(date);
                "project.installation_scheduled"
            }
        };
        project.updated_at = at;
        let project: Project = project.clone();
        self.tell(event, &project, at);
        Ok(())
    }
}
