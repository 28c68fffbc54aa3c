//! The fake relay: what it takes, bills, shows and tells.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use testkit::fake_opensolar::{Outcome, ReleaseOrder};
use testkit::fake_relay::{EventIds, EventTimes, Misuse, SignatureForm, Work};
use testkit::{Calls, FakeRelay, Fault};

use crate::client::{Caller, fields};
use crate::hook;

const KEY: &str = "an invented key of a webhook";

fn caller(relay: &FakeRelay) -> Caller {
    Caller::new(format!("{}/api/orgs/{}", relay.url(), relay.org_id()), Some(relay.token()))
}

fn project() -> Value {
    json!({"name": "Rudo Example - Solar Installation", "status": "lead", "custom_fields": {"hanna_order_number": "7"}})
}

fn moved(status: &str) -> Work {
    Work::Move { status: status.to_owned() }
}

#[tokio::test]
async fn a_project_is_billed_once_it_is_made_and_only_then() {
    let relay = FakeRelay::start().await;
    let caller = caller(&relay);
    assert_eq!(caller.post("/projects/", json!({"status": "lead"})).await.status, 400);
    assert_eq!(caller.post("/projects/", json!({"name": "Example", "contact_id": 7})).await.status, 400);
    assert_eq!(relay.billed(), 0);
    let made = caller.post("/projects/", project()).await;
    assert_eq!((made.status, relay.billed()), (201, 1));
    let id = made.body["id"].as_u64().expect("a number");
    relay.work(id, Work::Delete).expect("done");
    assert_eq!((caller.get(&format!("/projects/{id}")).await.status, relay.billed()), (404, 1));
    assert_eq!(relay.work(id, moved("design")), Err(Misuse::NoSuchProject(id)));
}

#[tokio::test]
async fn a_write_that_is_applied_late_is_not_there_before() {
    let relay = FakeRelay::start().await;
    relay.stop_clock_at(testkit::builders::NOON);
    let answer = testkit::LateAnswer::Status(504);
    relay.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyLate { seconds: 600, answer });
    assert_eq!(caller(&relay).post("/projects/", project()).await.status, 504);
    assert_eq!(relay.projects().len(), 0);
    relay.stop_clock_at(testkit::builders::NOON + testkit::builders::MINUTE * 10);
    assert_eq!((relay.projects().len(), relay.billed()), (1, 1));
}

#[tokio::test]
async fn a_project_out_of_reach_is_listed_and_neither_shown_nor_told_of_until_it_is_back() {
    let relay = FakeRelay::start().await;
    relay.collect_webhooks(KEY);
    let (caller, id) = (caller(&relay), relay.add_project(fields(project())));
    let path = format!("/projects/{id}");
    relay.put_out_of_reach(id);
    relay.work(id, moved("design")).expect("done");
    let listed = caller.get("/projects/").await.body["results"].as_array().map(Vec::len);
    assert_eq!((caller.get(&path).await.status, listed, relay.deliveries().len()), (403, Some(1), 0));
    relay.bring_within_reach(id);
    relay.work(id, moved("proposal")).expect("done");
    assert_eq!((caller.get(&path).await.status, relay.deliveries().len()), (200, 1));
}

#[tokio::test]
async fn a_new_token_is_the_only_one_and_a_refilled_wallet_pays_again() {
    let relay = FakeRelay::start().await;
    let first = caller(&relay);
    relay.expire_token();
    assert_eq!(first.get("/projects/").await.status, 401);
    let token = relay.new_token();
    let second = Caller::new(format!("{}/api/orgs/{}", relay.url(), relay.org_id()), Some(&token));
    assert_eq!((first.get("/projects/").await.status, second.get("/projects/").await.status), (401, 200));
    relay.empty_wallet();
    assert_eq!(second.post("/projects/", project()).await.status, 402);
    relay.refill_wallet();
    assert_eq!((second.post("/projects/", project()).await.status, relay.billed()), (201, 1));
}

#[tokio::test]
async fn what_people_copy_and_correct_is_not_told_and_what_was_delivered_is_again() {
    let relay = FakeRelay::start().await;
    relay.collect_webhooks(KEY);
    let original = relay.add_project(fields(project()));
    let copy = relay.duplicate(original).expect("duplicated");
    let contact = relay.add_contact(fields(json!({"first_name": "Rudo", "last_name": "Example"})));
    relay.edit_contact(contact, fields(json!({"last_name": "Moyo"}))).expect("edited");
    let [first, second] = &relay.projects()[..] else { panic!("two projects") };
    assert_eq!((second.id, &second.fields), (copy, &first.fields));
    let contacts = relay.contacts();
    assert_eq!((contacts[0].text("first_name"), contacts[0].text("last_name")), ("Rudo", "Moyo"));
    assert_eq!((relay.billed(), relay.deliveries().len()), (0, 0));

    relay.work(original, moved("design")).expect("done");
    relay.deliver_again(0).expect("a delivery");
    relay.deliveries_settled().await;
    let [delivered, again] = &relay.deliveries()[..] else { panic!("two deliveries") };
    assert_eq!(
        (&again.body, &again.headers, &again.outcome),
        (&delivered.body, &delivered.headers, &delivered.outcome)
    );
    assert_eq!(relay.deliver_again(9), Err(Misuse::NoSuchDelivery(9)));
    assert_eq!(relay.duplicate(9), Err(Misuse::NoSuchProject(9)));
    assert_eq!(relay.edit_contact(9, fields(json!({}))), Err(Misuse::NoSuchContact(9)));
}

#[tokio::test]
async fn what_staff_do_is_told_in_order_with_the_facts_of_that_moment() {
    let relay = FakeRelay::start().await;
    relay.collect_webhooks(KEY);
    let id = relay.add_project(fields(project()));
    let date = "2026-12-04".parse().expect("a day");
    for work in [
        moved("design"),
        Work::Design { kw: 6.6 },
        Work::SendProposal,
        Work::SignContract,
        Work::ScheduleInstallation { date },
        Work::Edit { fields: fields(json!({"notes": "Two storeys."})) },
    ] {
        relay.work(id, work).expect("done");
    }
    relay.deliveries_settled().await;
    let bodies: Vec<Value> =
        relay.deliveries().into_iter().map(|delivery| serde_json::from_str(&delivery.body).expect("JSON")).collect();
    let told: Vec<&str> = bodies.iter().filter_map(|body| body["event_type"].as_str()).collect();
    let expected = ["status_changed", "design_complete", "proposal_sent", "contract_signed", "installation_scheduled"];
    assert_eq!(told, expected.map(|event| format!("project.{event}")));
    assert_eq!((&bodies[0]["project"]["id"], &bodies[0]["project"]["status"]), (&json!(id), &json!("design")));
    assert_eq!(bodies[1]["project"]["proposal_url"], Value::Null);
    assert!(bodies[2]["project"]["proposal_url"].as_str().is_some_and(|url| url.starts_with("https://")));
    assert_eq!(bodies[4]["project"]["installation_date"], "2026-12-04");
    let ids: std::collections::BTreeSet<&str> = bodies.iter().filter_map(|body| body["event_id"].as_str()).collect();
    assert_eq!(ids.len(), bodies.len(), "each event has an id of its own");
    let times: Vec<&str> = bodies.iter().filter_map(|body| body["timestamp"].as_str()).collect();
    assert!(times.is_sorted() && times.len() == bodies.len(), "{times:?}");
}

#[tokio::test]
async fn an_event_may_have_neither_an_id_nor_a_time() {
    let relay = FakeRelay::start().await;
    relay.collect_webhooks(KEY);
    relay.behave(|quirks| (quirks.event_ids, quirks.event_times) = (EventIds::None, EventTimes::None));
    let id = relay.add_project(fields(project()));
    relay.work(id, moved("design")).expect("done");
    let body: Value = serde_json::from_str(&relay.deliveries()[0].body).expect("JSON");
    let names: Vec<&String> = body.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["event_type", "project"]);
}

/// RFC 2104 over the exact body, by the same library as the fake: what it is over is what is looked at.
fn signature(body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).expect("a key");
    mac.update(body.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn each_delivery_is_signed_over_its_exact_body_and_reaches_its_endpoint() {
    let relay = FakeRelay::start().await;
    let (endpoint, mut received) = hook::listen().await;
    relay.register_webhook(&endpoint, KEY);
    let id = relay.add_project(fields(project()));
    let forms = [SignatureForm::Lower, SignatureForm::Upper, SignatureForm::Prefixed];
    for (number, form) in forms.into_iter().enumerate() {
        relay.behave(|quirks| quirks.signature = form);
        relay.work(id, moved("design")).expect("done");
        let headers = received.recv().await.expect("a delivery");
        let signature = signature(&relay.deliveries()[number].body);
        let expected = match form {
            SignatureForm::Lower => signature,
            SignatureForm::Upper => signature.to_uppercase(),
            SignatureForm::Prefixed => format!("sha256={signature}"),
        };
        assert_eq!(headers["x-opensolar-signature"], expected, "{form:?}");
    }
}

#[tokio::test]
async fn webhooks_are_registered_and_taken_back_and_never_show_their_key() {
    let relay = FakeRelay::start().await;
    let caller = caller(&relay);
    assert_eq!(caller.post("/webhooks/", json!({"url": "http://127.0.0.1:9/"})).await.status, 400);
    let made = caller.post("/webhooks/", json!({"url": "http://127.0.0.1:9/", "secret": KEY})).await;
    let listed = caller.get("/webhooks/").await;
    assert_eq!(listed.body["results"], json!([made.body]));
    assert!(!listed.body.to_string().contains(KEY));
    let gone = caller.delete(&format!("/webhooks/{}", made.body["id"])).await;
    assert_eq!((gone.status, caller.get("/webhooks/").await.body), (204, json!({"results": []})));
}

/// The events told so far, by their projects' statuses.
fn told(relay: &FakeRelay) -> Vec<String> {
    let bodies = relay.deliveries().into_iter().map(|delivery| delivery.body);
    let bodies = bodies.map(|body| serde_json::from_str::<Value>(&body).expect("JSON"));
    bodies.map(|body| body["project"]["status"].as_str().expect("a status").to_owned()).collect()
}

#[tokio::test]
async fn held_deliveries_go_out_in_the_order_that_is_asked_for_and_any_of_them_again() {
    let relay = FakeRelay::start().await;
    relay.collect_webhooks(KEY);
    let id = relay.add_project(fields(project()));
    relay.hold_deliveries();
    for status in ["design", "proposal", "contract"] {
        relay.work(id, moved(status)).expect("done");
    }
    assert!(relay.deliveries().iter().all(|delivery| delivery.attempts == 0));
    relay.release_deliveries(ReleaseOrder::Reversed);
    relay.deliveries_settled().await;
    assert_eq!(told(&relay), ["contract", "proposal", "design"]);

    relay.deliver_again(1).expect("there is one");
    relay.deliveries_settled().await;
    let deliveries = relay.deliveries();
    assert_eq!((&deliveries[3].body, &deliveries[3].headers), (&deliveries[1].body, &deliveries[1].headers));
    assert!(deliveries.iter().all(|delivery| delivery.outcome == Outcome::Answered(204)), "{deliveries:?}");
    assert_eq!(relay.deliver_again(9), Err(Misuse::NoSuchDelivery(9)));

    relay.forget_webhooks();
    relay.work(id, moved("lead")).expect("done");
    assert_eq!(relay.deliveries().len(), 4, "nobody is told");
}

#[tokio::test]
async fn a_snapshot_brings_everything_back_and_the_next_number_is_a_new_one() {
    let earlier = FakeRelay::start().await;
    let made = caller(&earlier).post("/projects/", project()).await.body["id"].as_u64().expect("a number");
    earlier.behave(|quirks| quirks.event_ids = EventIds::None);
    let kept = serde_json::to_string(&earlier.snapshot()).expect("JSON");
    let later = FakeRelay::start().await;
    later.restore(serde_json::from_str(&kept).expect("a snapshot"));
    assert_eq!((later.projects(), later.billed()), (earlier.projects(), 1));
    let next = caller(&later).post("/projects/", project()).await.body["id"].as_u64().expect("a number");
    assert!(made < next, "{made} and {next}");
    later.collect_webhooks(KEY);
    later.work(next, moved("design")).expect("done");
    assert!(!later.deliveries()[0].body.contains("event_id"), "it answers as it did");
}

#[tokio::test]
async fn a_registration_that_is_changed_is_told_of_events_under_its_new_key() {
    let relay = FakeRelay::start().await;
    let caller = caller(&relay);
    let inbox = format!("{}/_fake/inbox", relay.url());
    let made = caller.post("/webhooks/", json!({"url": inbox, "secret": "an earlier key of a webhook"})).await;
    let path = format!("/webhooks/{}", made.body["id"]);
    assert_eq!(caller.patch(&path, json!({"secret": KEY})).await.status, 200);
    assert_eq!(caller.patch("/webhooks/9", json!({"secret": KEY})).await.status, 404);
    let id = relay.add_project(fields(project()));
    relay.work(id, moved("design")).expect("done");
    let delivery = relay.deliveries().remove(0);
    assert_eq!((&delivery.endpoint, &delivery.headers["X-OpenSolar-Signature"]), (&inbox, &signature(&delivery.body)));
}
