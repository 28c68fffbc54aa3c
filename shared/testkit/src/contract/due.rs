use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::Revision;
use domain::jobs::{NoticeJob, SyncJob, Wake, WebhookJob};
use domain::notification::{News, Notice, NoticeState};
use domain::ports::{Change, DueItem};
use domain::project::{Project, ReadDue, SyncState};
use domain::webhook::{DeliveryLog, DeliveryStatus};

use super::{Bench, Case, case, id};
use crate::builders::{
    MINUTE, NOON, ORG, complete_project, delivery_key, delivery_log, notice, outbox_entry, payload, pending_project,
};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(nothing_is_due_in_an_empty_store),
        case(each_kind_of_record_wakes_whom_it_says),
        case(the_oldest_comes_first_and_no_more_than_asked_for),
        case(what_rests_is_not_due),
        case(a_delivery_is_due_while_it_is_held),
        case(a_postponed_item_is_due_later_and_otherwise_untouched),
        case(an_item_that_somebody_moved_is_not_postponed),
        case(a_repeat_that_is_counted_leaves_a_claim_alone),
        case(nothing_is_due_before_its_time),
    ]
}

async fn wakes(bench: &Bench, by: DateTime<Utc>) -> Vec<(DateTime<Utc>, Wake)> {
    bench.due(by, 100).await.into_iter().map(|item| (item.at, item.wake)).collect()
}

fn due_project(request: &str, look_again: DateTime<Utc>) -> Project {
    Project { sync: SyncState::Due { failures: 0, look_again }, ..pending_project(request) }
}

fn wake_of(request: &str) -> Wake {
    Wake::Sync(SyncJob::Wake { org_id: ORG, request_id: id(request) })
}

async fn nothing_is_due_in_an_empty_store(bench: Bench) {
    assert_eq!(bench.due(NOON + TimeDelta::days(365), 100).await, []);
}

async fn each_kind_of_record_wakes_whom_it_says(bench: Bench) {
    let read = ReadDue { project: 9_000_001.into(), pending: Vec::new(), failures: 0, next_try: NOON + MINUTE };
    let reading = Project { sync: SyncState::InStep, read: Some(read), ..pending_project("1043") };
    let state = NoticeState::Due { until: NOON + MINUTE * 2, reason: Some("quiet hours".to_owned()) };
    let entry = Notice { state, ..notice(&id("1042"), News::ContractSigned, 1) };
    let status = DeliveryStatus::Held { until: NOON + MINUTE * 4 };
    let held = DeliveryLog { status, ..delivery_log(1) };
    bench
        .commit([
            Change::CreateProject(due_project("1042", NOON)),
            Change::CreateProject(reading),
            Change::CreateNotice(entry.clone()),
            Change::Send(domain::jobs::OutboxEntry {
                created_at: NOON + MINUTE * 2,
                ..outbox_entry(&id("1042"), "01A")
            }),
            Change::RecordDelivery { log: held, payload: payload(1) },
        ])
        .await;
    let job = WebhookJob::ReadBack { org_id: ORG, request_id: id("1043") };
    let replay = WebhookJob::Replay { org_id: ORG, delivery: delivery_key(1) };
    let group = "9000001".to_owned();
    let expected = [
        (NOON, wake_of("1042")),
        (NOON + MINUTE, Wake::Webhooks { group: group.clone(), job }),
        (NOON + MINUTE * 2, Wake::Notice(NoticeJob { org_id: ORG, key: entry.key })),
        (NOON + MINUTE * 3, Wake::Outbox { org_id: ORG, request_id: id("1042") }),
        (NOON + MINUTE * 4, Wake::Webhooks { group, job: replay }),
    ];
    assert_eq!(wakes(&bench, NOON + MINUTE * 4).await, expected);
}

async fn the_oldest_comes_first_and_no_more_than_asked_for(bench: Bench) {
    // Out of order, and enough of them to fall into every part of the index.
    for number in 0..20 {
        let at = NOON + MINUTE * (number * 7 % 20);
        bench.commit([Change::CreateProject(due_project(&number.to_string(), at))]).await;
    }
    let by = NOON + MINUTE * 15;
    let times = |items: Vec<DueItem>| items.into_iter().map(|item| item.at).collect::<Vec<_>>();
    let expected: Vec<_> = (0..=15).map(|minutes| NOON + MINUTE * minutes).collect();
    assert_eq!(times(bench.due(by, 100).await), expected);
    assert_eq!(times(bench.due(by, 16).await), expected);
    assert_eq!(times(bench.due(by, 3).await), expected[..3]);
    assert_eq!(bench.due(by, 0).await, []);
}

async fn what_rests_is_not_due(bench: Bench) {
    let entry = notice(&id("1042"), News::ContractSigned, 1);
    let left = outbox_entry(&id("1042"), "01A");
    bench
        .commit([
            Change::CreateProject(due_project("1042", NOON)),
            Change::CreateNotice(entry.clone()),
            Change::Send(left),
        ])
        .await;
    let later = NOON + TimeDelta::days(1);
    assert_eq!(bench.due(later, 100).await.len(), 3);
    let resting = Project { sync: SyncState::InStep, ..pending_project("1042") };
    bench
        .commit([
            Change::UpdateProject(Project { revision: Revision(1), ..resting }),
            Change::UpdateNotice(Notice { revision: Revision(1), state: NoticeState::Superseded, ..entry }),
            Change::Sent { org: ORG, request: id("1042"), id: "01A".to_owned() },
        ])
        .await;
    assert_eq!(bench.due(later, 100).await, []);
}

async fn a_delivery_is_due_while_it_is_held(bench: Bench) {
    let until = NOON + MINUTE;
    let log = DeliveryLog { request: Some(id("1042")), ..delivery_log(1) };
    bench.commit([Change::RecordDelivery { log, payload: payload(1) }]).await;
    let group = "9000001".to_owned();
    let replay = Wake::Webhooks { group, job: WebhookJob::Replay { org_id: ORG, delivery: delivery_key(1) } };
    let statuses = [
        (DeliveryStatus::Held { until }, vec![(until, replay)]),
        (DeliveryStatus::Received, vec![]),
        (DeliveryStatus::Processed, vec![]),
    ];
    for (status, expected) in statuses {
        let moved = Change::MoveDelivery { org: ORG, key: delivery_key(1), status, request: None, at: NOON };
        bench.commit([moved]).await;
        assert_eq!(wakes(&bench, until).await, expected);
    }
}

async fn a_postponed_item_is_due_later_and_otherwise_untouched(bench: Bench) {
    bench.commit([Change::CreateProject(due_project("1042", NOON))]).await;
    let before = bench.project("1042").await.expect("it is there");
    let [item] = &bench.due(NOON, 100).await[..] else { panic!("one thing is due") };
    let to = NOON + MINUTE * 15;
    bench.commit([Change::Postpone { item: item.key.clone(), read: item.at, to }]).await;
    assert_eq!(bench.due(to - TimeDelta::milliseconds(1), 100).await, []);
    assert_eq!(wakes(&bench, to).await, [(to, wake_of("1042"))]);
    assert_eq!(bench.project("1042").await, Some(before.clone()));
    // The next write says anew when it is due.
    bench.commit([Change::UpdateProject(before)]).await;
    assert_eq!(wakes(&bench, NOON).await, [(NOON, wake_of("1042"))]);
}

async fn an_item_that_somebody_moved_is_not_postponed(bench: Bench) {
    bench.commit([Change::CreateProject(due_project("1042", NOON))]).await;
    let [item] = &bench.due(NOON, 100).await[..] else { panic!("one thing is due") };
    let postpone = |to| Change::Postpone { item: item.key.clone(), read: item.at, to };
    bench.commit([postpone(NOON + MINUTE * 15)]).await;
    bench.refuses([postpone(NOON + MINUTE * 16)]).await;
    let read = bench.project("1042").await.expect("it is there");
    bench.commit([Change::UpdateProject(Project { sync: SyncState::InStep, ..read })]).await;
    bench.refuses([postpone(NOON + MINUTE * 16)]).await;
    let gone = domain::ports::DueKey { partition: "ORG#1234#REQUEST#1".to_owned(), sort: "PROJECT".to_owned() };
    bench.refuses([Change::Postpone { item: gone, read: NOON, to: NOON + MINUTE }]).await;
    assert_eq!(bench.due(NOON + TimeDelta::days(1), 100).await, []);
}

async fn a_repeat_that_is_counted_leaves_a_claim_alone(bench: Bench) {
    let held = DeliveryLog { status: DeliveryStatus::Held { until: NOON }, ..delivery_log(1) };
    bench.commit([Change::RecordDelivery { log: held, payload: payload(1) }]).await;
    let [item] = &bench.due(NOON, 100).await[..] else { panic!("one thing is due") };
    bench.commit([Change::Postpone { item: item.key.clone(), read: NOON, to: NOON + MINUTE }]).await;
    bench.commit([Change::CountRepeat { org: ORG, key: delivery_key(1) }]).await;
    assert_eq!(bench.due(NOON, 100).await, []);
    assert_eq!(bench.due(NOON + MINUTE, 100).await.len(), 1);
}

async fn nothing_is_due_before_its_time(bench: Bench) {
    let between = NOON + TimeDelta::microseconds(1500);
    let read = ReadDue { next_try: between, ..complete_project("1042").read.expect("a read is due") };
    let project = Project { read: Some(read), ..complete_project("1042") };
    bench.commit([Change::CreateProject(project)]).await;
    assert_eq!(bench.due(NOON + TimeDelta::milliseconds(1), 100).await, []);
    let [item] = &bench.due(NOON + TimeDelta::milliseconds(2), 100).await[..] else { panic!("one thing is due") };
    assert_eq!(item.at, NOON + TimeDelta::milliseconds(2));
    let (key, read, to) = (item.key.clone(), item.at, NOON + TimeDelta::microseconds(2500));
    bench.commit([Change::Postpone { item: key, read, to }]).await;
    assert_eq!(bench.due(NOON + TimeDelta::milliseconds(2), 100).await, []);
    assert_eq!(bench.due(NOON + TimeDelta::milliseconds(3), 100).await.len(), 1);
}
