use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{OrgId, Revision};
use domain::ports::{Change, DueKey};
use domain::project::{GoneBecause, Observed, Project, ReadDue, Remote, Shelf, SyncState};
use domain::request::{CrmStatus, SkipReason};

use super::{Bench, Case, case};
use crate::builders::{MINUTE, NOON, ORG, complete_project, observed, pending_project, remote};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(what_was_skipped_for_a_switch_is_found_by_the_time_of_the_decision),
        case(what_is_linked_and_not_installed_is_found_by_its_last_read),
        case(the_earliest_comes_first_and_no_more_than_asked_for),
        case(what_waits_or_is_done_is_on_no_shelf),
        case(a_record_leaves_its_shelf_and_comes_back),
        case(nothing_on_a_shelf_is_due_or_postponed),
        case(organisations_have_shelves_of_their_own),
    ]
}

const LATER: TimeDelta = TimeDelta::days(1);

async fn shelved(bench: &Bench, shelf: Shelf, before: DateTime<Utc>) -> Vec<String> {
    let found = bench.store.shelved(ORG, shelf, before, 100).await.expect("the store answers");
    found.into_iter().map(|request| request.to_string()).collect()
}

fn paused(request: &str, updated_at: DateTime<Utc>) -> Project {
    let sync = SyncState::Skipped(SkipReason::AutoSyncDisabled);
    Project { sync, updated_at, ..pending_project(request) }
}

fn open(request: &str, read_at: DateTime<Utc>) -> Project {
    let seen = Observed { read_at, is_installed: false, ..observed() };
    Project { read: None, observed: Some(seen), ..complete_project(request) }
}

async fn what_was_skipped_for_a_switch_is_found_by_the_time_of_the_decision(bench: Bench) {
    assert_eq!(shelved(&bench, Shelf::Paused, NOON).await, Vec::<String>::new());
    bench.commit([Change::CreateProject(paused("1042", NOON))]).await;
    assert_eq!(shelved(&bench, Shelf::Paused, NOON).await, Vec::<String>::new());
    assert_eq!(shelved(&bench, Shelf::Paused, NOON + TimeDelta::milliseconds(1)).await, ["1042"]);
    assert_eq!(shelved(&bench, Shelf::Open, NOON + LATER).await, Vec::<String>::new());
}

async fn what_is_linked_and_not_installed_is_found_by_its_last_read(bench: Bench) {
    // Not seen since it was linked, a minute before noon.
    let unseen = Project { observed: None, ..open("1", NOON) };
    let parked = SyncState::Parked { reason: "look there".to_owned(), in_doubt: None };
    let parked = Project { sync: parked, ..open("2", NOON + MINUTE) };
    let done = Project { sync: SyncState::Skipped(SkipReason::Status(CrmStatus::Completed)), ..open("3", NOON) };
    bench.commit([unseen, parked, done].map(Change::CreateProject)).await;
    assert_eq!(shelved(&bench, Shelf::Open, NOON).await, ["1"]);
    assert_eq!(shelved(&bench, Shelf::Open, NOON + LATER).await, ["1", "3", "2"]);
    assert_eq!(shelved(&bench, Shelf::Paused, NOON + LATER).await, Vec::<String>::new());
}

async fn the_earliest_comes_first_and_no_more_than_asked_for(bench: Bench) {
    for minutes in [3, 1, 4, 0, 2] {
        bench.commit([Change::CreateProject(open(&minutes.to_string(), NOON + MINUTE * minutes))]).await;
    }
    for (limit, expected) in [(0, &[][..]), (1, &["0"]), (3, &["0", "1", "2"]), (9, &["0", "1", "2", "3"])] {
        let found = bench.store.shelved(ORG, Shelf::Open, NOON + MINUTE * 4, limit).await.expect("the store answers");
        assert_eq!(found.iter().map(|request| request.as_str()).collect::<Vec<_>>(), expected);
    }
}

async fn what_waits_or_is_done_is_on_no_shelf(bench: Bench) {
    let due = SyncState::Due { failures: 0, look_again: NOON };
    let gone = SyncState::RemoteGone { why: GoneBecause::Deleted, since: NOON };
    let projects = [
        Project { sync: due, ..open("1", NOON) },
        Project { sync: gone, ..open("2", NOON) },
        Project { observed: Some(observed()), ..open("3", NOON) },
        Project { remote: None, ..open("4", NOON) },
        complete_project("5"),
        Project { sync: SyncState::Skipped(SkipReason::InstallationType("starlink".to_owned())), ..paused("6", NOON) },
    ];
    bench.commit(projects.map(Change::CreateProject)).await;
    for shelf in [Shelf::Paused, Shelf::Open] {
        assert_eq!(shelved(&bench, shelf, NOON + LATER).await, Vec::<String>::new(), "{shelf:?}");
    }
}

async fn a_record_leaves_its_shelf_and_comes_back(bench: Bench) {
    bench.commit([Change::CreateProject(open("1042", NOON))]).await;
    let read = ReadDue { project: remote().project, pending: Vec::new(), failures: 0, next_try: NOON };
    let reading = Project { revision: Revision(1), read: Some(read), ..open("1042", NOON) };
    bench.commit([Change::UpdateProject(reading)]).await;
    assert_eq!(shelved(&bench, Shelf::Open, NOON + LATER).await, Vec::<String>::new());
    assert_eq!(bench.due(NOON, 10).await.len(), 1);
    let seen = Project { revision: Revision(2), ..open("1042", NOON + MINUTE) };
    bench.commit([Change::UpdateProject(seen)]).await;
    assert_eq!(shelved(&bench, Shelf::Open, NOON + MINUTE).await, Vec::<String>::new());
    assert_eq!(shelved(&bench, Shelf::Open, NOON + LATER).await, ["1042"]);
    assert_eq!(bench.due(NOON + LATER, 10).await, []);
}

async fn nothing_on_a_shelf_is_due_or_postponed(bench: Bench) {
    bench.commit([Change::CreateProject(paused("1042", NOON)), Change::CreateProject(open("1043", NOON))]).await;
    assert_eq!(bench.due(NOON + LATER, 10).await, []);
    // A sweep that read the record while it was due at just this time comes too late.
    for request in ["1042", "1043"] {
        let item = DueKey { partition: format!("ORG#1234#REQUEST#{request}"), sort: "PROJECT".to_owned() };
        bench.refuses([Change::Postpone { item, read: NOON, to: NOON + LATER }]).await;
    }
    assert_eq!(shelved(&bench, Shelf::Paused, NOON + MINUTE).await, ["1042"]);
    assert_eq!(shelved(&bench, Shelf::Open, NOON + MINUTE).await, ["1043"]);
}

async fn organisations_have_shelves_of_their_own(bench: Bench) {
    let other = OrgId(12_345);
    let linked = Remote { linked_at: NOON, ..remote() };
    bench
        .commit([
            Change::CreateProject(Project { org: other, remote: Some(linked), ..open("1042", NOON) }),
            Change::CreateProject(open("1043", NOON)),
        ])
        .await;
    assert_eq!(shelved(&bench, Shelf::Open, NOON + LATER).await, ["1043"]);
    let theirs = bench.store.shelved(other, Shelf::Open, NOON + LATER, 10).await.expect("the store answers");
    assert_eq!(theirs.iter().map(|request| request.as_str()).collect::<Vec<_>>(), ["1042"]);
}
