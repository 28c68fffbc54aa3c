//! `webhook-ingest`: the door. Verify, bound, enqueue, answer: one durable write and no table.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tracing::{error, info, warn};

use crate::authentication::{Admitted, Proofs, Signature, WebhookKeys};
use crate::configuration::ApiContract;
use crate::jobs::{QueueMessage, QueueName, ReceivedDelivery, WebhookJob, to_json};
use crate::json;
use crate::log::chain;
use crate::ports::{Ambient, Credential, CredentialError, Queue};
use crate::webhook::{BODY_LIMIT, Envelope, UnreadableBody, project_of_contact, sha256_hex};

/// Where a sender that signs its bodies puts the signature.
pub const SIGNATURE_HEADER: &str = "x-opensolar-signature";

/// What arrived at the door.
pub struct Knock<'a> {
    /// The value of the credential header, if there was exactly one.
    pub credential: Option<&'a [u8]>,
    /// The value of [`SIGNATURE_HEADER`], if there was exactly one.
    pub signature: Option<&'a [u8]>,
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
    /// 413: it is recorded, but an event of this size is none.
    TooLarge,
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
    let proofs =
        Proofs { key: knock.credential, signature: knock.signature.and_then(Signature::parse), body: knock.body };
    let admitted = match authenticate(keys, ambient, &proofs).await {
        Authentication::Valid(admitted) => admitted,
        Authentication::Invalid => return Answer::Refused,
        Authentication::Unknown => return Answer::TryAgain,
    };
    let body_sha256 = sha256_hex(knock.body);
    let parsed = Envelope::parse(knock.body);
    let group = match &parsed {
        Ok(envelope) => envelope.group(),
        Err(_) => "unreadable".to_owned(),
    };
    let is_too_large = BODY_LIMIT < knock.body.len();
    let is_event = parsed.as_ref().is_ok_and(|envelope| envelope.contract == ApiContract::Design);
    let kept = match &parsed {
        Ok(_) if is_too_large => STANDARD.encode(without_fields(knock.body, &body_sha256)),
        // Of what cannot be read and is too large, its beginning is kept.
        Ok(_) | Err(_) => STANDARD.encode(&knock.body[..knock.body.len().min(BODY_LIMIT)]),
    };
    let received_at = ambient.now();
    // The same body twice within five minutes is one delivery; too little deduplication costs one read. An event that
    // says neither which nor when it is may happen twice: which of them is a repeat, its record knows.
    let deduplication_id = match &parsed {
        Ok(envelope) if envelope.is_known_by_arrival() && !is_too_large => {
            format!("{body_sha256}-{}", received_at.timestamp_millis())
        }
        Ok(_) | Err(_) => body_sha256.clone(),
    };
    let delivery = ReceivedDelivery {
        org_id: admitted.org,
        received_at,
        headers: knock.headers,
        body_base64: kept,
        body_sha256,
        scheme: admitted.scheme,
        cut_from: (is_too_large && (is_event || parsed.is_err())).then_some(knock.body.len()),
    };
    let message = QueueMessage {
        queue: QueueName::Webhooks,
        group,
        deduplication_id,
        body: to_json(&WebhookJob::Delivery(delivery)),
    };
    if let Err(error) = queue.send(&message).await {
        error!(error = chain(&error), "a delivery was not taken: its sender was told to try again");
        return Answer::TryAgain;
    }
    match parsed {
        Ok(_) if is_too_large && is_event => Answer::TooLarge,
        Ok(_) => Answer::Accepted,
        Err(unreadable) => Answer::Unreadable(unreadable),
    }
}

enum Authentication {
    Valid(Admitted),
    Invalid,
    Unknown,
}

/// A mismatch may mean that the keys were replaced a moment ago: they are read once more before it is believed. If they
/// cannot be read again so soon, nobody knows, and the sender is asked to try again: a key that was just put would be
/// refused for good otherwise.
async fn authenticate(keys: &dyn Credential, ambient: &dyn Ambient, proofs: &Proofs<'_>) -> Authentication {
    if !proofs.may_fit() {
        warn!("a delivery was refused: it has no credential that could be one of ours");
        return Authentication::Invalid;
    }
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
            Err(CredentialError::TooSoon { .. }) => {
                warn!("a delivery was not taken: its credential is none of those that were read a moment ago");
                return Authentication::Unknown;
            }
            Err(error) => {
                error!(error = chain(&error), "deliveries cannot be checked");
                return Authentication::Unknown;
            }
        };
        if let Some(admitted) = keys.admit(proofs, ambient.now()) {
            info!(key = admitted.number, org.id = %admitted.org, "a delivery came with webhook key {}", admitted.number);
            return Authentication::Valid(admitted);
        }
    }
    warn!("a delivery was refused: its credential is none of ours");
    Authentication::Invalid
}

enum Attempt {
    Cached,
    Fresh,
}

/// An oversize body's envelope, with its size and hash in the place of what it says.
fn without_fields(body: &[u8], sha256: &str) -> Vec<u8> {
    let mut kept = serde_json::Map::new();
    if let Ok(Value::Object(object)) = json::read(body) {
        for name in ["timestamp", "model", "model_id", "identifier", "event", "event_id", "event_type"] {
            kept.extend(object.get(name).and_then(short).map(|value| (name.to_owned(), value)));
        }
        if let Some(id) = object.get("project").and_then(|project| short(project.get("id")?)) {
            kept.insert("project".to_owned(), serde_json::json!({ "id": id }));
        }
        // The project that the fields name, or a contact's first, decides where the delivery belongs.
        let fields = object.get("fields").and_then(Value::as_object);
        let project = fields.and_then(|fields| fields.get("project")).and_then(short);
        let contacts = fields.and_then(project_of_contact);
        match (project, contacts) {
            (Some(project), _) => kept.extend([("fields".to_owned(), serde_json::json!({ "project": project }))]),
            (None, Some(project)) => kept.extend([("fields".to_owned(), serde_json::json!({ "projects": [project] }))]),
            (None, None) => {}
        }
    }
    kept.insert("size".to_owned(), serde_json::json!(body.len()));
    kept.insert("sha256".to_owned(), serde_json::json!(sha256));
    Value::Object(kept).to_string().into_bytes()
}

fn short(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => Some(Value::String(text.chars().take(500).collect())),
        Value::Number(_) => Some(value.clone()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
