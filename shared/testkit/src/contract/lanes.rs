use domain::ids::{OrgId, Revision};
use domain::jobs::{SyncJob, Wake};
use domain::ports::{Change, DueIn};
use domain::project::{Errand, Lane, Project, ReadDue, SyncState};

use super::{Bench, Case, case, id};
use crate::builders::{
    MINUTE, NOON, ORG, claim, every_lane, every_sync_state, intent, outbox_entry, pending_project, remote,
};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(a_record_waits_in_the_lane_of_what_it_wants),
        case(a_record_changes_its_lane_with_what_it_wants),
        case(a_claimed_item_stays_in_its_lane),
        case(however_many_wait_in_a_lane_those_of_another_are_found),
        case(each_lane_has_a_time_and_a_limit_of_its_own),
        case(organisations_have_lanes_of_their_own_but_for_what_asks_opensolar_nothing),
    ]
}

/// Whose keys are found in a lane.
async fn waiting(bench: &Bench, lane: Lane) -> Vec<String> {
    let wanted = DueIn { lane, by: NOON + MINUTE * 60, limit: 100 };
    let items = bench.store.due(&[wanted]).await.expect("the store answers");
    assert!(items.iter().all(|item| item.lane == lane));
    items.into_iter().map(|item| item.key.partition).collect()
}

fn due_at_noon(request: &str) -> Project {
    Project { sync: SyncState::Due { failures: 0, look_again: NOON }, ..pending_project(request) }
}

fn partition(request: &str) -> String {
    format!("ORG#{ORG}#REQUEST#{request}")
}

async fn a_record_waits_in_the_lane_of_what_it_wants(bench: Bench) {
    for (number, sync) in (1..).zip(every_sync_state()) {
        let bare = Project { sync, ..pending_project(&number.to_string()) };
        let read = ReadDue { project: remote().project, pending: Vec::new(), failures: 0, next_try: NOON };
        let linked = Project { remote: Some(remote()), ..bare.clone() };
        for (kind, project) in [(1, linked.clone()), (2, Project { read: Some(read), ..linked }), (0, bare)] {
            let mut project = project;
            project.desired.id = id(&format!("{number}-{kind}"));
            let lanes =
                every_lane(ORG).into_iter().filter(|lane| project.wake().is_some() && *lane == Lane::of(&project));
            let expected: Vec<_> = lanes.collect();
            bench.commit([Change::CreateProject(project.clone())]).await;
            let mut found = Vec::new();
            for lane in every_lane(ORG) {
                if waiting(&bench, lane).await.contains(&partition(project.request_id().as_str())) {
                    found.push(lane);
                }
            }
            assert_eq!(found, expected, "{:?}", project.sync);
        }
    }
}

async fn a_record_changes_its_lane_with_what_it_wants(bench: Bench) {
    bench.commit([Change::CreateProject(due_at_noon("1042"))]).await;
    let creates = Lane::OpenSolar(ORG, Errand::Create);
    assert_eq!(waiting(&bench, creates).await, [partition("1042")]);
    let creating = SyncState::Creating { intent: intent(uuid::Uuid::nil()), claim: claim(1), failures: 0 };
    let claimed = Project { revision: Revision(1), sync: creating, ..due_at_noon("1042") };
    bench.commit([Change::UpdateProject(claimed)]).await;
    assert_eq!((waiting(&bench, creates).await, waiting(&bench, Lane::Own).await), (vec![], vec![partition("1042")]));
    let linked = Project { revision: Revision(2), remote: Some(remote()), ..due_at_noon("1042") };
    bench.commit([Change::UpdateProject(linked)]).await;
    assert_eq!(waiting(&bench, Lane::OpenSolar(ORG, Errand::Update)).await, [partition("1042")]);
    assert_eq!((waiting(&bench, creates).await, waiting(&bench, Lane::Own).await), (vec![], vec![]));
}

async fn a_claimed_item_stays_in_its_lane(bench: Bench) {
    bench.commit([Change::CreateProject(due_at_noon("1042"))]).await;
    let [item] = &bench.due(NOON, 10).await[..] else { panic!("one thing is due") };
    bench.commit([Change::Postpone { item: item.key.clone(), read: item.at, to: NOON + MINUTE * 15 }]).await;
    let [later] = &bench.due(NOON + MINUTE * 15, 10).await[..] else { panic!("it is due again") };
    assert_eq!((later.lane, &later.key), (Lane::OpenSolar(ORG, Errand::Create), &item.key));
}

async fn however_many_wait_in_a_lane_those_of_another_are_found(bench: Bench) {
    for number in 0..30 {
        bench.commit([Change::CreateProject(due_at_noon(&number.to_string()))]).await;
    }
    let late = Project { remote: Some(remote()), ..pending_project("1042") };
    bench.commit([Change::CreateProject(late), Change::Send(outbox_entry(&id("1042"), "01A"))]).await;
    let found: Vec<_> = bench.due(NOON + MINUTE * 60, 2).await.into_iter().map(|item| item.wake).collect();
    assert_eq!(found.len(), 4);
    assert_eq!(found[2], Wake::Outbox { org_id: ORG, request_id: id("1042") });
    assert_eq!(found[3], Wake::Sync(SyncJob::Wake { org_id: ORG, request_id: id("1042") }));
}

async fn each_lane_has_a_time_and_a_limit_of_its_own(bench: Bench) {
    for number in 0..5 {
        let later = SyncState::Due { failures: 0, look_again: NOON + MINUTE * 10 };
        let linked = Project { remote: Some(remote()), sync: later, ..pending_project(&format!("linked-{number}")) };
        bench.commit([Change::CreateProject(due_at_noon(&number.to_string())), Change::CreateProject(linked)]).await;
    }
    let creates = |limit| DueIn { lane: Lane::OpenSolar(ORG, Errand::Create), by: NOON, limit };
    let updates = |by| DueIn { lane: Lane::OpenSolar(ORG, Errand::Update), by, limit: 3 };
    for (wanted, expected) in [
        (vec![creates(2), updates(NOON)], (2, 0)),
        (vec![creates(0), updates(NOON + MINUTE * 10)], (0, 3)),
        (vec![updates(NOON + MINUTE * 10), creates(4)], (4, 3)),
        (vec![], (0, 0)),
    ] {
        let items = bench.store.due(&wanted).await.expect("the store answers");
        let is_early = |at| at == NOON;
        let early = items.iter().take_while(|item| is_early(item.at)).count();
        assert_eq!((early, items.len() - early), expected, "{wanted:?}");
    }
}

async fn organisations_have_lanes_of_their_own_but_for_what_asks_opensolar_nothing(bench: Bench) {
    let other = OrgId(12_345);
    let entry = domain::jobs::OutboxEntry { org: other, ..outbox_entry(&id("1"), "01A") };
    bench
        .commit([
            Change::CreateProject(Project { org: other, ..due_at_noon("1") }),
            Change::CreateProject(due_at_noon("2")),
            Change::Send(entry),
        ])
        .await;
    assert_eq!(waiting(&bench, Lane::OpenSolar(ORG, Errand::Create)).await, [partition("2")]);
    let theirs = [format!("ORG#{other}#REQUEST#1")];
    assert_eq!(waiting(&bench, Lane::OpenSolar(other, Errand::Create)).await, theirs);
    assert_eq!(waiting(&bench, Lane::Own).await, theirs);
}
