//! A change of a record, told to the registered webhooks.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::delivery::{Delivery, Outcome, ProcessLogKey};
use super::links::Links;
use super::model::{Author, Organisation, take};
use super::quirks::{Copies, Echoes, EventIds, IdForm, LinkForms};
use super::webhook::Webhook;

/// What does not count as a change: a new `modified_date` comes with every save, and an event is a record of its own
/// that is announced as such.
const NOT_A_CHANGE: [&str; 3] = ["modified_date", "events", "events_data"];

/// The models of which changes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Model {
    Project,
    Contact,
    Event,
    Quote,
    QuoteActivityLog,
}

impl Model {
    fn name(self) -> &'static str {
        match self {
            Self::Project => "Project",
            Self::Contact => "Contact",
            Self::Event => "Event",
            Self::Quote => "Quote",
            Self::QuoteActivityLog => "QuoteActivityLog",
        }
    }

    /// How field lists of a webhook name it.
    pub(super) fn field_prefix(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Contact => "contact",
            Self::Event => "event",
            Self::Quote => "quote",
            Self::QuoteActivityLog => "quoteactivitylog",
        }
    }
}

/// The record that a change is about.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) model: Model,
    pub(super) id: u64,
    pub(super) identifier: String,
    /// The project that it is or belongs to, if that is known.
    pub(super) project: Option<u64>,
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
    /// How links are written in deliveries about this model.
    pub(super) fn told_links(&self, model: Model) -> Links<'_> {
        let full = match (self.quirks.webhooks.links, model) {
            (LinkForms::Full, _) | (LinkForms::Mixed, Model::Project) => true,
            (LinkForms::Paths, _) | (LinkForms::Mixed, _) => false,
        };
        if full { self.links() } else { Links::paths(self.id) }
    }

    /// Queues a delivery for each webhook that the change fires. All of them carry the same `event_id`.
    pub(super) fn announce(&mut self, subject: &Subject, change: &Change, now: DateTime<Utc>) {
        let quirks = self.quirks.webhooks.clone();
        let echo = self.author == Author::Caller && quirks.echoes == Echoes::NotTold;
        // Webhooks stop for projects that the plan does not cover.
        if echo || subject.project.is_some_and(|id| self.access.out_of_reach.contains(&id)) {
            return;
        }
        let copies = match self.quirks.delivery.copies {
            Copies::One => 1,
            Copies::Two | Copies::TwoWithOwnIds => 2,
        };
        let first_id = self.next_event_id(subject.model.name());
        for copy in 0..copies {
            let own_id = 0 < copy && self.quirks.delivery.copies == Copies::TwoWithOwnIds;
            let event_id = if own_id { self.next_event_id(subject.model.name()) } else { first_id };
            let fired = self.webhooks.values().filter(|webhook| webhook.fires(subject.model, change, &quirks));
            let made: Vec<Delivery> =
                fired.map(|webhook| self.delivery(webhook, subject, change, event_id, now)).collect();
            self.deliveries.extend(made);
        }
    }

    fn delivery(
        &self,
        webhook: &Webhook,
        subject: &Subject,
        change: &Change,
        event_id: u64,
        now: DateTime<Utc>,
    ) -> Delivery {
        let mut envelope = json!({
            "timestamp": now.timestamp().to_string(),
            "model": subject.model.name(),
            "model_id": subject.id,
            "identifier": subject.identifier,
            "event": change.verb(),
            "event_id": event_id,
        });
        if let Some(record) = change.record() {
            let record = match subject.model {
                Model::Project => self.veiled(record.clone()),
                Model::Contact | Model::Event | Model::Quote | Model::QuoteActivityLog => record.clone(),
            };
            envelope["fields"] = webhook.limit(subject.model, Value::Object(record), &self.quirks.webhooks);
        }
        if self.quirks.webhooks.ids == IdForm::Text {
            write_ids_as_text(&mut envelope);
        }
        Delivery {
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
        }
    }

    pub(super) fn next_event_id(&mut self, model: &str) -> u64 {
        match self.quirks.webhooks.event_ids {
            EventIds::OneCount => take(&mut self.next.change),
            EventIds::PerModel => take(self.next.change_of.entry(model.to_owned()).or_insert(1)),
        }
    }
}

/// `id` and `..._id`, however deep.
fn write_ids_as_text(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if field.is_number() && (name == "id" || name.ends_with("_id")) {
                    *field = Value::String(field.to_string());
                } else {
                    write_ids_as_text(field);
                }
            }
        }
        Value::Array(members) => members.iter_mut().for_each(write_ids_as_text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
