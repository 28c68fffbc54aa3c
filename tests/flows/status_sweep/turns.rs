//! A run over several turns: whatever ends one of them, the next goes on from the checkpoint.

use chrono::TimeDelta;
use domain::usecase::UseCaseError;
use domain::usecase::status_sweep::{ListEnd, Run, TurnEnd, status_sweep};
use integration_tests::World;
use serde_json::{Value, json};
use testkit::fake_opensolar::quirks::{LargestLimit, ModifiedDate};
use testkit::{Calls, Fault};

use super::{add_strangers, design_unheard, missed_webhook, nightly, pages_asked};

/// The next look at OpenSolar's list is answered like this, repetitions within the call included.
fn refuse_list(world: &World, status: u16) {
    for _ in 0..if status < 500 { 1 } else { 2 } {
        let refusal = Fault::Refuse { status, body: Value::Null, retry_after: None };
        world.opensolar.fail_next(Calls::ending("GET", "/projects/"), refusal);
    }
}

/// The schedule's next turn.
async fn next_turn(world: &mut World) -> domain::usecase::status_sweep::StatusReport {
    world.advance(TimeDelta::minutes(15));
    world.status_sweep(nightly(14, 0)).await
}

#[tokio::test]
async fn a_page_that_cannot_be_read_is_reported_and_the_next_turn_goes_on() {
    for status in [403, 404, 429, 500, 503] {
        let (mut world, _) = missed_webhook().await;
        refuse_list(&world, status);
        let report = world.status_sweep(nightly(14, 0)).await;
        assert_eq!((report.end, report.turn.pages), (Some(TurnEnd::Unread), 0), "{status}");
        assert!(report.unread.is_some_and(|why| why.contains("project list")), "{status}");
        assert_eq!(next_turn(&mut world).await.end, Some(TurnEnd::Finished), "{status}");
        assert_eq!(world.messages().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_page_without_sense_is_as_good_as_none() {
    for body in [json!({}), json!([{"title": "a row without an id"}]), json!("<h1>Hello</h1>")] {
        let (mut world, _) = missed_webhook().await;
        for _ in 0..2 {
            let answer = Fault::Refuse { status: 200, body: body.clone(), retry_after: None };
            world.opensolar.fail_next(Calls::ending("GET", "/projects/"), answer);
        }
        assert_eq!(world.status_sweep(nightly(14, 0)).await.end, Some(TurnEnd::Unread), "{body}");
        assert_eq!(next_turn(&mut world).await.turn.changed, 1, "{body}");
    }
}

#[tokio::test]
async fn a_later_page_is_read_on_from_where_it_was_not_read() {
    let (mut world, project) = World::with_project().await;
    world.opensolar.behave(|quirks| quirks.lists.largest_limit = LargestLimit::Twenty);
    // Descending, the project that changed before the others stands on the last page, the sixteenth.
    design_unheard(&mut world, project).await;
    world.advance(TimeDelta::minutes(1));
    add_strangers(&mut world, 301).await;
    let report = world.status_sweep(nightly(14, 0)).await;
    assert_eq!((report.end, report.turn.pages), (Some(TurnEnd::PagesOfTurn), 15));

    refuse_list(&world, 403);
    assert_eq!(next_turn(&mut world).await.end, Some(TurnEnd::Unread));
    let report = next_turn(&mut world).await;
    assert_eq!((report.end, report.turn.pages, report.turn.changed), (Some(TurnEnd::Finished), 1, 1));
    assert_eq!(report.run.expect("a run").counts.rows, 302);
    assert_eq!(&pages_asked(&world)[..], [&Vec::from_iter(1..=16)[..], &[16]].concat());
    assert_eq!(world.messages().len(), 1);
}

#[tokio::test]
async fn a_list_that_stays_unreadable_does_not_keep_open_projects_from_being_read() {
    let (mut world, project) = World::with_project().await;
    world.advance(TimeDelta::hours(1));
    design_unheard(&mut world, project).await;
    for turn in 0..4 {
        refuse_list(&world, 403);
        let report = next_turn(&mut world).await;
        assert_eq!((report.end, report.turn.open), (Some(TurnEnd::Unread), 0), "{turn}");
    }
    let report = next_turn(&mut world).await;
    assert_eq!((report.end, report.turn.open), (Some(TurnEnd::Finished), 1));
    assert_eq!(report.run.expect("a run").list, Some(ListEnd::Unreadable));
    assert_eq!(world.messages().len(), 1);
}

#[tokio::test]
async fn a_run_that_is_unfinished_when_the_next_night_is_due_is_closed_and_reported() {
    let (mut world, _) = missed_webhook().await;
    refuse_list(&world, 403);
    world.status_sweep(nightly(14, 0)).await;
    world.advance(TimeDelta::days(1));
    let report = world.status_sweep(nightly(14, 0)).await;
    let closed = report.closed.expect("the night before was not finished");
    assert_eq!((closed.finished_at, closed.list), (None, None));
    assert_eq!((report.end, report.turn.changed), (Some(TurnEnd::Finished), 1));
}

#[tokio::test]
async fn a_turn_that_ends_in_the_middle_of_a_page_repeats_that_page_only() {
    let (mut world, _) = missed_webhook().await;
    add_strangers(&mut world, 121).await;
    // The project that changed first is on the second page.
    world.queue.fail_next(1);
    assert!(matches!(world.status_turn(nightly(14, 0)).await, Err(UseCaseError::Queue(_))));
    let report = next_turn(&mut world).await;
    assert_eq!((report.end, report.turn.changed), (Some(TurnEnd::Finished), 1));
    assert_eq!(pages_asked(&world), [1, 2, 2]);
    assert_eq!(world.messages().len(), 1);
}

#[tokio::test]
async fn a_turn_without_time_for_an_answer_begins_none() {
    let (mut world, _) = missed_webhook().await;
    let deadline = world.deadline_in(15);
    let report = status_sweep(&world.core, &*world.opensolar_port, Run::Now, deadline).await.expect("a sweep");
    assert_eq!((report.end, pages_asked(&world).len()), (Some(TurnEnd::OutOfTime), 0));
    assert_eq!(next_turn(&mut world).await.turn.changed, 1);
}

#[tokio::test]
async fn of_two_turns_at_once_one_stops() {
    let (mut world, project) = missed_webhook().await;
    let before = world.reads();
    let (first, second) = tokio::join!(world.status_turn(nightly(14, 0)), world.status_turn(nightly(14, 0)));
    let mut ends = [first, second].map(|report| report.expect("a sweep").end);
    ends.sort_by_key(|end| *end == Some(TurnEnd::TakenOver));
    assert_eq!(ends, [Some(TurnEnd::Finished), Some(TurnEnd::TakenOver)]);
    world.run_until_quiet().await;
    assert_eq!((world.reads() - before, world.messages().len()), (1, 1), "project {project}");
}

#[tokio::test]
async fn a_repeated_run_within_five_minutes_enqueues_nothing_twice_and_a_later_one_does() {
    let (mut world, _) = missed_webhook().await;
    let before = world.reads();
    // Nobody works off the queue meanwhile.
    for _ in 0..2 {
        world.status_turn(Run::Now).await.expect("a sweep");
    }
    world.run_until_quiet().await;
    assert_eq!(world.reads() - before, 1);

    world.opensolar.behave(|quirks| quirks.projects.modified_date = ModifiedDate::OwnFieldsOnly);
    world.advance(TimeDelta::minutes(5));
    assert_eq!(world.status_sweep(Run::Now).await.turn.open, 1);
    assert_eq!(world.reads() - before, 2);
}
