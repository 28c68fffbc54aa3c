//! What OpenSolar holds of one organisation.

mod project;

pub use project::{Project, Proposal, Sale, System, SystemKind};

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::access::Access;
use super::delivery::{Delivery, ProcessLog};
use super::post::Post;
use super::quirks::Quirks;
use super::quotas::QuotaBook;
use super::veil::Veil;
use super::webhook::Webhook;
use super::workflow::Workflows;

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
    #[serde(default)]
    pub(super) quirks: Quirks,
    #[serde(default)]
    pub(super) access: Access,
    #[serde(default)]
    pub(super) quotas: QuotaBook,
    #[serde(default)]
    pub(super) workflows: Workflows,
    #[serde(default)]
    pub(super) veil: Veil,
    #[serde(default)]
    pub(super) post: Post,
    /// Who makes the changes that happen now.
    #[serde(skip)]
    pub(super) author: Author,
}

/// Who makes a change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Author {
    /// Somebody in the app.
    #[default]
    People,
    /// A caller of the API.
    Caller,
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
            quirks: Quirks::default(),
            access: Access::default(),
            quotas: QuotaBook::default(),
            workflows: Workflows::default(),
            veil: Veil::default(),
            post: Post::default(),
            author: Author::default(),
        }
    }

    /// The time of a change: later than that of any change before, also while the clock stands still, so that a
    /// changed `modified_date` always shows a change.
    pub(super) fn stamp(&mut self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.latest_stamp = now.max(self.latest_stamp + TimeDelta::microseconds(1));
        self.latest_stamp
    }
}

/// The first project's id.
pub(super) const FIRST_PROJECT: u64 = 9_000_001;

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
    /// The same, where each model has a count of its own.
    #[serde(default)]
    pub(super) change_of: BTreeMap<String, u64>,
}

impl Default for NextNumbers {
    fn default() -> Self {
        Self {
            project: FIRST_PROJECT,
            contact: 700_001,
            event: 88_001,
            system: 501,
            webhook: 61,
            process_log: 1,
            change: 4_711,
            change_of: BTreeMap::new(),
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
    /// When it is to begin, for an entry of the calendar.
    #[serde(default)]
    pub start: Option<DateTime<Utc>>,
    /// Whether it was put away.
    #[serde(default)]
    pub is_archived: bool,
}
