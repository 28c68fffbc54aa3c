//! Numbers and contacts that change hands, and addresses that somebody has.

use std::sync::Arc;
use std::sync::Mutex;

use chrono::TimeDelta;
use domain::configuration::Account;
use domain::phone::EmailAddress;
use domain::ports::{Ambient, Deadline, OpenSolarError};
use domain::project::SyncState;
use domain::usecase::Core;
use domain::usecase::sync_project::{SyncMessage, sync_project};
use integration_tests::around::{Around, Call, OpenSolarWith};
use integration_tests::{Contract, World, customer_request};
use rstest::rstest;
use serde_json::{Value, json};
use testkit::builders::{self, MINUTE, phone};
use testkit::memory::TestAmbient;
use testkit::{Calls, Fault};

use super::fields;

/// The CRM corrects a number that was another person's; that person then gets the first one's contact.
#[rstest]
#[tokio::test]
async fn a_number_that_was_corrected_attaches_no_strangers_contact(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    let mut wrong = customer_request("1042");
    wrong.customer.phone = phone(2);
    world.crm_asks_for(&wrong).await;
    let mut right = customer_request("1042");
    right.version.revision = Some(4);
    world.crm_asks_for(&right).await;
    let tariro = world.opensolar.contacts()[0].id;
    let mut other = customer_request("1043");
    other.customer.phone = phone(2);
    other.customer.first_name = Some("Rudo".to_owned());
    other.customer.email = EmailAddress::parse("rudo@example.com");
    world.crm_asks_for(&other).await;
    assert_ne!(world.crm_state("1043").opensolar_contact_id, Some(tariro.into()), "Rudo is not Tariro");
}

/// The answer of the create names no contact; a later read does.
#[tokio::test]
async fn a_contact_that_only_a_read_names_is_known_for_the_next_request() {
    use testkit::fake_opensolar::Absence;
    let mut world = World::start().await;
    world.hold_webhooks();
    world.opensolar.withhold(&["contacts", "contacts_data"], Absence::Missing);
    let mut first = customer_request("1042");
    first.customer.email = None;
    world.crm_asks_for(&first).await;
    world.opensolar.withhold_nothing();
    world.deliver_webhooks().await;
    let contact = world.opensolar.contacts()[0].id;
    let mut second = customer_request("1043");
    second.customer.email = None;
    world.crm_asks_for(&second).await;
    assert_eq!(world.opensolar.contacts().len(), 1, "one customer, one contact");
    assert_eq!(world.crm_state("1042").opensolar_contact_id, Some(contact.into()));
}

/// The contact was deleted in OpenSolar; each further request of the customer is refused for ever.
#[tokio::test]
async fn a_deleted_contact_does_not_keep_its_customer_from_another_project() {
    let (mut world, _) = World::with_project().await;
    let contact = world.opensolar.contacts()[0].id;
    world.opensolar.delete_contact(contact).expect("deleted");
    world.crm_asks_for(&customer_request("1043")).await;
    for _ in 0..12 {
        let Some((at, _)) = world.project("1043").await.wake() else { break };
        world.advance_to(at.max(world.now()) + MINUTE);
        world.sweep().await;
    }
    assert_eq!(world.project("1043").await.sync, SyncState::InStep);
}

/// The name changes together with an address that another contact has: the name is lost.
#[tokio::test]
async fn an_address_that_is_taken_does_not_keep_a_new_name_from_the_contact() {
    let (mut world, _) = World::with_project().await;
    world.opensolar.add_contact(fields(json!({"first_name": "R.", "email": "rudo@example.com"}))).expect("a contact");
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.customer.first_name = Some("Tari".to_owned());
    newer.customer.email = EmailAddress::parse("rudo@example.com");
    world.crm_asks_for(&newer).await;
    let names: Vec<String> = world.opensolar.contacts().iter().map(|contact| format!("{contact:?}")).collect();
    assert!(names.iter().any(|contact| contact.contains("\"Tari\"")), "{names:?}");
}

/// Each call takes all of its time.
struct Slow {
    ambient: Arc<TestAmbient>,
    deadline: Deadline,
    late: Mutex<Vec<Call>>,
}

impl Around for Slow {
    async fn call<T: Send>(
        &self,
        call: Call,
        account: &Account,
        answer: impl Future<Output = Result<T, OpenSolarError>> + Send,
    ) -> Result<T, OpenSolarError> {
        let end = self.ambient.now() + TimeDelta::from_std(account.api_timeout).expect("short");
        if self.deadline.end() < end {
            self.late.lock().expect("a lock").push(call);
        }
        self.ambient.set(end);
        answer.await
    }
}

/// The scan for who has a taken address ends before it has seen all: the customer gets a second contact.
#[tokio::test]
async fn a_scan_that_is_cut_short_is_no_proof_that_nobody_has_the_address() {
    use testkit::fake_opensolar::quirks::EmailFilter;
    let mut world = World::start().await;
    world.opensolar.behave(|quirks| quirks.lists.email_filter = EmailFilter::Ignored);
    world.configure(|document| document.api_timeout = 28).await;
    for number in 0..450 {
        world.opensolar.add_contact(fields(json!({"first_name": format!("N{number}")}))).expect("a contact");
    }
    let known = fields(json!({"first_name": "Tariro", "email": "tariro@example.com"}));
    let known = world.opensolar.add_contact(known).expect("a contact");
    let before = world.opensolar.contacts().len();
    let ambient = Arc::new(TestAmbient::default());
    ambient.set(world.now());
    let core = Core { ambient: ambient.clone(), ..world.core.clone() };
    let deadline = Deadline::at(world.now() + TimeDelta::seconds(180));
    let around = Slow { ambient, deadline, late: Mutex::default() };
    let slow = OpenSolarWith { around, port: world.opensolar_port.clone() };
    let message = builders::sync_request(&customer_request("1042"));
    world.crm_sends(&message).await;
    world.queue.take(domain::jobs::QueueName::SyncRequests);
    let message = SyncMessage::Request(Box::new(message));
    sync_project(&core, &slow, message, deadline).await.expect("done");
    assert_eq!(*slow.around.late.lock().expect("a lock"), [], "none was begun that could not end in time");
    world.run_until_quiet().await;
    world.advance(MINUTE * 5);
    world.sweep().await;
    assert_eq!(world.opensolar.contacts().len(), before, "{:?}", world.decisions("1042"));
    assert_eq!(world.crm_state("1042").opensolar_contact_id, Some(known.into()));
}

/// The write of a name repeats the address that the contact has, and that is refused as taken: no loop.
#[tokio::test]
async fn an_address_that_is_refused_though_it_was_not_changed_is_no_loop() {
    let (mut world, _) = World::with_project().await;
    let taken = json!({"email": ["A contact with this email already exists."]});
    for _ in 0..60 {
        let refusal = Fault::Refuse { status: 400, body: taken.clone(), retry_after: None };
        world.opensolar.fail_next(Calls::to("PUT", "/contacts/"), refusal);
    }
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.customer.first_name = Some("Tari".to_owned());
    world.crm_asks_for(&newer).await;
    let puts = world.opensolar.calls().iter().filter(|call| call.method == "PUT").count();
    assert!(puts <= 2, "{puts}");
}

/// The list shows a contact that cannot be read and that no create may name: no loop.
#[tokio::test]
async fn a_contact_that_is_only_in_the_list_is_no_loop() {
    let mut world = World::start().await;
    let known = fields(json!({"first_name": "T.", "email": "tariro@example.com"}));
    let known = world.opensolar.add_contact(known).expect("a contact");
    for _ in 0..60 {
        let body = json!({"contacts": ["Invalid hyperlink - Object does not exist."]});
        let refusal = Fault::Refuse { status: 400, body, retry_after: None };
        world.opensolar.fail_next(Calls::ending("POST", "/projects/"), refusal);
        let refusal = Fault::Refuse { status: 404, body: Value::Null, retry_after: None };
        world.opensolar.fail_next(Calls::to("GET", &format!("/contacts/{known}/")), refusal);
    }
    world.crm_asks_for(&customer_request("1042")).await;
    assert!(world.creates() <= 2, "{}", world.creates());
}
