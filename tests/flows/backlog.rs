//! Ten thousand things that wait at once: what a sweep costs does not grow with them, they keep nothing else waiting,
//! and in the end each was woken.
//!
//! Nobody is asked here, so no contract matters.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::governor::Creates;
use domain::ids::{OrgId, RequestId, Revision};
use domain::jobs::{NoticeJob, QueueName, SyncJob};
use domain::notification::{News, Notice, NoticeState};
use domain::ports::{Change, Limit, LimitName, OpenSolarError, Store, Write};
use domain::project::{Project, ReadDue, SyncState, WaitReason};
use domain::usecase::retry_sweep::{RetryReport, retry_sweep};
use integration_tests::World;
use testkit::builders::{MINUTE, NOON, ORG, notice, outbox_entry, pending_project, remote};

const BACKLOG: usize = 10_000;

/// So many of each lane a sweep takes, as in the function.
const LIMIT: usize = 200;

/// A sweep reads the settings, five limits, and what is due.
const FIXED_CALLS: u64 = 7;

/// Of each item that it takes it reads the record, and claims it.
const CALLS_PER_ITEM: u64 = 2;

/// An outbox is claimed and read, and what is sent of it deleted.
const CALLS_PER_MESSAGE: u64 = 3;

/// So long a write waits for its quota in place. Here time stands still unless the worker lets it pass.
const PATIENCE: TimeDelta = TimeDelta::seconds(8);

fn id(number: usize) -> RequestId {
    number.to_string().parse().expect("an id")
}

fn to_create(number: usize) -> Change {
    let sync = SyncState::Due { failures: 0, look_again: NOON };
    Change::CreateProject(Project { sync, ..pending_project(id(number).as_str()) })
}

fn to_update(number: usize) -> Change {
    let sync = SyncState::Due { failures: 0, look_again: NOON };
    let linked = Some(remote());
    Change::CreateProject(Project { sync, remote: linked, ..pending_project(id(number).as_str()) })
}

fn to_read(number: usize) -> Change {
    let read = ReadDue { project: remote().project, pending: Vec::new(), failures: 0, next_try: NOON };
    let project = Project { sync: SyncState::InStep, read: Some(read), ..pending_project(id(number).as_str()) };
    Change::CreateProject(Project { remote: Some(remote()), ..project })
}

fn to_tell(number: usize) -> Change {
    let state = NoticeState::Due { until: NOON, reason: Some("quiet hours".to_owned()) };
    Change::CreateNotice(Notice { state, ..notice(&id(number), News::ContractSigned, 1) })
}

fn to_send(number: usize) -> Change {
    Change::Send(outbox_entry(&id(number), "01A"))
}

async fn write(world: &World, change: Change) {
    world.store.commit(vec![change]).await.expect("the store takes it");
}

/// A system in which so much of a kind is due.
async fn backlog_of(kind: fn(usize) -> Change) -> World {
    let world = World::start().await;
    for number in 1..=BACKLOG {
        write(&world, kind(number)).await;
    }
    world.advance(MINUTE);
    world
}

/// A sweep by itself, and how often it called the store.
async fn swept(world: &World) -> (RetryReport, u64) {
    let before = world.store.calls();
    let report = retry_sweep(&world.core, LIMIT, world.deadline_in(55)).await.expect("a sweep");
    (report, world.store.calls() - before)
}

/// Stands in for `project-sync`: asks for leave to create as it does, and writes down whether it was had.
async fn work(world: &World, woken: &mut BTreeMap<RequestId, usize>) {
    let account = world.core.active_configuration().await.expect("a configuration").account;
    let ask = || world.opensolar_port.may_send(&account, Write::CreateProject);
    for message in world.queue.take(QueueName::SyncRequests) {
        let job = serde_json::from_str(&message.body).expect("a job");
        let SyncJob::Wake { org_id, request_id } = job else { panic!("{job:?}") };
        let mut asked = ask().await;
        if let Err(OpenSolarError::NotGranted { until, .. }) = asked
            && until <= world.now() + PATIENCE
        {
            world.advance_to(until);
            asked = ask().await;
        }
        let sync = match asked {
            Ok(()) => SyncState::InStep,
            Err(OpenSolarError::NotGranted { until, .. }) => {
                SyncState::Waiting { reason: WaitReason::Quota, failures: 0, until }
            }
            Err(error) => panic!("{error:?}"),
        };
        let project = world.store.project(org_id, &request_id).await.expect("it answers").expect("it is there");
        write(world, Change::UpdateProject(Project { sync, ..project })).await;
        *woken.entry(request_id).or_default() += 1;
    }
}

/// Stands in for `notify`: each entry that it is woken for is done with.
async fn tell(world: &World) -> usize {
    let messages = world.queue.take(QueueName::Notifications);
    for message in &messages {
        let job: NoticeJob = serde_json::from_str(&message.body).expect("a job");
        let entry = world.store.notice(ORG, &job.key).await.expect("it answers").expect("it is there");
        write(world, Change::UpdateNotice(Notice { state: NoticeState::Superseded, ..entry })).await;
    }
    messages.len()
}

#[tokio::test]
async fn ten_thousand_creates_are_woken_as_fast_as_they_are_granted_and_hardly_any_twice() {
    let world = backlog_of(to_create).await;
    let (mut woken, mut minutes, mut later) = (BTreeMap::new(), 0, BACKLOG);
    loop {
        minutes += 1;
        world.advance_to(NOON + MINUTE * minutes);
        if minutes % 100 == 1 {
            later += 1;
            write(&world, to_send(later)).await;
            write(&world, to_tell(later)).await;
        }
        let (report, calls) = swept(&world).await;
        let [woken_now, sent] = [report.woken, report.sent].map(|count| u64::try_from(count).expect("few"));
        let most = FIXED_CALLS + CALLS_PER_ITEM * woken_now + CALLS_PER_MESSAGE * sent;
        assert!(calls <= most, "{calls} calls: {report:?}");
        if minutes % 100 == 1 {
            assert_eq!((tell(&world).await, report.sent), (1, 1), "minute {minutes}");
        }
        if report.due == 0 {
            break;
        }
        work(&world, &mut woken).await;
    }
    assert_eq!(woken.len(), BACKLOG, "each was woken");
    let wakes: usize = woken.values().sum();
    assert!(wakes <= BACKLOG * 101 / 100, "{wakes} wake-ups");
    // A window is three seconds longer than a minute, so each fourth sweep comes too early: still as fast as a day's
    // budget allows.
    assert!(minutes <= 1_440, "{minutes} minutes");
}

#[tokio::test]
async fn whatever_ten_thousand_others_wait_for_the_next_sweep_wakes_what_waits_for_something_else() {
    let kinds: [fn(usize) -> Change; 4] = [to_create, to_update, to_read, to_tell];
    for (place, kind) in kinds.into_iter().enumerate() {
        let world = backlog_of(kind).await;
        for (other, kind) in kinds.into_iter().enumerate().filter(|(other, _)| *other != place) {
            write(&world, kind(BACKLOG + 1 + other)).await;
        }
        let (report, calls) = swept(&world).await;
        let queues = [QueueName::SyncRequests, QueueName::Webhooks, QueueName::Notifications];
        let messages: Vec<_> = queues.into_iter().flat_map(|queue| world.queue.take(queue)).collect();
        for other in (0..kinds.len()).filter(|other| *other != place) {
            let request = id(BACKLOG + 1 + other);
            let is_woken = messages.iter().any(|message| message.body.contains(&format!("\"{request}\"")));
            assert!(is_woken, "{request} beside a backlog of kind {place}");
        }
        assert!(report.more && messages.len() == report.woken, "{report:?}");
        let taken = u64::try_from(LIMIT + kinds.len()).expect("few");
        assert!(calls <= FIXED_CALLS + CALLS_PER_ITEM * taken, "{calls} calls");
    }
}

#[tokio::test]
async fn a_backlog_that_has_to_wait_for_money_costs_nothing_but_the_look() {
    let world = backlog_of(to_create).await;
    let mut creates = Creates::default();
    creates.wallet.refused(402, uuid::Uuid::nil(), world.now());
    let state = serde_json::to_string(&creates).expect("JSON");
    let limit = Limit { name: LimitName::Creates, revision: Revision::NONE, state };
    write(&world, Change::SaveLimit { org: ORG, limit }).await;
    for _ in 0..59 {
        let (report, calls) = swept(&world).await;
        assert_eq!((report.woken, report.more, calls), (0, true, FIXED_CALLS));
        world.advance(MINUTE);
    }
    world.advance(MINUTE);
    assert_eq!(swept(&world).await.0.woken, 1, "one sees whether it is refilled");
}

#[tokio::test]
async fn what_waits_of_an_organisation_that_is_not_active_rests_until_it_is() {
    let mut world = backlog_of(to_create).await;
    world.configure(|document| document.org_id = OrgId(ORG.0 + 1)).await;
    let (report, _) = swept(&world).await;
    assert_eq!((report.woken, report.more), (0, false));
    world.configure(|document| document.org_id = ORG).await;
    let (report, _) = swept(&world).await;
    assert_eq!((report.woken, report.more), (10, true), "a minute's creates");
}

#[tokio::test]
async fn ten_thousand_messages_due_at_once_are_through_after_a_sweep_for_each_two_hundred() {
    let world = backlog_of(to_tell).await;
    let mut told = 0;
    for _ in 0..BACKLOG / LIMIT {
        let (report, calls) = swept(&world).await;
        assert_eq!(report.woken, LIMIT);
        assert!(calls <= FIXED_CALLS + u64::try_from(LIMIT).expect("few"), "{calls} calls");
        told += tell(&world).await;
    }
    assert_eq!((told, swept(&world).await.0.due), (BACKLOG, 0));
}
