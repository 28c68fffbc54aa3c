//! By night, what OpenSolar changed without telling us is found.
//!
//! Live alone: it is what a read shows that is told, and a read of `design` makes no milestone (`relay/night.rs`).

mod audit;
mod bounds;
mod list;
mod open;
mod turns;

use chrono::NaiveTime;
use domain::usecase::status_sweep::{Run, StatusReport, TurnEnd};
use integration_tests::World;
use serde_json::{Map, Value, json};

/// A system whose project was designed without anybody telling us.
async fn missed_webhook() -> (World, u64) {
    let (mut world, project) = World::with_project().await;
    design_unheard(&mut world, project).await;
    (world, project)
}

/// Somebody designs the project, and we are not told.
async fn design_unheard(world: &mut World, project: u64) {
    world.hold_webhooks();
    world.opensolar.design(project, 6.6).expect("designed");
    world.lose_webhooks().await;
}

/// So many projects of others, of which we are not told either.
async fn add_strangers(world: &mut World, count: usize) {
    world.hold_webhooks();
    for number in 1..=count {
        let fields = Map::from_iter([("address".to_owned(), json!(format!("{number} Stranger's Lane")))]);
        world.opensolar.add_project(fields).expect("a project");
    }
    world.lose_webhooks().await;
}

/// The schedule's event, with a run at this local time.
fn nightly(hour: u32, minute: u32) -> Run {
    Run::Nightly(NaiveTime::from_hms_opt(hour, minute, 0).expect("a time"))
}

/// The numbers of the pages that OpenSolar's list was asked for, in order.
fn pages_asked(world: &World) -> Vec<u32> {
    let lists =
        world.opensolar.calls().into_iter().filter(|call| call.path.ends_with("/projects/") && call.method == "GET");
    let page = |query: &str| query.split('&').find_map(|pair| pair.strip_prefix("page=")?.parse().ok());
    lists.filter_map(|call| page(&call.query)).collect()
}

#[tokio::test]
async fn a_missed_webhook_is_healed() {
    let (mut world, _) = missed_webhook().await;
    let report = world.status_sweep(Run::Now).await;
    assert_eq!((report.turn.rows, report.turn.linked, report.turn.changed), (1, 1, 1));
    assert_eq!(report.end, Some(TurnEnd::Finished));
    assert_eq!(world.messages().len(), 1);
    let told = world.crm_updates().into_iter().find(|update| update.state.system_size_kw.is_some()).expect("told");
    assert_eq!(json!(told.cause.kind), json!("status_fetch"));
}

#[tokio::test]
async fn what_was_read_already_is_not_fetched_again() {
    let (mut world, project) = missed_webhook().await;
    world.status_sweep(Run::Now).await;
    let (before, reads) = (world.messages(), world.reads());
    assert_eq!(world.status_sweep(Run::Now).await.turn.changed, 0);
    assert_eq!((world.messages(), world.reads()), (before, reads));

    world.hold_webhooks();
    world.opensolar.send_proposal(project).expect("sent");
    world.lose_webhooks().await;
    assert_eq!(world.status_sweep(Run::Now).await.turn.changed, 1, "what changes next is found next");
    assert_eq!(world.messages().len(), 2);
}

#[tokio::test]
async fn each_night_has_one_run_and_an_operator_may_ask_for_more() {
    let (mut world, project) = missed_webhook().await;
    // Noon is two in the afternoon in Harare.
    assert_eq!(world.status_sweep(nightly(14, 0)).await.end, Some(TurnEnd::Finished));
    assert_eq!(world.messages().len(), 1);
    world.hold_webhooks();
    world.opensolar.send_proposal(project).expect("sent");
    world.lose_webhooks().await;
    for _ in 0..3 {
        world.advance(chrono::TimeDelta::minutes(15));
        assert_eq!(world.status_sweep(nightly(14, 0)).await, StatusReport::default());
    }
    assert!(world.status_sweep(Run::Now).await.ran);
    assert_eq!(world.messages().len(), 2);

    world.advance(chrono::TimeDelta::hours(23));
    assert_eq!(world.status_sweep(nightly(14, 0)).await, StatusReport::default());
    world.advance(chrono::TimeDelta::minutes(15));
    assert!(world.status_sweep(nightly(14, 0)).await.ran);
}

#[tokio::test]
async fn a_strangers_project_is_none_of_our_business() {
    let mut world = World::start().await;
    add_strangers(&mut world, 1).await;
    let report = world.status_sweep(Run::Now).await;
    assert_eq!((report.turn.rows, report.turn.linked, report.turn.changed), (1, 0, 0));
    assert_eq!(world.reads(), 0);
}

#[tokio::test]
async fn the_report_is_one_flat_page_of_counts() {
    let (mut world, _) = missed_webhook().await;
    let report = serde_json::to_value(world.status_sweep(Run::Now).await).expect("JSON");
    let counts = json!({"pages": 1, "rows": 1, "linked": 1, "changed": 1, "open": 0});
    for (field, count) in counts.as_object().expect("an object") {
        assert_eq!((&report[field], &report["run"][field]), (count, count), "{field}");
    }
    assert_eq!((&report["ran"], &report["end"]), (&json!(true), &json!("finished")));
    assert_eq!((&report["run"]["list"], &report["closed"]), (&json!("complete"), &Value::Null));
    assert_eq!(report["run"]["begun_at"], "2026-11-20T12:00:00Z");
}
