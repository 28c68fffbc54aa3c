//! What commits cost: DynamoDB bills each item of a transaction twice per kilobyte, so their number and size matter.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::ProjectId;
use domain::log::{SyncLog, SyncLogStatus};
use domain::notification::News;
use domain::ports::{Checkpoint, Limit, LimitName, Stages, SweepName};
use domain::project::{Project, ReadDue};
use domain::remote::ProposalLink;
use domain::webhook::{DeliveryLog, DeliveryStatus, Envelope, Fact, HELD_LIMIT, sha256_hex};
use testkit::builders::{
    NOON, ORG, complete_project, configuration_document, decision, delivery_key, delivery_log, event_log, notice,
    outbox_entry, payload, pending_project, remote, sync_log,
};

use super::super::write::Action;
use super::*;

const PLAN: Plan = Plan { commit: Uuid::from_u128(1), now: NOON };

fn request() -> RequestId {
    "1042".parse().expect("an id")
}

fn writes(changes: impl IntoIterator<Item = Change>) -> Vec<Write> {
    changes.into_iter().flat_map(|change| PLAN.writes(change, None)).collect()
}

/// An item's size as DynamoDB counts it, roughly (developer guide, "item sizes and formats").
fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len() / 2 + 2,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::M(fields) => 3 + size(fields) + fields.len(),
        AttributeValue::L(values) => 3 + values.iter().map(|value| value_size(value) + 1).sum::<usize>(),
        _ => 1,
    }
}

fn sizes(writes: &[Write]) -> Vec<usize> {
    let size = |write: &Write| match &write.action {
        Action::Put(item) => Some(size(item)),
        Action::Update(_) | Action::Delete | Action::Check => None,
    };
    writes.iter().filter_map(size).collect()
}

#[test]
fn a_delivery_that_arrives_is_two_items_and_those_of_its_record() {
    let read = ReadDue { project: remote().project, pending: vec![delivery_key(1)], failures: 0, next_try: NOON };
    let arrival = writes([
        Change::UpdateProject(Project { read: Some(read), ..complete_project("1042") }),
        Change::RecordDelivery { log: delivery_log(1), payload: payload(1) },
    ]);
    let places: Vec<_> = arrival.iter().map(|write| write.key.sk.as_str()).collect();
    assert_eq!(places, ["PROJECT", "LISTED", "LOG", "PAYLOAD", delivery_key(1).as_str()]);
    let sizes = sizes(&arrival);
    assert!(sizes[0] < 4_096 && sizes[1] < 512 && sizes[2] < 2_048 && sizes[3] < 1_024, "{sizes:?}");
}

#[test]
fn a_decision_is_one_item_for_each_thing_that_it_says_and_one_for_the_list() {
    let moved = |number| Change::MoveDelivery {
        org: ORG,
        key: delivery_key(number),
        status: DeliveryStatus::Processed,
        request: Some(request()),
        at: NOON,
    };
    let decision = writes([
        Change::UpdateProject(complete_project("1042")),
        moved(1),
        moved(2),
        Change::LogSync(sync_log(&request(), "01A")),
        Change::CreateNotice(notice(&request(), News::ContractSigned, 1)),
        Change::Send(outbox_entry(&request(), "01B")),
        Change::Send(outbox_entry(&request(), "01C")),
        Change::LogDecision(decision(&request(), "01D")),
    ]);
    assert_eq!(decision.len(), 9);
    assert!(sizes(&decision).iter().sum::<usize>() < 8_192, "{:?}", sizes(&decision));
}

#[test]
fn every_other_change_is_one_item_but_for_those_that_have_to_be_more() {
    let project = ProjectId::from(9_000_001);
    let hold = Change::HoldDelivery { org: ORG, project: project.clone(), key: delivery_key(1), id: "01A".to_owned() };
    assert_eq!(writes([hold]).len(), 2);
    let document = configuration_document();
    let activate = Change::ActivateConfiguration { document, read: Revision::NONE, at: NOON };
    assert_eq!(writes([activate]).len(), 3);
    assert_eq!(writes([Change::DropHeld { org: ORG, project, key: delivery_key(1) }]).len(), 0);
    assert_eq!(writes([Change::CreateProject(pending_project("1042"))]).len(), 2);
    let stages = Stages { read_at: NOON, stages: Vec::new() };
    assert_eq!(writes([Change::KeepStages { org: ORG, stages }]).len(), 1);
    let (sweep, revision, progress) = (SweepName::Status, Revision::NONE, String::new());
    let checkpoint = Checkpoint { sweep, revision, progress, wake: None };
    assert_eq!(writes([Change::SaveCheckpoint { org: ORG, checkpoint }]).len(), 1);
    let limit = Limit { name: LimitName::Creates, revision: Revision::NONE, state: String::new() };
    assert_eq!(writes([Change::SaveLimit { org: ORG, limit }]).len(), 1);
    assert_eq!(writes([Change::Sent { org: ORG, request: request(), id: "01A".to_owned() }]).len(), 1);
}

fn longest_link() -> ProposalLink {
    let link = format!("https://opensolar.example.com/{}", "p".repeat(1_970));
    ProposalLink::parse(&link).expect("a link")
}

#[test]
fn a_row_of_a_log_stays_below_8_kb_whatever_there_is_to_say() {
    let text = "ö".repeat(100_000);
    let body = serde_json::json!({
        "model": "Ö".repeat(60), "model_id": "9".repeat(100), "event": "Ö".repeat(60), "event_id": "Ö".repeat(60),
    });
    let body = body.to_string().into_bytes();
    let envelope = Envelope {
        project: Some("8".repeat(100).parse().expect("an id")),
        ..Envelope::parse(&body).expect("readable")
    };
    let log = DeliveryLog {
        key: envelope.key(&sha256_hex(&body)),
        envelope: Some(envelope),
        request: Some("7".repeat(100).parse().expect("an id")),
        ..delivery_log(1)
    };
    let mut decided = decision(&request(), "01B");
    decided.outcome.clone_from(&text);
    let status = SyncLogStatus::Failed { completed_at: NOON, error: text.clone() };
    let rows = writes([
        Change::LogSync(SyncLog {
            status,
            request_summary: Some(text.clone()),
            response_summary: Some(text.clone()),
            ..sync_log(&request(), "01A")
        }),
        Change::LogDecision(decided),
        Change::RecordDelivery { log: event_log(Fact::ProposalSent(longest_link())), payload: payload(1) },
        Change::RecordDelivery {
            log: DeliveryLog { status: DeliveryStatus::Failed { reason: text }, ..log.clone() },
            payload: payload(1),
        },
        Change::RecordDelivery {
            log: DeliveryLog { status: DeliveryStatus::Held { until: NOON + HELD_LIMIT }, ..log },
            payload: payload(1),
        },
    ]);
    assert!(sizes(&rows).iter().all(|size| *size < 8_192), "{:?}", sizes(&rows));
}
