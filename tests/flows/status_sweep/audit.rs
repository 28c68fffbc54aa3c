//! OpenSolar's own account of its deliveries against our log of them.

use chrono::TimeDelta;
use domain::usecase::status_sweep::AuditReport;
use testkit::fake_opensolar::Work;
use testkit::{Calls, Fault};

use super::*;

/// Late enough for all that happened to be looked at.
const SETTLED: TimeDelta = TimeDelta::hours(2);

async fn audited(world: &mut World) -> AuditReport {
    world.advance(SETTLED);
    let report = world.status_sweep(Run::Now).await;
    assert_eq!(report.end, Some(TurnEnd::Finished));
    report.run.and_then(|run| run.audit).expect("audited")
}

#[tokio::test]
async fn what_arrived_is_held_and_nothing_is_missing() {
    let (mut world, project) = World::with_project().await;
    world.opensolar.design(project, 6.6).expect("designed");
    world.run_until_quiet().await;
    let report = audited(&mut world).await;
    assert!(0 < report.sent, "{report:?}");
    assert_eq!((report.held, report.missing, report.never_sent), (report.sent, 0, Some(0)), "{report:?}");
    assert_eq!(report.cut_short, None);
    let again = audited(&mut world).await;
    assert_eq!((again.since, again.sent), (report.until, 0), "each is looked at once");
}

#[tokio::test]
async fn a_delivery_that_never_arrived_has_its_project_fetched() {
    let (mut world, project) = missed_webhook().await;
    // Nothing that the list shows betrays it.
    world.wake("1042").await;
    let report = audited(&mut world).await;
    assert!(0 < report.missing && 0 < report.healed, "{report:?}");
    assert_eq!(report.held + report.missing, report.sent, "{report:?}");
    assert_eq!(world.messages().len(), 1, "project {project} was read");
}

#[tokio::test]
async fn missing_deliveries_of_strangers_projects_are_nobodys() {
    let (mut world, _) = World::with_project().await;
    add_strangers(&mut world, 3).await;
    let report = audited(&mut world).await;
    assert_eq!((report.missing, report.nobodys, report.healed), (report.nobodys, 3, 0), "{report:?}");
}

#[tokio::test]
async fn a_delivery_that_opensolar_never_sent_is_somebody_elses() {
    let (mut world, project) = World::with_project().await;
    let forged = json!({"model": "Project", "model_id": project, "event": "UPDATE", "event_id": 4_242, "fields": {}});
    world.webhook_arrives(&forged).await;
    let report = audited(&mut world).await;
    assert_eq!((report.never_sent, report.missing), (Some(1), 0), "{report:?}");
}

#[tokio::test]
async fn an_account_that_cannot_be_read_ends_no_run_and_is_looked_at_the_next_night() {
    let (mut world, _) = missed_webhook().await;
    let refusal = Fault::Refuse { status: 403, body: Value::Null, retry_after: None };
    world.opensolar.fail_next(Calls::ending("GET", "/webhook_process_logs/"), refusal);
    let report = audited(&mut world).await;
    assert!(report.cut_short.is_some() && report.never_sent.is_none(), "{report:?}");
    let next = audited(&mut world).await;
    assert!(0 < next.missing && next.cut_short.is_none(), "{next:?}");
}

#[tokio::test]
async fn a_missing_events_delivery_leads_to_its_project() {
    let (mut world, project) = World::with_project().await;
    world.hold_webhooks();
    world.opensolar.work(project, Work::SendProposal).expect("sent");
    let post = world.webhooks_on_their_way().await;
    assert!(post.iter().any(|delivery| delivery.body.contains("\"Event\"")), "an event's delivery is among them");
    world.lose_webhooks().await;
    let report = audited(&mut world).await;
    assert_eq!((report.unattributed, report.healed), (0, report.missing), "{report:?}");
    assert_eq!(world.messages().len(), 1);
}

/// The log keeps everything for ever: what is older than what is looked at need not be read to its end.
#[tokio::test]
async fn a_log_that_is_newest_first_is_read_as_far_as_it_is_new() {
    let (mut world, project) = World::with_project().await;
    let row = |at: &str| {
        json!({"model_name": "Project", "model_pk": project, "event_name": "UPDATE", "event_id": 7, "successful": true,
            "event_timestamp": at})
    };
    let pages = [vec![row("2026-11-20T13:30:00Z"); 100], vec![row("2026-11-01T00:00:00Z"); 100]];
    for rows in pages {
        let page = Fault::Refuse { status: 200, body: Value::Array(rows), retry_after: None };
        world.opensolar.fail_next(Calls::ending("GET", "/webhook_process_logs/"), page);
    }
    let report = audited(&mut world).await;
    let read = world.opensolar.calls().into_iter().filter(|call| call.path.ends_with("/webhook_process_logs/")).count();
    assert_eq!((read, report.cut_short), (2, None));
}
