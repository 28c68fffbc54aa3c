//! What the CRM corrects while a contact is there and its project is not yet.

use domain::phone::EmailAddress;
use domain::ports::{ContactEntry, Store};
use domain::project::SyncState;
use domain::request::InstallationRequest;
use integration_tests::{World, customer_request};
use serde_json::json;
use testkit::builders::{ORG, phone};
use testkit::{Calls, FakeRelay, Fault};

use super::asked;

/// The next revision, with another name and number.
fn corrected() -> InstallationRequest {
    let mut request = customer_request("1042");
    request.version.revision = request.version.revision.map(|revision| revision + 1);
    request.customer.last_name = Some("Corrected".to_owned());
    request.customer.phone = phone(7);
    request
}

/// There is one contact, as the CRM has it by now, and nobody is known under the number that it had before.
async fn has_one_corrected_contact(world: &World<FakeRelay>, name: &str) {
    let wanted = corrected();
    let contacts = world.opensolar.contacts();
    let [contact] = contacts.as_slice() else { panic!("{name}: {} contacts", contacts.len()) };
    assert_eq!(
        (contact.text("last_name"), contact.text("phone")),
        ("Corrected", wanted.customer.phone.e164()),
        "{name}"
    );
    assert_eq!(world.project("1042").await.sync, SyncState::InStep, "{name}");
    let before = customer_request("1042").customer.phone;
    let known = async |phone| world.store.contact(ORG, phone).await.expect("the store answers");
    assert_eq!(known(&before).await, None, "{name}");
    assert_eq!(known(&wanted.customer.phone).await, Some(ContactEntry::Known(contact.id.into())), "{name}");
    assert_eq!((world.opensolar.billed(), asked(world, "POST", "/contacts/")), (1, 1), "{name}");
}

#[tokio::test]
async fn a_correction_while_the_project_waits_reaches_the_contact_that_is_there() {
    let mut world = World::beside_a_relay().await;
    let refusal = Fault::Refuse { status: 403, body: json!({}), retry_after: None };
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), refusal);
    world.crm_asks_for(&customer_request("1042")).await;
    assert_eq!((world.opensolar.billed(), world.opensolar.contacts().len()), (0, 1));
    world.crm_asks_for(&corrected()).await;
    world.until_nothing_waits("1042").await;
    has_one_corrected_contact(&world, "the create waited").await;
}

#[tokio::test]
async fn a_correction_while_the_contact_is_in_doubt_reaches_it_once_it_is_found() {
    let mut world = World::beside_a_relay().await;
    world.opensolar.fail_next(Calls::to("POST", "/contacts/"), Fault::ApplyThenDrop);
    world.crm_asks_for(&customer_request("1042")).await;
    world.crm_asks_for(&corrected()).await;
    world.until_nothing_waits("1042").await;
    has_one_corrected_contact(&world, "the contact was in doubt").await;
}

#[tokio::test]
async fn an_address_that_another_contact_has_attaches_that_one_or_is_left_out() {
    let taken = || Fault::Refuse { status: 400, body: json!({"email": ["already in use"]}), retry_after: None };
    for is_shown in [true, false] {
        let mut world = World::beside_a_relay().await;
        let mut request = customer_request("1042");
        request.customer.email = EmailAddress::parse("rudo@example.com");
        if is_shown {
            let theirs = json!({"first_name": "Rudo", "phone": "+263770000099", "email": "Rudo@Example.com"});
            world.opensolar.add_contact(theirs.as_object().expect("an object").clone());
        }
        world.opensolar.fail_next(Calls::to("POST", "/contacts/"), taken());
        world.crm_asks_for(&request).await;
        world.until_nothing_waits("1042").await;
        assert_eq!(world.project("1042").await.sync, SyncState::InStep, "shown: {is_shown}");
        let contacts = world.opensolar.contacts();
        assert_eq!(contacts.len(), 1, "shown: {is_shown}");
        let notes = world.opensolar.projects()[0].fields["notes"].to_string();
        assert_eq!(contacts[0].text("email").is_empty(), !is_shown);
        assert_eq!(notes.contains("rudo@example.com"), !is_shown, "{notes}");
    }
}
