//! `webhook-ingest`: the door. Verify, bound, enqueue, answer: one durable write and no table.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tracing::{error, warn};

use crate::authentication::WebhookKeys;
use crate::ids::OrgId;
use crate::jobs::{QueueMessage, QueueName, ReceivedDelivery, WebhookJob, to_json};
use crate::log::chain;
use crate::ports::{Ambient, Credential, Queue};
use crate::webhook::{BODY_LIMIT, Envelope, UnreadableBody, project_of_contact, sha256_hex};

/// What arrived at the door.
pub struct Knock<'a> {
    /// The value of the credential header, if there was exactly one.
    pub credential: Option<&'a [u8]>,
    /// Headers that are kept for the log: the caller has left out all others.
    pub headers: BTreeMap<String, String>,
    /// The raw body.
    pub body: &'a [u8],
}

/// What the sender is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// 200: it is safe with us.
    Accepted,
    /// 400: it is recorded, but it cannot be read.
    Unreadable(UnreadableBody),
    /// 401: no valid credential, whatever else is wrong.
    Refused,
    /// 503: try again, our side is not able to take it.
    TryAgain,
}

/// Takes a delivery.
pub async fn ingest_webhook(
    keys: &dyn Credential,
    queue: &dyn Queue,
    ambient: &dyn Ambient,
    knock: Knock<'_>,
) -> Answer {
    let org = match authenticate(keys, ambient, knock.credential).await {
        Authentication::Valid(org) => org,
        Authentication::Invalid => return Answer::Refused,
        Authentication::Unknown => return Answer::TryAgain,
    };
    let body_sha256 = sha256_hex(knock.body);
    let parsed = Envelope::parse(knock.body);
    let group = match &parsed {
        Ok(envelope) => envelope.group(),
        Err(_) => "unreadable".to_owned(),
    };
    let kept = match &parsed {
        Ok(_) if BODY_LIMIT < knock.body.len() => STANDARD.encode(without_fields(knock.body, &body_sha256)),
        // Of what cannot be read and is too large, its beginning is kept.
        Ok(_) | Err(_) => STANDARD.encode(&knock.body[..knock.body.len().min(BODY_LIMIT)]),
    };
    let delivery = ReceivedDelivery {
        org_id: org,
        received_at: ambient.now(),
        headers: knock.headers,
        body_base64: kept,
        body_sha256: body_sha256.clone(),
    };
    let message = QueueMessage {
        queue: QueueName::Webhooks,
        group,
        // The same body twice within five minutes is one delivery; too little deduplication costs one read.
        deduplication_id: body_sha256,
        body: to_json(&WebhookJob::Delivery(delivery)),
    };
    if let Err(error) = queue.send(&message).await {
        error!(error = chain(&error), "a delivery was not taken: its sender was told to try again");
        return Answer::TryAgain;
    }
    match parsed {
        Ok(_) => Answer::Accepted,
        Err(unreadable) => Answer::Unreadable(unreadable),
    }
}

enum Authentication {
    Valid(OrgId),
    Invalid,
    Unknown,
}

/// A mismatch may mean that the keys were replaced a moment ago: they are read once more before it is believed.
async fn authenticate(keys: &dyn Credential, ambient: &dyn Ambient, presented: Option<&[u8]>) -> Authentication {
    let Some(presented) = presented else { return Authentication::Invalid };
    for attempt in [Attempt::Cached, Attempt::Fresh] {
        let text = match attempt {
            Attempt::Cached => keys.current().await,
            Attempt::Fresh => keys.refreshed().await,
        };
        let keys = match text.map(|text| WebhookKeys::parse(text.expose())) {
            Ok(Ok(keys)) => keys,
            Ok(Err(error)) => {
                error!(error = chain(&error), "deliveries cannot be checked");
                return Authentication::Unknown;
            }
            Err(error) => {
                error!(error = chain(&error), "deliveries cannot be checked");
                return Authentication::Unknown;
            }
        };
        if let Some(org) = keys.organisation_of(presented, ambient.now()) {
            return Authentication::Valid(org);
        }
    }
    warn!("a delivery was refused: its credential is none of ours");
    Authentication::Invalid
}

enum Attempt {
    Cached,
    Fresh,
}

/// An oversize body's envelope, with its size and hash in the place of its fields.
fn without_fields(body: &[u8], sha256: &str) -> Vec<u8> {
    let mut kept = serde_json::Map::new();
    if let Ok(Value::Object(object)) = serde_json::from_slice(body) {
        for name in ["timestamp", "model", "model_id", "identifier", "event", "event_id"] {
            kept.extend(object.get(name).and_then(short).map(|value| (name.to_owned(), value)));
        }
        // The project that the fields name, or a contact's first, decides where the delivery belongs.
        let fields = object.get("fields").and_then(Value::as_object);
        let project = fields.and_then(|fields| fields.get("project")).and_then(short);
        let contacts = fields.and_then(project_of_contact);
        match (project, contacts) {
            (Some(project), _) => kept.extend([("fields".to_owned(), json!({ "project": project }))]),
            (None, Some(project)) => kept.extend([("fields".to_owned(), json!({ "projects": [project] }))]),
            (None, None) => {}
        }
    }
    kept.insert("size".to_owned(), json!(body.len()));
    kept.insert("sha256".to_owned(), json!(sha256));
    Value::Object(kept).to_string().into_bytes()
}

fn short(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => Some(Value::String(text.chars().take(500).collect())),
        Value::Number(_) => Some(value.clone()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
