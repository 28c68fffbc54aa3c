use std::net::SocketAddr;

use serde_json::{Value, json};
use testkit::{FakeOpenSolar, FakeWhatsApp};

use crate::client::{Caller, list};

fn address(url: &str) -> SocketAddr {
    url.trim_start_matches("http://").parse().expect("an address")
}

#[tokio::test]
async fn a_story_can_be_driven_from_another_process() {
    let fake = FakeOpenSolar::start().await;
    let driver = Caller::new(format!("{}/_fake", fake.url()), None);
    fake.collect_webhooks(&[]);
    assert_eq!(driver.get("/health").await.body["org_id"], json!(fake.org_id()));
    assert_eq!(driver.post("/clock", json!({"now": "2026-11-20T10:00:00Z"})).await.status, 204);
    let made = driver.post("/projects", json!({"address": "1 Example Road"})).await;
    let work = format!("/projects/{}/work", made.body["id"]);
    for body in [
        json!({"do": "design", "kw": 6.6}),
        json!({"do": "send_proposal"}),
        json!({"do": "view_proposal"}),
        json!({"do": "sell"}),
        json!({"do": "schedule_installation", "date": "2026-12-01"}),
        json!({"do": "mark_installed"}),
    ] {
        assert_eq!(driver.post(&work, body.clone()).await.status, 204, "{body}");
    }
    assert_eq!(driver.get("/deliveries/settled?timeout_ms=5000").await.status, 200);
    let state = driver.get("/state").await.body;
    assert_eq!(state["projects"][0]["installation_date"], "2026-12-01");
    assert_eq!(state["projects"][0]["sold_date"], "2026-11-20T10:00:00.000000Z");
    let deliveries = driver.get("/deliveries").await.body;
    assert!(list(&deliveries).iter().all(|delivery| delivery["outcome"] == json!({"answered": 200})));
    assert_eq!(driver.get("/calls").await.body, json!([]), "control is no call of the API");
}

#[tokio::test]
async fn mistakes_of_a_driver_are_told_apart() {
    let fake = FakeOpenSolar::start().await;
    let driver = Caller::new(format!("{}/_fake", fake.url()), None);
    let made = driver.post("/projects", json!({})).await;
    let work = format!("/projects/{}/work", made.body["id"]);
    assert_eq!(driver.post(&work, json!({"do": "sell"})).await.status, 409);
    assert_eq!(driver.post("/projects/1/work", json!({"do": "sell"})).await.status, 404);
    assert_eq!(driver.post(&work, json!({"do": "dance"})).await.status, 422);
    assert_eq!(driver.post("/contacts", json!({"phone": "none"})).await.status, 400);
    assert_eq!(driver.post("/deliveries/0/again", json!({})).await.status, 404);
}

#[tokio::test]
async fn waiting_for_deliveries_ends_with_the_number_still_pending() {
    let silent = FakeOpenSolar::start().await;
    let fake = FakeOpenSolar::start().await;
    let hold = json!({"fault": {"kind": "apply_then_delay", "milliseconds": 60_000}});
    assert_eq!(Caller::new(format!("{}/_fake", silent.url()), None).post("/faults", hold).await.status, 204);
    fake.register_webhook(&format!("{}/hook/", silent.url()), &[]);
    let driver = Caller::new(format!("{}/_fake", fake.url()), None);
    driver.post("/contacts", json!({})).await;
    let waited = driver.get("/deliveries/settled?timeout_ms=50").await;
    assert_eq!((waited.status, &waited.body["pending"]), (504, &json!(1)));
}

#[tokio::test]
async fn faults_queue_up_and_can_be_seen_and_cleared() {
    let fake = FakeOpenSolar::start().await;
    let driver = Caller::new(format!("{}/_fake", fake.url()), None);
    let refuse = json!({"method": "POST", "path": "/projects/", "fault": {"kind": "refuse", "status": 402}});
    driver.post("/faults", refuse.clone()).await;
    driver.post("/faults", refuse).await;
    let caller = Caller::of_opensolar(&fake);
    assert_eq!(caller.post("/projects/", json!({})).await.status, 402);
    assert_eq!(list(&driver.get("/faults").await.body).len(), 1);
    assert_eq!(driver.delete("/faults").await.status, 204);
    assert_eq!(caller.post("/projects/", json!({})).await.status, 201);
}

#[tokio::test]
async fn a_snapshot_carries_everything_over_to_a_later_fake_on_the_same_port() {
    let fake = FakeOpenSolar::start().await;
    let at = address(fake.url());
    let caller = Caller::of_opensolar(&fake);
    fake.collect_webhooks(&[]);
    let first = caller.post("/projects/", json!({"contacts_new": [{"first_name": "Ana"}]})).await;
    fake.design(first.body["id"].as_u64().expect("an id"), 6.6).expect("designed");
    fake.deliveries_settled().await;
    let (projects, deliveries) = (fake.projects(), fake.deliveries());
    let kept = serde_json::to_string(&fake.snapshot()).expect("JSON");
    fake.stop().await;

    let later = FakeOpenSolar::start_on(at).await.expect("the port is free again");
    assert!(later.projects().is_empty());
    later.restore(serde_json::from_str(&kept).expect("a snapshot"));

    assert_eq!((later.projects(), later.deliveries()), (projects, deliveries));
    let second = Caller::of_opensolar(&later).post("/projects/", json!({})).await;
    assert_eq!(second.body["id"].as_u64(), first.body["id"].as_u64().map(|id| id + 1), "ids go on");
    later.deliveries_settled().await;
    assert_eq!(later.deliveries().len(), 6);
}

#[tokio::test]
async fn a_fake_listens_on_loopback_only_and_on_no_taken_port() {
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    assert!(FakeOpenSolar::start_on(everywhere).await.is_err());
    let fake = FakeWhatsApp::start().await;
    assert!(FakeWhatsApp::start_on(address(fake.url())).await.is_err());
}

#[tokio::test]
async fn the_whatsapp_fake_is_driven_the_same_way() {
    let fake = FakeWhatsApp::start().await;
    let driver = Caller::new(format!("{}/_fake", fake.url()), None);
    driver.post("/templates", json!({"name": "proposal_ready", "language": "en", "parameters": 1})).await;
    driver.post("/windows", json!({"window": "closed"})).await;
    driver.post("/windows", json!({"number": "+263770000002", "window": "open"})).await;
    driver.post("/unreachable", json!({"number": "+263770000003"})).await;
    let caller = Caller::of_whatsapp(&fake);
    let text = |to: &str| json!({"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": "Hello"}});
    let mut codes = Vec::new();
    for to in ["263770000001", "263770000002", "263770000003"] {
        codes.push(caller.post("/messages", text(to)).await.body["error"]["code"].clone());
    }
    assert_eq!(codes, [json!(131_047), Value::Null, json!(131_026)]);
    assert_eq!(driver.get("/messages").await.body[0]["to"], "263770000002");
    assert_eq!(list(&driver.get("/calls").await.body).len(), 3);
    let snapshot = driver.get("/snapshot").await.body;
    assert_eq!(driver.put("/snapshot", snapshot).await.status, 204);
    assert_eq!(fake.messages().len(), 1);
}
