//! The queue messages: what wakes the workers, and what the CRM sends and gets. Their JSON is a contract.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::authentication::Scheme;
use crate::ids::{DeliveryKey, OrgId, RequestId};
use crate::notification::NoticeKey;
use crate::project::Project;

pub mod crm_update;
#[cfg(test)]
mod laws;
#[cfg(feature = "schema")]
pub mod schema;
pub mod sync_request;

/// Our queues, all FIFO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueName {
    /// Deliveries and read-backs, group = OpenSolar project.
    Webhooks,
    /// What the CRM wants, group = installation request.
    SyncRequests,
    /// Ledger entries to be sent, group = installation request.
    Notifications,
    /// What the CRM is told, group = installation request.
    CrmUpdates,
}

/// A message for one of our queues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueMessage {
    /// Where to.
    pub queue: QueueName,
    /// Messages of one group are handed out one after the other.
    pub group: String,
    /// A second message of the same id within five minutes is dropped.
    pub deduplication_id: String,
    /// JSON.
    pub body: String,
}

/// What `project-sync` is woken with, besides the CRM's own message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SyncJob {
    /// The record says what is due.
    Wake {
        /// Whose.
        org_id: OrgId,
        /// Which.
        request_id: RequestId,
    },
    /// Something says that OpenSolar's project changed.
    FetchStatus {
        /// Whose.
        org_id: OrgId,
        /// Which.
        request_id: RequestId,
    },
    /// An operator wants what is recorded to be synced once more.
    Resync {
        /// Whose.
        org_id: OrgId,
        /// Which.
        request_id: RequestId,
        /// Overrides type and switch.
        force: bool,
        /// Who wants it.
        requested_by: String,
    },
}

impl SyncJob {
    /// The request that it is about: jobs of one request are done one after the other.
    pub fn request_id(&self) -> &RequestId {
        match self {
            Self::Wake { request_id, .. } | Self::FetchStatus { request_id, .. } | Self::Resync { request_id, .. } => {
                request_id
            }
        }
    }
}

/// What `webhook-apply` is woken with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WebhookJob {
    /// A delivery, from the door.
    Delivery(ReceivedDelivery),
    /// A logged delivery whose time has come.
    Replay {
        /// Whose.
        org_id: OrgId,
        /// Which.
        delivery: DeliveryKey,
    },
    /// A project was linked: apply what was held for it.
    ReplayHeld {
        /// Whose.
        org_id: OrgId,
        /// OpenSolar's id of the project.
        project_id: crate::ids::ProjectId,
    },
    /// A record's read-back is due.
    ReadBack {
        /// Whose.
        org_id: OrgId,
        /// Which.
        request_id: RequestId,
    },
}

/// A delivery as the door took it: the raw bytes, so that nothing is lost before it is logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedDelivery {
    /// The organisation of the credential that matched.
    pub org_id: OrgId,
    /// When.
    pub received_at: DateTime<Utc>,
    /// Allow-listed headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The raw body in base64; of one beyond the limit, its envelope with `size` and `sha256` instead of `fields`.
    pub body_base64: String,
    /// SHA-256 of the body that arrived, in hex.
    pub body_sha256: String,
    /// How its sender proved to be ours.
    #[serde(default)]
    pub scheme: Scheme,
    /// Size in bytes of an event's body that is too large: only its envelope is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_from: Option<usize>,
}

/// What `notify` is woken with: a ledger entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeJob {
    /// Whose.
    pub org_id: OrgId,
    /// Which entry.
    #[serde(flatten)]
    pub key: NoticeKey,
}

/// What a sweep does about something that is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "wake", rename_all = "snake_case")]
pub enum Wake {
    /// Wakes `project-sync`.
    Sync(SyncJob),
    /// Wakes `webhook-apply`.
    Webhooks {
        /// Message group.
        group: String,
        /// What to do.
        job: WebhookJob,
    },
    /// Wakes `notify`.
    Notice(NoticeJob),
    /// A switch was turned: wakes what was skipped for it.
    Resume {
        /// Whose.
        org_id: OrgId,
    },
    /// Sends what a commit left in the request's outbox.
    Outbox {
        /// Whose.
        org_id: OrgId,
        /// Which.
        request_id: RequestId,
    },
}

impl Wake {
    /// The message that wakes the worker; nothing for what the sweep does itself.
    pub fn message(&self, deduplication_id: String) -> Option<QueueMessage> {
        let (queue, group, body) = match self {
            Self::Sync(job) => (QueueName::SyncRequests, job.request_id().to_string(), to_json(job)),
            Self::Webhooks { group, job } => (QueueName::Webhooks, group.clone(), to_json(job)),
            Self::Notice(job) => (QueueName::Notifications, job.key.request_id.to_string(), to_json(job)),
            Self::Outbox { .. } | Self::Resume { .. } => return None,
        };
        Some(QueueMessage { queue, group, deduplication_id, body })
    }
}

/// A message that a commit leaves to be sent after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// The organisation.
    pub org: OrgId,
    /// Entries of one request are sent in the order of their ids.
    pub request: RequestId,
    /// The revision of the record that it was committed with, and its place among that commit's entries.
    pub id: String,
    /// What to send.
    pub message: QueueMessage,
    /// When it was left; a sweep sends it a minute later if nobody else did.
    pub created_at: DateTime<Utc>,
}

impl OutboxEntry {
    /// What a sweep does about the entry, and when.
    pub fn wake(&self) -> (DateTime<Utc>, Wake) {
        let wake = Wake::Outbox { org_id: self.org, request_id: self.request.clone() };
        (self.created_at + chrono::TimeDelta::minutes(1), wake)
    }
}

/// JSON of one of our own messages.
pub(crate) fn to_json<T: Serialize>(message: &T) -> String {
    serde_json::to_string(message).expect("our own messages have text keys and no failing serializer")
}

/// The fields that differ between two pictures of one thing, each with `from` and `to`.
fn differences(before: &Map<String, Value>, after: &Map<String, Value>) -> Map<String, Value> {
    after
        .iter()
        .filter_map(|(field, to)| {
            let from = before.get(field).unwrap_or(&Value::Null);
            (from != to).then(|| (field.clone(), serde_json::json!({ "from": from, "to": to })))
        })
        .collect()
}

/// The record as the CRM is shown it.
fn picture(project: &Project) -> Map<String, Value> {
    match serde_json::to_value(crm_update::CrmState::of(project)) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Map::new(),
    }
}
