//! What only a project's history tells, its stage's name, and the organisation's own rule for a finished design.
//!
//! Live alone: `design` has no history, no stages and no rule for designs.

use chrono::{DateTime, TimeDelta, Utc};
use domain::configuration::DesignRule;
use domain::notification::Milestone;
use integration_tests::{World, day};
use testkit::fake_opensolar::Work;
use testkit::fake_opensolar::quirks::EventsInProjects;
use testkit::{Calls, Fault};

fn time(raw: &str) -> DateTime<Utc> {
    raw.parse().expect("a time")
}

/// How often a single event was read.
fn event_reads(world: &World) -> usize {
    world.opensolar.calls().iter().filter(|call| call.path.contains("/events/")).count()
}

#[tokio::test]
async fn events_that_are_only_listed_are_read_one_by_one_and_none_twice() {
    let (mut world, project) = World::with_project().await;
    world.opensolar.behave(|quirks| quirks.events.in_projects = EventsInProjects::LinksOnly);
    world.opensolar.design(project, 6.6).expect("designed");
    world.opensolar.send_proposal(project).expect("sent");
    world.run_until_quiet().await;
    assert!(world.ledger("1042").contains(&(Milestone::ProposalSent, 1, "sent")));
    let reads = event_reads(&world);
    assert_eq!(reads, world.opensolar.events().len());
    world.opensolar.sell(project).expect("sold");
    world.run_until_quiet().await;
    assert_eq!(event_reads(&world), world.opensolar.events().len(), "only the new ones were read");
    assert!(world.crm_state("1042").proposal_sent_at.is_some(), "what was learned once stays known");
}

#[tokio::test]
async fn half_a_history_is_not_merged_as_if_it_were_all() {
    let (mut world, project) = World::with_project().await;
    world.opensolar.behave(|quirks| quirks.events.in_projects = EventsInProjects::LinksOnly);
    for _ in 0..4 {
        let fault = Fault::Refuse { status: 503, body: serde_json::Value::Null, retry_after: None };
        world.opensolar.fail_next(Calls::to("GET", "/events/"), fault);
    }
    world.opensolar.send_proposal(project).expect("sent");
    world.run_until_quiet().await;
    assert_eq!(world.crm_state("1042").proposal_sent_at, None);
    world.advance(TimeDelta::minutes(7));
    world.sweep().await;
    world.advance(TimeDelta::minutes(7));
    world.sweep().await;
    assert!(world.crm_state("1042").proposal_sent_at.is_some());
}

#[tokio::test]
async fn that_the_customer_looked_at_the_proposal_is_noted_for_staff_and_told_to_nobody() {
    let (mut world, project) = World::with_project().await;
    world.opensolar.work(project, Work::ViewProposal).expect("viewed");
    world.run_until_quiet().await;
    let state = world.crm_state("1042");
    assert!(state.proposal_viewed_at.is_some());
    assert_eq!((state.proposal_sent_at, world.messages()), (None, vec![]));
}

#[tokio::test]
async fn a_visit_in_the_calendar_is_an_installation_date() {
    let (mut world, project) = World::with_project().await;
    let start = Some(time("2026-12-04T06:30:00Z"));
    world.opensolar.work(project, Work::PlanOnCalendar { start }).expect("planned");
    world.run_until_quiet().await;
    assert_eq!(world.crm_state("1042").installation_scheduled_date, Some(day("2026-12-04")));
    assert!(world.messages().iter().any(|text| text.contains("Friday, 4 December 2026")));
}

#[tokio::test]
async fn the_stages_name_is_what_staff_call_it_and_is_looked_up_once() {
    let (mut world, project) = World::with_project().await;
    let stage_id = world.opensolar.add_stage("Waiting for the roof", 1);
    world.advance(TimeDelta::minutes(11));
    for _ in 0..3 {
        world.opensolar.work(project, Work::MoveToStage { stage_id }).expect("moved");
        world.run_until_quiet().await;
        world.advance(TimeDelta::minutes(1));
    }
    assert_eq!(world.crm_state("1042").project_status.as_deref(), Some("Waiting for the roof"));
    let asked = world.opensolar.calls().iter().filter(|call| call.path.ends_with("/workflows/")).count();
    assert_eq!(asked, 2, "for the first stage, and for the one that was not known");
}

#[tokio::test]
async fn a_stage_made_since_the_workflows_were_read_is_known_soon() {
    let (mut world, project) = World::with_project().await;
    world.opensolar.design(project, 6.6).expect("designed");
    world.run_until_quiet().await;
    world.advance(TimeDelta::minutes(11));
    let stage_id = world.opensolar.add_stage("Sold, roof repaired", 2);
    world.opensolar.work(project, Work::MoveToStage { stage_id }).expect("moved");
    world.run_until_quiet().await;
    assert_eq!(world.crm_state("1042").project_status.as_deref(), Some("Sold, roof repaired"));
    world.opensolar.archive_stage(stage_id).expect("archived");
    world.advance(TimeDelta::hours(25));
    world.opensolar.design(project, 7.0).expect("designed");
    world.run_until_quiet().await;
    assert_eq!(world.crm_state("1042").project_status.as_deref(), Some("Sold, roof repaired"), "projects stay in it");
}

#[tokio::test]
async fn each_organisation_says_itself_when_a_design_is_complete() {
    let told = |world: &World| world.ledger("1042").iter().any(|(what, ..)| *what == Milestone::DesignComplete);
    let (mut world, project) = World::with_project().await;
    let stage_id = world.opensolar.add_stage("Designed", 0);
    world.configure(|document| document.design_complete = DesignRule::Stages(vec![stage_id])).await;
    world.opensolar.design(project, 6.6).expect("designed");
    world.run_until_quiet().await;
    assert!(!told(&world));
    world.opensolar.work(project, Work::MoveToStage { stage_id }).expect("moved");
    world.run_until_quiet().await;
    assert!(told(&world));

    let (mut world, project) = World::with_project().await;
    world.configure(|document| document.design_complete = DesignRule::SystemChanged).await;
    world.opensolar.design(project, 6.6).expect("designed");
    world.run_until_quiet().await;
    assert!(told(&world));
}

#[tokio::test]
async fn a_design_that_changes_again_is_told_to_staff_only() {
    let (mut world, project) = World::with_project().await;
    world.opensolar.design(project, 6.6).expect("designed");
    world.run_until_quiet().await;
    world.opensolar.work(project, Work::Redesign { kw: 8.2 }).expect("designed anew");
    world.run_until_quiet().await;
    assert_eq!(world.crm_state("1042").system_size_kw.as_deref(), Some("8.20"));
    assert_eq!(world.ledger("1042"), [(Milestone::DesignComplete, 1, "sent")]);
}
