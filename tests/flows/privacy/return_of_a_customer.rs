//! Who was erased and comes back is the same request with the same project: nothing is made or told twice.

use domain::request::Insistence;
use domain::usecase::operate::{OperateError, SyncWish, request_sync};
use integration_tests::{World, day};
use testkit::builders::operator;

use super::people::{Person, erase};

#[tokio::test]
async fn a_newer_revision_brings_the_customer_back_and_nothing_happens_twice() {
    let person = Person::of("qarbelvonk", 7_654_321);
    let (mut world, project) = World::with_project_of(&person.request("1042")).await;
    world.opensolar.design(project, 6.6).expect("designed");
    world.opensolar.send_proposal(project).expect("sent");
    world.opensolar.sell(project).expect("sold");
    world.opensolar.schedule_installation(project, day("2026-12-04")).expect("scheduled");
    world.run_until_quiet().await;
    let told = world.messages().len();
    erase(&world, &person).await.expect("erased");

    world.crm_asks_for(&person.request("1042")).await;
    assert!(world.project("1042").await.erased_at().is_some(), "the revision that was erased is no news");
    let mut newer = person.request("1042");
    newer.version.revision = Some(4);
    world.crm_asks_for(&newer).await;
    world.sweep().await;
    let back = world.project("1042").await;
    assert_eq!((back.erased_at(), &back.desired.customer.phone), (None, &person.phone()));
    world.opensolar.design(project, 7.7).expect("designed again");
    world.run_until_quiet().await;
    assert_eq!(world.opensolar.projects().len(), 1);
    let again: Vec<_> = world.messages().split_off(told);
    assert_eq!(again, Vec::<String>::new());
    erase(&world, &person).await.expect("found by the number again");
    assert!(!person.is_in(&world.store.text()));
}

#[tokio::test]
async fn a_forced_message_that_comes_again_does_not_bring_back_what_was_erased() {
    let person = Person::of("qarbelvonk", 7_654_321);
    let (mut world, _) = World::with_project_of(&person.request("1042")).await;
    world.crm_insists_on(&person.request("1042")).await;
    erase(&world, &person).await.expect("erased");
    world.advance(testkit::builders::MINUTE * 6);
    world.crm_insists_on(&person.request("1042")).await;
    assert!(world.project("1042").await.erased_at().is_some());
    assert!(!person.is_in(&world.store.text()));
}

#[tokio::test]
async fn no_operator_can_have_an_erased_customer_synced() {
    let person = Person::of("qarbelvonk", 7_654_321);
    let (world, _) = World::with_project_of(&person.request("1042")).await;
    erase(&world, &person).await.expect("erased");
    for insists in [Insistence::Asked, Insistence::Forced] {
        let wish = SyncWish { insists, read: None };
        let refused = request_sync(&world.core, &"1042".parse().expect("an id"), wish, &operator()).await;
        let refused = refused.expect_err("nothing is known that could be synced");
        assert!(matches!(refused, OperateError::Obstacle(_)), "{refused}");
        assert!(refused.to_string().contains("erased") && !person.is_in(&refused.to_string()));
    }
}
