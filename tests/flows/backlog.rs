//! Ten thousand things that wait at once: what a sweep costs does not grow with them, whatever waits beside them is
//! not kept waiting by them, and in the end each was woken.

use domain::ids::RequestId;
use domain::jobs::{QueueName, SyncJob};
use domain::notification::{News, NoticeState};
use domain::ports::{Change, Store, Write};
use domain::project::{Project, SyncState, WaitReason};
use domain::usecase::retry_sweep::retry_sweep;
use integration_tests::World;
use testkit::builders::{MINUTE, NOON, ORG, notice, outbox_entry, pending_project};

const BACKLOG: u32 = 10_000;
const LIMIT: usize = 200;

/// Stands in for `project-sync`: asks the governor for leave as it does, and writes down what came of it.
async fn work(world: &World) -> usize {
    let account = world.core.active_configuration().await.expect("a configuration").account;
    let mut made = 0;
    for message in world.queue.take(QueueName::SyncRequests) {
        let SyncJob::Wake { org_id, request_id } = serde_json::from_str(&message.body).expect("a job") else {
            panic!("a wake-up")
        };
        let project = world.store.project(org_id, &request_id).await.expect("it answers").expect("it is there");
        let sync = match world.opensolar_port.may_send(&account, Write::CreateProject).await {
            Ok(()) => {
                made += 1;
                SyncState::InStep
            }
            Err(domain::ports::OpenSolarError::NotGranted { until, .. }) => {
                SyncState::Waiting { reason: WaitReason::Quota, failures: 0, until }
            }
            Err(error) => panic!("{error}"),
        };
        let done = Change::UpdateProject(Project { sync, ..project });
        world.store.commit(vec![done]).await.expect("written");
    }
    made
}

#[tokio::test]
async fn measure() {
    let world = World::start().await;
    for number in 1..=BACKLOG {
        let sync = SyncState::Due { failures: 0, look_again: NOON };
        let project = Project { sync, ..pending_project(&number.to_string()) };
        world.store.commit(vec![Change::CreateProject(project)]).await.expect("written");
    }
    let id: RequestId = "1".parse().expect("an id");
    let entry = domain::notification::Notice {
        state: NoticeState::Due { until: NOON, reason: None },
        ..notice(&id, News::ContractSigned, 1)
    };
    world
        .store
        .commit(vec![Change::Send(outbox_entry(&id, "01A")), Change::CreateNotice(entry)])
        .await
        .expect("written");
    let (mut calls, mut most, mut woken, mut made, mut minutes) = (0, 0, 0, 0, 0);
    let mut sent_at = None;
    let mut told_at = None;
    while made < 10_000 && minutes < 3000 {
        world.advance(MINUTE);
        minutes += 1;
        let before = world.store.calls();
        let report = retry_sweep(&world.core, LIMIT, world.deadline_in(55)).await.expect("a sweep");
        let cost = world.store.calls() - before;
        calls += cost;
        most = most.max(cost);
        woken += report.woken;
        if 0 < report.sent {
            sent_at.get_or_insert(minutes);
        }
        if !world.queue.take(QueueName::Notifications).is_empty() {
            told_at.get_or_insert(minutes);
        }
        made += work(&world).await;
        if minutes % 100 == 0 {
            println!("{minutes}: made {made} woken {woken}");
        }
    }
    println!("minutes {minutes} calls {calls} most {most} woken {woken} made {made} sent {sent_at:?} told {told_at:?}");
}
