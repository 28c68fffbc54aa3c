//! However much there is, a run takes no more than its share.

use chrono::{DateTime, TimeDelta, Utc};
use domain::jobs::{QueueName, SyncJob};
use domain::ports::{Change, Store};
use domain::project::{Observed, Project, Remote};
use domain::usecase::status_sweep::{ListEnd, READS_A_RUN, READS_A_TURN, TurnEnd};
use integration_tests::World;
use serde_json::{Value, json};
use testkit::builders::{self, MINUTE, NOON, ORG};
use testkit::{Calls, Fault};

use super::{nightly, pages_asked};

/// OpenSolar's id of the project of request `number`.
fn remote_id(number: u64) -> u64 {
    9_100_000 + number
}

/// Records of linked, unfinished projects that were last seen a second after each other, the last one an hour ago.
async fn with_open_projects(count: u64) -> World {
    let world = World::start().await;
    for number in 1..=count {
        let seen_at = NOON - MINUTE * 60 - TimeDelta::seconds(i64::try_from(count - number).expect("small"));
        let record = builders::complete_project(&number.to_string());
        let observed = Observed { read_at: seen_at, is_installed: false, ..builders::observed() };
        let remote = Remote { project: remote_id(number).into(), ..builders::remote() };
        let link =
            Change::LinkProject { org: ORG, project: remote.project.clone(), request: record.desired.id.clone() };
        let record = Project { read: None, observed: Some(observed), remote: Some(remote), ..record };
        world.store.commit(vec![Change::CreateProject(record), link]).await.expect("recorded");
    }
    world
}

/// What was enqueued is read, without asking OpenSolar; which requests' projects, in order.
async fn read_all(world: &World) -> Vec<u64> {
    let mut read = Vec::new();
    for message in world.queue.take(QueueName::SyncRequests) {
        let job: SyncJob = serde_json::from_str(&message.body).expect("a job");
        let project = world.store.project(ORG, job.request_id()).await.expect("the store answers").expect("a record");
        world.store.commit(vec![Change::UpdateProject(seen(project, world.now()))]).await.expect("recorded");
        read.push(job.request_id().as_str().parse().expect("a number"));
    }
    read
}

fn seen(project: Project, now: DateTime<Utc>) -> Project {
    let observed = project.observed.map(|observed| Observed { read_at: now, ..observed });
    Project { observed, ..project }
}

/// The next pages of the list, each full.
fn next_pages(world: &World, pages: impl IntoIterator<Item = Vec<Value>>) {
    for rows in pages {
        let page = Fault::Refuse { status: 200, body: Value::Array(rows), retry_after: None };
        world.opensolar.fail_next(Calls::ending("GET", "/projects/"), page);
    }
}

#[tokio::test]
async fn open_projects_share_the_turns_reads_and_the_nights() {
    let most = u64::try_from(READS_A_RUN).expect("small");
    let a_turn = u64::try_from(READS_A_TURN).expect("small");
    let world = with_open_projects(most + 40).await;
    for turn in 0..most / a_turn {
        let report = world.status_turn(nightly(14, 0)).await.expect("a sweep");
        let is_last = (turn + 1) * a_turn == most;
        assert_eq!(report.end, Some(if is_last { TurnEnd::Finished } else { TurnEnd::ReadsOfTurn }), "{turn}");
        assert_eq!(report.turn.open, READS_A_TURN, "{turn}");
        assert_eq!(read_all(&world).await, Vec::from_iter(turn * a_turn + 1..=(turn + 1) * a_turn), "{turn}");
        world.advance(MINUTE * 15);
    }
    assert!(!world.status_turn(nightly(14, 0)).await.expect("a sweep").ran);

    world.advance_to(NOON + TimeDelta::days(1));
    world.status_turn(nightly(14, 0)).await.expect("a sweep");
    assert_eq!(
        read_all(&world).await[..41],
        Vec::from_iter((most + 1..=most + 40).chain([1])),
        "the others come first"
    );
}

#[tokio::test]
async fn changed_projects_count_into_the_turns_reads_and_the_rest_follows_in_the_next() {
    let count = u64::try_from(READS_A_TURN).expect("small") + 50;
    let world = with_open_projects(count).await;
    let pages: Vec<Vec<Value>> = Vec::from_iter(1..=count)
        .chunks(100)
        .map(|ids| ids.iter().map(|id| json!({"id": remote_id(*id)})).collect())
        .collect();
    next_pages(&world, pages.clone());
    let report = world.status_turn(nightly(14, 0)).await.expect("a sweep");
    assert_eq!((report.end, report.turn.changed), (Some(TurnEnd::ReadsOfTurn), READS_A_TURN));
    let read: std::collections::BTreeSet<u64> = read_all(&world).await.into_iter().collect();

    // The page in the middle of which the turn ended; this time its rows say when they changed.
    world.advance(MINUTE * 15);
    let modified = builders::observed().modified_at.expect("known");
    let is_new = |id: &u64| !read.contains(id);
    let rows = (count - 99..=count)
        .map(|id| json!({"id": remote_id(id), "modified_date": (!is_new(&id)).then_some(modified)}));
    next_pages(&world, [rows.collect()]);
    let report = world.status_turn(nightly(14, 0)).await.expect("a sweep");
    assert_eq!((report.end, report.turn.changed, report.turn.open), (Some(TurnEnd::Finished), 50, 0));
    assert_eq!(pages_asked(&world), [1, 2, 3, 4, 5, 6, 7, 8, 8, 9]);
}

#[tokio::test]
async fn a_list_without_an_end_is_left_and_reported() {
    let mut world = World::start().await;
    let rows: Vec<Value> = (1..=100).map(|id| json!({"id": id})).collect();
    next_pages(&world, std::iter::repeat_n(rows, 301));
    let mut turns = 0;
    let report = loop {
        let report = world.status_sweep(nightly(14, 0)).await;
        if report.end == Some(TurnEnd::Finished) {
            break report;
        }
        turns += 1;
        assert_eq!((report.end, report.turn.pages), (Some(TurnEnd::PagesOfTurn), 15));
        world.advance(MINUTE * 15);
    };
    let run = report.run.expect("a run");
    assert_eq!((turns, run.counts.pages, run.list), (20, 300, Some(ListEnd::CutShort)));
}
