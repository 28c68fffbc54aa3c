use serde_json::{Value, json};
use testkit::FakeOpenSolar;
use testkit::fake_opensolar::quirks::{
    DirectEmail, EmailCase, EmailRefusal, EmptyEmail, JunkPhone, PatchVerb, PutMeaning,
};

use crate::client::{Caller, fields};

async fn with_contact() -> (FakeOpenSolar, Caller, String) {
    let fake = FakeOpenSolar::start().await;
    let ana = json!({"first_name": "Ana", "email": "ana@example.com", "phone": "+263770000001"});
    let id = fake.add_contact(fields(ana)).expect("made");
    let caller = Caller::of_opensolar(&fake);
    (fake, caller, format!("/contacts/{id}/"))
}

#[tokio::test]
async fn put_can_empty_what_it_does_not_name() {
    let (fake, caller, path) = with_contact().await;
    fake.behave(|quirks| quirks.contacts.put = PutMeaning::EmptiesTheRest);
    let changed = caller.put(&path, json!({"first_name": "Anna"})).await.body;
    assert_eq!((&changed["first_name"], &changed["phone"]), (&json!("Anna"), &Value::Null));
}

#[tokio::test]
async fn contacts_can_have_a_patch() {
    let (fake, caller, path) = with_contact().await;
    assert_eq!(caller.patch(&path, json!({"first_name": "Anna"})).await.status, 405);
    fake.behave(|quirks| quirks.contacts.patch = PatchVerb::Allowed);
    let changed = caller.patch(&path, json!({"first_name": "Anna"})).await;
    assert_eq!((changed.status, &changed.body["phone"]), (200, &json!("+263770000001")));
}

#[tokio::test]
async fn a_known_email_can_be_allowed_in_direct_writes_only() {
    let (fake, caller, _) = with_contact().await;
    fake.behave(|quirks| quirks.contacts.direct_email = DirectEmail::MayRepeat);
    let again = json!({"email": "ana@example.com"});
    let second = caller.post("/contacts/", json!({})).await.body["id"].clone();
    assert_eq!(caller.post("/contacts/", again.clone()).await.status, 201);
    assert_eq!(caller.put(&format!("/contacts/{second}/"), again.clone()).await.status, 200);
    assert_eq!(caller.post("/projects/", json!({"contacts_new": [again]})).await.status, 400);
}

#[tokio::test]
async fn case_can_tell_addresses_apart() {
    let (fake, caller, _) = with_contact().await;
    let create = async || caller.post("/contacts/", json!({"email": "ANA@example.com"})).await.status;
    assert_eq!(create().await, 400);
    fake.behave(|quirks| quirks.contacts.email_case = EmailCase::Matters);
    assert_eq!(create().await, 201);
}

#[tokio::test]
async fn an_empty_email_can_be_refused_where_none_is_right() {
    let (fake, caller, _) = with_contact().await;
    fake.behave(|quirks| quirks.contacts.empty_email = EmptyEmail::Refused);
    for (body, status) in [(json!({"email": ""}), 400), (json!({"email": null}), 201), (json!({}), 201)] {
        assert_eq!(caller.post("/contacts/", body.clone()).await.status, status, "{body}");
    }
}

#[tokio::test]
async fn a_junk_phone_can_be_taken() {
    let (fake, caller, _) = with_contact().await;
    fake.behave(|quirks| quirks.contacts.junk_phone = JunkPhone::Taken);
    assert_eq!(caller.post("/contacts/", json!({"phone": "call me"})).await.status, 201);
}

#[tokio::test]
async fn a_known_email_can_be_refused_in_another_shape_or_other_words() {
    let (fake, caller, _) = with_contact().await;
    let refused = async || caller.post("/projects/", json!({"contacts_new": [{"email": "ana@example.com"}]})).await;
    fake.behave(|quirks| quirks.contacts.email_refusal = EmailRefusal::AsText);
    assert_eq!(refused().await.body, json!({"contacts_new": ["Email address is already in use."]}));
    fake.behave(|quirks| quirks.contacts.email_refusal = EmailRefusal::InOtherWords);
    let words = refused().await.body["contacts_new"][0]["email"][0].clone();
    assert!(words.as_str().is_some_and(|words| words.contains("already in use by another contact")), "{words}");
}
