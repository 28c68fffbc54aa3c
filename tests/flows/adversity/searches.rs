//! What stands between a create in doubt and its own project in OpenSolar's list.

use chrono::TimeDelta;
use domain::project::SyncState;
use integration_tests::{Contract, Platform, World, customer_request};
use rstest::rstest;
use testkit::builders::{MINUTE, NOON};
use testkit::{Calls, Fault};

/// In doubt, its project made, no webhook; these strangers' projects are as young, and stand before it.
async fn searched(contract: Contract, strangers: usize, out_of_reach: bool) -> World<Platform> {
    let mut world = World::under(contract).await;
    world.hold_webhooks();
    for number in 0..strangers {
        let id = world.opensolar.add_project("A stranger's", &format!("{number} Stranger Road"));
        if out_of_reach {
            world.opensolar.put_out_of_reach(id);
        }
    }
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyThenDrop);
    world.crm_asks_for(&customer_request("1042")).await;
    world.advance(MINUTE);
    world.lose_webhooks().await;
    for _ in 0..30 {
        let Some((at, _)) = world.project("1042").await.wake() else { break };
        if at > NOON + TimeDelta::hours(23) {
            break;
        }
        world.advance_to(at.max(world.now()));
        world.sweep().await;
    }
    world
}

/// A candidate that answers 403 keeps the search from the one behind it, each time.
#[rstest]
#[tokio::test]
async fn a_candidate_out_of_reach_does_not_hide_our_own_project(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let world = searched(contract, 1, true).await;
    assert_eq!(world.project("1042").await.sync, SyncState::InStep, "{:?}", world.decisions("1042"));
}

/// The same eighty candidates are read each time.
#[rstest]
#[tokio::test]
async fn many_strangers_projects_do_not_hide_our_own_for_ever(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let world = searched(contract, 85, false).await;
    assert_eq!(world.project("1042").await.sync, SyncState::InStep, "{:?}", world.decisions("1042"));
}
