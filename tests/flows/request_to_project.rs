//! What the CRM asks for becomes a project and a contact in OpenSolar, once.

use domain::jobs::sync_request::SyncRequestMessage;
use domain::phone::EmailAddress;
use domain::project::{SyncState, WaitReason};
use domain::request::InstallationRequest;
use integration_tests::{Contract, World, customer_request};
use rstest::rstest;
use serde_json::{Map, Value, json};
use testkit::builders::{self, MINUTE, phone};
use testkit::{Calls, Fault};

/// A second customer: another number and another address.
fn other_customer(id: &str) -> InstallationRequest {
    let mut request = customer_request(id);
    request.customer.phone = phone(2);
    request.customer.email = EmailAddress::parse("rudo@example.com");
    request
}

fn fields(fields: Value) -> Map<String, Value> {
    fields.as_object().expect("an object").clone()
}

#[rstest]
#[tokio::test]
async fn a_solar_request_becomes_one_project_and_one_contact_and_the_crm_is_told(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    world.hold_webhooks();
    world.crm_asks_for(&customer_request("1042")).await;

    let (projects, contacts) = (world.opensolar.projects(), world.opensolar.contacts());
    assert_eq!((projects.len(), contacts.len()), (1, 1));
    assert_eq!(projects[0].contacts, [contacts[0].id]);
    assert_eq!(projects[0].address, "12 Example Street");
    assert_eq!(projects[0].title, "Tariro Example - Solar Installation");
    assert_eq!((contacts[0].first_name.as_str(), contacts[0].phone.as_str()), ("Tariro", phone(1).e164()));

    let told = world.crm_state("1042");
    assert_eq!(told.opensolar_project_id, Some(projects[0].id.into()));
    assert_eq!(told.opensolar_contact_id, Some(contacts[0].id.into()));
    assert_eq!((told.sync_status.as_deref(), told.sync_reason), (Some("synced"), None));
    let statuses = world.crm_updates().into_iter().map(|update| update.state.sync_status.unwrap_or_default());
    assert_eq!(statuses.collect::<Vec<_>>(), ["pending", "synced"]);
}

/// Live alone: nothing tells of a create in `design`.
#[tokio::test]
async fn the_echo_of_our_own_create_is_no_news() {
    let mut world = World::start().await;
    world.crm_asks_for(&customer_request("1042")).await;
    assert_eq!((world.messages(), world.ledger("1042")), (vec![], vec![]));
    let told = world.crm_state("1042");
    assert_eq!((told.status.as_deref(), told.project_status.as_deref()), (Some("pending"), Some("New")));
    assert_eq!((told.proposal_url, told.system_size_kw, told.contract_signed_at), (None, None, None));
    assert_eq!(world.delivery_counts()["processed"], 1, "the project's; the contact's is ignored");
}

/// Live alone, as the next: there a contact is known by its e-mail address. In `design` it is by its number
/// (`relay/contact.rs`).
#[tokio::test]
async fn a_customer_whose_address_opensolar_knows_in_another_case_gets_no_second_contact() {
    let mut world = World::start().await;
    let known = fields(json!({"first_name": "T.", "email": "TARIRO@Example.com", "phone": "+263770000888"}));
    let known = world.opensolar.add_contact(known).expect("a contact");
    world.crm_asks_for(&customer_request("1042")).await;

    let (projects, contacts) = (world.opensolar.projects(), world.opensolar.contacts());
    assert_eq!((projects.len(), contacts.len()), (1, 1));
    assert_eq!(projects[0].contacts, [known]);
    assert_eq!(contacts[0].text("first_name"), "T.", "what differs is not overwritten");
    assert_eq!(world.crm_state("1042").opensolar_contact_id, Some(known.into()));
}

#[tokio::test]
async fn an_address_that_is_taken_by_nobody_we_can_see_goes_into_the_notes() {
    let mut world = World::start().await;
    world.hold_webhooks();
    let body = json!({"contacts_new": [{"email": ["Email address is already in use."]}]});
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::Refuse { status: 400, body, retry_after: None });
    world.crm_asks_for(&customer_request("1042")).await;

    let (projects, contacts) = (world.opensolar.projects(), world.opensolar.contacts());
    assert_eq!((projects.len(), contacts[0].text("email")), (1, ""));
    let notes = projects[0].details["notes"].as_str().expect("notes");
    assert!(notes.contains("E-mail: tariro@example.com"), "{notes}");
    assert_eq!(world.crm_state("1042").sync_status.as_deref(), Some("synced"));
}

#[rstest]
#[tokio::test]
async fn two_requests_of_one_telephone_share_one_contact(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    world.crm_asks_for(&customer_request("1042")).await;
    let mut second = other_customer("1043");
    second.customer.phone = phone(1);
    world.crm_asks_for(&second).await;
    let (projects, contacts) = (world.opensolar.projects(), world.opensolar.contacts());
    assert_eq!((projects.len(), contacts.len()), (2, 1));
    assert_eq!(projects[0].contacts, projects[1].contacts);
}

/// Live alone: there a contact is made with its project. In `design` it has a doubt of its own (`relay/contact.rs`).
#[tokio::test]
async fn a_request_waits_while_another_is_creating_its_customers_contact() {
    let mut world = World::start().await;
    world.hold_webhooks();
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyThenDrop);
    world.crm_asks_for(&customer_request("1042")).await;
    let mut second = other_customer("1043");
    second.customer.phone = phone(1);
    world.crm_asks_for(&second).await;
    assert_eq!(world.crm_reason("1043").as_deref(), Some("contact"));
    assert_eq!(world.creates(), 1);
    let waits = world.project("1043").await.sync;
    assert!(matches!(waits, SyncState::Waiting { reason: WaitReason::Contact, .. }), "{waits:?}");

    world.deliver_webhooks().await;
    world.advance(MINUTE * 2);
    world.sweep().await;
    assert_eq!((world.opensolar.projects().len(), world.opensolar.contacts().len()), (2, 1));
}

#[rstest]
#[tokio::test]
async fn two_customers_are_two_contacts(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let mut world = World::under(contract).await;
    world.crm_asks_for(&customer_request("1042")).await;
    world.crm_asks_for(&other_customer("1043")).await;
    assert_eq!((world.opensolar.projects().len(), world.opensolar.contacts().len()), (2, 2));
}

#[rstest]
#[tokio::test]
async fn a_message_that_comes_twice_makes_one_project(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let mut world = World::under(contract).await;
    let request = customer_request("1042");
    let message = builders::sync_request(&request);
    world.crm_sends(&message).await;
    world.crm_asks_for(&request).await;
    let before = world.snapshot().await;

    let message_id = Some("the same, sent anew".to_owned());
    world.crm_sends(&SyncRequestMessage { message_id, ..message }).await;
    world.run_until_quiet().await;
    assert_eq!(world.snapshot().await, before);
    assert_eq!((world.creates(), world.opensolar.projects().len()), (1, 1));
}

#[rstest]
#[tokio::test]
async fn an_older_revision_is_ignored(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let mut world = World::under(contract).await;
    world.crm_asks_for(&customer_request("1042")).await;
    let before = world.snapshot().await;
    let mut older = customer_request("1042");
    older.version.revision = Some(2);
    older.address = Some("1 Former Road".to_owned());
    world.crm_asks_for(&older).await;
    world.crm_insists_on(&older).await;
    assert_eq!(world.snapshot().await, before);
}

#[rstest]
#[tokio::test]
async fn a_message_that_cannot_be_read_holds_up_nobody(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let mut world = World::under(contract).await;
    let mut broken = builders::sync_request(&customer_request("1041"));
    broken.schema_version = 7;
    world.crm_sends(&broken).await;
    let mut without_phone = builders::sync_request(&customer_request("1043"));
    without_phone.installation_request.customer.phone_number = Some("n/a".to_owned());
    world.crm_sends(&without_phone).await;
    world.crm_asks_for(&customer_request("1042")).await;
    assert_eq!(world.opensolar.projects().len(), 1);
    assert_eq!(world.dead_letters.len(), 2);
    assert!(world.dead_letters[0].contains("schema_version 7"), "{:?}", world.dead_letters);
    assert!(world.dead_letters[1].contains("no usable phone number"), "{:?}", world.dead_letters);
}
