//! What a second pair of eyes found: contacts that the create's answer does not name, numbers that change hands, reads that
//! wait while a switch is turned, and what comes back into reach.
//!
//! The flows without a contract are of what only `live` knows: sparse answers, notes, event links and webhooks that hint.

use chrono::{NaiveTime, TimeDelta};
use domain::phone::EmailAddress;
use domain::project::{SyncState, WaitReason};
use domain::request::{Insistence, InstallationType};
use domain::usecase::operate::{SyncWish, request_sync};
use domain::usecase::status_sweep::Run;
use integration_tests::{Contract, World, customer_request};
use rstest::rstest;
use serde_json::{Value, json};
use testkit::builders::{self, MINUTE, operator, phone};
use testkit::fake_opensolar::quirks::EventsInProjects;
use testkit::fake_opensolar::{Absence, Work};
use testkit::{Calls, Fault};

fn outage() -> Fault {
    Fault::Refuse { status: 503, body: Value::Null, retry_after: None }
}

#[tokio::test]
async fn a_contact_that_the_create_did_not_name_gets_the_corrected_number() {
    let mut world = World::start().await;
    world.hold_webhooks();
    world.opensolar.withhold(&["contacts", "contacts_data"], Absence::Missing);
    world.crm_asks_for(&customer_request("1042")).await;
    world.opensolar.withhold_nothing();
    assert_eq!(world.project("1042").await.remote.expect("linked").contact, None);
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.customer.phone = phone(9);
    world.crm_asks_for(&newer).await;
    world.deliver_webhooks().await;
    for _ in 0..3 {
        world.advance(MINUTE * 30);
        world.sweep().await;
    }
    println!("{:#?}", world.decisions("1042"));
    let record = world.project("1042").await;
    println!("{:?} {:?}", record.sync, record.remote);
    assert_eq!(world.opensolar.contacts()[0].text("phone"), phone(9).e164());
}

#[tokio::test]
async fn a_contact_that_the_create_did_not_name_gets_the_new_address() {
    let mut world = World::start().await;
    world.hold_webhooks();
    world.opensolar.withhold(&["contacts", "contacts_data"], Absence::Missing);
    world.crm_asks_for(&customer_request("1042")).await;
    world.opensolar.withhold_nothing();
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.customer.email = EmailAddress::parse("tariro.new@example.com");
    world.crm_asks_for(&newer).await;
    world.deliver_webhooks().await;
    for _ in 0..3 {
        world.advance(MINUTE * 30);
        world.sweep().await;
    }
    let record = world.project("1042").await;
    println!("{:?} {:?} {:#?}", record.sync, record.remote, world.decisions("1042"));
    assert_eq!(world.opensolar.contacts()[0].text("email"), "tariro.new@example.com");
}

#[tokio::test]
async fn a_paused_change_goes_on_although_a_read_was_waiting_when_the_switch_was_turned() {
    let (mut world, project) = World::with_project().await;
    world.configure(|document| document.auto_sync_enabled = false).await;
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.address = Some("14 Example Street".to_owned());
    world.crm_asks_for(&newer).await;
    for _ in 0..2 {
        world.opensolar.fail_next(Calls::to("GET", "/projects/"), outage());
    }
    world.opensolar.work(project, Work::Note { event_type_id: 31 }).expect("a note");
    world.run_until_quiet().await;
    world.advance(MINUTE * 2);
    for _ in 0..2 {
        world.opensolar.fail_next(Calls::to("GET", "/projects/"), outage());
    }
    world.sweep().await;
    world.advance(MINUTE * 10);
    for _ in 0..2 {
        world.opensolar.fail_next(Calls::to("GET", "/projects/"), outage());
    }
    world.sweep().await;
    let waiting = world.project("1042").await;
    println!("{:?} {:?}", waiting.sync, waiting.read);
    world.configure(|document| document.auto_sync_enabled = true).await;
    for _ in 0..600 {
        world.sweep().await;
        world.advance(MINUTE);
    }
    let record = world.project("1042").await;
    println!("{:?} {:?} {:?}", record.sync, record.read, record.shelf());
    assert_eq!(record.sync, SyncState::InStep);
    assert_eq!(world.opensolar.project(project).expect("it").details["address"], json!("14 Example Street"));
}

#[rstest]
#[tokio::test]
async fn a_project_that_comes_back_into_reach_unchanged_is_found_by_the_night(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.run_until_quiet().await;
    world.opensolar.put_out_of_reach(project);
    world.crm_insists_on(&customer_request("1042")).await;
    assert!(matches!(world.project("1042").await.sync, SyncState::RemoteGone { .. }));
    world.opensolar.bring_within_reach(project);
    let two = NaiveTime::from_hms_opt(2, 0, 0).expect("a time");
    for _ in 0..3 {
        world.advance(TimeDelta::days(1));
        let report = world.status_sweep(Run::Nightly(two)).await;
        println!("{:?} {:?}", report.end, report.turn);
    }
    let sync = world.project("1042").await.sync;
    assert!(matches!(sync, SyncState::InStep), "{sync:?}");
}

#[rstest]
#[tokio::test]
async fn a_number_that_staff_took_from_a_contact_does_not_attach_it_to_a_stranger(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
    let tariro = world.opensolar.contacts()[0].id;
    world.opensolar.edit_phone(tariro, phone(7).e164());
    world.run_until_quiet().await;
    world.advance(TimeDelta::days(90));
    let mut other = customer_request("1043");
    other.customer.first_name = Some("Blessing".to_owned());
    other.customer.last_name = Some("Stranger".to_owned());
    other.customer.email = None;
    world.crm_asks_for(&other).await;
    let contact = world.project("1043").await.remote.expect("linked").contact;
    assert_ne!(contact, Some(tariro.into()), "a stranger's contact");
}

#[tokio::test]
async fn an_event_that_was_not_to_be_had_once_is_read_again() {
    for status in [403, 404] {
        let (mut world, project) = World::with_project().await;
        world.opensolar.behave(|quirks| quirks.events.in_projects = EventsInProjects::LinksOnly);
        let refused = Fault::Refuse { status, body: Value::Null, retry_after: None };
        world.opensolar.fail_next(Calls::to("GET", "/events/"), refused);
        world.opensolar.send_proposal(project).expect("sent");
        world.run_until_quiet().await;
        world.advance(MINUTE * 10);
        world.opensolar.work(project, Work::Note { event_type_id: 31 }).expect("a note");
        world.run_until_quiet().await;
        println!("{status} {:?}", world.messages());
        assert_eq!(world.messages().len(), 1, "{status}");
    }
}

#[rstest]
#[tokio::test]
async fn the_customers_town_reaches_opensolar_beside_the_suburb(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut request = customer_request("1042");
    request.suburb = Some("Hillside".to_owned());
    request.customer.city = Some("Bulawayo".to_owned());
    request.customer.state_province = None;
    let (world, project) = World::under_with_project_of(contract, &request).await;
    assert_eq!(world.opensolar.project(project).town, "Hillside, Bulawayo");
}

#[rstest]
#[tokio::test]
async fn an_operator_may_ask_for_a_linked_request_of_another_type(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    let mut request = customer_request("1042");
    request.installation_type = InstallationType::Other("starlink".to_owned());
    world.crm_insists_on(&request).await;
    assert_eq!(world.crm_state("1042").sync_status.as_deref(), Some("synced"));
    let wish = SyncWish { insists: Insistence::Asked, read: None };
    let asked = request_sync(&world.core, &request.id, wish, &operator()).await;
    assert!(asked.is_ok(), "{:?}", asked.map(drop));
}

#[rstest]
#[tokio::test]
async fn a_message_with_a_revision_and_no_time_is_not_dropped_behind_one_without_a_revision(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    let first = customer_request("1042");
    let mut message = builders::sync_request(&first);
    message.installation_request.revision = None;
    world.crm_sends(&message).await;
    world.run_until_quiet().await;
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.address = Some("14 Example Street".to_owned());
    let mut message = builders::sync_request(&newer);
    message.occurred_at = None;
    message.installation_request.updated_at = None;
    world.crm_sends(&message).await;
    world.run_until_quiet().await;
    assert_eq!(world.project("1042").await.desired.address.as_deref(), Some("14 Example Street"));
}

#[tokio::test]
async fn an_oversize_contact_delivery_keeps_its_project() {
    let (mut world, project) = World::with_project().await;
    let large = json!({"model": "Contact", "model_id": 777, "event": "UPDATE", "event_id": 5,
        "fields": {"id": 777, "email": "tariro@example.com", "custom_data": "x".repeat(300 * 1024),
        "projects": [format!("/api/orgs/1/projects/{project}/")]}});
    let reads = world.reads();
    world.webhook_arrives(&large).await;
    println!("{:?}", world.delivery_log());
    assert_eq!(world.reads(), reads + 1);
}

#[rstest]
#[tokio::test]
async fn a_newer_revision_begins_from_zero_even_at_the_throttle(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    world.opensolar.refuse_next(403);
    world.crm_asks_for(&customer_request("1042")).await;
    world.opensolar.fail_next(
        Calls::to("POST", "/projects/"),
        Fault::Refuse { status: 429, body: Value::Null, retry_after: Some(3600) },
    );
    world.advance(MINUTE * 3);
    world.sweep().await;
    let sync = world.project("1042").await.sync;
    assert!(matches!(sync, SyncState::Waiting { reason: WaitReason::Quota, failures: 1, .. }), "{sync:?}");
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.address = Some("14 Example Street".to_owned());
    world.crm_asks_for(&newer).await;
    let sync = world.project("1042").await.sync;
    assert!(matches!(sync, SyncState::Waiting { failures: 0, .. }), "{sync:?}");
}
