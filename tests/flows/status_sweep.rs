//! By night, what OpenSolar changed without telling us is found.

use chrono::NaiveTime;
use domain::usecase::status_sweep::{Run, StatusReport};
use integration_tests::World;
use serde_json::{Value, json};
use testkit::{Calls, Fault};

/// A system whose project was designed without anybody telling us.
async fn missed_webhook() -> (World, u64) {
    let (mut world, project) = World::with_project().await;
    world.hold_webhooks();
    world.opensolar.design(project, 6.6).expect("designed");
    world.lose_webhooks().await;
    (world, project)
}

fn at(hour: u32, minute: u32) -> Run {
    Run::Nightly(NaiveTime::from_hms_opt(hour, minute, 0).expect("a time"))
}

#[tokio::test]
async fn a_missed_webhook_is_healed() {
    let (mut world, _) = missed_webhook().await;
    let report = world.status_sweep(Run::Now).await;
    assert_eq!((report.rows, report.linked, report.enqueued), (1, 1, 1));
    assert_eq!(world.messages().len(), 1);
    let told = world.crm_updates().into_iter().find(|update| update.state.system_size_kw.is_some()).expect("told");
    assert_eq!(json!(told.cause.kind), json!("status_fetch"));
}

#[tokio::test]
async fn what_was_read_already_is_not_fetched_again() {
    let (mut world, project) = missed_webhook().await;
    world.status_sweep(Run::Now).await;
    let (before, reads) = (world.messages(), world.reads());
    assert_eq!(world.status_sweep(Run::Now).await.enqueued, 0);
    assert_eq!((world.messages(), world.reads()), (before, reads));

    world.hold_webhooks();
    world.opensolar.send_proposal(project).expect("sent");
    world.lose_webhooks().await;
    assert_eq!(world.status_sweep(Run::Now).await.enqueued, 1, "what changes next is found next");
    assert_eq!(world.messages().len(), 2);
}

#[tokio::test]
async fn it_works_in_its_own_quarter_of_an_hour_only() {
    let (mut world, _) = missed_webhook().await;
    // Noon is two in the afternoon in Harare.
    for run in [at(2, 0), at(13, 45), at(14, 1), at(12, 0)] {
        assert_eq!(world.status_sweep(run).await, StatusReport::default(), "{run:?}");
    }
    for run in [at(14, 0), at(13, 46)] {
        assert!(world.status_sweep(run).await.ran, "{run:?}");
    }
    assert_eq!(world.messages().len(), 1);
}

#[tokio::test]
async fn a_strangers_project_is_none_of_our_business() {
    let mut world = World::start().await;
    let Value::Object(fields) = json!({"address": "1 Stranger's Lane"}) else { panic!("an object") };
    world.opensolar.add_project(fields).expect("a project");
    let report = world.status_sweep(Run::Now).await;
    assert_eq!((report.rows, report.linked, report.enqueued), (1, 0, 0));
    assert_eq!(world.reads(), 0);
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_reported_and_left_to_the_next_run() {
    let (mut world, _) = missed_webhook().await;
    world
        .opensolar
        .fail_next(Calls::to("GET", "/projects/"), Fault::Refuse { status: 403, body: Value::Null, retry_after: None });
    let report = world.status_sweep(Run::Now).await;
    assert_eq!(report.unread.as_deref(), Some("opensolar rejected the project list with status 403"));
    assert_eq!(world.status_sweep(Run::Now).await.enqueued, 1);
    assert_eq!(world.messages().len(), 1);
}
