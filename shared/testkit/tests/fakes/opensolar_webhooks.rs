use serde_json::{Value, json};
use testkit::fake_opensolar::{Delivery, Outcome};
use testkit::{Calls, FakeOpenSolar, Fault};

use crate::client::{Caller, fields, list};

fn envelopes(fake: &FakeOpenSolar) -> Vec<Value> {
    fake.deliveries().iter().map(|delivery| serde_json::from_str(&delivery.body).expect("JSON")).collect()
}

fn kinds(envelopes: &[Value]) -> Vec<String> {
    let kind = |envelope: &Value| {
        format!("{} {}", envelope["model"].as_str().unwrap_or("?"), envelope["event"].as_str().unwrap_or("?"))
    };
    envelopes.iter().map(kind).collect()
}

/// Registers the fake's own inbox through the API, with these field lists.
async fn register(fake: &FakeOpenSolar, triggers: Value, payload: Value) -> Value {
    let body = json!({
        "endpoint": format!("{}/_fake/inbox", fake.url()),
        "headers": "{\"X-Webhook-Token\": \"invented\"}",
        "enabled": true,
        "debug": false,
        "trigger_fields": triggers,
        "payload_fields": payload,
    });
    let made = Caller::of_opensolar(fake).post("/webhooks/", body).await;
    assert_eq!(made.status, 201);
    made.body
}

#[tokio::test]
async fn a_project_made_through_the_api_echoes_as_contact_and_project() {
    let fake = FakeOpenSolar::start().await;
    fake.collect_webhooks(&[("X-Webhook-Token", "invented")]);
    fake.stop_clock_at("2026-11-20T10:00:00Z".parse().expect("a time"));
    let body = json!({"identifier": "request-1042", "contacts_new": [{"first_name": "Ana"}]});

    let made = Caller::of_opensolar(&fake).post("/projects/", body).await;
    fake.deliveries_settled().await;

    let told = envelopes(&fake);
    assert_eq!(kinds(&told), ["Contact CREATE", "Project CREATE"]);
    let project = &told[1];
    assert_eq!(project["timestamp"], "1795168800");
    assert_eq!(project["model_id"], made.body["id"]);
    assert_eq!(project["identifier"], "request-1042");
    assert!(project["event_id"].is_u64());
    assert_eq!(project["fields"]["url"], made.body["url"]);
    assert_eq!(project.as_object().expect("an object").len(), 7, "no organisation, no actor, no old values");
}

#[tokio::test]
async fn deliveries_are_posted_with_the_registered_headers() {
    let receiver = FakeOpenSolar::start().await;
    let fake = FakeOpenSolar::start().await;
    // Another fake's API is an endpoint that lets in only who sends its token.
    let endpoint = format!("{}/api/orgs/{}/contacts/", receiver.url(), receiver.org_id());
    fake.register_webhook(&endpoint, &[("Authorization", &format!("Bearer {}", receiver.token()))]);
    fake.add_contact(fields(json!({"first_name": "Ana"}))).expect("made");
    fake.deliveries_settled().await;
    assert_eq!(fake.deliveries()[0].outcome, Outcome::Answered(201));
    let call = &receiver.calls()[0];
    let sent: Value = serde_json::from_str(&fake.deliveries()[0].body).expect("JSON");
    assert_eq!((call.method.as_str(), call.body.as_ref()), ("POST", Some(&sent)));
}

#[tokio::test]
async fn an_event_and_a_contact_are_told_with_paths_and_their_own_identifier() {
    let fake = FakeOpenSolar::start().await;
    let body = json!({"identifier": "request-1042", "contacts_new": [{"first_name": "Ana"}]});
    let project = fake.add_project(fields(body)).expect("made");
    fake.collect_webhooks(&[]);

    fake.send_proposal(project).expect("sent");

    let told = envelopes(&fake);
    assert_eq!(kinds(&told), ["Project UPDATE", "Event CREATE"]);
    let event = &told[1];
    assert_eq!(event["fields"]["project"], format!("/api/orgs/{}/projects/{project}/", fake.org_id()));
    assert_eq!(event["fields"]["event_type_id"], 0);
    assert_ne!(event["identifier"], "request-1042");
    let read = Caller::of_opensolar(&fake).get(&format!("/events/{}/", event["model_id"])).await.body;
    assert_eq!(read["project"], format!("{}/api/orgs/{}/projects/{project}/", fake.url(), fake.org_id()));
}

#[tokio::test]
async fn a_deletion_has_no_fields() {
    let fake = FakeOpenSolar::start().await;
    let project = fake.add_project(fields(json!({"identifier": "request-1042"}))).expect("made");
    fake.collect_webhooks(&[]);
    Caller::of_opensolar(&fake).delete(&format!("/projects/{project}/")).await;
    let told = envelopes(&fake);
    assert_eq!(kinds(&told), ["Project DELETE"]);
    assert_eq!(told[0].get("fields"), None);
    assert_eq!(told[0]["identifier"], "request-1042");
}

#[tokio::test]
async fn only_named_models_and_fields_trigger() {
    let fake = FakeOpenSolar::start().await;
    register(&fake, json!(["project.systems.kw_stc", "project.stage"]), json!(["project.*"])).await;
    let project = fake.add_project(fields(json!({"contacts_new": [{"first_name": "Ana"}]}))).expect("made");
    fake.design(project, 6.6).expect("designed");
    let path = format!("/projects/{project}/");
    let caller = Caller::of_opensolar(&fake);
    caller.patch(&path, json!({"notes": "no trigger"})).await;
    // From New to Design the milestone stays, so `project.stage` does not change.
    caller.patch(&path, json!({"active_stage_id": 6542})).await;
    caller.patch(&path, json!({"active_stage_id": 6544})).await;
    assert_eq!(kinds(&envelopes(&fake)), ["Project CREATE", "Project UPDATE", "Project UPDATE"]);
}

#[tokio::test]
async fn a_write_of_equal_values_tells_nothing() {
    let fake = FakeOpenSolar::start().await;
    let project = fake.add_project(fields(json!({"notes": "the same"}))).expect("made");
    fake.collect_webhooks(&[]);
    Caller::of_opensolar(&fake).patch(&format!("/projects/{project}/"), json!({"notes": "the same"})).await;
    assert!(fake.deliveries().is_empty());
}

#[tokio::test]
async fn payload_fields_limit_the_models_they_name_and_leave_others_whole() {
    let fake = FakeOpenSolar::start().await;
    let payload = json!(["project.id", "project.systems.kw_stc", "project.contacts_data.phone"]);
    register(&fake, json!(["project.systems", "event.*"]), payload).await;
    let contact = json!([{"first_name": "Ana", "phone": "+263770000001"}]);
    let project = fake.add_project(fields(json!({"contacts_new": contact}))).expect("made");
    fake.design(project, 6.6).expect("designed");
    let told = envelopes(&fake);
    let limited = json!({"id": project, "systems": [{"kw_stc": 6.6}], "contacts_data": [{"phone": "+263770000001"}]});
    assert_eq!(told[1]["fields"], limited);
    assert!(told[2]["fields"]["who"].is_object(), "an event is not named, so it is whole");
}

#[tokio::test]
async fn blank_fields_mean_the_defaults_on_create_and_nothing_on_update() {
    let fake = FakeOpenSolar::start().await;
    let made = register(&fake, Value::Null, json!([])).await;
    let triggers = list(&made["trigger_fields"]);
    assert!(triggers.contains(&json!("event.*")) && triggers.contains(&json!("project.installation_date")));
    assert!(!triggers.contains(&json!("project.contract_date")));
    assert_eq!(made["payload_fields"], made["trigger_fields"]);

    let path = format!("/webhooks/{}/", made["id"]);
    let updated = Caller::of_opensolar(&fake).patch(&path, json!({"trigger_fields": []})).await;
    assert_eq!(updated.body["trigger_fields"], Value::Null);
    fake.add_project(fields(json!({}))).expect("made");
    assert_eq!(fake.deliveries().len(), 1, "without triggers any change fires");
}

#[tokio::test]
async fn a_registration_names_endpoint_enabled_and_debug_and_its_headers_are_text_holding_json() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);
    let whole = json!({"endpoint": "http://127.0.0.1:9/hook", "enabled": true, "debug": false});
    for missing in ["endpoint", "enabled", "debug"] {
        let mut body = fields(whole.clone());
        body.remove(missing);
        let refused = caller.post("/webhooks/", Value::Object(body)).await;
        assert_eq!((refused.status, &refused.body[missing][0]), (400, &json!("This field is required.")));
    }
    let mut body = whole;
    body["headers"] = json!({"X-Webhook-Token": "an object is no text"});
    assert_eq!(caller.post("/webhooks/", body).await.status, 400);
    assert_eq!(caller.get("/webhooks/").await.body, json!([]));
}

#[tokio::test]
async fn the_list_does_not_show_the_headers_and_a_disabled_webhook_is_silent() {
    let fake = FakeOpenSolar::start().await;
    let made = register(&fake, json!(["project.*"]), json!(["project.*"])).await;
    let caller = Caller::of_opensolar(&fake);
    caller.patch(&format!("/webhooks/{}/", made["id"]), json!({"enabled": false})).await;
    fake.add_project(fields(json!({}))).expect("made");
    assert!(fake.deliveries().is_empty());
    let row = caller.get("/webhooks").await.body[0].clone();
    assert_eq!((row["enabled"].clone(), row.get("headers")), (json!(false), None));
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_before_the_next_one_and_logged() {
    let receiver = FakeOpenSolar::start().await;
    let fake = FakeOpenSolar::start().await;
    let endpoint = format!("{}/api/orgs/{}/contacts/", receiver.url(), receiver.org_id());
    fake.register_webhook(&endpoint, &[("Authorization", &format!("Bearer {}", receiver.token()))]);
    receiver.refuse_next(503);
    receiver.fail_next(Calls::any(), Fault::DropBeforeApplying);
    for name in ["Ana", "Ben"] {
        fake.add_contact(fields(json!({"first_name": name}))).expect("made");
    }

    fake.deliveries_settled().await;

    let attempts: Vec<usize> = fake.deliveries().iter().map(|delivery| delivery.attempts).collect();
    assert_eq!(attempts, [3, 1]);
    let order: Vec<Option<Value>> = receiver.calls().into_iter().map(|call| call.body).collect();
    assert_eq!(order[0], order[2]);
    let logs = Caller::of_opensolar(&fake).get("/webhook_process_logs/").await.body;
    let successes: Vec<&Value> = list(&logs).iter().map(|row| &row["successful"]).collect();
    assert_eq!(successes, [true, true, false, false], "newest first");
    assert_eq!(logs[3]["notes"], "status 503");
    assert_eq!(logs[3]["model_name"], "Contact");
    let past = Caller::of_opensolar(&fake).get("/webhook_process_logs/?page=2").await;
    assert_eq!(past.status, 500, "documented for pages past the last");
}

#[tokio::test]
async fn a_delivery_that_nobody_takes_is_given_up() {
    let fake = FakeOpenSolar::start().await;
    fake.register_webhook("http://127.0.0.1:9/nobody", &[]);
    fake.add_contact(fields(json!({}))).expect("made");
    fake.deliveries_settled().await;
    assert_eq!(fake.deliveries()[0].outcome, Outcome::GivenUp("endpoint not reached".to_owned()));
    assert_eq!(fake.deliveries()[0].attempts, 4);
}

#[tokio::test]
async fn a_delivery_can_be_repeated_as_it_was() {
    let fake = FakeOpenSolar::start().await;
    fake.collect_webhooks(&[]);
    fake.add_contact(fields(json!({}))).expect("made");
    fake.deliver_again(0).expect("it exists");
    fake.deliveries_settled().await;
    let deliveries: Vec<Delivery> = fake.deliveries();
    assert_eq!(deliveries[0], deliveries[1]);
    assert!(fake.deliver_again(7).is_err());
}
