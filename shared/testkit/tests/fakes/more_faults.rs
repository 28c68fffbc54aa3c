use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Calls, FakeOpenSolar, Fault, Spoil};

use crate::client::{Caller, fields};

#[tokio::test]
async fn a_body_can_be_spoilt_in_every_way_while_the_status_is_right() {
    for (spoil, readable) in [
        (Spoil::Truncated, false),
        (Spoil::Garbage, false),
        (Spoil::Html, false),
        (Spoil::Empty, false),
        (Spoil::OtherJson, true),
    ] {
        let fake = FakeOpenSolar::start().await;
        fake.fail_next(Calls::any(), Fault::ApplyThenSpoil { spoil });
        let spoilt = Caller::of_opensolar(&fake).try_call(Method::POST, "/projects/", Some(json!({}))).await;
        let spoilt = spoilt.expect("an answer");
        assert_eq!(spoilt.status().as_u16(), 201, "{spoil:?}");
        let is_html =
            spoilt.headers().get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        assert_eq!(is_html, spoil == Spoil::Html);
        let body = spoilt.text().await.expect("a body");
        assert_eq!(body.is_empty(), spoil == Spoil::Empty);
        assert_eq!(serde_json::from_str::<Value>(&body).is_ok(), readable, "{spoil:?}: {body}");
        assert_eq!(fake.projects().len(), 1, "it was applied");
    }
}

#[tokio::test]
async fn a_call_can_be_applied_and_answered_with_an_error() {
    for status in [500, 502, 504] {
        let fake = FakeOpenSolar::start().await;
        fake.fail_next(Calls::any(), Fault::ApplyThenFail { status });
        assert_eq!(Caller::of_opensolar(&fake).post("/projects/", json!({})).await.status, status);
        assert_eq!(fake.projects().len(), 1);
    }
}

#[tokio::test]
async fn a_call_can_wait_before_it_is_applied() {
    let fake = FakeOpenSolar::start().await;
    fake.fail_next(Calls::any(), Fault::Delay { milliseconds: 60 });
    let begun = Instant::now();
    assert_eq!(Caller::of_opensolar(&fake).post("/projects/", json!({})).await.status, 201);
    assert!(Duration::from_millis(60) <= begun.elapsed());
}

#[tokio::test]
async fn a_fault_can_wait_for_the_list_and_let_each_project_by() {
    let fake = FakeOpenSolar::start().await;
    let project = fake.add_project(fields(json!({}))).expect("made");
    let refusal = Fault::Refuse { status: 200, body: json!("<h1>Log in to the network</h1>"), retry_after: None };
    fake.fail_next(Calls::ending("GET", "/projects/"), refusal);
    let caller = Caller::of_opensolar(&fake);
    assert_eq!(caller.get(&format!("/projects/{project}/")).await.body["id"], project);
    let page = caller.get("/projects/").await;
    assert_eq!((page.status, page.body), (200, Value::Null), "a page where a list was expected");
}
