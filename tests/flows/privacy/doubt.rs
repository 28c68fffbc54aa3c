//! What is in doubt can only be settled by what would be erased: it is settled first.

use domain::project::SyncState;
use domain::usecase::operate::{OperateError, Unerasable};
use integration_tests::World;
use testkit::{Calls, Fault};

use super::people::{Person, erase};

async fn refused(world: &World, person: &Person) -> Unerasable {
    match erase(world, person).await.expect_err("not now") {
        OperateError::Unerasable(why) => why,
        other => panic!("another refusal: {other}"),
    }
}

#[tokio::test]
async fn a_create_in_doubt_is_settled_before_its_customer_is_erased() {
    let person = Person::of("qarbelvonk", 7_654_321);
    let mut world = World::start().await;
    world.hold_webhooks();
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyThenDrop);
    world.crm_asks_for(&person.request("1042")).await;
    assert!(matches!(world.project("1042").await.sync, SyncState::Verifying { .. }));
    let before = world.project("1042").await;
    assert_eq!(refused(&world, &person).await, Unerasable::InDoubt(before.request_id().clone()));
    assert_eq!(world.project("1042").await, before, "a refusal changes nothing");

    world.deliver_webhooks().await;
    erase(&world, &person).await.expect("the webhook was its witness");
    assert!(!person.is_in(&world.store.text()));
    assert_eq!(world.opensolar.projects().len(), 1);
}

#[tokio::test]
async fn of_two_requests_one_in_doubt_keeps_the_other_too() {
    let person = Person::of("qarbelvonk", 7_654_321);
    let (mut world, _) = World::with_project_of(&person.request("1042")).await;
    world.hold_webhooks();
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyThenDrop);
    world.crm_asks_for(&person.request("1043")).await;
    let before = world.project("1042").await;
    refused(&world, &person).await;
    assert_eq!(world.project("1042").await, before);
}
