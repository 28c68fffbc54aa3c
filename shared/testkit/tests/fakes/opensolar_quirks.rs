//! That every open question can be answered otherwise, and that the answers can be played through.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use testkit::FakeOpenSolar;
use testkit::fake_opensolar::Quirks;
use testkit::fake_opensolar::quirks::{Ordering, PastTheEnd};

use crate::client::Caller;

/// Every switch by its path, such as `lists.order`, with its answer.
fn answers(quirks: &Quirks) -> BTreeMap<String, String> {
    let document = serde_json::to_value(quirks).expect("JSON");
    let groups = document.as_object().expect("groups").iter();
    let switches = groups.flat_map(|(group, switches)| {
        let switches = switches.as_object().expect("switches").iter();
        switches.map(move |(name, answer)| (format!("{group}.{name}"), answer.as_str().expect("a name").to_owned()))
    });
    switches.collect()
}

/// The answers that a switch knows, as serde names them when it is given none of them.
fn possible_answers(path: &str) -> BTreeSet<String> {
    let (group, name) = path.split_once('.').expect("a path");
    let unreadable = serde_json::from_value::<Quirks>(json!({group: {name: "none of them"}}));
    let told = unreadable.expect_err("no answer is called that").to_string();
    told.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

#[test]
fn an_alternative_changes_exactly_the_switch_that_it_names() {
    let usual = answers(&Quirks::default());
    for (name, change) in Quirks::alternatives() {
        let mut quirks = Quirks::default();
        change(&mut quirks);
        let changed: Vec<(String, String)> =
            answers(&quirks).into_iter().filter(|(path, answer)| usual[path] != *answer).collect();
        let [(path, answer)] = changed.as_slice() else { panic!("{name} changes {changed:?}") };
        assert_eq!(name, format!("{path}: {answer}"));
    }
}

#[test]
fn every_answer_of_every_switch_is_the_default_or_an_alternative() {
    let mut offered: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, _) in Quirks::alternatives() {
        let (path, answer) = name.split_once(": ").expect("a switch and its answer");
        offered.entry(path.to_owned()).or_default().insert(answer.to_owned());
    }
    for (path, default) in answers(&Quirks::default()) {
        let others = offered.remove(&path).unwrap_or_default();
        assert!(!others.is_empty(), "{path} has no alternative");
        let all: BTreeSet<String> = others.into_iter().chain([default]).collect();
        assert_eq!(all, possible_answers(&path), "{path}");
    }
    assert!(offered.is_empty(), "{offered:?}");
}

#[test]
fn the_readme_lists_every_switch_with_its_default_and_its_other_answers() {
    let readme = include_str!("../../README.md");
    for (path, default) in answers(&Quirks::default()) {
        let row = readme.lines().find(|line| line.starts_with(&format!("| `{path}` | ")));
        let row = row.unwrap_or_else(|| panic!("the README has no row for {path}"));
        for answer in possible_answers(&path) {
            assert!(row.contains(&format!("`{answer}`")), "{path}: {answer}");
        }
        assert!(row.contains(&format!("| `{default}` |")), "{path}: {default}");
    }
}

#[tokio::test]
async fn a_partial_document_leaves_every_other_switch_at_its_default() {
    let fake = FakeOpenSolar::start().await;
    let driver = Caller::new(format!("{}/_fake", fake.url()), None);
    fake.behave(|quirks| quirks.lists.order = Ordering::IgnoredShuffled);
    assert_eq!(driver.put("/quirks", json!({"lists": {"past_the_end": "empty_page"}})).await.status, 204);
    let mut expected = Quirks::default();
    expected.lists.past_the_end = PastTheEnd::EmptyPage;
    assert_eq!(fake.quirks(), expected);
    assert_eq!(driver.get("/quirks").await.body["lists"]["past_the_end"], "empty_page");
    assert_eq!(driver.put("/quirks", json!({"lists": {"colour": "blue"}})).await.status, 422);
    let names = driver.get("/quirks/alternatives").await.body;
    assert_eq!(names.as_array().map(Vec::len), Some(Quirks::alternatives().len()));
}

#[tokio::test]
async fn quirks_are_part_of_a_snapshot() {
    let fake = FakeOpenSolar::start().await;
    fake.behave(|quirks| quirks.lists.past_the_end = PastTheEnd::ServerError);
    let kept = fake.snapshot();
    let later = FakeOpenSolar::start().await;
    later.restore(kept);
    assert_eq!(later.quirks(), fake.quirks());
}

#[tokio::test]
async fn every_alternative_lets_a_whole_story_be_told() {
    for (name, change) in Quirks::alternatives() {
        let fake = FakeOpenSolar::start().await;
        fake.collect_webhooks(&[]);
        fake.behave(change);
        let caller = Caller::of_opensolar(&fake);
        let made =
            caller.post("/projects/", json!({"address": "1 Example Road", "contacts_new": [{"first_name": "Ana"}]}));
        let id = made.await.body["id"].as_u64().unwrap_or_else(|| panic!("{name}: no project"));
        fake.design(id, 6.6).expect("designed");
        fake.send_proposal(id).expect("sent");
        fake.sell(id).expect("sold");
        fake.schedule_installation(id, "2026-12-04".parse().expect("a day")).expect("scheduled");
        assert_eq!(caller.patch(&format!("/projects/{id}/"), json!({"notes": "n"})).await.status, 200, "{name}");
        let read = caller.get(&format!("/projects/{id}/")).await;
        assert_eq!((read.status, read.body["id"].as_u64()), (200, Some(id)), "{name}");
        assert_ne!(read.body["sold_date"], Value::Null, "{name}");
        assert!(!fake.deliveries().is_empty(), "{name}");
    }
}
