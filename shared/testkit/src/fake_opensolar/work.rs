//! What people do in OpenSolar's app, and what customers do with their proposal.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One thing that somebody does with a project. As JSON: `{"do": "design", "kw": 6.6}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Work {
    /// A designer adds a system of this size, which may be 0 (events 132 and 44).
    Design {
        /// kW DC.
        kw: f64,
    },
    /// A designer notes what stands there already (`is_current`, event 44).
    NoteExistingSystem {
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
    /// Somebody copies the share link, to send it by other means.
    CopyShareLink,
    /// The contract is signed, and nobody has marked the project sold yet: `contract_date` is set (event 63).
    SignContract,
    /// The customer accepts, and the project is marked sold with its newest system: the sold fields are set, the
    /// stage becomes the sold one (events as `events.sale` of the quirks says).
    Sell,
    /// The sale is undone: the sold fields go back to null, the stage to the proposal (event 56).
    Unsell,
    /// The day of the installation is set, changed, or with null taken away. Where that is told,
    /// `events.scheduling` of the quirks says.
    ScheduleInstallation {
        /// The day.
        date: Option<NaiveDate>,
    },
    /// The installation is put into the calendar, moved there, or with null taken out (event 40); no field is set.
    PlanOnCalendar {
        /// When it begins.
        start: Option<DateTime<Utc>>,
    },
    /// The newest system stands (events 104, 56).
    MarkInstalled,
    /// Somebody drags the project to another stage (event 56; in another workflow, 106 too).
    MoveToStage {
        /// A stage that is listed and not archived.
        stage_id: u64,
    },
    /// Something else happens that OpenSolar notes: an event of this type, known or not.
    Note {
        /// OpenSolar's number.
        event_type_id: u64,
    },
    /// Somebody works on the quote, so that deliveries of the models Quote and QuoteActivityLog go out.
    WorkOnQuote,
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
    /// There is no contact with this id.
    #[error("there is no contact {0}")]
    NoSuchContact(u64),
    /// There is no delivery with this number.
    #[error("there is no delivery {0}")]
    NoSuchDelivery(usize),
    /// The record is refused, for the reasons that the API would give.
    #[error("refused: {0}")]
    Refused(Value),
}
