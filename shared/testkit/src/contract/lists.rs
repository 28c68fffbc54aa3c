use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::ids::{OrgId, Revision};
use domain::ports::{Change, ListedStatus, ProjectList, ProjectListing, ProjectsPage, StoreError};
use domain::project::{Observed, Project, SyncState, SyncStatus};
use domain::remote::Phase;

use super::{Bench, Case, case, id};
use crate::builders::{MINUTE, NOON, ORG, complete_project, every_sync_state, observed, pending_project};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(an_empty_list_has_one_empty_page),
        case(the_newest_comes_first),
        case(a_row_says_how_the_record_stands),
        case(each_record_is_in_the_list_of_its_status),
        case(a_record_moves_to_the_list_of_its_new_status),
        case(pages_show_each_record_once),
        case(what_is_added_meanwhile_moves_no_page),
        case(a_cursor_is_good_for_its_own_list_only),
        case(organisations_have_lists_of_their_own),
    ]
}

const STATUSES: [ListedStatus; 5] = [
    ListedStatus::Synced(SyncStatus::Pending),
    ListedStatus::Synced(SyncStatus::Synced),
    ListedStatus::Synced(SyncStatus::SyncFailed),
    ListedStatus::Synced(SyncStatus::Updated),
    ListedStatus::Skipped,
];

fn page(status: Option<ListedStatus>, after: Option<String>, limit: usize) -> ProjectsPage {
    ProjectsPage { status, after, limit }
}

async fn list(bench: &Bench, page: ProjectsPage) -> ProjectList {
    bench.store.projects(ORG, page).await.expect("the store answers")
}

async fn first(bench: &Bench, status: Option<ListedStatus>) -> Vec<String> {
    names(&list(bench, page(status, None, 100)).await.rows)
}

fn names(rows: &[ProjectListing]) -> Vec<String> {
    rows.iter().map(|row| row.request.to_string()).collect()
}

async fn add(bench: &Bench, project: Project) {
    bench.commit([Change::CreateProject(project)]).await;
}

/// A record made so many minutes after noon, and named so.
fn made(minutes: i32) -> Project {
    Project { created_at: NOON + MINUTE * minutes, ..pending_project(&minutes.to_string()) }
}

async fn an_empty_list_has_one_empty_page(bench: Bench) {
    let empty = ProjectList { rows: Vec::new(), next: None };
    for status in STATUSES.into_iter().map(Some).chain([None]) {
        assert_eq!(list(&bench, page(status, None, 10)).await, empty);
    }
}

async fn the_newest_comes_first(bench: Bench) {
    for minutes in [1, 3, 0, 2] {
        add(&bench, made(minutes)).await;
    }
    // Another month, and another year.
    for (request, days) in [("old", -400), ("new", 400)] {
        add(&bench, Project { created_at: NOON + TimeDelta::days(days), ..pending_project(request) }).await;
    }
    assert_eq!(first(&bench, None).await, ["new", "3", "2", "1", "0", "old"]);
    assert_eq!(names(&list(&bench, page(None, None, 2)).await.rows), ["new", "3"]);
    assert_eq!(list(&bench, page(None, None, 0)).await.rows, []);
    let done = Project { revision: Revision(1), updated_at: NOON + TimeDelta::days(500), ..made(1) };
    bench.commit([Change::UpdateProject(done)]).await;
    assert_eq!(first(&bench, None).await, ["new", "3", "2", "1", "0", "old"]);
}

async fn a_row_says_how_the_record_stands(bench: Bench) {
    let exact = NOON + TimeDelta::nanoseconds(123_456_789);
    add(&bench, Project { created_at: exact, updated_at: exact + MINUTE, ..complete_project("1042") }).await;
    add(&bench, pending_project("1043")).await;
    let linked = ProjectListing {
        request: id("1042"),
        order_number: Some("HAN-77".to_owned()),
        status: ListedStatus::Synced(SyncStatus::Updated),
        project: Some(9_000_001.into()),
        created_at: exact,
        updated_at: exact + MINUTE,
    };
    let pending = ProjectListing {
        request: id("1043"),
        order_number: None,
        status: ListedStatus::Synced(SyncStatus::Pending),
        project: None,
        created_at: NOON,
        updated_at: NOON,
    };
    assert_eq!(list(&bench, page(None, None, 10)).await.rows, [linked.clone(), pending]);
    let updated = page(Some(ListedStatus::Synced(SyncStatus::Updated)), None, 10);
    assert_eq!(list(&bench, updated).await.rows, [linked]);
}

async fn each_record_is_in_the_list_of_its_status(bench: Bench) {
    let seen = Observed { phase: Some(Phase::Sold), ..observed() };
    let worked_on = Project { sync: SyncState::InStep, observed: Some(seen), ..pending_project("worked-on") };
    let mut projects = vec![worked_on];
    let states = every_sync_state().into_iter().enumerate();
    projects.extend(states.map(|(number, sync)| Project { sync, ..pending_project(&number.to_string()) }));
    for project in &projects {
        add(&bench, project.clone()).await;
    }
    let all: BTreeSet<_> = projects.iter().map(|project| project.request_id().to_string()).collect();
    assert_eq!(first(&bench, None).await.into_iter().collect::<BTreeSet<_>>(), all);
    for status in STATUSES {
        let is_there = |project: &&Project| match status {
            ListedStatus::Synced(status) => project.sync_status() == Some(status),
            ListedStatus::Skipped => project.sync_status().is_none(),
        };
        let expected: BTreeSet<_> =
            projects.iter().filter(is_there).map(|project| project.request_id().to_string()).collect();
        let rows = list(&bench, page(Some(status), None, 100)).await.rows;
        assert!(!rows.is_empty() && rows.iter().all(|row| row.status == status), "{status:?}");
        assert_eq!(names(&rows).into_iter().collect::<BTreeSet<_>>(), expected);
    }
}

async fn a_record_moves_to_the_list_of_its_new_status(bench: Bench) {
    let [pending, synced, ..] = STATUSES.map(Some);
    add(&bench, made(1)).await;
    add(&bench, made(2)).await;
    assert_eq!(first(&bench, pending).await, ["2", "1"]);
    let in_step = Project { revision: Revision(1), sync: SyncState::InStep, ..made(1) };
    bench.commit([Change::UpdateProject(in_step)]).await;
    assert_eq!((first(&bench, pending).await, first(&bench, synced).await), (vec!["2".into()], vec!["1".into()]));
    assert_eq!(first(&bench, None).await, ["2", "1"]);
    assert_eq!(list(&bench, page(None, None, 10)).await.rows[1].status, ListedStatus::Synced(SyncStatus::Synced));
}

/// All rows, page by page; none of them longer than asked for, and only the last one may be empty.
async fn paged(bench: &Bench, status: Option<ListedStatus>, limit: usize) -> Vec<ProjectListing> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let found = list(bench, page(status, after, limit)).await;
        assert!(found.rows.len() <= limit && (found.next.is_none() || found.rows.len() == limit));
        rows.extend(found.rows);
        match found.next {
            Some(next) => after = Some(next),
            None => return rows,
        }
    }
}

async fn pages_show_each_record_once(bench: Bench) {
    for minutes in 0..7 {
        // Two at a time are of the same moment.
        add(&bench, Project { created_at: NOON + MINUTE * (minutes / 2), ..made(minutes) }).await;
    }
    let pending = Some(ListedStatus::Synced(SyncStatus::Pending));
    for status in [None, pending] {
        let whole = list(&bench, page(status, None, 100)).await.rows;
        assert!(whole.len() == 7 && whole.is_sorted_by(|a, b| b.created_at <= a.created_at));
        for limit in 1..=8 {
            assert_eq!(paged(&bench, status, limit).await, whole, "{limit}");
        }
    }
}

async fn what_is_added_meanwhile_moves_no_page(bench: Bench) {
    for minutes in 0..4 {
        add(&bench, made(minutes)).await;
    }
    let newest = list(&bench, page(None, None, 2)).await;
    add(&bench, made(4)).await;
    // The record that the first page ended with has left the list of its status; its place is still one.
    let done = Project { revision: Revision(1), sync: SyncState::InStep, ..made(2) };
    let pending = Some(ListedStatus::Synced(SyncStatus::Pending));
    let waiting = list(&bench, page(pending, None, 3)).await;
    bench.commit([Change::UpdateProject(done)]).await;
    assert_eq!(names(&list(&bench, page(None, newest.next, 2)).await.rows), ["1", "0"]);
    assert_eq!(names(&waiting.rows), ["4", "3", "2"]);
    assert_eq!(names(&list(&bench, page(pending, waiting.next, 3)).await.rows), ["1", "0"]);
}

async fn a_cursor_is_good_for_its_own_list_only(bench: Bench) {
    let other = OrgId(12_345);
    for minutes in 0..3 {
        add(&bench, made(minutes)).await;
        add(&bench, Project { org: other, ..made(minutes) }).await;
    }
    let pending = Some(ListedStatus::Synced(SyncStatus::Pending));
    let next = |list: ProjectList| list.next.expect("there is more");
    let of_all = next(list(&bench, page(None, None, 1)).await);
    let of_pending = next(list(&bench, page(pending, None, 1)).await);
    let theirs = next(bench.store.projects(other, page(None, None, 1)).await.expect("the store answers"));
    let in_url = |cursor: &str| cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    assert!([&of_all, &of_pending, &theirs].into_iter().all(|cursor| in_url(cursor)));
    let mut made_up = vec![of_pending.clone(), theirs, format!("{of_all}."), of_all[1..].to_owned()];
    made_up.extend(["", "x", "ö", "%00", "0", "bm90IGEgY3Vyc29y"].map(str::to_owned));
    for cursor in made_up {
        let outcome = bench.store.projects(ORG, page(None, Some(cursor.clone()), 1)).await;
        assert!(matches!(outcome, Err(StoreError::Unreadable { .. })), "{cursor}: {outcome:?}");
    }
    let outcome = bench.store.projects(ORG, page(pending, Some(of_all), 1)).await;
    assert!(matches!(outcome, Err(StoreError::Unreadable { .. })), "{outcome:?}");
    assert_eq!(names(&list(&bench, page(pending, Some(of_pending), 1)).await.rows), ["1"]);
}

async fn organisations_have_lists_of_their_own(bench: Bench) {
    let other = OrgId(12_345);
    add(&bench, made(1)).await;
    add(&bench, Project { org: other, ..made(2) }).await;
    for (org, request) in [(ORG, "1"), (other, "2")] {
        let pending = Some(ListedStatus::Synced(SyncStatus::Pending));
        for status in [None, pending] {
            let rows = bench.store.projects(org, page(status, None, 10)).await.expect("the store answers").rows;
            assert_eq!(names(&rows), [request]);
        }
    }
}
