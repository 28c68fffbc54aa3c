//! Projects, as OpenSolar holds them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// OpenSolar's id.
    pub id: u64,
    /// The creator's key, or a UUID. Two projects may carry the same one; nothing says that OpenSolar refuses that.
    pub identifier: String,
    /// The fields that callers write freely, by OpenSolar's names: `address`, `notes`, `lat`...
    pub details: Map<String, Value>,
    /// Ids of its contacts.
    pub contacts: Vec<u64>,
    /// Its design options, oldest first.
    pub systems: Vec<System>,
    /// The active stage; one of the workflow's.
    pub stage_id: u64,
    /// How far its proposal has come.
    pub proposal: Proposal,
    /// Set while the project is sold.
    pub sale: Option<Sale>,
    /// The day the contract was signed, if that was told apart from a sale.
    #[serde(default)]
    pub contract_signed: Option<NaiveDate>,
    /// The day of the installation.
    pub installation_date: Option<NaiveDate>,
    /// The system that stands on the roof.
    pub system_installed: Option<u64>,
    /// When it was made.
    pub created_date: DateTime<Utc>,
    /// When it last changed; every change moves it on.
    pub modified_date: DateTime<Utc>,
}

/// One design option of a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct System {
    /// OpenSolar's id.
    pub id: u64,
    /// Its size in kW DC.
    pub kw_stc: f64,
    /// What it is.
    #[serde(default)]
    pub kind: SystemKind,
}

/// What a system is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemKind {
    /// A design option.
    #[default]
    Design,
    /// What stood there before anybody designed anything (`is_current`).
    Existing,
}

/// How far a project's proposal has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proposal {
    /// The customer was sent nothing.
    None,
    /// OpenSolar e-mailed the invitation.
    Sent,
    /// The customer opened it.
    Viewed,
}

/// A contract that stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sale {
    /// The system that was sold.
    pub system_id: u64,
    /// When.
    pub sold_date: DateTime<Utc>,
    /// The day the contract was signed.
    pub contract_date: NaiveDate,
}
