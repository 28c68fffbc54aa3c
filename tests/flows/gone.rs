//! A linked project that cannot be had from OpenSolar any more: staff see it, nobody is told anything, and no second
//! project is made in its place.

use chrono::TimeDelta;
use domain::notification::Milestone;
use domain::project::{GoneBecause, SyncState};
use integration_tests::{Contract, World, customer_request, day};
use rstest::rstest;

fn gone(world_state: &SyncState) -> Option<GoneBecause> {
    match world_state {
        SyncState::RemoteGone { why, .. } => Some(*why),
        _ => None,
    }
}

#[rstest]
#[tokio::test]
async fn a_deleted_project_is_an_operators_and_nobody_elses(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    let status = world.crm_state("1042").status;
    world.opensolar.delete(project);
    world.notice("1042").await;
    let record = world.project("1042").await;
    assert_eq!(gone(&record.sync), Some(GoneBecause::Deleted));
    assert_eq!((record.wake(), record.read), (None, None));
    let told = world.crm_state("1042");
    assert_eq!((told.sync_status.as_deref(), told.sync_reason.as_deref()), (Some("sync_failed"), Some("remote_gone")));
    assert_eq!((told.status, world.messages()), (status, vec![]));
    assert!(!world.delivery_counts().contains_key("failed"), "that it is gone is what the delivery said");
}

#[rstest]
#[tokio::test]
async fn no_second_project_is_made_in_the_place_of_a_deleted_one(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.opensolar.delete(project);
    world.notice("1042").await;
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.address = Some("14 Example Street".to_owned());
    world.crm_asks_for(&newer).await;
    world.crm_insists_on(&newer).await;
    world.advance(TimeDelta::days(2));
    world.sweep().await;
    assert_eq!((world.creates(), gone(&world.project("1042").await.sync)), (1, Some(GoneBecause::Deleted)));
}

#[rstest]
#[tokio::test]
async fn a_project_out_of_reach_is_waited_for_by_nobody_and_back_once_it_is_seen_again(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.opensolar.put_out_of_reach(project);
    world.crm_insists_on(&customer_request("1042")).await;
    assert_eq!(gone(&world.project("1042").await.sync), Some(GoneBecause::OutOfReach));

    world.opensolar.bring_within_reach(project);
    world.opensolar.design(project, 6.6);
    world.notice("1042").await;
    assert_eq!(world.project("1042").await.sync, SyncState::InStep);
    assert_eq!(world.crm_state("1042").system_size_kw.as_deref(), Some("6.60"));
}

#[rstest]
#[tokio::test]
async fn what_the_crm_changed_meanwhile_is_sent_once_the_project_is_back(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.opensolar.put_out_of_reach(project);
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.address = Some("14 Example Street".to_owned());
    world.crm_asks_for(&newer).await;
    assert_eq!(gone(&world.project("1042").await.sync), Some(GoneBecause::OutOfReach));
    world.opensolar.bring_within_reach(project);
    world.opensolar.design(project, 6.6);
    world.notice("1042").await;
    assert_eq!(world.opensolar.projects()[0].address, "14 Example Street");
    assert_eq!(world.project("1042").await.sync, SyncState::InStep);
}

#[rstest]
#[tokio::test]
async fn a_message_that_waited_for_the_morning_dies_with_its_project(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.advance_to("2026-11-20T19:00:00Z".parse().expect("a time"));
    world.opensolar.schedule_installation(project, day("2026-12-04"));
    world.run_until_quiet().await;
    world.opensolar.delete(project);
    world.notice("1042").await;
    world.advance_to("2026-11-21T06:00:00Z".parse().expect("a time"));
    world.sweep().await;
    world.advance_to("2026-12-03T08:00:00Z".parse().expect("a time"));
    world.sweep().await;
    assert_eq!(world.messages(), Vec::<String>::new());
}

#[rstest]
#[tokio::test]
async fn a_message_without_a_day_waits_for_a_project_out_of_reach_as_long_as_it_is_news(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for (days, becomes) in [(1, "sent"), (3, "skipped")] {
        let (mut world, project) = World::under_with_project(contract).await;
        world.advance_to("2026-11-20T19:00:00Z".parse().expect("a time"));
        world.opensolar.send_proposal(project);
        world.run_until_quiet().await;
        world.opensolar.put_out_of_reach(project);
        world.crm_insists_on(&customer_request("1042")).await;
        world.advance_to("2026-11-21T08:00:00Z".parse().expect("a time"));
        world.sweep().await;
        world.advance(TimeDelta::days(days));
        world.sweep().await;
        world.opensolar.bring_within_reach(project);
        world.opensolar.design(project, 6.6);
        world.notice("1042").await;
        world.advance(TimeDelta::hours(2));
        world.sweep().await;
        let ledger = world.ledger("1042");
        assert!(ledger.contains(&(Milestone::ProposalSent, 1, becomes)), "after {days} days: {ledger:?}");
        assert_eq!(world.messages().len(), usize::from(becomes == "sent"), "{:?}", world.messages());
    }
}
