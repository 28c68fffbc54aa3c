//! Lists: read to their end however they are paged, ordered and wrapped.

use std::collections::BTreeSet;

use domain::ids::ProjectId;
use domain::ports::OpenSolar;
use domain::remote::Phase;
use testkit::fake_opensolar::Quirks;

use crate::{Scene, another_project};

/// The ids of all pages; nobody needs so many for what the tests make.
async fn all_projects(scene: &Scene) -> BTreeSet<ProjectId> {
    let mut ids = BTreeSet::new();
    for number in 1..=10 {
        let page = scene.client.project_page(&scene.account, number).await.expect("a page");
        ids.extend(page.rows.into_iter().map(|row| row.id));
        if page.is_last {
            return ids;
        }
    }
    panic!("the list does not end");
}

#[tokio::test]
async fn every_project_is_listed_under_every_answer() {
    for (name, _) in Quirks::alternatives().into_iter().filter(|(name, _)| name.starts_with("lists.")) {
        let scene = Scene::behaving(name).await;
        let mut made = BTreeSet::new();
        // More than a page of 20, and two full ones in the end.
        for count in [23, 17] {
            for _ in 0..count {
                made.insert(scene.create(&another_project()).await.expect("created").id);
            }
            assert_eq!(all_projects(&scene).await, made, "{name}");
        }
    }
}

#[tokio::test]
async fn a_row_tells_when_its_project_was_made_and_changed() {
    let scene = Scene::start().await;
    let noon = "2026-11-20T12:00:00Z".parse().expect("a time");
    scene.fake.stop_clock_at(noon);
    let created = scene.created().await;
    let read = scene.read(&created).await;
    let page = scene.client.project_page(&scene.account, 1).await.expect("a page");
    let [row] = page.rows.as_slice() else { panic!("one row: {page:?}") };
    assert!(page.is_last);
    assert_eq!((&row.id, row.modified_at), (&created.id, read.modified_at));
    assert_eq!(row.created_at, Some(noon));
}

#[tokio::test]
async fn a_page_past_the_end_is_empty_and_the_last() {
    // The fake's usual answer is 404.
    for name in ["lists.order: ignored_shuffled", "lists.past_the_end: empty_page", "lists.past_the_end: server_error"]
    {
        let scene = Scene::behaving(name).await;
        scene.created().await;
        let page = scene.client.project_page(&scene.account, 2).await.expect("past the end");
        assert!(page.is_last && page.rows.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn the_stages_of_every_workflow_are_read_and_archived_ones_marked() {
    let scene = Scene::behaving("projects.workflows: several").await;
    let created = scene.created().await;
    let stages = scene.client.stages(&scene.account).await.expect("stages");
    let current = scene.read(&created).await.stage.expect("a stage");
    let stage = stages.iter().find(|stage| stage.id == current).expect("listed");
    assert_eq!((stage.title.as_str(), stage.phase, stage.is_archived), ("New", Some(Phase::Presale), false));
    let archived: Vec<&str> =
        stages.iter().filter(|stage| stage.is_archived).map(|stage| stage.title.as_str()).collect();
    assert_eq!(archived, ["Old quotes", "Before the move"]);

    let one = Scene::start().await;
    assert!(one.client.stages(&one.account).await.expect("stages").len() < stages.len());
}
