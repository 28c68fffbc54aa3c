//! What only an operator can decide: which project is a request's, or that there is none.

use domain::governor::{Class, Limited};
use domain::ids::ContactId;
use domain::jobs::QueueName;
use domain::ports::OpenSolarError;
use domain::project::Origin;
use domain::usecase::governed::Governed;
use serde_json::Map;
use testkit::{Calls, Fault};

use super::*;

fn in_doubt() -> SyncState {
    let intent = builders::intent("00000000-0000-4000-8000-000000000001".parse().expect("an id"));
    SyncState::Parked { reason: "look there".to_owned(), in_doubt: Some(intent) }
}

#[tokio::test]
async fn a_project_that_an_operator_found_is_linked_and_shown() {
    let desk = Desk::open().await;
    desk.has("1042", in_doubt()).await;
    let fields = json!({"address": "12 Example Street"}).as_object().cloned().unwrap_or_else(Map::new);
    let found = desk.opensolar.add_project(fields).expect("a project");
    let body = format!(r#"{{"opensolar_project_id": {found}, "revision": 1}}"#);
    let answer = desk.post("/api/opensolar/projects/1042/link/", &body).await;
    assert_eq!((answer.status, &answer.body["sync_status"]), (200, &json!("synced")), "{}", answer.body);
    assert_eq!(answer.body["opensolar_project_id"], json!(ProjectId::from(found)));
    let remote = desk.project("1042").await.remote.expect("linked");
    assert_eq!((remote.origin, remote.contact), (Origin::LinkedByOperator, None::<ContactId>));
    assert_eq!(desk.post("/api/opensolar/projects/1042/link/", &body).await.status, 409, "it was looked at before");
}

#[tokio::test]
async fn what_a_choice_has_wrong_is_named() {
    let desk = Desk::open().await;
    desk.has("1042", in_doubt()).await;
    let cases = [
        ("", "opensolar_project_id"),
        ("{}", "opensolar_project_id"),
        ("[]", "body"),
        (r#"{"opensolar_project_id": "../1"}"#, "opensolar_project_id"),
        (r#"{"opensolar_project_id": null}"#, "opensolar_project_id"),
        (r#"{"opensolar_project_id": 1, "revision": "x"}"#, "revision"),
        (r#"{"opensolar_project_id": 4242}"#, "opensolar_project_id"),
        (r#"{"opensolar_project_id": 1, "project": 1}"#, "project"),
    ];
    for (body, named) in cases {
        let answer = desk.post("/api/opensolar/projects/1042/link", body).await;
        assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (400, &json!(named)), "{body} {}", answer.body);
    }
    let answer = desk.post("/api/opensolar/projects/1042/declare-absent", r#"{"force": true}"#).await;
    assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (400, &json!("force")));
}

#[tokio::test]
async fn what_is_declared_absent_is_due_with_an_identifier_of_its_own() {
    let desk = Desk::open().await;
    desk.has("1042", in_doubt()).await;
    let answer = desk.post("/api/opensolar/projects/1042/declare-absent/", r#"{"revision": 1}"#).await;
    assert_eq!((answer.status, &answer.body["queued"]), (202, &json!("sync")), "{}", answer.body);
    let project = desk.project("1042").await;
    assert_eq!((project.generation, matches!(project.sync, SyncState::Due { .. })), (2, true));
    assert_eq!(desk.queue.waiting(QueueName::SyncRequests).len(), 1);
    let again = desk.post("/api/opensolar/projects/1042/declare-absent", "").await;
    assert_eq!((again.status, &again.body["code"]), (409, &json!("undecidable")));
    assert_eq!(desk.project("1042").await.generation, 2);
}

#[tokio::test]
async fn what_is_on_its_way_is_nobodys_to_decide() {
    let desk = Desk::open().await;
    let SyncState::Parked { in_doubt: Some(intent), .. } = in_doubt() else { panic!("in doubt") };
    desk.has("1042", SyncState::Creating { intent, claim: builders::claim(1), failures: 0 }).await;
    for (path, body) in [("declare-absent", ""), ("link", r#"{"opensolar_project_id": 1}"#)] {
        let answer = desk.post(&format!("/api/opensolar/projects/1042/{path}"), body).await;
        assert_eq!((answer.status, &answer.body["code"]), (409, &json!("undecidable")), "{path} {}", answer.body);
    }
}

#[tokio::test]
async fn a_wallet_that_was_refilled_parks_nobody_any_more() {
    let desk = Desk::open().await;
    let answer = desk.post("/api/opensolar/wallet/refilled/", "").await;
    assert_eq!((answer.status, &answer.body), (204, &Value::Null), "nothing was parked, and nothing is");
    let client =
        OpenSolarClient::new(Arc::new(FixedCredential::new(desk.opensolar.token())), AddressPolicy::HttpOnLoopback);
    let token = Arc::new(FixedCredential::new(desk.opensolar.token()));
    let governed = Governed::new(Arc::new(client), desk.store.clone(), desk.ambient.clone(), token, Class::Fetch);
    let config = desk.core.active_configuration().await.expect("configured");
    let empty = Fault::Refuse { status: 402, body: Value::Null, retry_after: None };
    desk.opensolar.fail_next(Calls::ending("POST", "/projects/"), empty);
    let new = builders::new_project("00000000-0000-4000-8000-000000000001".parse().expect("an id"));
    governed.create_project(&config.account, &new).await.expect_err("the wallet is empty");
    let parked = governed.create_project(&config.account, &new).await.expect_err("and nobody asks again");
    assert!(matches!(parked, OpenSolarError::NotGranted { why: Limited::Wallet, .. }), "{parked}");
    assert_eq!(desk.post("/api/opensolar/wallet/refilled", "").await.status, 204);
    governed.create_project(&config.account, &new).await.expect("at once");
}
