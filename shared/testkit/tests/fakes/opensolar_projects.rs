use serde_json::{Value, json};
use testkit::FakeOpenSolar;

use crate::client::{Caller, fields, list};

fn lead() -> Value {
    json!({
        "identifier": "request-1042",
        "is_residential": true,
        "lead_source": "WhatsApp",
        "notes": "Asked for 6 kW and a battery.",
        "address": "12 Example Street",
        "locality": "Harare",
        "zip": "00263",
        "country_iso2": "ZW",
        "lat": "-17.8252",
        "lon": 31.0335,
        "number_of_phases": "1",
        "contacts_new": [
            {"first_name": "Ana", "family_name": "Moyo", "email": "ana@example.com", "phone": "+263 77 000 0001"}
        ]
    })
}

#[tokio::test]
async fn a_created_project_comes_back_whole_with_its_new_contact() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);

    let made = caller.post("/projects/", lead()).await;

    assert_eq!(made.status, 201);
    let project = &fake.projects()[0];
    let contact = &fake.contacts()[0];
    let contact_url = format!("{}/api/orgs/{}/contacts/{}/", fake.url(), fake.org_id(), contact.id);
    assert_eq!(made.body["id"], json!(project.id));
    assert_eq!(made.body["url"], format!("{}/api/orgs/{}/projects/{}/", fake.url(), fake.org_id(), project.id));
    assert_eq!(made.body["identifier"], "request-1042");
    assert_eq!(made.body["org_id"], json!(fake.org_id()));
    assert_eq!(made.body["title"], "12 Example Street");
    assert_eq!(made.body["contacts"], json!([contact_url]));
    assert_eq!(made.body["contacts_data"][0]["family_name"], "Moyo");
    assert_eq!(made.body["contacts_data"][0]["url"], contact_url);
    assert_eq!(made.body["systems"], json!([]));
    assert_eq!(made.body["customer_proposal_data"], Value::Null);
    assert_eq!(made.body["events_data"], json!([]));
    assert_eq!(made.body["stage"], 0);
    assert_eq!(made.body["workflow"]["active_stage_id"], 6541);
    assert!(made.body["share_link"].as_str().expect("a link").starts_with("https://"));
    assert_eq!(caller.get(&format!("/projects/{}/", project.id)).await.body, made.body);
}

#[tokio::test]
async fn numbers_sent_as_text_come_back_as_numbers() {
    let fake = FakeOpenSolar::start().await;
    let made = Caller::of_opensolar(&fake).post("/projects/", lead()).await;
    assert_eq!(made.body["lat"], json!(-17.8252));
    assert_eq!(made.body["number_of_phases"], json!(1));
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_by_field_and_nothing_is_made() {
    let fake = FakeOpenSolar::start().await;
    let body = json!({"lat": "north", "contacts_new": [{"first_name": "Ana", "phone": "no idea"}]});

    let refused = Caller::of_opensolar(&fake).post("/projects/", body).await;

    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["lat"], json!(["A valid number is required."]));
    assert_eq!(refused.body["contacts_new"], json!([{"phone": ["Enter a valid phone number."]}]));
    assert!(fake.projects().is_empty() && fake.contacts().is_empty());
}

#[tokio::test]
async fn dates_are_iso_8601_in_utc_with_microseconds() {
    let fake = FakeOpenSolar::start().await;
    fake.stop_clock_at("2026-11-20T10:00:00Z".parse().expect("a time"));
    let made = Caller::of_opensolar(&fake).post("/projects/", lead()).await;
    let created = made.body["created_date"].as_str().expect("a text");
    assert!(created.starts_with("2026-11-20T10:00:00.") && created.ends_with('Z'), "{created}");
    assert_eq!(created.len(), "2026-11-20T10:00:00.000000Z".len());
}

#[tokio::test]
async fn a_project_without_an_identifier_gets_a_uuid() {
    let fake = FakeOpenSolar::start().await;
    fake.add_project(fields(json!({"address": "1 Example Road"}))).expect("made");
    let identifier = &fake.projects()[0].identifier;
    assert!(uuid::Uuid::try_parse(identifier).is_ok(), "{identifier}");
}

#[tokio::test]
async fn two_projects_may_carry_one_identifier() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);
    let body = json!({"identifier": "twice", "address": "1 Example Road"});
    assert_eq!(caller.post("/projects/", body.clone()).await.status, 201);
    assert_eq!(caller.post("/projects/", body).await.status, 201);
}

#[tokio::test]
async fn a_known_email_in_any_case_refuses_the_project_and_makes_nothing() {
    let fake = FakeOpenSolar::start().await;
    fake.add_contact(fields(json!({"first_name": "Ana", "email": "Ana@Example.com"}))).expect("made");

    let refused = Caller::of_opensolar(&fake).post("/projects/", lead()).await;

    assert_eq!(refused.status, 400);
    assert_eq!(refused.body, json!({"contacts_new": [{"email": ["Email address is already in use."]}]}));
    assert!(fake.projects().is_empty());
    assert_eq!(fake.contacts().len(), 1);
}

#[tokio::test]
async fn a_known_contact_is_attached_by_its_link() {
    let fake = FakeOpenSolar::start().await;
    let contact = fake.add_contact(fields(json!({"first_name": "Ana"}))).expect("made");
    let caller = Caller::of_opensolar(&fake);
    // Only the path of a link counts, as in Django.
    let link = format!("https://api.opensolar.com/api/orgs/{}/contacts/{contact}/", fake.org_id());

    let made = caller.post("/projects/", json!({"address": "1 Example Road", "contacts": [link]})).await;

    assert_eq!(made.status, 201);
    assert_eq!(fake.projects()[0].contacts, [contact]);
}

#[tokio::test]
async fn links_to_no_contact_are_refused() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);
    let unknown = format!("{}/api/orgs/{}/contacts/999/", fake.url(), fake.org_id());
    for wrong in [json!(unknown), json!("https://example.com/"), json!(700_001)] {
        let refused = caller.post("/projects/", json!({"contacts": [wrong]})).await;
        assert_eq!(refused.status, 400);
        assert!(refused.body["contacts"].is_array());
    }
    assert!(fake.projects().is_empty());
}

#[tokio::test]
async fn unknown_and_read_only_fields_are_dropped_without_an_error() {
    let fake = FakeOpenSolar::start().await;
    let body = json!({"name": "Ana's roof", "custom_fields": {"a": 1}, "sold_date": "2026-01-01", "address": "1 Example Road"});
    let made = Caller::of_opensolar(&fake).post("/projects/", body).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.body.get("name"), None);
    assert_eq!(made.body["sold_date"], Value::Null);
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_answers_sparsely() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);
    let made = caller.post("/projects/", lead()).await;
    let path = format!("/projects/{}/", made.body["id"]);

    let patched = caller.patch(&path, json!({"notes": "Now 8 kW."})).await;

    assert_eq!(patched.status, 200);
    let mut names: Vec<&String> = patched.body.as_object().expect("an object").keys().collect();
    names.sort();
    assert_eq!(names, ["id", "identifier", "org", "org_id", "url", "workflow"]);
    let after = caller.get(&path).await.body;
    assert_eq!(after["notes"], "Now 8 kW.");
    assert_eq!(after["address"], "12 Example Street");
    assert!(made.body["modified_date"].as_str() < after["modified_date"].as_str());
}

#[tokio::test]
async fn writing_contacts_replaces_the_set() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);
    let made = caller.post("/projects/", lead()).await;
    let other = fake.add_contact(fields(json!({"first_name": "Ben"}))).expect("made");
    let link = format!("{}/api/orgs/{}/contacts/{other}/", fake.url(), fake.org_id());
    caller.patch(&format!("/projects/{}/", made.body["id"]), json!({"contacts": [link]})).await;
    assert_eq!(fake.projects()[0].contacts, [other]);
}

#[tokio::test]
async fn a_stage_is_set_by_workflow_and_an_archived_one_is_refused() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);
    let made = caller.post("/projects/", lead()).await;
    let path = format!("/projects/{}/", made.body["id"]);
    let moved = caller.patch(&path, json!({"workflow": {"workflow_id": 321, "active_stage_id": 6544}})).await;
    assert_eq!(moved.body["workflow"]["active_stage_id"], 6544);
    assert_eq!(caller.get(&path).await.body["stage"], 2);
    assert_eq!(fake.events()[0].event_type_id, 56);
    assert_eq!(caller.patch(&path, json!({"active_stage_id": 6547})).await.status, 400);
}

#[tokio::test]
async fn a_write_without_the_last_slash_is_redirected_and_changes_nothing() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);
    let made = caller.post("/projects/", lead()).await;
    let path = format!("/projects/{}", made.body["id"]);

    let created = caller.post("/projects", lead()).await;
    let patched = caller.patch(&path, json!({"notes": "lost"})).await;
    let deleted = caller.delete(&path).await;

    assert_eq!([created.status, patched.status, deleted.status], [301, 301, 301]);
    let location = format!("/api/orgs/{}{path}/", fake.org_id());
    assert_eq!(patched.response_headers["location"], location);
    assert_eq!(fake.projects().len(), 1);
    assert_eq!(caller.get(&path).await.body["notes"], "Asked for 6 kW and a battery.");
}

#[tokio::test]
async fn a_deleted_project_is_gone() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);
    let made = caller.post("/projects/", lead()).await;
    let path = format!("/projects/{}/", made.body["id"]);
    assert_eq!(caller.delete(&path).await.status, 204);
    let gone = caller.get(&path).await;
    assert_eq!((gone.status, &gone.body), (404, &json!({"detail": "Not found."})));
    assert_eq!(fake.contacts().len(), 1, "its contact stays");
}

#[tokio::test]
async fn nobody_is_let_in_without_the_token_and_nobody_into_another_organisation() {
    let fake = FakeOpenSolar::start().await;
    let stranger = Caller::new(fake.url().to_owned(), None);
    let impostor = Caller::new(fake.url().to_owned(), Some("guessed"));
    let known = Caller::new(fake.url().to_owned(), Some(fake.token()));
    let path = format!("/api/orgs/{}/projects/", fake.org_id());
    for (caller, path, status) in [
        (&stranger, path.as_str(), 401),
        (&impostor, path.as_str(), 401),
        (&known, "/api/orgs/99/projects/", 403),
        (&known, "/api/orgs/none/projects/", 404),
    ] {
        let refused = caller.post(path, lead()).await;
        assert_eq!(refused.status, status);
        assert!(refused.body["detail"].is_string());
    }
    assert!(fake.projects().is_empty());
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_405() {
    let fake = FakeOpenSolar::start().await;
    let caller = Caller::of_opensolar(&fake);
    assert_eq!(caller.post("/projects/1/", json!({})).await.status, 405);
    assert_eq!(caller.patch("/contacts/1/", json!({})).await.status, 405);
    assert_eq!(caller.delete("/webhooks/1/").await.status, 405);
    assert_eq!(caller.get("/projects/1/events/").await.status, 404);
}

#[tokio::test]
async fn workflows_list_their_stages_with_milestones_and_an_archived_one() {
    let fake = FakeOpenSolar::start().await;
    let workflows = Caller::of_opensolar(&fake).get("/workflows/?is_archived=false").await.body;
    let stages = list(&workflows[0]["workflow_stages"]);
    let milestones: Vec<u64> = stages.iter().filter_map(|stage| stage["milestone"].as_u64()).collect();
    assert_eq!(milestones, [0, 0, 1, 2, 2, 3, 4]);
    assert_eq!(stages.iter().filter(|stage| stage["is_archived"] == true).count(), 1);
}
