//! OpenSolar's list in every order, with rows that lack what is needed, over several pages.

use chrono::TimeDelta;
use domain::usecase::status_sweep::{ListEnd, Run, TurnEnd};
use integration_tests::World;
use serde_json::{Value, json};
use testkit::fake_opensolar::quirks::{Alternative, Hyphen, Ordering, Quirks};
use testkit::{Calls, Fault};

use super::{add_strangers, design_unheard, missed_webhook, pages_asked};

/// Every answer to every open question about lists.
fn kinds_of_list() -> Vec<Alternative> {
    let mut kinds: Vec<Alternative> = vec![("lists: as usual", |_| {})];
    kinds.extend(Quirks::alternatives().into_iter().filter(|(name, _)| name.starts_with("lists.")));
    kinds
}

#[tokio::test]
async fn a_missed_webhook_is_healed_whatever_the_list_makes_of_its_query() {
    for (name, set) in kinds_of_list() {
        let (mut world, _) = missed_webhook().await;
        add_strangers(&mut world, 121).await;
        world.opensolar.behave(set);
        let report = world.status_sweep(Run::Now).await;
        assert_eq!((report.end, report.turn.changed), (Some(TurnEnd::Finished), 1), "{name}");
        assert_eq!(world.messages().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn the_list_is_left_early_only_where_its_rows_prove_their_order() {
    let orders: [Alternative; 4] = [
        ("descending", |_| {}),
        ("ascending", |quirks| quirks.lists.hyphen = Hyphen::Ascending),
        ("oldest first", |quirks| quirks.lists.order = Ordering::IgnoredOldestFirst),
        ("none", |quirks| quirks.lists.order = Ordering::IgnoredShuffled),
    ];
    for (name, set) in orders {
        let (end, pages) = match name {
            "descending" => (ListEnd::Known, vec![1, 2]),
            _ => (ListEnd::Complete, vec![1, 2, 3]),
        };
        let (mut world, project) = World::with_project().await;
        world.opensolar.behave(set);
        for _ in 0..12 {
            world.advance(TimeDelta::minutes(1));
            add_strangers(&mut world, 21).await;
        }
        world.advance(TimeDelta::days(3));
        assert_eq!(world.status_sweep(Run::Now).await.run.expect("a run").list, Some(ListEnd::Complete), "{name}");

        world.advance(TimeDelta::days(3));
        design_unheard(&mut world, project).await;
        let before = pages_asked(&world).len();
        let report = world.status_sweep(Run::Now).await;
        assert_eq!((report.turn.changed, report.run.expect("a run").list), (1, Some(end)), "{name}");
        assert_eq!(pages_asked(&world)[before..], pages, "{name}");
        assert_eq!(world.messages().len(), 1, "{name}");
    }
}

/// The next page of the list has exactly these rows.
fn next_page(world: &World, rows: Value) {
    let page = Fault::Refuse { status: 200, body: rows, retry_after: None };
    world.opensolar.fail_next(Calls::ending("GET", "/projects/"), page);
}

#[tokio::test]
async fn a_row_that_does_not_say_when_it_was_changed_is_read() {
    for modified in [Value::Null, json!("yesterday"), json!(7)] {
        let (mut world, project) = missed_webhook().await;
        next_page(&world, json!([{"id": project, "modified_date": modified}]));
        assert_eq!(world.status_sweep(Run::Now).await.turn.changed, 1, "{modified}");
        assert_eq!(world.messages().len(), 1, "{modified}");
    }
}

#[tokio::test]
async fn a_row_that_comes_twice_is_read_once() {
    let (mut world, project) = missed_webhook().await;
    let before = world.reads();
    next_page(&world, json!([{"id": project}, {"id": project}]));
    assert_eq!(world.status_sweep(Run::Now).await.turn.changed, 1);
    assert_eq!(world.reads() - before, 1);
}

#[tokio::test]
async fn an_empty_page_is_no_proof_that_the_list_was_seen_to_its_end() {
    let (mut world, _) = missed_webhook().await;
    // A round number of rows is not taken for the end; what follows answers 404 here.
    add_strangers(&mut world, 4).await;
    let report = world.status_sweep(Run::Now).await;
    assert_eq!((report.turn.pages, report.run.expect("a run").list), (2, Some(ListEnd::EmptyPage)));
    assert_eq!(world.messages().len(), 1);
}
