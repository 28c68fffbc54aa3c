//! What a relay holds of one organisation.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::TOKEN;
use super::delivery::Delivery;
use super::post::Post;
use super::quirks::Quirks;
use crate::fake_opensolar::QuotaBook;

/// A project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// Its number; how that is shown is a switch.
    pub id: u64,
    /// What callers wrote, by the document's names.
    pub fields: Map<String, Value>,
    /// How far it is.
    pub status: String,
    /// Kilowatts.
    pub system_size_kw: Option<f64>,
    /// The customer's link.
    pub proposal_url: Option<String>,
    /// When it is to be installed.
    pub installation_date: Option<NaiveDate>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Its number; how that is shown is a switch.
    pub id: u64,
    /// What callers wrote, by the document's names.
    pub fields: Map<String, Value>,
}

impl Contact {
    /// A field's text, empty if it has none.
    pub fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Who is told of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Webhook {
    pub(super) endpoint: String,
    pub(super) key: String,
}

/// Everything of the organisation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Records {
    pub(super) projects: BTreeMap<u64, Project>,
    pub(super) contacts: BTreeMap<u64, Contact>,
    pub(super) webhooks: BTreeMap<u64, Webhook>,
    pub(super) deliveries: Vec<Delivery>,
    pub(super) post: Post,
    pub(super) quirks: Quirks,
    pub(super) quotas: QuotaBook,
    pub(super) token: Option<String>,
    pub(super) wallet_is_empty: bool,
    pub(super) out_of_reach: BTreeSet<u64>,
    pub(super) billed: usize,
    made: u64,
    latest: DateTime<Utc>,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            projects: BTreeMap::new(),
            contacts: BTreeMap::new(),
            webhooks: BTreeMap::new(),
            deliveries: Vec::new(),
            post: Post::default(),
            quirks: Quirks::default(),
            quotas: QuotaBook::default(),
            token: Some(TOKEN.to_owned()),
            wallet_is_empty: false,
            out_of_reach: BTreeSet::new(),
            billed: 0,
            made: 0,
            latest: DateTime::UNIX_EPOCH,
        }
    }
}

impl Records {
    /// A project with these fields.
    pub(super) fn add_project(&mut self, mut fields: Map<String, Value>, now: DateTime<Utc>) -> u64 {
        let id = 5_000_000 + self.number();
        let status = fields.remove("status").and_then(|status| status.as_str().map(str::to_owned));
        let created_at = self.moment(now);
        let project = Project {
            id,
            fields,
            status: status.unwrap_or_else(|| "lead".to_owned()),
            system_size_kw: None,
            proposal_url: None,
            installation_date: None,
            created_at,
            updated_at: created_at,
        };
        self.projects.insert(id, project);
        id
    }

    /// A contact with these fields.
    pub(super) fn add_contact(&mut self, fields: Map<String, Value>, _now: DateTime<Utc>) -> u64 {
        let id = 800_000 + self.number();
        self.contacts.insert(id, Contact { id, fields });
        id
    }

    /// A webhook of all events.
    pub(super) fn register(&mut self, endpoint: String, key: String) -> u64 {
        let id = 70 + self.number();
        self.webhooks.insert(id, Webhook { endpoint, key });
        id
    }

    /// A moment later than everything before, also while the clock stands still.
    pub(super) fn moment(&mut self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.latest = now.max(self.latest + TimeDelta::milliseconds(1));
        self.latest
    }

    pub(super) fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }
}
