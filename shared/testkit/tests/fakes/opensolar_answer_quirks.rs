use serde_json::{Value, json};
use testkit::FakeOpenSolar;
use testkit::fake_opensolar::quirks::{
    CreateStatus, DeleteAnswer, DeletedProject, DesignField, EmptyFields, EmptyWallet, MissingSlash, PatchAnswer,
    SystemsDetails, Throttled,
};
use testkit::fake_opensolar::{Absence, Quotas};

use crate::client::{Caller, fields};

async fn with_project() -> (FakeOpenSolar, Caller, String) {
    let fake = FakeOpenSolar::start().await;
    let id = fake.add_project(fields(json!({"contacts_new": [{"first_name": "Ana"}]}))).expect("made");
    let caller = Caller::of_opensolar(&fake);
    (fake, caller, format!("/projects/{id}/"))
}

#[tokio::test]
async fn a_create_can_be_200() {
    let (fake, caller, _) = with_project().await;
    fake.behave(|quirks| quirks.answers.create_status = CreateStatus::Ok);
    assert_eq!(caller.post("/projects/", json!({})).await.status, 200);
    assert_eq!(caller.post("/contacts/", json!({})).await.status, 200);
}

#[tokio::test]
async fn a_patch_can_answer_the_whole_project() {
    let (fake, caller, path) = with_project().await;
    fake.behave(|quirks| quirks.answers.patch_answer = PatchAnswer::Whole);
    let patched = caller.patch(&path, json!({"notes": "n"})).await.body;
    assert_eq!(patched, caller.get(&path).await.body);
}

#[tokio::test]
async fn a_deletion_can_have_a_body_and_leave_a_403() {
    let (fake, caller, path) = with_project().await;
    fake.behave(|quirks| {
        quirks.answers.delete_answer = DeleteAnswer::OkWithBody;
        quirks.answers.deleted_project = DeletedProject::Forbidden;
    });
    let deleted = caller.delete(&path).await;
    assert_eq!((deleted.status, deleted.body), (200, json!({})));
    assert_eq!(caller.get(&path).await.status, 403);
    assert_eq!(caller.get("/projects/1/").await.status, 404, "this one never was");
}

#[tokio::test]
async fn a_write_without_the_last_slash_can_be_not_found() {
    let (fake, caller, path) = with_project().await;
    fake.behave(|quirks| quirks.answers.missing_slash = MissingSlash::NotFound);
    let lost = caller.patch(path.trim_end_matches('/'), json!({"notes": "lost"})).await;
    assert_eq!(lost.status, 404);
    assert_eq!(caller.get(&path).await.body["notes"], Value::Null);
}

#[tokio::test]
async fn a_429_can_come_without_retry_after_and_without_a_body() {
    let (fake, caller, _) = with_project().await;
    fake.stop_clock_at("2026-11-20T10:00:00Z".parse().expect("a time"));
    fake.enforce_quotas(Quotas::Enforced);
    fake.set_other_quota(1);
    assert_eq!(caller.get("/contacts/").await.status, 200);
    let told = caller.get("/contacts/").await;
    assert_eq!((told.status, &told.response_headers["retry-after"]), (429, &"60".parse().expect("a value")));
    assert_eq!(told.body["detail"], "Request was throttled. Expected available in 60 seconds.");
    fake.behave(|quirks| quirks.answers.throttled = Throttled::WithoutRetryAfter);
    let told = caller.get("/contacts/").await;
    assert_eq!((told.status, told.response_headers.get("retry-after")), (429, None));
    assert!(told.body["detail"].is_string());
    fake.behave(|quirks| quirks.answers.throttled = Throttled::WithoutBody);
    let told = caller.get("/contacts/").await;
    assert_eq!((told.status, told.body), (429, Value::Null));
}

#[tokio::test]
async fn an_empty_wallet_refuses_creates_and_nothing_else() {
    let (fake, caller, path) = with_project().await;
    fake.collect_webhooks(&[]);
    fake.empty_wallet();
    for (answer, status) in
        [(EmptyWallet::PaymentRequired, 402), (EmptyWallet::Forbidden, 403), (EmptyWallet::BadRequest, 400)]
    {
        fake.behave(|quirks| quirks.answers.empty_wallet = answer);
        let refused = caller.post("/projects/", json!({})).await;
        assert_eq!(refused.status, status);
        assert!(refused.body["detail"].is_string());
    }
    assert_eq!(fake.projects().len(), 1);
    assert_eq!(caller.patch(&path, json!({"notes": "n"})).await.status, 200);
    assert_eq!(caller.post("/contacts/", json!({})).await.status, 201);
    assert_eq!(fake.deliveries().len(), 2, "webhooks go on");
    fake.refill_wallet();
    assert_eq!(caller.post("/projects/", json!({})).await.status, 201);
}

#[tokio::test]
async fn the_design_is_left_out_null_or_large_by_the_plan() {
    let (fake, caller, path) = with_project().await;
    assert_eq!(caller.get(&path).await.body.get("design"), None);
    fake.behave(|quirks| quirks.answers.design = DesignField::Null);
    assert_eq!(caller.get(&path).await.body.get("design"), Some(&Value::Null));
    fake.behave(|quirks| quirks.answers.design = DesignField::Blob);
    assert!(caller.get(&path).await.body["design"].as_str().is_some_and(|design| 170_000 < design.len()));
    fake.collect_webhooks(&[]);
    fake.design(fake.projects()[0].id, 6.6).expect("designed");
    assert!(170_000 < fake.deliveries()[0].body.len(), "deliveries carry it too");
}

#[tokio::test]
async fn proposal_data_is_402_but_for_raw_data_access() {
    let (fake, _, _) = with_project().await;
    let root = Caller::new(format!("{}/api", fake.url()), Some(fake.token()));
    assert_eq!(root.get("/user_logins/?project_ids=1").await.status, 402);
    fake.behave(|quirks| quirks.answers.design = DesignField::Blob);
    assert_eq!(root.get("/user_logins/?project_ids=1").await.status, 200);
}

#[tokio::test]
async fn system_details_can_be_limited_to_the_sold_one_and_can_time_out() {
    let (fake, caller, path) = with_project().await;
    let id = fake.projects()[0].id;
    fake.design(id, 5.0).expect("designed");
    fake.design(id, 6.6).expect("designed");
    fake.sell(id).expect("sold");
    let details = async |query: &str| caller.get(&format!("{path}systems/details/{query}")).await;
    assert_eq!(details("").await.body["systems"].as_array().map(Vec::len), Some(2));
    assert_eq!(details("?limit_to_sold=true").await.body["systems"][0]["kw_stc"], json!(6.6));
    assert_eq!(details("?include_parts=a&exclude_parts=b").await.status, 400);
    fake.behave(|quirks| quirks.answers.systems_details = SystemsDetails::TimesOut);
    assert_eq!(details("").await.status, 504);
}

#[tokio::test]
async fn what_a_project_has_not_can_be_null_or_missing() {
    let (fake, caller, path) = with_project().await;
    let read = async || caller.get(&path).await.body;
    assert_eq!((read().await["systems"].clone(), read().await["sold_date"].clone()), (json!([]), Value::Null));
    fake.behave(|quirks| quirks.answers.empty_fields = EmptyFields::Null);
    assert_eq!(read().await["systems"], Value::Null);
    fake.behave(|quirks| quirks.answers.empty_fields = EmptyFields::Missing);
    for absent in ["systems", "events_data", "sold_date", "customer_proposal_data", "address", "title"] {
        assert_eq!(read().await.get(absent), None, "{absent}");
    }
    assert!(read().await["contacts_data"].is_array(), "what it has stays");
}

#[tokio::test]
async fn any_field_can_be_withheld_whatever_is_in_it() {
    let (fake, caller, path) = with_project().await;
    fake.collect_webhooks(&[]);
    let fields =
        ["stage", "workflow", "systems", "share_link", "events_data", "modified_date", "contacts_data", "title"];
    fake.withhold(&fields, Absence::Null);
    fake.withhold(&["identifier"], Absence::Missing);
    let read = caller.get(&path).await.body;
    for field in fields {
        assert_eq!(read.get(field), Some(&Value::Null), "{field}");
    }
    assert_eq!(read.get("identifier"), None);
    assert_eq!(caller.get("/projects/").await.body[0].get("modified_date"), Some(&Value::Null), "in rows too");
    fake.design(fake.projects()[0].id, 6.6).expect("designed");
    let told: Value = serde_json::from_str(&fake.deliveries()[0].body).expect("JSON");
    assert_eq!(told["fields"]["systems"], Value::Null);
    fake.withhold_nothing();
    assert!(caller.get(&path).await.body["workflow"].is_object());
}
