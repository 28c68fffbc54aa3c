//! A change of a record, told to the registered webhooks.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::delivery::{Delivery, Outcome, ProcessLogKey};
use super::model::{Organisation, take};

/// What does not count as a change: a new `modified_date` comes with every save, and an event is a record of its own
/// that is announced as such.
const NOT_A_CHANGE: [&str; 3] = ["modified_date", "events", "events_data"];

/// The models of which changes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Model {
    Project,
    Contact,
    Event,
}

impl Model {
    fn name(self) -> &'static str {
        match self {
            Self::Project => "Project",
            Self::Contact => "Contact",
            Self::Event => "Event",
        }
    }

    /// How field lists of a webhook name it.
    pub(super) fn field_prefix(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Contact => "contact",
            Self::Event => "event",
        }
    }
}

/// The record that a change is about.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) model: Model,
    pub(super) id: u64,
    pub(super) identifier: String,
}

/// What became of it, with the record as it is now.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Created(Map<String, Value>),
    Updated { fields: Vec<String>, record: Map<String, Value> },
    Deleted,
}

impl Change {
    /// The change between two renderings of a record; none if nothing that counts differs.
    pub(super) fn between(before: &Map<String, Value>, after: Map<String, Value>) -> Option<Self> {
        let differs = |name: &&String| before.get(*name) != after.get(*name) && !NOT_A_CHANGE.contains(&name.as_str());
        let fields: Vec<String> = after.keys().filter(differs).cloned().collect();
        (!fields.is_empty()).then_some(Self::Updated { fields, record: after })
    }

    /// The verb of the envelope.
    fn verb(&self) -> &'static str {
        match self {
            Self::Created(_) => "CREATE",
            Self::Updated { .. } => "UPDATE",
            Self::Deleted => "DELETE",
        }
    }

    fn record(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Created(record) | Self::Updated { record, .. } => Some(record),
            Self::Deleted => None,
        }
    }
}

impl Organisation {
    /// Queues a delivery for each webhook that the change fires. All of them carry the same `event_id`.
    pub(super) fn announce(&mut self, subject: &Subject, change: &Change, now: DateTime<Utc>) {
        let event_id = take(&mut self.next.change);
        for webhook in self.webhooks.values().filter(|webhook| webhook.fires(subject.model, change)) {
            let mut envelope = json!({
                "timestamp": now.timestamp().to_string(),
                "model": subject.model.name(),
                "model_id": subject.id,
                "identifier": subject.identifier,
                "event": change.verb(),
                "event_id": event_id,
            });
            if let Some(record) = change.record() {
                envelope["fields"] = webhook.limit(subject.model, Value::Object(record.clone()));
            }
            self.deliveries.push(Delivery {
                endpoint: webhook.endpoint.clone(),
                headers: webhook.headers.clone(),
                body: envelope.to_string(),
                attempts: 0,
                outcome: Outcome::Pending,
                log_key: ProcessLogKey {
                    webhook: webhook.id,
                    model_name: subject.model.name().to_owned(),
                    model_pk: subject.id,
                    event_name: change.verb().to_owned(),
                    event_id,
                    event_timestamp: now,
                },
            });
        }
    }
}
