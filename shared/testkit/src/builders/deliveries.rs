//! Webhook deliveries.

use std::collections::BTreeMap;

use domain::ids::DeliveryKey;
use domain::webhook::{DeliveryLog, DeliveryStatus, Envelope, HELD_LIMIT, IgnoredBecause, Payload, sha256_hex};

use super::{NOON, ORG};

/// The body of delivery number `number`, about project 9000001.
fn body(number: u32) -> Vec<u8> {
    let envelope = r#""model": "Project", "model_id": 9000001, "event": "UPDATE""#;
    let identifier = "6f0f4f0e-0000-4000-8000-000000000001";
    format!(r#"{{{envelope}, "event_id": {number}, "identifier": "{identifier}", "fields": {{"id": 9000001}}}}"#)
        .into_bytes()
}

/// What delivery number `number` names.
pub fn envelope(number: u32) -> Envelope {
    Envelope::parse(&body(number)).expect("readable")
}

/// The place of delivery number `number` in the log.
pub fn delivery_key(number: u32) -> DeliveryKey {
    envelope(number).key(&sha256_hex(&body(number)))
}

/// The log row of delivery number `number` as it arrives.
pub fn delivery_log(number: u32) -> DeliveryLog {
    DeliveryLog {
        org: ORG,
        key: delivery_key(number),
        envelope: Some(envelope(number)),
        request: None,
        status: DeliveryStatus::Received,
        received_at: NOON,
        updated_at: NOON,
        repeats: 0,
    }
}

/// The payload of delivery number `number`.
pub fn payload(number: u32) -> Payload {
    let headers = BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]);
    Payload { body: body(number), headers }
}

/// One of each status, with each reason that it can have.
pub fn every_delivery_status() -> Vec<DeliveryStatus> {
    let mut statuses = vec![
        DeliveryStatus::Received,
        DeliveryStatus::Held { until: NOON + HELD_LIMIT },
        DeliveryStatus::Processed,
        DeliveryStatus::Failed { reason: "the project was not read".to_owned() },
    ];
    statuses.extend(IgnoredBecause::ALL.map(DeliveryStatus::Ignored));
    statuses
}
