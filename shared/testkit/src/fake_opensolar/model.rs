//! What OpenSolar holds of one organisation.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::delivery::{Delivery, ProcessLog};
use super::webhook::Webhook;

/// Everything of the organisation, and the numbers that come next. Its JSON is the fake's snapshot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Organisation {
    pub(super) id: u64,
    /// Where the API is served, without a last slash; not part of a snapshot.
    #[serde(skip)]
    pub(super) base_url: String,
    pub(super) projects: BTreeMap<u64, Project>,
    pub(super) contacts: BTreeMap<u64, Contact>,
    pub(super) events: BTreeMap<u64, Event>,
    pub(super) webhooks: BTreeMap<u64, Webhook>,
    pub(super) deliveries: Vec<Delivery>,
    pub(super) process_logs: Vec<ProcessLog>,
    pub(super) next: NextNumbers,
    latest_stamp: DateTime<Utc>,
}

impl Organisation {
    pub(super) fn new(id: u64, base_url: String) -> Self {
        Self {
            id,
            base_url,
            projects: BTreeMap::new(),
            contacts: BTreeMap::new(),
            events: BTreeMap::new(),
            webhooks: BTreeMap::new(),
            deliveries: Vec::new(),
            process_logs: Vec::new(),
            next: NextNumbers::default(),
            latest_stamp: DateTime::UNIX_EPOCH,
        }
    }

    /// The time of a change: later than that of any change before, also while the clock stands still, so that a
    /// changed `modified_date` always shows a change.
    pub(super) fn stamp(&mut self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.latest_stamp = now.max(self.latest_stamp + TimeDelta::microseconds(1));
        self.latest_stamp
    }
}

/// The next id of each kind. They start apart, so that one kind's id taken for another's is found out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct NextNumbers {
    pub(super) project: u64,
    pub(super) contact: u64,
    pub(super) event: u64,
    pub(super) system: u64,
    pub(super) webhook: u64,
    pub(super) process_log: u64,
    /// The `event_id` of webhook envelopes.
    pub(super) change: u64,
}

impl Default for NextNumbers {
    fn default() -> Self {
        Self {
            project: 9_000_001,
            contact: 700_001,
            event: 88_001,
            system: 501,
            webhook: 61,
            process_log: 1,
            change: 4_711,
        }
    }
}

/// Takes a number and leaves the following one.
pub(super) fn take(next: &mut u64) -> u64 {
    let taken = *next;
    *next += 1;
    taken
}

/// The identifier that OpenSolar makes for a record whose creator gave none: a UUID, the same for the same record.
pub(super) fn made_identifier(kind: &str, id: u64) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("fake-opensolar/{kind}/{id}").as_bytes()).to_string()
}

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

/// A contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// OpenSolar's id.
    pub id: u64,
    /// The creator's key, or a UUID.
    pub identifier: String,
    /// The fields that callers write, by OpenSolar's names: `first_name`, `family_name`, `email`, `phone`...
    pub details: Map<String, Value>,
    /// 0 for a person, 1 for the account that opening a share link makes.
    pub kind: u64,
}

impl Contact {
    /// A field's text, empty if it has none.
    pub fn text(&self, field: &str) -> &str {
        self.details.get(field).and_then(Value::as_str).unwrap_or_default()
    }
}

/// An entry of a project's timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// OpenSolar's id.
    pub id: u64,
    /// Its own identifier, not the project's.
    pub identifier: String,
    /// What happened, by OpenSolar's numbers (0 is a proposal sent, 3 accepted, 56 a stage changed...).
    pub event_type_id: u64,
    /// The same in words.
    pub title: String,
    /// The project it belongs to.
    pub project: u64,
    /// The contact it is about.
    pub contact: Option<u64>,
    /// When it happened.
    pub created_date: DateTime<Utc>,
}
