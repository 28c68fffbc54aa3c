use chrono::TimeDelta;
use domain::ids::Revision;
use domain::jobs::Wake;
use domain::ports::{Change, Checkpoint, Limit, LimitName, Stages, SweepName};
use domain::remote::{Phase, Stage};

use super::{Bench, Case, case};
use crate::builders::{MINUTE, NOON, ORG};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(the_stages_are_those_that_were_read_last),
        case(a_sweep_goes_on_where_it_was),
        case(of_two_turns_that_read_the_same_checkpoint_one_goes_on),
        case(sweeps_have_checkpoints_of_their_own),
        case(a_checkpoint_is_due_when_it_says_so),
        case(a_claim_of_a_checkpoint_leaves_it_as_it_was),
        case(a_limit_stands_as_it_was_written_last),
        case(of_two_who_read_the_same_limit_one_changes_it),
        case(each_limit_stands_by_itself),
        case(of_many_who_count_at_once_none_is_forgotten),
    ]
}

async fn the_stages_are_those_that_were_read_last(bench: Bench) {
    let stages = || async { bench.store.stages(ORG).await.expect("the store answers") };
    assert_eq!(stages().await, None);
    let phases = Phase::ALL.into_iter().map(Some).chain([None]);
    let rows = (u64::MAX - 10..).zip(phases).map(|(id, phase)| Stage {
        id,
        title: format!("Büro {id}"),
        phase,
        is_archived: phase.is_none(),
    });
    let many = Stages { read_at: NOON, stages: rows.collect() };
    let none = Stages { read_at: NOON + MINUTE, stages: Vec::new() };
    for read in [many.clone(), none, many] {
        bench.commit([Change::KeepStages { org: ORG, stages: read.clone() }]).await;
        assert_eq!(stages().await, Some(read));
    }
}

/// A turn of the nightly sweep.
fn turn(read: u64, progress: &str) -> Checkpoint {
    Checkpoint { sweep: SweepName::Status, revision: Revision(read), progress: progress.to_owned(), wake: None }
}

/// A turn of the other sweep, which goes on by itself.
fn woken_turn(read: u64) -> Checkpoint {
    let wake = Some((NOON + TimeDelta::nanoseconds(1), Wake::Resume { org_id: ORG }));
    Checkpoint { sweep: SweepName::Resume, wake, ..turn(read, r#"{"after": "1042"}"#) }
}

fn save(checkpoint: Checkpoint) -> [Change; 1] {
    [Change::SaveCheckpoint { org: ORG, checkpoint }]
}

async fn checkpoint(bench: &Bench, sweep: SweepName) -> Option<Checkpoint> {
    bench.store.checkpoint(ORG, sweep).await.expect("the store answers")
}

async fn a_sweep_goes_on_where_it_was(bench: Bench) {
    assert_eq!(checkpoint(&bench, SweepName::Status).await, None);
    for read in 0..3 {
        let progress = format!(r#"{{"page": {read}}}"#);
        bench.commit(save(turn(read, &progress))).await;
        assert_eq!(checkpoint(&bench, SweepName::Status).await, Some(turn(read + 1, &progress)));
    }
    let largest = "x".repeat(8_192);
    bench.commit(save(turn(3, &largest))).await;
    assert_eq!(checkpoint(&bench, SweepName::Status).await, Some(turn(4, &largest)));
}

async fn of_two_turns_that_read_the_same_checkpoint_one_goes_on(bench: Bench) {
    bench.refuses(save(turn(1, "a"))).await;
    bench.commit(save(turn(0, "a"))).await;
    bench.refuses(save(turn(0, "b"))).await;
    bench.commit(save(turn(1, "c"))).await;
    bench.refuses(save(turn(1, "d"))).await;
    assert_eq!(checkpoint(&bench, SweepName::Status).await, Some(turn(2, "c")));
}

async fn sweeps_have_checkpoints_of_their_own(bench: Bench) {
    bench.commit(save(turn(0, "a"))).await;
    bench.commit(save(woken_turn(0))).await;
    assert_eq!(checkpoint(&bench, SweepName::Status).await, Some(turn(1, "a")));
    assert_eq!(checkpoint(&bench, SweepName::Resume).await, Some(woken_turn(1)));
}

async fn a_checkpoint_is_due_when_it_says_so(bench: Bench) {
    bench.commit(save(turn(0, "a"))).await;
    bench.commit(save(woken_turn(0))).await;
    let due = |by| {
        let bench = bench.clone();
        async move { bench.due(by, 10).await }
    };
    assert_eq!(due(NOON).await, []);
    let [item] = &due(NOON + MINUTE).await[..] else { panic!("one sweep is due") };
    assert_eq!(item.wake, Wake::Resume { org_id: ORG });
    bench.commit(save(Checkpoint { wake: None, ..woken_turn(1) })).await;
    assert_eq!(due(NOON + TimeDelta::days(365)).await, []);
}

async fn a_claim_of_a_checkpoint_leaves_it_as_it_was(bench: Bench) {
    bench.commit(save(woken_turn(0))).await;
    let [item] = &bench.due(NOON + MINUTE, 10).await[..] else { panic!("one sweep is due") };
    let to = NOON + MINUTE * 15;
    bench.commit([Change::Postpone { item: item.key.clone(), read: item.at, to }]).await;
    assert_eq!(checkpoint(&bench, SweepName::Resume).await, Some(woken_turn(1)));
    assert_eq!(bench.due(NOON + MINUTE, 10).await, []);
    bench.commit(save(woken_turn(1))).await;
    assert_eq!(bench.due(NOON + MINUTE, 10).await.len(), 1);
}

fn limit(name: LimitName, read: u64, state: &str) -> Limit {
    Limit { name, revision: Revision(read), state: state.to_owned() }
}

fn count(limit: Limit) -> [Change; 1] {
    [Change::SaveLimit { org: ORG, limit }]
}

async fn stands(bench: &Bench, name: LimitName) -> Option<Limit> {
    bench.store.limit(ORG, name).await.expect("the store answers")
}

async fn a_limit_stands_as_it_was_written_last(bench: Bench) {
    let name = LimitName::Creates;
    assert_eq!(stands(&bench, name).await, None);
    let largest = "x".repeat(8_192);
    for (read, state) in [(0, "{}"), (1, r#"{"log": []}"#), (2, &largest)] {
        bench.commit(count(limit(name, read, state))).await;
        assert_eq!(stands(&bench, name).await, Some(limit(name, read + 1, state)));
    }
}

async fn of_two_who_read_the_same_limit_one_changes_it(bench: Bench) {
    let name = LimitName::Health;
    bench.refuses(count(limit(name, 1, "a"))).await;
    bench.commit(count(limit(name, 0, "a"))).await;
    bench.refuses(count(limit(name, 0, "b"))).await;
    bench.commit(count(limit(name, 1, "c"))).await;
    bench.refuses(count(limit(name, 1, "d"))).await;
    assert_eq!(stands(&bench, name).await, Some(limit(name, 2, "c")));
}

async fn each_limit_stands_by_itself(bench: Bench) {
    for name in LimitName::ALL {
        bench.commit(count(limit(name, 0, name.as_str()))).await;
    }
    for name in LimitName::ALL {
        assert_eq!(stands(&bench, name).await, Some(limit(name, 1, name.as_str())));
    }
    assert_eq!(bench.due(NOON + TimeDelta::days(365), 10).await, [], "none is due");
}

async fn of_many_who_count_at_once_none_is_forgotten(bench: Bench) {
    let name = LimitName::Reads;
    let counts = (0..8).map(|_| {
        let bench = bench.clone();
        tokio::spawn(async move {
            for _ in 0..100 {
                let known = stands(&bench, name).await.unwrap_or_else(|| limit(name, 0, "0"));
                let state = (known.state.parse::<u32>().expect("a number") + 1).to_string();
                if bench.store.commit(count(Limit { state, ..known }).to_vec()).await.is_ok() {
                    return;
                }
            }
            panic!("never came through");
        })
    });
    for counted in counts.collect::<Vec<_>>() {
        counted.await.expect("it counts");
    }
    assert_eq!(stands(&bench, name).await, Some(limit(name, 8, "8")));
}
