use serde_json::{Value, json};
use testkit::FakeOpenSolar;

use crate::client::{Caller, fields, list};

#[tokio::test]
async fn a_contact_has_a_family_name_and_no_last_name_and_no_dates() {
    let fake = FakeOpenSolar::start().await;
    let body = json!({"first_name": "Ana", "last_name": "dropped", "family_name": "Moyo", "phone": "+263770000001"});
    let made = Caller::of_opensolar(&fake).post("/contacts/", body).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.body["display"], "Ana Moyo");
    for absent in ["last_name", "created_date", "modified_date"] {
        assert_eq!(made.body.get(absent), None);
    }
}

#[tokio::test]
async fn put_changes_only_what_it_names() {
    let fake = FakeOpenSolar::start().await;
    let id = fake.add_contact(fields(json!({"first_name": "Ana", "phone": "+263770000001"}))).expect("made");
    let changed = Caller::of_opensolar(&fake).put(&format!("/contacts/{id}/"), json!({"first_name": "Anna"})).await;
    assert_eq!(changed.status, 200);
    assert_eq!(changed.body["first_name"], "Anna");
    assert_eq!(changed.body["phone"], "+263770000001");
}

#[tokio::test]
async fn an_email_belongs_to_one_contact_but_many_may_have_none() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);
    for email in [json!("ana@example.com"), Value::Null, Value::Null, json!(""), json!("")] {
        assert_eq!(caller.post("/contacts/", json!({"email": email})).await.status, 201);
    }
    let refused = caller.post("/contacts/", json!({"email": "ANA@example.com"})).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body, json!({"email": ["Email address is already in use."]}));
    let own = fake.contacts()[0].id;
    let kept = caller.put(&format!("/contacts/{own}/"), json!({"email": "ana@example.com", "gender": "1"})).await;
    assert_eq!(kept.status, 200, "one's own e-mail is not in use by another");
}

#[tokio::test]
async fn a_phone_without_digits_is_refused() {
    let fake = FakeOpenSolar::start().await;
    let refused = Caller::of_opensolar(&fake).post("/contacts/", json!({"phone": "call me"})).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body["phone"].is_array());
}

#[tokio::test]
async fn the_list_filters_by_the_exact_email_and_ignores_other_filters() {
    let fake = FakeOpenSolar::start().await;
    for (email, phone) in [("ana@example.com", "+263770000001"), ("ben@example.com", "+263770000002")] {
        fake.add_contact(fields(json!({"email": email, "phone": phone}))).expect("made");
    }
    let caller = Caller::of_opensolar(&fake);
    let count = async |query: &str| list(&caller.get(&format!("/contacts/?{query}")).await.body).len();
    assert_eq!(count("email=ben%40example.com").await, 1);
    assert_eq!(count("email=BEN%40example.com").await, 0);
    assert_eq!(count("phone=%2B263770000002").await, 2, "there is no phone filter, so everybody comes");
    assert_eq!(count("search=ben").await, 2);
}

#[tokio::test]
async fn contact_rows_name_their_projects_by_link() {
    let fake = FakeOpenSolar::start().await;
    let body = json!({"address": "1 Example Road", "contacts_new": [{"first_name": "Ana"}]});
    let project = fake.add_project(fields(body)).expect("made");
    let contacts = Caller::of_opensolar(&fake).get("/contacts").await.body;
    let link = format!("{}/api/orgs/{}/projects/{project}/", fake.url(), fake.org_id());
    assert_eq!(contacts[0]["projects"], json!([link]));
}

#[tokio::test]
async fn a_deleted_contact_leaves_its_projects() {
    let fake = FakeOpenSolar::start().await;
    let body = json!({"contacts_new": [{"first_name": "Ana"}, {"first_name": "Ben"}]});
    fake.add_project(fields(body)).expect("made");
    let ana = fake.contacts()[0].id;
    assert_eq!(Caller::of_opensolar(&fake).delete(&format!("/contacts/{ana}/")).await.status, 204);
    assert_eq!(fake.projects()[0].contacts, [fake.contacts()[0].id]);
}

#[tokio::test]
async fn one_email_twice_in_one_project_is_refused_for_the_second() {
    let fake = FakeOpenSolar::start().await;
    let twice = json!([{"email": "ana@example.com"}, {"email": "Ana@example.com"}]);
    let refused = Caller::of_opensolar(&fake).post("/projects/", json!({"contacts_new": twice})).await;
    assert_eq!(refused.body, json!({"contacts_new": [{}, {"email": ["Email address is already in use."]}]}));
    assert!(fake.contacts().is_empty());
}

#[tokio::test]
async fn opening_a_share_link_makes_an_undeliverable_contact() {
    let fake = FakeOpenSolar::start().await;
    let project = fake.add_project(fields(json!({"address": "1 Example Road"}))).expect("made");
    let id = fake.share_link_opened(project).expect("made");
    let contact = Caller::of_opensolar(&fake).get(&format!("/contacts/{id}/")).await.body;
    assert_eq!(contact["type"], 1);
    assert!(contact["email"].as_str().expect("a text").ends_with("@os.code"));
}
