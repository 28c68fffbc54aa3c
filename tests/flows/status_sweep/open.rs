//! Unfinished projects are read each night, whatever the list says of them.

use chrono::TimeDelta;
use domain::jobs::{QueueName, SyncJob};
use domain::project::{GoneBecause, SyncState};
use domain::usecase::status_sweep::Run;
use integration_tests::{World, customer_request};
use testkit::builders::phone;
use testkit::fake_opensolar::Work;
use testkit::fake_opensolar::quirks::ModifiedDate;

use super::design_unheard;

#[tokio::test]
async fn a_change_that_the_list_does_not_show_is_found_by_reading_the_project() {
    let (mut world, project) = World::with_project().await;
    world.opensolar.behave(|quirks| quirks.projects.modified_date = ModifiedDate::OwnFieldsOnly);
    world.advance(TimeDelta::hours(1));
    design_unheard(&mut world, project).await;
    let report = world.status_sweep(Run::Now).await;
    assert_eq!((report.turn.linked, report.turn.changed, report.turn.open), (1, 0, 1));
    assert_eq!(world.messages().len(), 1);
}

#[tokio::test]
async fn a_project_that_the_list_never_shows_is_gone_only_once_its_read_says_so() {
    let (mut world, project) = World::with_project().await;
    world.advance(TimeDelta::hours(1));
    world.hold_webhooks();
    world.opensolar.work(project, Work::Delete).expect("deleted");
    world.lose_webhooks().await;
    let turn = world.status_turn(Run::Now).await.expect("a sweep").turn;
    assert_eq!((turn.linked, turn.changed, turn.open), (0, 0, 1));
    assert_eq!(world.project("1042").await.sync, SyncState::InStep);

    world.run_until_quiet().await;
    let gone = world.project("1042").await.sync;
    assert!(matches!(gone, SyncState::RemoteGone { why: GoneBecause::Deleted, .. }), "{gone:?}");
    world.advance(TimeDelta::days(1));
    assert_eq!(world.status_sweep(Run::Now).await.turn.open, 0, "it is an operator's");
}

#[tokio::test]
async fn those_that_were_not_seen_for_longest_come_first_and_installed_ones_never() {
    let mut world = World::start().await;
    for (number, id) in (1..).zip(["1042", "1043", "1044", "1045"]) {
        let mut request = customer_request(id);
        request.customer.phone = phone(number);
        request.customer.email = None;
        world.crm_asks_for(&request).await;
        world.advance(TimeDelta::minutes(1));
    }
    let project = |index: usize| world.opensolar.projects()[index].id;
    let (first, last) = (project(0), project(3));
    // The first is seen again, the last is done.
    world.opensolar.design(first, 3.3).expect("designed");
    world.opensolar.design(last, 3.3).expect("designed");
    world.opensolar.work(last, Work::MarkInstalled).expect("installed");
    world.run_until_quiet().await;
    world.advance(TimeDelta::hours(1));

    assert_eq!(world.status_turn(Run::Now).await.expect("a sweep").turn.open, 3);
    let messages = world.queue.waiting(QueueName::SyncRequests).into_iter();
    let jobs = messages.map(|message| serde_json::from_str::<SyncJob>(&message.body).expect("a job"));
    let requests: Vec<String> = jobs.map(|job| job.request_id().to_string()).collect();
    assert_eq!(requests, ["1043", "1044", "1042"]);
    world.run_until_quiet().await;
}
