use serde_json::{Value, json};
use testkit::FakeOpenSolar;
use testkit::fake_opensolar::{Misuse, Work};

use crate::client::{Caller, fields};

async fn with_project() -> (FakeOpenSolar, u64) {
    let fake = FakeOpenSolar::start().await;
    fake.stop_clock_at("2026-11-20T10:00:00Z".parse().expect("a time"));
    let body =
        json!({"identifier": "request-1042", "address": "1 Example Road", "contacts_new": [{"first_name": "Ana"}]});
    let project = fake.add_project(fields(body)).expect("made");
    (fake, project)
}

fn event_types(fake: &FakeOpenSolar) -> Vec<(u64, u64)> {
    fake.events().iter().map(|event| (event.project, event.event_type_id)).collect()
}

#[tokio::test]
async fn a_duplicate_has_the_originals_identifier_and_none_of_its_history() {
    let (fake, project) = with_project().await;
    fake.design(project, 6.6).expect("designed");
    fake.sell(project).expect("sold");
    let before = fake.events().len();
    let copy = fake.duplicate(project).expect("duplicated");
    let (original, copy) = (fake.project(project).expect("it exists"), fake.project(copy).expect("it exists"));
    assert_eq!(
        (&copy.identifier, &copy.details, &copy.contacts),
        (&original.identifier, &original.details, &original.contacts)
    );
    assert_ne!(copy.systems[0].id, original.systems[0].id);
    assert_eq!((copy.systems[0].kw_stc, copy.sale), (6.6, None));
    assert_eq!(event_types(&fake)[before..], [(project, 107), (copy.id, 108)]);
    assert_eq!(fake.duplicate(1), Err(Misuse::NoSuchProject(1)));
}

#[tokio::test]
async fn people_edit_and_delete_contacts() {
    let (fake, project) = with_project().await;
    let ana = fake.contacts()[0].id;
    fake.collect_webhooks(&[]);
    fake.edit_contact(ana, fields(json!({"phone": "+263770000009"}))).expect("edited");
    assert_eq!(fake.contacts()[0].text("phone"), "+263770000009");
    assert_eq!(fake.contacts()[0].text("first_name"), "Ana");
    fake.delete_contact(ana).expect("deleted");
    assert!(fake.project(project).expect("it exists").contacts.is_empty());
    let told: Vec<Value> =
        fake.deliveries().iter().map(|delivery| serde_json::from_str(&delivery.body).expect("JSON")).collect();
    assert_eq!((&told[0]["event"], &told[1]["event"]), (&json!("UPDATE"), &json!("DELETE")));
    assert_eq!(fake.edit_contact(ana, fields(json!({}))), Err(Misuse::NoSuchContact(ana)));
    assert_eq!(fake.delete_contact(ana), Err(Misuse::NoSuchContact(ana)));
}

#[tokio::test]
async fn a_contract_can_be_signed_before_anybody_marks_the_project_sold() {
    let (fake, project) = with_project().await;
    fake.work(project, Work::SignContract).expect("signed");
    let detail = Caller::of_opensolar(&fake).get(&format!("/projects/{project}/")).await.body;
    assert_eq!((&detail["contract_date"], &detail["sold_date"]), (&json!("2026-11-20"), &Value::Null));
    assert_eq!(event_types(&fake), [(project, 63)]);
}

#[tokio::test]
async fn what_stands_there_already_is_noted_and_never_redesigned_or_sold() {
    let (fake, project) = with_project().await;
    fake.work(project, Work::NoteExistingSystem { kw: 2.0 }).expect("noted");
    assert_eq!(fake.work(project, Work::Redesign { kw: 9.0 }), Err(Misuse::NoSystem(project)));
    fake.design(project, 6.6).expect("designed");
    fake.work(project, Work::NoteExistingSystem { kw: 1.0 }).expect("noted");
    fake.work(project, Work::Redesign { kw: 9.0 }).expect("designed again");
    let systems = fake.project(project).expect("it exists").systems;
    assert_eq!(systems.iter().map(|system| system.kw_stc).collect::<Vec<_>>(), [2.0, 9.0, 1.0]);
}

#[tokio::test]
async fn events_of_any_type_happen_known_or_not() {
    let (fake, project) = with_project().await;
    for event_type_id in [31, 9_999] {
        fake.work(project, Work::Note { event_type_id }).expect("noted");
    }
    let detail = Caller::of_opensolar(&fake).get(&format!("/projects/{project}/")).await.body;
    assert_eq!(detail["events_data"][1]["event_type_id"], 9_999);
}

#[tokio::test]
async fn everything_can_be_driven_from_another_process() {
    let (fake, project) = with_project().await;
    let driver = Caller::new(format!("{}/_fake", fake.url()), None);
    let caller = Caller::of_opensolar(&fake);
    let ana = fake.contacts()[0].id;
    let copy = driver.post(&format!("/projects/{project}/duplicate"), json!({})).await.body["id"].clone();
    assert_eq!(fake.projects().len(), 2);
    assert_eq!(driver.patch(&format!("/contacts/{ana}"), json!({"first_name": "Anna"})).await.status, 204);
    assert_eq!(driver.delete(&format!("/contacts/{ana}")).await.status, 204);
    assert_eq!(driver.delete(&format!("/contacts/{ana}")).await.status, 404);
    let stage = driver.post("/stages", json!({"title": "Inspection", "milestone": 2})).await.body["id"].clone();
    assert_eq!(driver.delete(&format!("/stages/{stage}")).await.status, 204);
    let reach = format!("/projects/{copy}/reach");
    assert_eq!(driver.put(&reach, json!({"plan": "does_not_cover"})).await.status, 204);
    assert_eq!(caller.get(&format!("/projects/{copy}/")).await.status, 403);
    driver.put(&reach, json!({"plan": "covers"})).await;
    assert_eq!(caller.get(&format!("/projects/{copy}/")).await.status, 200);
    driver.put("/withheld", json!({"stage": "missing"})).await;
    assert_eq!(caller.get(&format!("/projects/{copy}/")).await.body.get("stage"), None);
    driver.put("/wallet", json!({"wallet": "empty"})).await;
    assert_eq!(caller.post("/projects/", json!({})).await.status, 402);
    driver.put("/quotas", json!({"quotas": "enforced", "other_per_minute": 1})).await;
    let mut statuses = [0; 2];
    for status in &mut statuses {
        *status = caller.get("/contacts/").await.status;
    }
    assert_eq!((statuses, driver.get("/quotas/breaches").await.body[0]["kind"].as_str()), ([200, 429], Some("other")));
    assert_eq!(driver.delete("/token").await.status, 204);
    assert_eq!(driver.get("/health").await.body["token"], Value::Null);
    let token = driver.post("/token", json!({})).await.body["token"].clone();
    assert_eq!(driver.get("/health").await.body["token"], token);
    fake.collect_webhooks(&[]);
    driver.post("/deliveries/hold", json!({})).await;
    fake.design(project, 6.6).expect("designed");
    assert_eq!(driver.get("/deliveries/settled?timeout_ms=1").await.status, 504);
    assert_eq!(driver.post("/deliveries/release", json!({"order": "reversed"})).await.status, 204);
    assert_eq!(driver.get("/deliveries/settled").await.status, 200);
}
