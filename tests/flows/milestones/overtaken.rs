//! What would not be true any more: it is recorded, and told to nobody.

use chrono::TimeDelta;
use domain::configuration::DesignRule;
use domain::notification::{Milestone, NoticeState, SkippedBecause};
use integration_tests::{World, customer_request, day};
use testkit::builders::MINUTE;
use testkit::fake_opensolar::Work;

use super::{happens, time};

/// What became of a milestone's only message.
fn state(world: &World, milestone: Milestone) -> NoticeState {
    let of_milestone = world.notices("1042").into_iter().filter(|notice| notice.key.milestone == milestone);
    let mut states: Vec<NoticeState> = of_milestone.map(|notice| notice.state).collect();
    assert_eq!(states.len(), 1, "{milestone:?} {states:?}");
    states.remove(0)
}

fn was_told(world: &World, milestone: Milestone) -> bool {
    matches!(state(world, milestone), NoticeState::Sent { .. })
}

#[tokio::test]
async fn nobody_is_promised_a_proposal_who_had_it_or_signed_it() {
    for earlier in [Work::SendProposal, Work::SignContract] {
        let (mut world, project) = World::with_project().await;
        happens(&mut world, project, earlier).await;
        world.advance(TimeDelta::hours(3));
        happens(&mut world, project, Work::Design { kw: 6.6 }).await;
        assert_eq!(
            state(&world, Milestone::DesignComplete),
            NoticeState::Skipped(SkippedBecause::Overtaken),
            "{:?}",
            world.messages()
        );
        assert_eq!(world.messages().len(), 1, "{:?}", world.messages());
    }
}

#[tokio::test]
async fn a_design_and_its_proposal_that_one_read_shows_are_both_told() {
    let (mut world, project) = World::with_project().await;
    world.hold_webhooks();
    for work in [Work::SendProposal, Work::Design { kw: 6.6 }] {
        world.opensolar.work(project, work).expect("work");
    }
    world.deliver_webhooks().await;
    assert!(was_told(&world, Milestone::DesignComplete) && was_told(&world, Milestone::ProposalSent));
    assert!(world.messages()[0].contains("design"), "{:?}", world.messages());
}

#[tokio::test]
async fn nobody_looks_forward_to_installing_what_is_installed() {
    let (mut world, project) = World::with_project().await;
    happens(&mut world, project, Work::Design { kw: 6.6 }).await;
    world.advance_to(time("2026-11-20T19:00:00Z"));
    for work in [Work::Sell, Work::MarkInstalled] {
        happens(&mut world, project, work).await;
    }
    world.advance_to(time("2026-11-21T05:00:10Z"));
    world.sweep().await;
    assert_eq!(state(&world, Milestone::ContractSigned), NoticeState::Skipped(SkippedBecause::Installed));
    assert_eq!(world.crm_state("1042").status.as_deref(), Some("completed"));
    assert_eq!(world.messages().len(), 1, "the design's");
}

#[tokio::test]
async fn a_system_that_stands_when_it_is_first_looked_at_is_no_news() {
    let (mut world, project) = World::with_project().await;
    world.hold_webhooks();
    for work in [Work::Design { kw: 6.6 }, Work::SendProposal, Work::Sell, Work::MarkInstalled] {
        world.opensolar.work(project, work).expect("work");
    }
    world.opensolar.schedule_installation(project, day("2026-12-04")).expect("scheduled");
    world.deliver_webhooks().await;
    for milestone in Milestone::ALL {
        assert_eq!(state(&world, milestone), NoticeState::Skipped(SkippedBecause::Installed), "{milestone:?}");
    }
    assert_eq!(world.messages(), Vec::<String>::new());
}

#[tokio::test]
async fn another_rule_for_designs_tells_no_installed_customer_of_theirs() {
    let mut world = World::start().await;
    world.configure(|document| document.design_complete = DesignRule::Stages(vec![999_999])).await;
    world.crm_asks_for(&customer_request("1042")).await;
    let project = world.opensolar.projects()[0].id;
    for work in [Work::Design { kw: 6.6 }, Work::SendProposal, Work::Sell, Work::MarkInstalled] {
        happens(&mut world, project, work).await;
    }
    world.advance(TimeDelta::days(30));
    let told = world.messages().len();
    world.configure(|document| document.design_complete = DesignRule::SystemSized).await;
    world.advance(TimeDelta::days(4) - MINUTE * 240);
    happens(&mut world, project, Work::Note { event_type_id: 31 }).await;
    assert_eq!(state(&world, Milestone::DesignComplete), NoticeState::Skipped(SkippedBecause::Installed));
    assert_eq!(world.messages().len(), told);
}
