//! A project in doubt: found by what it carries, or proven absent, and paid for once.

use domain::project::SyncState;
use integration_tests::{World, customer_request};
use serde_json::json;
use testkit::builders::{MINUTE, NOON, phone};
use testkit::fake_relay::{Lists, Quirks};
use testkit::{Calls, FakeRelay, Fault};

use super::{asked, behaving, configured};

/// A request of another customer, whose create meets this fault.
async fn in_doubt(world: &mut World<FakeRelay>, fault: Fault) {
    let mut request = customer_request("1043");
    request.customer.phone = phone(3);
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), fault);
    world.crm_asks_for(&request).await;
    let state = world.project("1043").await.sync;
    assert!(matches!(state, SyncState::Verifying { .. }), "{state:?}");
}

#[tokio::test]
async fn a_project_that_was_made_and_not_answered_is_found_under_every_answer() {
    for (name, change) in Quirks::alternatives() {
        let mut world = behaving(change).await;
        world.crm_asks_for(&customer_request("1042")).await;
        in_doubt(&mut world, Fault::ApplyThenDrop).await;
        world.until_nothing_waits("1043").await;
        assert_eq!(world.project("1043").await.sync, SyncState::InStep, "{name}");
        assert_eq!((world.opensolar.billed(), asked(&world, "POST", "/projects/")), (2, 2), "{name}");
        let theirs = world.project("1043").await.remote.expect("linked").project;
        assert_ne!(Some(theirs), world.project("1042").await.remote.map(|remote| remote.project), "{name}");
    }
}

#[tokio::test]
async fn a_project_that_was_not_made_is_proven_absent_and_made_once_under_every_answer() {
    for (name, change) in Quirks::alternatives() {
        let mut world = behaving(change).await;
        world.crm_asks_for(&customer_request("1042")).await;
        in_doubt(&mut world, Fault::DropBeforeApplying).await;
        world.until_nothing_waits("1043").await;
        assert_eq!(world.project("1043").await.sync, SyncState::InStep, "{name}");
        assert_eq!((world.opensolar.billed(), asked(&world, "POST", "/projects/")), (2, 3), "{name}");
    }
}

#[tokio::test]
async fn without_a_project_that_is_known_to_be_ours_absence_is_not_proven() {
    let mut world = World::beside_a_relay().await;
    in_doubt(&mut world, Fault::DropBeforeApplying).await;
    world.until_nothing_waits("1043").await;
    let state = world.project("1043").await.sync;
    assert!(matches!(state, SyncState::Parked { in_doubt: Some(_), .. }), "{state:?}");
    assert_eq!((world.opensolar.billed(), asked(&world, "POST", "/projects/")), (0, 1));
}

#[tokio::test]
async fn a_list_that_counts_more_than_it_shows_proves_no_absence() {
    for fault in [Fault::ApplyThenDrop, Fault::DropBeforeApplying] {
        let mut world = behaving(|quirks| quirks.lists = Lists::CountsMoreThanItShows).await;
        for (id, number) in [("1041", 4), ("1042", 2)] {
            let mut request = customer_request(id);
            request.customer.phone = phone(number);
            world.crm_asks_for(&request).await;
        }
        let billed = usize::from(fault == Fault::ApplyThenDrop);
        in_doubt(&mut world, fault).await;
        world.until_nothing_waits("1043").await;
        let state = world.project("1043").await.sync;
        assert!(matches!(state, SyncState::Parked { in_doubt: Some(_), .. }), "{state:?}");
        assert_eq!((world.opensolar.billed(), asked(&world, "POST", "/projects/")), (2 + billed, 3));
    }
}

#[tokio::test]
async fn another_stacks_project_for_a_request_of_the_same_id_is_not_taken() {
    let mut world = World::beside_a_relay().await;
    world.crm_asks_for(&customer_request("1042")).await;
    in_doubt(&mut world, Fault::DropBeforeApplying).await;
    let fields = json!({"name": "Example - Solar Installation", "custom_fields": {
        "hanna_installation_id": "1043", "hanna_identifier": "6f0f4f0e-0000-5000-8000-00000000abcd",
    }});
    let strangers = world.opensolar.add_project(fields.as_object().expect("an object").clone());
    world.until_nothing_waits("1043").await;
    let linked = world.project("1043").await.remote.expect("it has one of its own").project;
    assert_ne!(linked, strangers.into());
    assert_eq!(world.opensolar.billed(), 2);
}

#[tokio::test]
async fn a_request_that_is_not_trusted_gets_its_project_once_none_was_found_and_the_contact_that_is_there() {
    let mut world = configured(|document| document.trusted_since = Some(NOON + MINUTE)).await;
    let request = customer_request("1042");
    let fields = json!({"first_name": "Rudo", "phone": request.customer.phone.e164()});
    let theirs = world.opensolar.add_contact(fields.as_object().expect("an object").clone());
    // The control: a project that is known to be ours.
    let mut known = customer_request("1041");
    (known.customer.phone, known.created_at) = (phone(3), Some(NOON + MINUTE * 2));
    world.crm_asks_for(&known).await;
    world.crm_asks_for(&request).await;
    assert_eq!((world.opensolar.billed(), world.opensolar.contacts().len()), (1, 2), "nothing is sent for it yet");
    world.until_nothing_waits("1042").await;
    assert_eq!((world.opensolar.billed(), world.opensolar.contacts().len()), (2, 2));
    let told = world.crm_state("1042").opensolar_contact_id.map(|id| id.to_string());
    assert_eq!(told, Some(theirs.to_string()));
}
