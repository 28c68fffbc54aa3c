use domain::ids::{ProjectId, Revision};
use domain::log::{SyncLog, SyncLogStatus};
use domain::notification::News;
use domain::ports::{Change, StoreError};
use domain::project::Project;
use domain::webhook::DeliveryStatus;

use super::{Bench, Case, case, id};
use crate::builders::{
    NOON, ORG, complete_project, decision, delivery_key, delivery_log, notice, outbox_entry, payload, pending_project,
    sync_log,
};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(an_empty_commit_changes_nothing),
        case(one_refused_change_refuses_the_whole_commit),
        case(a_whole_decision_is_one_commit),
        case(a_commit_takes_what_a_full_record_settles),
        case(a_commit_that_is_too_large_or_changes_an_item_twice_is_refused_whole),
        case(of_many_who_read_the_same_revision_one_writes),
        case(a_row_of_the_sync_log_is_written_over_its_earlier_state),
    ]
}

async fn an_empty_commit_changes_nothing(bench: Bench) {
    bench.commit([]).await;
}

async fn one_refused_change_refuses_the_whole_commit(bench: Bench) {
    let project = ProjectId::from(9_000_001);
    let link = |request: &str| Change::LinkProject { org: ORG, project: project.clone(), request: id(request) };
    bench.commit([link("1")]).await;
    let send = || Change::Send(outbox_entry(&id("1042"), "01A"));
    bench.refuses([Change::CreateProject(complete_project("1042")), send(), link("1042")]).await;
    bench.refuses([link("1042"), send(), Change::CreateProject(complete_project("1042"))]).await;
    assert_eq!(bench.project("1042").await, None);
    assert_eq!(bench.store.outbox(ORG, &id("1042")).await.expect("the store answers"), []);
}

async fn a_whole_decision_is_one_commit(bench: Bench) {
    bench.commit([Change::CreateProject(pending_project("1042"))]).await;
    bench.commit([Change::RecordDelivery { log: delivery_log(1), payload: payload(1) }]).await;
    let (request, entry) = (id("1042"), notice(&id("1042"), News::ContractSigned, 1));
    let status = DeliveryStatus::Processed;
    let decided = [
        Change::UpdateProject(Project { revision: Revision(1), ..complete_project("1042") }),
        Change::LinkProject { org: ORG, project: 9_000_001.into(), request: request.clone() },
        Change::MoveDelivery { org: ORG, key: delivery_key(1), status, request: Some(request.clone()), at: NOON },
        Change::CreateNotice(entry.clone()),
        Change::LogSync(sync_log(&request, "01A")),
        Change::LogDecision(decision(&request, "01B")),
        Change::Send(outbox_entry(&request, "01C")),
    ];
    bench.commit(decided.clone()).await;
    assert_eq!(bench.project("1042").await.map(|project| project.revision), Some(Revision(2)));
    let log = bench.store.delivery(ORG, &delivery_key(1)).await.expect("the store answers").expect("it is there");
    assert_eq!((log.status, log.request), (DeliveryStatus::Processed, Some(request)));
    assert!(bench.store.notice(ORG, &entry.key).await.expect("the store answers").is_some());
    bench.refuses(decided).await;
}

async fn a_commit_takes_what_a_full_record_settles(bench: Bench) {
    for number in 1..=50 {
        bench.commit([Change::RecordDelivery { log: delivery_log(number), payload: payload(number) }]).await;
    }
    bench.commit([Change::CreateProject(pending_project("1042"))]).await;
    let mut changes = vec![Change::UpdateProject(Project { revision: Revision(1), ..complete_project("1042") })];
    changes.extend((1..=50).map(|number| {
        let (status, request) = (DeliveryStatus::Processed, Some(id("1042")));
        Change::MoveDelivery { org: ORG, key: delivery_key(number), status, request, at: NOON }
    }));
    bench.commit(changes).await;
    let last = bench.store.delivery(ORG, &delivery_key(50)).await.expect("the store answers").expect("it is there");
    assert_eq!(last.status, DeliveryStatus::Processed);
}

async fn a_commit_that_is_too_large_or_changes_an_item_twice_is_refused_whole(bench: Bench) {
    let sends = |count: u32| (1..=count).map(|number| Change::Send(outbox_entry(&id("1042"), &format!("{number:03}"))));
    let twice = vec![Change::Send(outbox_entry(&id("1042"), "001")); 2];
    for changes in [sends(101).collect(), twice] {
        let outcome = bench.store.commit(changes).await;
        assert!(matches!(outcome, Err(StoreError::Unavailable { .. })), "{outcome:?}");
        assert_eq!(bench.store.outbox(ORG, &id("1042")).await.expect("the store answers"), []);
    }
    bench.commit(sends(100).collect::<Vec<_>>()).await;
    assert_eq!(bench.store.outbox(ORG, &id("1042")).await.expect("the store answers").len(), 100);
}

async fn of_many_who_read_the_same_revision_one_writes(bench: Bench) {
    bench.commit([Change::CreateProject(pending_project("1042"))]).await;
    let read = bench.project("1042").await.expect("it is there");
    let writers: Vec<_> = (1..=8)
        .map(|writer| {
            let (bench, request) = (bench.clone(), id("1042"));
            let changes = vec![
                Change::UpdateProject(Project { crm_revision: writer, ..read.clone() }),
                Change::Send(outbox_entry(&request, &writer.to_string())),
            ];
            tokio::spawn(async move { (writer, bench.store.commit(changes).await) })
        })
        .collect();
    let mut written = Vec::new();
    for writer in writers {
        match writer.await.expect("no writer panics") {
            (writer, Ok(())) => written.push(writer),
            (_, Err(StoreError::Conflict)) => {}
            (_, Err(error)) => panic!("{error:?}"),
        }
    }
    let stored = bench.project("1042").await.expect("it is there");
    assert_eq!((written, stored.revision), (vec![stored.crm_revision], Revision(2)));
    let left = bench.store.outbox(ORG, &id("1042")).await.expect("the store answers");
    assert_eq!(left.into_iter().map(|entry| entry.id).collect::<Vec<_>>(), [stored.crm_revision.to_string()]);
}

async fn a_row_of_the_sync_log_is_written_over_its_earlier_state(bench: Bench) {
    let request = id("1042");
    for status in [SyncLogStatus::Started, SyncLogStatus::Success { completed_at: NOON }] {
        bench.commit([Change::LogSync(SyncLog { status, ..sync_log(&request, "01A") })]).await;
    }
    // However much there is to say, a row never fails the commit that it is part of.
    let error = "ö".repeat(1_000_000);
    let failed = SyncLog {
        status: SyncLogStatus::Failed { completed_at: NOON, error: error.clone() },
        ..sync_log(&request, "01A")
    };
    let mut decided = decision(&request, "01B");
    decided.outcome.clone_from(&error);
    bench.commit([Change::LogSync(failed), Change::LogDecision(decided)]).await;
    bench.commit([Change::RecordDelivery { log: delivery_log(1), payload: payload(1) }]).await;
    let status = DeliveryStatus::Failed { reason: error };
    bench.commit([Change::MoveDelivery { org: ORG, key: delivery_key(1), status, request: None, at: NOON }]).await;
}
