use serde_json::{Value, json};
use testkit::FakeOpenSolar;
use testkit::fake_opensolar::Work;
use testkit::fake_opensolar::quirks::{
    BlankTriggers, Echoes, EventIds, HookDeletion, IdForm, LinkForms, ListedHeaders, UnprovenPayload, UnprovenTriggers,
};

use crate::client::{Caller, fields};

fn told(fake: &FakeOpenSolar) -> Vec<Value> {
    fake.deliveries().iter().map(|delivery| serde_json::from_str(&delivery.body).expect("JSON")).collect()
}

fn registration(fake: &FakeOpenSolar, triggers: &[&str], payload: &[&str]) -> Value {
    json!({
        "endpoint": format!("{}/_fake/inbox", fake.url()), "headers": "{\"X-Webhook-Token\": \"invented\"}",
        "enabled": true, "debug": false, "trigger_fields": triggers, "payload_fields": payload,
    })
}

async fn with_project() -> (FakeOpenSolar, Caller, u64) {
    let fake = FakeOpenSolar::start().await;
    let project = fake.add_project(fields(json!({"contacts_new": [{"first_name": "Ana"}]}))).expect("made");
    let caller = Caller::of_opensolar(&fake);
    (fake, caller, project)
}

#[tokio::test]
async fn unproven_triggers_can_work_never_fire_or_be_refused() {
    let (fake, caller, project) = with_project().await;
    let body = registration(&fake, &["project.workflow.active_stage_id"], &["project.id"]);
    assert_eq!(caller.post("/webhooks/", body.clone()).await.status, 201);
    let move_on = |stage_id| fake.work(project, Work::MoveToStage { stage_id }).expect("moved");
    move_on(6542);
    assert_eq!(told(&fake).len(), 1);
    fake.behave(|quirks| quirks.webhooks.unproven_triggers = UnprovenTriggers::NeverFire);
    move_on(6541);
    assert_eq!(told(&fake).len(), 1);
    fake.behave(|quirks| quirks.webhooks.unproven_triggers = UnprovenTriggers::Refused);
    let refused = caller.post("/webhooks/", body).await;
    assert_eq!((refused.status, refused.body["trigger_fields"].is_array()), (400, true));
    let proven = registration(&fake, &["project.stage"], &[]);
    assert_eq!(caller.post("/webhooks/", proven).await.status, 201);
}

#[tokio::test]
async fn a_move_within_one_milestone_can_be_told_by_its_event_alone() {
    let (fake, _, project) = with_project().await;
    fake.collect_webhooks(&[]);
    fake.behave(|quirks| quirks.webhooks.unproven_triggers = UnprovenTriggers::NeverFire);
    fake.work(project, Work::MoveToStage { stage_id: 6542 }).expect("moved");
    let told = told(&fake);
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["model"], &told[0]["fields"]["event_type_id"]), (&json!("Event"), &json!(56)));
}

#[tokio::test]
async fn unproven_payload_fields_can_be_left_out() {
    let (fake, caller, project) = with_project().await;
    let body = registration(&fake, &["project.*"], &["project.id", "project.share_link"]);
    caller.post("/webhooks/", body).await;
    let edit = |notes| fake.work(project, Work::Edit { fields: fields(json!({"notes": notes})) }).expect("edited");
    edit("one");
    fake.behave(|quirks| quirks.webhooks.unproven_payload = UnprovenPayload::LeftOut);
    edit("two");
    let told = told(&fake);
    assert!(told[0]["fields"]["share_link"].is_string());
    assert_eq!(told[1]["fields"], json!({"id": project}));
}

#[tokio::test]
async fn blank_triggers_can_mean_never() {
    let (fake, caller, project) = with_project().await;
    let made = caller.post("/webhooks/", registration(&fake, &["project.*"], &[])).await;
    caller.patch(&format!("/webhooks/{}/", made.body["id"]), json!({"trigger_fields": []})).await;
    let edit = |notes| fake.work(project, Work::Edit { fields: fields(json!({"notes": notes})) }).expect("edited");
    edit("one");
    assert_eq!(told(&fake).len(), 1);
    fake.behave(|quirks| quirks.webhooks.blank_triggers = BlankTriggers::Never);
    edit("two");
    assert_eq!(told(&fake).len(), 1);
}

#[tokio::test]
async fn the_list_can_show_the_headers_and_a_registration_can_be_deleted() {
    let (fake, caller, _) = with_project().await;
    let made = caller.post("/webhooks/", registration(&fake, &["project.*"], &[])).await;
    fake.behave(|quirks| {
        quirks.webhooks.listed_headers = ListedHeaders::Shown;
        quirks.webhooks.deletion = HookDeletion::Allowed;
    });
    let shown = caller.get("/webhooks/").await.body[0]["headers"].clone();
    assert_eq!(shown, r#"{"X-Webhook-Token":"invented"}"#);
    let path = format!("/webhooks/{}/", made.body["id"]);
    assert_eq!((caller.delete(&path).await.status, caller.delete(&path).await.status), (204, 404));
    assert_eq!(caller.get("/webhooks/").await.body, json!([]));
}

#[tokio::test]
async fn a_callers_own_writes_can_be_told_to_nobody() {
    let (fake, caller, project) = with_project().await;
    fake.collect_webhooks(&[]);
    fake.behave(|quirks| quirks.webhooks.echoes = Echoes::NotTold);
    caller.patch(&format!("/projects/{project}/"), json!({"notes": "ours"})).await;
    caller.post("/contacts/", json!({})).await;
    assert!(fake.deliveries().is_empty());
    fake.design(project, 6.6).expect("designed");
    assert_eq!(fake.deliveries().len(), 3, "what people do is told");
}

#[tokio::test]
async fn event_ids_can_meet_across_models() {
    let (fake, _, project) = with_project().await;
    fake.collect_webhooks(&[]);
    fake.behave(|quirks| quirks.webhooks.event_ids = EventIds::PerModel);
    fake.design(project, 6.6).expect("designed");
    let ids: Vec<Value> = told(&fake).into_iter().map(|told| told["event_id"].clone()).collect();
    assert_eq!(ids, [1, 1, 2], "the project's first, and two events'");
}

#[tokio::test]
async fn ids_can_be_text() {
    let (fake, _, project) = with_project().await;
    fake.collect_webhooks(&[]);
    fake.behave(|quirks| quirks.webhooks.ids = IdForm::Text);
    fake.design(project, 6.6).expect("designed");
    let told = told(&fake);
    assert_eq!(
        (&told[0]["model_id"], &told[0]["fields"]["id"]),
        (&json!(project.to_string()), &json!(project.to_string()))
    );
    assert!(told[0]["event_id"].is_string() && told[1]["fields"]["project_id"].is_string());
}

#[tokio::test]
async fn links_can_be_all_paths_or_all_in_full() {
    for (form, start) in [(LinkForms::Paths, "/api/orgs/"), (LinkForms::Full, "http://127.0.0.1")] {
        let (fake, _, project) = with_project().await;
        fake.collect_webhooks(&[]);
        fake.behave(|quirks| quirks.webhooks.links = form);
        fake.design(project, 6.6).expect("designed");
        let told = told(&fake);
        for link in [&told[0]["fields"]["url"], &told[0]["fields"]["systems"][0]["url"], &told[1]["fields"]["project"]]
        {
            assert!(link.as_str().is_some_and(|link| link.starts_with(start)), "{form:?}: {link}");
        }
    }
}

#[tokio::test]
async fn work_on_a_quote_is_told_as_models_that_the_api_does_not_serve() {
    let (fake, _, project) = with_project().await;
    fake.collect_webhooks(&[]);
    fake.work(project, Work::WorkOnQuote).expect("done");
    let models: Vec<Value> = told(&fake).into_iter().map(|told| told["model"].clone()).collect();
    assert_eq!(models, ["Quote", "QuoteActivityLog"]);
}
