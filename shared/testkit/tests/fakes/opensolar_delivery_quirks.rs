use serde_json::{Value, json};
use testkit::fake_opensolar::quirks::{
    Attempts, ContentType, Copies, DeliveryOrder, FailingHook, Patience, RetryEventId, RetryTimestamp, SuccessCode,
};
use testkit::fake_opensolar::{Outcome, Quirks, ReleaseOrder};
use testkit::{Calls, FakeOpenSolar, Fault};

use crate::client::{Caller, fields, list};
use crate::hook;

/// A fake whose webhooks go to another one's API, which logs what comes and takes faults.
async fn with_receiver(change: impl FnOnce(&mut Quirks)) -> (FakeOpenSolar, FakeOpenSolar) {
    let receiver = FakeOpenSolar::start().await;
    let fake = FakeOpenSolar::start().await;
    let endpoint = format!("{}/api/orgs/{}/contacts/", receiver.url(), receiver.org_id());
    fake.register_webhook(&endpoint, &[("Authorization", &format!("Bearer {}", receiver.token()))]);
    fake.behave(change);
    (fake, receiver)
}

fn add_contact(fake: &FakeOpenSolar, name: &str) {
    fake.add_contact(fields(json!({"first_name": name}))).expect("made");
}

fn received(receiver: &FakeOpenSolar) -> Vec<Value> {
    receiver.calls().into_iter().filter_map(|call| call.body).collect()
}

fn names(bodies: &[Value]) -> Vec<&str> {
    bodies.iter().filter_map(|body| body["fields"]["first_name"].as_str()).collect()
}

#[tokio::test]
async fn a_201_can_count_as_a_failure() {
    let only_200 = |quirks: &mut Quirks| {
        quirks.delivery.success = SuccessCode::Only200;
        quirks.delivery.attempts = Attempts::Two;
    };
    let (fake, receiver) = with_receiver(only_200).await;
    add_contact(&fake, "Ana");
    fake.deliveries_settled().await;
    assert_eq!(fake.deliveries()[0].outcome, Outcome::GivenUp("status 201".to_owned()));
    assert_eq!(received(&receiver).len(), 2);
}

#[tokio::test]
async fn a_delivery_can_be_tried_only_once() {
    let (fake, receiver) = with_receiver(|quirks| quirks.delivery.attempts = Attempts::One).await;
    receiver.refuse_next(503);
    add_contact(&fake, "Ana");
    fake.deliveries_settled().await;
    assert_eq!((fake.deliveries()[0].attempts, received(&receiver).len()), (1, 1));
}

#[tokio::test]
async fn a_retry_can_have_another_event_id_and_a_fresh_timestamp() {
    let renewed = |quirks: &mut Quirks| {
        quirks.delivery.retry_event_id = RetryEventId::New;
        quirks.delivery.retry_timestamp = RetryTimestamp::Fresh;
    };
    let (fake, receiver) = with_receiver(renewed).await;
    fake.stop_clock_at("2026-11-20T10:00:00Z".parse().expect("a time"));
    fake.hold_deliveries();
    add_contact(&fake, "Ana");
    fake.stop_clock_at("2026-11-20T10:05:00Z".parse().expect("a time"));
    receiver.refuse_next(503);
    fake.release_deliveries(ReleaseOrder::AsHappened);
    fake.deliveries_settled().await;
    let bodies = received(&receiver);
    assert_ne!(bodies[0]["event_id"], bodies[1]["event_id"]);
    assert_eq!((&bodies[0]["timestamp"], &bodies[1]["timestamp"]), (&json!("1795168800"), &json!("1795169100")));
    assert_eq!(bodies[0]["fields"], bodies[1]["fields"]);
}

#[tokio::test]
async fn an_endpoint_that_never_answers_can_lose_its_registration() {
    let fake = FakeOpenSolar::start().await;
    fake.register_webhook("http://127.0.0.1:9/nobody", &[]);
    fake.behave(|quirks| {
        quirks.delivery.attempts = Attempts::One;
        quirks.delivery.failing_hook = FailingHook::DisabledAfterThree;
    });
    for name in ["Ana", "Ben", "Cleo"] {
        add_contact(&fake, name);
    }
    fake.deliveries_settled().await;
    let caller = Caller::of_opensolar(&fake);
    let row = caller.get("/webhooks/").await.body[0].clone();
    assert_eq!(row["enabled"], false);
    add_contact(&fake, "Dora");
    assert_eq!(fake.deliveries().len(), 3, "nobody is told any more");
    caller.patch(&format!("/webhooks/{}/", row["id"]), json!({"enabled": true})).await;
    add_contact(&fake, "Eve");
    assert_eq!(fake.deliveries().len(), 4);
}

#[tokio::test]
async fn a_change_can_arrive_twice() {
    let (fake, receiver) = with_receiver(|quirks| quirks.delivery.copies = Copies::Two).await;
    add_contact(&fake, "Ana");
    fake.deliveries_settled().await;
    let same = received(&receiver);
    assert_eq!((same.len(), &same[0]), (2, &same[1]));
    fake.behave(|quirks| quirks.delivery.copies = Copies::TwoWithOwnIds);
    add_contact(&fake, "Ben");
    fake.deliveries_settled().await;
    let bodies = received(&receiver);
    assert_eq!(names(&bodies), ["Ana", "Ana", "Ben", "Ben"]);
    assert_ne!(bodies[2]["event_id"], bodies[3]["event_id"]);
}

#[tokio::test]
async fn what_one_act_causes_can_come_the_other_way_round() {
    let fake = FakeOpenSolar::start().await;
    fake.collect_webhooks(&[]);
    fake.behave(|quirks| quirks.delivery.order = DeliveryOrder::ReversedPerChange);
    fake.add_project(fields(json!({"contacts_new": [{"first_name": "Ana"}]}))).expect("made");
    let bodies: Vec<Value> =
        fake.deliveries().iter().map(|delivery| serde_json::from_str(&delivery.body).expect("JSON")).collect();
    assert_eq!((&bodies[0]["model"], &bodies[1]["model"]), (&json!("Project"), &json!("Contact")));
}

#[tokio::test]
async fn held_deliveries_go_out_in_the_order_that_is_asked_for() {
    for (order, expected) in [
        (ReleaseOrder::AsHappened, ["Ana", "Ben", "Cleo", "Dora"]),
        (ReleaseOrder::Reversed, ["Dora", "Cleo", "Ben", "Ana"]),
        (ReleaseOrder::SecondHalfFirst, ["Cleo", "Dora", "Ana", "Ben"]),
    ] {
        let (fake, receiver) = with_receiver(|_| {}).await;
        fake.hold_deliveries();
        for name in ["Ana", "Ben", "Cleo", "Dora"] {
            add_contact(&fake, name);
        }
        assert!(received(&receiver).is_empty());
        fake.release_deliveries(order);
        fake.deliveries_settled().await;
        assert_eq!(names(&received(&receiver)), expected);
    }
}

#[tokio::test]
async fn deliveries_can_have_another_content_type() {
    let (endpoint, mut received) = hook::listen().await;
    let fake = FakeOpenSolar::start().await;
    fake.register_webhook(&endpoint, &[]);
    for (content_type, header) in [
        (ContentType::Json, "application/json"),
        (ContentType::JsonWithCharset, "application/json; charset=utf-8"),
        (ContentType::TextPlain, "text/plain"),
    ] {
        fake.behave(|quirks| quirks.delivery.content_type = content_type);
        add_contact(&fake, "Ana");
        assert_eq!(received.recv().await.expect("a delivery")["content-type"], header);
    }
}

#[tokio::test]
async fn an_endpoint_can_have_one_second_only() {
    let impatient = |quirks: &mut Quirks| {
        quirks.delivery.patience = Patience::OneSecond;
        quirks.delivery.attempts = Attempts::One;
    };
    let (fake, receiver) = with_receiver(impatient).await;
    receiver.fail_next(Calls::any(), Fault::Delay { milliseconds: 60_000 });
    add_contact(&fake, "Ana");
    fake.deliveries_settled().await;
    assert_eq!(fake.deliveries()[0].outcome, Outcome::GivenUp("no answer in time".to_owned()));
}

#[tokio::test]
async fn the_queue_shows_what_waits_and_the_log_what_was_tried() {
    let (fake, receiver) = with_receiver(|_| {}).await;
    let caller = Caller::of_opensolar(&fake);
    fake.hold_deliveries();
    for name in ["Ana", "Ben"] {
        add_contact(&fake, name);
    }
    let queue = caller.get("/webhook_queue_models/").await.body;
    assert_eq!(list(&queue).len(), 2);
    assert_eq!((&queue[0]["number_of_attempts"], &queue[0]["model_name"]), (&json!(0), &json!("Contact")));
    assert!(queue[0]["next_attempt_at"].is_string() && queue[0]["foreign_identifier"].is_string());
    assert_eq!((&queue[0]["event"], &queue[0]["model_pk"]), (&json!("CREATE"), &json!(fake.contacts()[0].id)));
    assert_eq!(caller.get("/webhook_queue_models/?limit=1&page=3").await.status, 500);
    receiver.refuse_next(503);
    fake.release_deliveries(ReleaseOrder::AsHappened);
    fake.deliveries_settled().await;
    assert_eq!(caller.get("/webhook_queue_models/").await.body, json!([]));
    assert_eq!(list(&caller.get("/webhook_process_logs/").await.body).len(), 3);
    assert_eq!(list(&caller.get("/webhook_process_logs/?search=503").await.body).len(), 1);
}
