//! Whether OpenSolar can be worked with, and where it sends its deliveries.

use testkit::builders::configuration_document;
use testkit::{Calls, Fault};

use super::*;

const TEST: &str = "/api/opensolar/connection/test/";
const REGISTRATIONS: &str = "/api/opensolar/webhook-registrations/";
const KEY: &str = r#"{"key": "an invented key of ours"}"#;

impl Desk {
    async fn put(&self, path: &str, body: &str) -> Answer {
        self.ask(Method::PUT, path, body).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, "").await
    }

    async fn configure(&self, change: impl FnOnce(&mut domain::configuration::ConfigurationDocument)) {
        let mut document = configuration_document();
        document.api_base_url = self.opensolar.url().parse().expect("an address");
        change(&mut document);
        activate_configuration(&self.core, document, Revision(1)).await.expect("activated");
    }

    /// Each check's verdict, and all of their details.
    async fn tested(&self) -> (Vec<(String, String)>, String) {
        let answer = self.post(TEST, "").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let checks = answer.body["checks"].as_array().expect("checks").clone();
        let word = |check: &Value, name: &str| check[name].as_str().expect("a word").to_owned();
        let verdicts = checks.iter().map(|check| (word(check, "check"), word(check, "status"))).collect();
        (verdicts, checks.iter().map(|check| word(check, "detail")).collect::<Vec<_>>().join("\n"))
    }

    fn fails(&self, path: &str, status: u16) {
        self.opensolar
            .fail_next(Calls::to("GET", path), Fault::Refuse { status, body: Value::Null, retry_after: None });
    }
}

fn verdicts(all: [&str; 4]) -> Vec<(String, String)> {
    let names = ["access", "projects", "stages", "webhook"];
    names.iter().zip(all).map(|(name, verdict)| ((*name).to_owned(), verdict.to_owned())).collect()
}

#[tokio::test]
async fn a_connection_that_works_is_told_so_and_nothing_is_written_for_it() {
    let desk = Desk::open().await;
    desk.opensolar.add_project(serde_json::Map::new()).expect("a project");
    desk.put(REGISTRATIONS, KEY).await;
    let before = desk.opensolar.calls().len();
    let (seen, details) = desk.tested().await;
    assert_eq!(seen, verdicts(["ok", "ok", "ok", "ok"]), "{details}");
    assert!(desk.opensolar.calls()[before..].iter().all(|call| call.method == "GET"));
}

#[tokio::test]
async fn what_keeps_everything_from_working_is_named_with_what_to_do() {
    let told = [
        (401, "refuses the token (401): put a valid one"),
        (402, "wants payment (402)"),
        (403, "does not let the token's user"),
        (404, "knows no organisation"),
        (429, "too many calls (429)"),
        (308, "api_base_url has to be the address itself"),
        (500, "test again"),
    ];
    for (status, part) in told {
        let desk = Desk::open().await;
        desk.fails("/projects/", status);
        let (seen, details) = desk.tested().await;
        assert_eq!(seen, verdicts(["failed", "skipped", "skipped", "skipped"]), "{status}");
        assert!(details.contains(part), "{status}: {details}");
    }
}

#[tokio::test]
async fn an_address_where_nobody_answers_is_named() {
    let desk = Desk::open().await;
    desk.configure(|document| document.api_base_url = "http://127.0.0.1:9/".parse().expect("an address")).await;
    let (seen, details) = desk.tested().await;
    assert_eq!(seen[0].1, "failed");
    assert!(details.contains("nothing was sent") && details.contains("see to api_base_url"), "{details}");
    assert!(!details.contains("os error") && !details.contains("127.0.0.1"), "what is inside is the log's: {details}");
}

#[tokio::test]
async fn each_thing_that_is_wrong_is_told_by_itself() {
    let desk = Desk::open().await;
    desk.configure(|document| drop(document.stage_map.insert("424242".to_owned(), "pending".to_owned()))).await;
    let (seen, details) = desk.tested().await;
    assert_eq!(seen, verdicts(["ok", "warning", "warning", "failed"]), "{details}");
    assert!(details.contains("424242") && details.contains("no webhook is registered at https://bridge.example.com"));

    desk.fails("/workflows/", 403);
    desk.fails("/webhooks/", 403);
    let (seen, _) = desk.tested().await;
    assert_eq!(seen, verdicts(["ok", "warning", "failed", "failed"]));
    desk.fails("/webhooks/", 404);
    let (seen, details) = desk.tested().await;
    assert_eq!(seen[3].1, "warning");
    assert!(details.contains("no list of webhooks"), "{details}");
}

#[tokio::test]
async fn the_webhook_is_registered_once_however_often_that_is_asked_for() {
    let desk = Desk::open().await;
    let answer = desk.put(REGISTRATIONS, KEY).await;
    assert_eq!((answer.status, &answer.body["renewed"]), (201, &json!([])), "{}", answer.body);
    assert_eq!(answer.body["address"], "https://bridge.example.com/api/opensolar/webhook/");
    let again = desk.put(REGISTRATIONS, r#"{"key": "the next invented key of ours"}"#).await;
    assert_eq!(again.status, 200);
    let rows = desk.get(REGISTRATIONS).await.body["results"].clone();
    assert_eq!(rows.as_array().map(Vec::len), Some(1));
    assert_eq!(json!([rows[0]["id"]]), again.body["renewed"]);
    assert_eq!((&rows[0]["enabled"], rows[0].get("key")), (&json!(true), None));

    let id = rows[0]["id"].as_str().expect("an id");
    assert_eq!(desk.delete(&format!("{REGISTRATIONS}{id}/")).await.status, 204);
    assert_eq!(desk.get(REGISTRATIONS).await.body["results"][0]["enabled"], false);
    let (_, details) = desk.tested().await;
    assert!(details.contains("switched off"), "{details}");
    desk.put(REGISTRATIONS, KEY).await;
    assert_eq!(desk.get(REGISTRATIONS).await.body["results"][0]["enabled"], true);
}

#[tokio::test]
async fn the_bridges_own_name_is_the_one_that_api_gateway_was_asked_under() {
    let desk = Desk::open().await;
    let event = json!({
        "version": "2.0", "rawPath": REGISTRATIONS, "rawQueryString": "", "isBase64Encoded": false, "body": KEY,
        "headers": {"authorization": format!("Bearer {TOKEN}"), "host": "example.execute-api.af-south-1.amazonaws.com"},
        "requestContext": {"http": {"method": "PUT"}},
    });
    let request = lambda_kit::gateway::request(&event.to_string());
    assert_eq!(desk.router.clone().call(request).await.expect("an answer").status(), 201);
    let rows = desk.get(REGISTRATIONS).await.body["results"].clone();
    assert_eq!(rows[0]["address"], "https://example.execute-api.af-south-1.amazonaws.com/api/opensolar/webhook/");
}

#[tokio::test]
async fn a_webhook_that_is_registered_twice_is_told_of() {
    let desk = Desk::open().await;
    desk.put(REGISTRATIONS, KEY).await;
    // The fake's list is empty once more, as OpenSolar's might be behind.
    desk.opensolar
        .fail_next(Calls::to("GET", "/webhooks/"), Fault::Refuse { status: 200, body: json!([]), retry_after: None });
    assert_eq!(desk.put(REGISTRATIONS, KEY).await.status, 201);
    let (seen, details) = desk.tested().await;
    assert_eq!(seen[3].1, "warning");
    assert!(details.contains("registered 2 times"), "{details}");
}

#[tokio::test]
async fn what_no_door_would_take_is_not_registered() {
    let desk = Desk::open().await;
    assert_eq!(desk.put(REGISTRATIONS, "").await.wrong(), ["key"]);
    assert_eq!(desk.put(REGISTRATIONS, r#"{"key": "too short"}"#).await.wrong(), ["key"]);
    assert_eq!(
        desk.put(REGISTRATIONS, r#"{"key": 5, "address": "http://bridge.example.com/", "x": 1}"#).await.wrong().len(),
        3
    );
    let signing = r#"{"key": "an invented key of ours", "signing_key": "another that is long"}"#;
    assert_eq!(desk.put(REGISTRATIONS, signing).await.wrong(), ["signing_key"]);
    assert_eq!(desk.delete(&format!("{REGISTRATIONS}no%20id/")).await.code(), (404, "not_found"));
    assert_eq!(desk.delete(&format!("{REGISTRATIONS}4711/")).await.code(), (404, "not_found"));
    assert!(desk.opensolar.calls().iter().all(|call| call.method != "POST"));
}

#[tokio::test]
async fn what_opensolar_refuses_is_told_with_what_to_do() {
    let desk = Desk::open().await;
    desk.fails("/webhooks/", 403);
    let answer = desk.put(REGISTRATIONS, KEY).await;
    assert_eq!(answer.code(), (502, "opensolar"));
    assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.contains("does not let the token's user")));
}
