use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Call, Calls, FakeOpenSolar, Fault};

use crate::client::Caller;

fn creates() -> Calls {
    Calls::to("POST", "/projects/")
}

#[tokio::test]
async fn a_refusal_applies_nothing_and_strikes_once() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);
    let body = json!({"detail": "Request was throttled. Expected available in 42 seconds."});
    fake.fail_next(creates(), Fault::Refuse { status: 429, body: body.clone(), retry_after: Some(42) });

    assert_eq!(caller.get("/projects/").await.status, 200, "another call goes by");
    let refused = caller.post("/projects/", json!({})).await;

    assert_eq!((refused.status, &refused.body), (429, &body));
    assert_eq!(refused.response_headers["retry-after"], "42");
    assert!(fake.projects().is_empty());
    assert_eq!(caller.post("/projects/", json!({})).await.status, 201);
}

#[tokio::test]
async fn a_call_can_be_applied_without_an_answer() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);
    fake.fail_next(creates(), Fault::ApplyThenDrop);
    assert!(caller.try_call(Method::POST, "/projects/", Some(json!({}))).await.is_err());
    assert_eq!(fake.projects().len(), 1);
    assert_eq!(fake.calls()[0].status, None);
}

#[tokio::test]
async fn a_connection_can_end_before_the_call_is_applied() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);
    fake.fail_next(creates(), Fault::DropBeforeApplying);
    assert!(caller.try_call(Method::POST, "/projects/", Some(json!({}))).await.is_err());
    assert!(fake.projects().is_empty());
    assert_eq!(caller.get("/projects/").await.status, 200, "a new connection is as good as ever");
}

#[tokio::test]
async fn an_answer_can_be_unreadable_though_the_call_was_applied() {
    let fake = FakeOpenSolar::start().await;
    fake.fail_next(Calls::any(), Fault::ApplyThenGarble);
    let garbled = Caller::of_opensolar(&fake).post("/projects/", json!({})).await;
    assert_eq!((garbled.status, garbled.body), (201, Value::Null));
    assert_eq!(fake.projects().len(), 1);
}

#[tokio::test]
async fn an_answer_can_come_late_though_the_call_was_applied() {
    let fake = FakeOpenSolar::start().await;
    fake.fail_next(Calls::any(), Fault::ApplyThenDelay { milliseconds: 60 });
    let begun = Instant::now();
    let late = Caller::of_opensolar(&fake).post("/projects/", json!({})).await;
    assert!(Duration::from_millis(60) <= begun.elapsed());
    assert_eq!(late.status, 201);
    assert_eq!(fake.projects().len(), 1);
}

#[tokio::test]
async fn calls_are_logged_in_order_with_what_they_got() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);
    caller.post("/projects/", json!({"notes": "n"})).await;
    fake.refuse_next(403);
    caller.get("/projects/?page=1").await;
    let path = format!("/api/orgs/{}/projects/", fake.org_id());
    let call = |method: &str, query: &str, body, status| Call {
        method: method.to_owned(),
        path: path.clone(),
        query: query.to_owned(),
        body,
        status: Some(status),
    };
    assert_eq!(fake.calls(), [call("POST", "", Some(json!({"notes": "n"})), 201), call("GET", "page=1", None, 403)]);
}
