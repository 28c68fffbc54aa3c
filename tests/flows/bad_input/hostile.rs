//! What is made to hurt, from the door to the log and from the CRM to the dead letters.
//!
//! Live alone: these are its envelopes; what the CRM sends knows no contract.

use domain::jobs::{QueueMessage, QueueName};
use domain::usecase::ingest_webhook::Answer;
use domain::webhook::sha256_hex;
use integration_tests::World;
use serde_json::{Value, json};

/// Deep, wide, long, and of characters that somebody on the way refuses, each as JSON text.
fn pieces() -> Vec<Vec<u8>> {
    let keys: Vec<String> = (0..100_000).map(|number| format!("\"{number}\":{number}")).collect();
    let mut pieces: Vec<Vec<u8>> = [
        format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)),
        format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000)),
        format!("{{{}}}", keys.join(",")),
        "9".repeat(100_000),
        format!("1e{}", "9".repeat(100_000)),
        "\"\u{0}\"".to_owned(),
        "\"\\u0000\\u0001\\u001f\"".to_owned(),
        "\"\u{7f}\u{85}\u{fffe}\u{ffff}\"".to_owned(),
        "\"\\ufffe\\uffff\"".to_owned(),
        "\"\\ud800\"".to_owned(),
        "\"+262142-12-31T23:59:59Z\"".to_owned(),
    ]
    .map(String::into_bytes)
    .into();
    pieces.extend([b"\"\xff\xfe\"".to_vec(), b"\"\xed\xa0\x80\"".to_vec()]);
    pieces
}

/// The document with a piece in the place of the field at this pointer.
fn with(document: &Value, pointer: &str, piece: &[u8]) -> Vec<u8> {
    let mut changed = document.clone();
    *changed.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = json!("@place@");
    let text = changed.to_string();
    let (before, after) = text.split_once("\"@place@\"").expect("a place");
    [before.as_bytes(), piece, after.as_bytes()].concat()
}

#[tokio::test]
async fn a_delivery_that_is_made_to_hurt_is_in_the_log_with_what_became_of_it() {
    let (mut world, project) = World::with_project().await;
    let delivery = json!({"timestamp": "1", "model": "Project", "model_id": project, "event": "UPDATE", "event_id": 1,
        "identifier": "x", "fields": {"id": project, "project": "x", "projects": [], "email": "x"}});
    let earlier = world.store.deliveries().len();
    let mut sent = 0;
    for piece in pieces() {
        for pointer in
            ["", "/timestamp", "/model", "/model_id", "/event", "/event_id", "/identifier", "/fields", "/fields/email"]
        {
            let answer = world.hand_over(&with(&delivery, pointer, &piece)).await;
            assert!(matches!(answer, Answer::Accepted | Answer::Unreadable(_)), "{pointer}: {answer:?}");
            sent += 1;
        }
    }
    world.run_until_quiet().await;
    assert_eq!(world.store.deliveries().len() - earlier, sent, "each is there");
    for row in world.store.deliveries() {
        let status = row.status.as_str();
        assert!(["processed", "ignored", "failed", "received"].contains(&status), "{status}");
        assert!(status != "received" || row.envelope.is_some_and(|envelope| envelope.project.is_some()));
    }
    assert_eq!(world.dead_letters, Vec::<String>::new());
    assert_eq!((world.messages(), world.creates()), (Vec::new(), 1), "nothing is believed of it");
}

#[tokio::test]
async fn a_sync_request_that_is_made_to_hurt_is_done_or_put_aside_and_keeps_nobody_back() {
    let mut world = World::start().await;
    let request = json!({"schema_version": 1, "type": "installation_request.sync", "message_id": "1", "occurred_at":
        "2026-11-20T12:00:00Z", "trigger": "created", "force": false, "installation_request": {"id": "1042",
        "revision": 1, "installation_type": "solar", "status": "pending", "order_number": "1", "address": "1 Example Street",
        "latitude": -17.8, "longitude": 31.05, "notes": "none", "updated_at": "2026-11-20T12:00:00Z", "created_at":
        "2026-11-20T12:00:00Z", "customer": {"id": "55", "first_name": "Tariro", "last_name": "Example", "email":
        "tariro@example.com", "phone_number": "+263770000101", "last_inbound_at": "2026-11-20T11:00:00Z"}}});
    let pointers = ["", "/schema_version", "/type", "/message_id", "/occurred_at", "/force", "/installation_request"];
    let inner =
        ["id", "revision", "installation_type", "order_number", "latitude", "notes", "updated_at", "created_at"];
    let customer = ["first_name", "email", "phone_number", "last_inbound_at"];
    let pointers = (pointers.into_iter().map(str::to_owned))
        .chain(inner.map(|name| format!("/installation_request/{name}")))
        .chain(customer.map(|name| format!("/installation_request/customer/{name}")));
    for pointer in pointers.collect::<Vec<_>>() {
        for piece in pieces() {
            // SQS hands out text.
            let Ok(body) = String::from_utf8(with(&request, &pointer, &piece)) else { continue };
            let deduplication_id = sha256_hex(body.as_bytes());
            let message =
                QueueMessage { queue: QueueName::SyncRequests, group: "1042".to_owned(), deduplication_id, body };
            world.core.queue.send(&message).await.expect("sent");
            world.run_until_quiet().await;
        }
    }
    assert!(world.dead_letters.iter().all(|reason| reason.len() < 200), "{:?}", world.dead_letters);
    let requests: Vec<_> = world.opensolar.projects().into_iter().map(|project| project.id).collect();
    assert_eq!(requests.len(), world.creates(), "no request has two projects");
    assert_eq!(world.project("1042").await.request_id().as_str(), "1042", "the others are served");
}
