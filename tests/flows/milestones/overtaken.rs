//! What would not be true any more: it is recorded, and told to nobody.

use chrono::TimeDelta;
use domain::configuration::DesignRule;
use domain::notification::{Milestone, NoticeState, SkippedBecause};
use integration_tests::{Contract, Platform, World, customer_request, day};
use rstest::rstest;
use testkit::builders::MINUTE;

use super::time;

/// Somebody does this, and all that follows by itself happens.
async fn happens(world: &mut World<Platform>, project: u64, deed: fn(&Platform, u64)) {
    deed(&world.opensolar, project);
    world.run_until_quiet().await;
}

fn design(opensolar: &Platform, project: u64) {
    opensolar.design(project, 6.6);
}

/// What became of a milestone's only message.
fn state(world: &World<Platform>, milestone: Milestone) -> NoticeState {
    let of_milestone = world.notices("1042").into_iter().filter(|notice| notice.key.milestone == milestone);
    let mut states: Vec<NoticeState> = of_milestone.map(|notice| notice.state).collect();
    assert_eq!(states.len(), 1, "{milestone:?} {states:?}");
    states.remove(0)
}

fn was_told(world: &World<Platform>, milestone: Milestone) -> bool {
    matches!(state(world, milestone), NoticeState::Sent { .. })
}

#[rstest]
#[tokio::test]
async fn nobody_is_promised_a_proposal_who_had_it_or_signed_it(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for earlier in [Platform::send_proposal, Platform::sign_contract] {
        let (mut world, project) = World::under_with_project(contract).await;
        happens(&mut world, project, earlier).await;
        world.advance(TimeDelta::hours(3));
        happens(&mut world, project, design).await;
        assert_eq!(
            state(&world, Milestone::DesignComplete),
            NoticeState::Skipped(SkippedBecause::Overtaken),
            "{:?}",
            world.messages()
        );
        assert_eq!(world.messages().len(), 1, "{:?}", world.messages());
    }
}

/// Live alone, as the others without `contract`: an event of `design` tells one thing, a read shows them all at once.
#[tokio::test]
async fn a_design_and_its_proposal_that_one_read_shows_are_both_told() {
    let (mut world, project) = World::under_with_project(Contract::Live).await;
    world.hold_webhooks();
    for deed in [Platform::send_proposal, design] {
        deed(&world.opensolar, project);
    }
    world.deliver_webhooks().await;
    assert!(was_told(&world, Milestone::DesignComplete) && was_told(&world, Milestone::ProposalSent));
    assert!(world.messages()[0].contains("design"), "{:?}", world.messages());
}

#[rstest]
#[tokio::test]
async fn nobody_looks_forward_to_installing_what_is_installed(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    happens(&mut world, project, design).await;
    world.advance_to(time("2026-11-20T19:00:00Z"));
    for deed in [Platform::sign_contract, Platform::complete_installation] {
        happens(&mut world, project, deed).await;
    }
    world.advance_to(time("2026-11-21T05:00:10Z"));
    world.sweep().await;
    assert_eq!(state(&world, Milestone::ContractSigned), NoticeState::Skipped(SkippedBecause::Installed));
    assert_eq!(world.crm_state("1042").status.as_deref(), Some("completed"));
    assert_eq!(world.messages().len(), 1, "the design's");
}

#[tokio::test]
async fn a_system_that_stands_when_it_is_first_looked_at_is_no_news() {
    let (mut world, project) = World::under_with_project(Contract::Live).await;
    world.hold_webhooks();
    for deed in [design, Platform::send_proposal, Platform::sign_contract, Platform::complete_installation] {
        deed(&world.opensolar, project);
    }
    world.opensolar.schedule_installation(project, day("2026-12-04"));
    world.deliver_webhooks().await;
    for milestone in Milestone::ALL {
        assert_eq!(state(&world, milestone), NoticeState::Skipped(SkippedBecause::Installed), "{milestone:?}");
    }
    assert_eq!(world.messages(), Vec::<String>::new());
}

#[tokio::test]
async fn another_rule_for_designs_tells_no_installed_customer_of_theirs() {
    let mut world = World::under(Contract::Live).await;
    world.configure(|document| document.design_complete = DesignRule::Stages(vec![999_999])).await;
    world.crm_asks_for(&customer_request("1042")).await;
    let project = world.opensolar.projects()[0].id;
    for deed in [design, Platform::send_proposal, Platform::sign_contract, Platform::complete_installation] {
        happens(&mut world, project, deed).await;
    }
    world.advance(TimeDelta::days(30));
    let told = world.messages().len();
    world.configure(|document| document.design_complete = DesignRule::SystemSized).await;
    world.advance(TimeDelta::days(4) - MINUTE * 240);
    happens(&mut world, project, Platform::work_on).await;
    assert_eq!(state(&world, Milestone::DesignComplete), NoticeState::Skipped(SkippedBecause::Installed));
    assert_eq!(world.messages().len(), told);
}
