//! A project that a person duplicates in OpenSolar, the identifier with it: the request keeps one project, and the
//! other is an operator's.
//!
//! Live alone: it is by its webhooks that a copy is seen. For one in doubt see `doubt.rs`.

use domain::project::SyncState;
use domain::webhook::DeliveryStatus;
use integration_tests::{World, customer_request, day};
use testkit::builders::MINUTE;
use testkit::fake_opensolar::Work;
use testkit::{Calls, Fault};

/// What operators find in the log about a project.
fn found_by_operators(world: &World, project: u64) -> bool {
    world.store.deliveries().into_iter().any(|row| match row.status {
        DeliveryStatus::Failed { reason } => {
            reason.contains("an operator has to look") && reason.contains(&project.to_string())
        }
        _ => false,
    })
}

#[tokio::test]
async fn a_copy_of_a_linked_project_is_an_operators_and_changes_nothing() {
    let (mut world, original) = World::with_project().await;
    let copy = world.opensolar.duplicate(original).expect("duplicated");
    world.run_until_quiet().await;
    let told = world.crm_updates();
    world.opensolar.design(copy, 9.9).expect("designed");
    world.opensolar.sell(copy).expect("sold");
    world.opensolar.schedule_installation(copy, day("2026-12-04")).expect("scheduled");
    world.opensolar.work(copy, Work::Delete).expect("deleted");
    world.run_until_quiet().await;
    assert_eq!((world.crm_updates(), world.messages()), (told, Vec::new()));
    assert!(found_by_operators(&world, copy));

    world.opensolar.design(original, 6.6).expect("designed");
    world.run_until_quiet().await;
    let told = world.crm_state("1042");
    assert_eq!((told.opensolar_project_id, told.system_size_kw.as_deref()), (Some(original.into()), Some("6.60")));
    assert_eq!((world.creates(), world.messages().len()), (1, 1));
}

#[tokio::test]
async fn what_the_crm_changes_goes_to_the_linked_project_and_not_to_its_copy() {
    let (mut world, original) = World::with_project().await;
    let copy = world.opensolar.duplicate(original).expect("duplicated");
    world.run_until_quiet().await;
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.address = Some("14 Example Street".to_owned());
    world.crm_asks_for(&newer).await;
    let address = |id: u64| world.opensolar.project(id).expect("there").details["address"].clone();
    assert_eq!((address(original), address(copy)), ("14 Example Street".into(), "12 Example Street".into()));
}

#[tokio::test]
async fn a_copy_made_while_the_create_is_in_doubt_leaves_one_of_the_two_to_an_operator() {
    for order in ["as it happened", "reversed"] {
        let mut world = World::start().await;
        world.hold_webhooks();
        world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyThenDrop);
        world.crm_asks_for(&customer_request("1042")).await;
        let original = world.opensolar.projects()[0].id;
        let copy = world.opensolar.duplicate(original).expect("duplicated");
        let mut deliveries = world.webhooks_on_their_way().await;
        if order == "reversed" {
            deliveries.reverse();
        }
        for delivery in deliveries {
            world.hand_over(delivery.body.as_bytes()).await;
            world.run_until_quiet().await;
        }
        world.advance(MINUTE * 30);
        world.sweep().await;
        let record = world.project("1042").await;
        let linked = record.remote.expect("linked").project;
        assert_eq!((record.sync, world.creates()), (SyncState::InStep, 1), "{order}");
        let other = if linked == original.into() { copy } else { original };
        assert!([original, copy].map(Into::into).contains(&linked) && found_by_operators(&world, other), "{order}");
        assert_eq!(world.messages(), Vec::<String>::new());
    }
}
