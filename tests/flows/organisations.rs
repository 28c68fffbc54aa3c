//! Another organisation becomes the active one, and back: nothing is mixed, and what rests goes on where it was.

use domain::ids::{OrgId, RequestId};
use domain::ports::Store;
use domain::project::SyncState;
use integration_tests::{Contract, Platform, World, customer_request};
use rstest::rstest;
use testkit::builders::{MINUTE, ORG};

const OTHER: OrgId = OrgId(5678);

async fn states(world: &World<Platform>, org: OrgId) -> Option<SyncState> {
    let id: RequestId = "1042".parse().expect("an id");
    world.store.project(org, &id).await.expect("the store answers").map(|project| project.sync)
}

#[rstest]
#[tokio::test]
async fn the_same_request_is_another_record_in_another_organisation(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
    let before = world.project("1042").await;
    world.configure(|document| document.org_id = OTHER).await;
    // Later than the queue remembers the message's id.
    world.advance(MINUTE * 6);
    // The fake serves one organisation only: for the other one it has no such path.
    world.crm_asks_for(&customer_request("1042")).await;
    let other = states(&world, OTHER).await;
    assert!(matches!(other, Some(SyncState::Waiting { .. })), "{other:?}");
    assert_eq!(world.project("1042").await, before, "the first organisation's record rests");
    assert_eq!(world.opensolar.projects().len(), 1);
}

#[rstest]
#[tokio::test]
async fn what_waits_in_an_organisation_rests_while_it_is_not_active_and_goes_on_afterwards(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    world.opensolar.refuse_next(403);
    world.crm_asks_for(&customer_request("1042")).await;
    assert!(matches!(states(&world, ORG).await, Some(SyncState::Waiting { .. })));
    world.configure(|document| document.org_id = OTHER).await;
    world.advance(MINUTE * 2);
    world.sweep().await;
    assert_eq!(world.opensolar.projects().len(), 0, "its records rest");
    world.configure(|document| document.org_id = ORG).await;
    world.advance(MINUTE * 16);
    world.sweep().await;
    assert_eq!(world.opensolar.projects().len(), 1);
    assert_eq!(world.project("1042").await.sync, SyncState::InStep);
}
