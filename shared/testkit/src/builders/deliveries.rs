//! Webhook deliveries.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::ids::DeliveryKey;
use domain::remote::{InstallationDate, ProjectStatus, ProposalLink};
use domain::webhook::{
    DeliveryLog, DeliveryStatus, Envelope, Fact, HELD_LIMIT, IgnoredBecause, Payload, Telling, sha256_hex,
};
use serde_json::json;

use super::{MINUTE, NOON, ORG};

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
        tells: None,
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

/// The log row of an event of the `design` contract that tells this, as it arrives.
pub fn event_log(fact: Fact) -> DeliveryLog {
    let body = json!({"event_type": fact.event_type(), "event_id": "e-1", "timestamp": "2026-11-20T11:59:00Z",
        "project": {"id": 9_000_001}});
    let body = body.to_string().into_bytes();
    let body_sha256 = sha256_hex(&body);
    let envelope = Envelope::parse(&body).expect("readable");
    let key = envelope.key(&body_sha256);
    let tells = Some(Telling { at: NOON - MINUTE, fact, body_sha256 });
    DeliveryLog { key, envelope: Some(envelope), tells, ..delivery_log(1) }
}

/// One of each fact that events tell, in each form.
pub fn every_fact() -> Vec<Fact> {
    let day = NaiveDate::from_ymd_opt(2026, 12, 4).expect("a day");
    vec![
        Fact::Status(ProjectStatus::parse("contract").expect("a word")),
        Fact::DesignComplete,
        Fact::ProposalSent(ProposalLink::parse("https://opensolar.example.com/p/1").expect("a link")),
        Fact::ContractSigned,
        Fact::InstallationScheduled(InstallationDate::Day(day)),
        Fact::InstallationScheduled(InstallationDate::Moment(NOON)),
    ]
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
