//! What is old, moved or taken back by the time it is told.

use chrono::{DateTime, TimeDelta, Utc};
use domain::request::CrmStatus;
use domain::usecase::status_sweep::Run;
use integration_tests::{Contract, World, customer_request, day};
use rstest::rstest;
use serde_json::json;
use testkit::builders::{MINUTE, NOON};
use testkit::fake_opensolar::Work;
use testkit::fake_opensolar::quirks::EventsInProjects;

use super::{fields, ours};

/// A visit is moved in the calendar; OpenSolar lists events only.
#[tokio::test]
async fn a_visit_that_is_moved_is_seen_where_events_are_only_listed() {
    let (mut world, project) = World::with_project().await;
    world.opensolar.behave(|quirks| quirks.events.in_projects = EventsInProjects::LinksOnly);
    for (start, expected) in [("2026-12-04T06:30:00Z", "2026-12-04"), ("2026-12-11T06:30:00Z", "2026-12-11")] {
        let start: Option<DateTime<Utc>> = start.parse().ok();
        world.opensolar.work(project, Work::PlanOnCalendar { start }).expect("planned");
        world.run_until_quiet().await;
        assert_eq!(world.crm_state("1042").installation_scheduled_date, Some(day(expected)));
    }
    world.opensolar.work(project, Work::PlanOnCalendar { start: None }).expect("taken out");
    // An event's DELETE names no project: something else has to have it read.
    world.opensolar.work(project, Work::ViewProposal).expect("viewed");
    world.run_until_quiet().await;
    assert_eq!(world.crm_state("1042").installation_scheduled_date, None);
}

/// A restored table: the project was there and told long ago.
#[tokio::test]
async fn what_was_told_before_the_table_was_restored_is_not_told_again() {
    let mut world = World::start().await;
    world.hold_webhooks();
    let made = fields(json!({"identifier": ours(), "address": "12 Example Street"}));
    let made = world.opensolar.add_project(made).expect("a project");
    world.opensolar.design(made, 6.6).expect("designed");
    world.opensolar.schedule_installation(made, day("2027-01-15")).expect("scheduled");
    world.lose_webhooks().await;
    world.advance(TimeDelta::days(20));
    let now = world.now();
    world.configure(|document| document.trusted_since = Some(now)).await;
    let mut backfilled = customer_request("1042");
    backfilled.created_at = Some(NOON);
    backfilled.customer.last_inbound_at = Some(now);
    world.crm_asks_for(&backfilled).await;
    world.opensolar.work(made, Work::ViewProposal).expect("anything happens");
    world.run_until_quiet().await;
    assert_eq!(world.crm_state("1042").opensolar_project_id, Some(made.into()));
    assert_eq!(world.messages(), Vec::<String>::new(), "{:?}", world.ledger("1042"));
}

/// The CRM's own status is further than OpenSolar's stage.
#[tokio::test]
async fn the_crm_is_never_told_a_status_behind_its_own() {
    let mut world = World::start().await;
    let mut request = customer_request("1042");
    request.status = CrmStatus::InProgress;
    world.crm_asks_for(&request).await;
    assert_ne!(world.crm_state("1042").status.as_deref(), Some("pending"));
}

/// A design of which no webhook came is found ten days later.
#[tokio::test]
async fn a_design_that_is_found_ten_days_later_is_old_news() {
    let (mut world, project) = World::with_project().await;
    world.hold_webhooks();
    world.opensolar.design(project, 6.6).expect("designed");
    world.lose_webhooks().await;
    world.advance(TimeDelta::days(10));
    world.status_sweep(Run::Now).await;
    assert_eq!(world.messages(), Vec::<String>::new(), "{:?}", world.ledger("1042"));
}

/// Many events that are listed only: is the record's size bounded?
#[tokio::test]
async fn a_long_history_keeps_the_record_small() {
    let (mut world, project) = World::with_project().await;
    world.opensolar.behave(|quirks| quirks.events.in_projects = EventsInProjects::LinksOnly);
    world.opensolar.design(project, 1.0).expect("designed");
    for kw in 1..=60 {
        world.opensolar.work(project, Work::Redesign { kw: f64::from(kw) }).expect("redesigned");
    }
    world.run_until_quiet().await;
    for _ in 0..8 {
        world.advance(MINUTE * 2);
        world.sweep().await;
    }
    let kept = world.project("1042").await.observed.expect("seen").events_read.events.len();
    assert!(kept < 20, "{kept}");
}

/// The CRM takes its own mistake back.
#[rstest]
#[tokio::test]
async fn a_status_that_the_crm_took_back_is_not_told_to_it_again(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    for (revision, status) in [(4, CrmStatus::Completed), (5, CrmStatus::Pending)] {
        let mut request = customer_request("1042");
        request.version.revision = Some(revision);
        request.status = status;
        world.crm_asks_for(&request).await;
        world.advance(TimeDelta::minutes(1));
        world.opensolar.design(project, 6.6);
        world.notice("1042").await;
    }
    assert_eq!(world.crm_state("1042").status.as_deref(), Some("pending"));
}
