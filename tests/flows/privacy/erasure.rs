//! An erased customer is in nothing that is held, and what ties things together is still there.

use chrono::TimeDelta;
use domain::ids::ProjectId;
use domain::notification::NoticeState;
use domain::ports::{CustomerFiles, Store};
use domain::project::SyncState;
use domain::request::SkipReason;
use domain::usecase::operate::{Erased, OperateError, Whose, erase_customer, export_customer};
use domain::webhook::{DeliveryStatus, IgnoredBecause};
use integration_tests::{World, day};
use serde_json::json;
use testkit::builders::{ORG, operator};

use super::people::{Person, erase};
use crate::design_events::event;

/// A customer whose project was designed, proposed, sold and scheduled, all of it told.
async fn served(person: &Person) -> (World, u64) {
    let (mut world, project) = World::with_project_of(&person.request("1042")).await;
    world.opensolar.design(project, 6.6).expect("designed");
    world.opensolar.send_proposal(project).expect("sent");
    world.opensolar.sell(project).expect("sold");
    world.opensolar.schedule_installation(project, day("2026-12-04")).expect("scheduled");
    world.run_until_quiet().await;
    assert_eq!(world.messages().len(), 4);
    (world, project)
}

#[tokio::test]
async fn nothing_of_an_erased_customer_is_held_and_the_links_stay() {
    let (person, other) = (Person::of("qarbelvonk", 7_654_321), Person::of("mistrolfen", 1_234_567));
    let (mut world, project) = served(&person).await;
    world.crm_asks_for(&other.request("1043")).await;
    let before = world.project("1042").await;
    assert!(person.is_in(&world.store.text()) && other.is_in(&world.store.text()));

    let erased = erase(&world, &person).await.expect("erased");
    world.run_until_quiet().await;
    assert_eq!((erased.requests, erased.notices), (1, 5));
    assert!(0 < erased.deliveries);
    let held = world.store.text();
    let lines: Vec<_> = held.lines().filter(|line| person.is_in(line)).collect();
    assert_eq!(lines, Vec::<&str>::new());
    assert!(other.is_in(&held), "somebody else's data is left alone");

    let after = world.project("1042").await;
    assert_eq!(after.sync, SyncState::Skipped(SkipReason::Erased(world.now())));
    assert_eq!((&after.remote, &after.epochs, after.generation), (&before.remote, &before.epochs, before.generation));
    assert_eq!(
        (after.desired.version, &after.desired.order_number),
        (before.desired.version, &before.desired.order_number)
    );
    let linked = world.store.linked_to(ORG, &ProjectId::from(project)).await.expect("the store answers");
    assert_eq!(linked.as_ref(), Some(before.request_id()));
    let count = |world: &World, name| world.ledger("1042").iter().filter(|(_, _, state)| *state == name).count();
    assert_eq!((count(&world, "sent"), count(&world, "skipped")), (4, 1), "the reminder is not going to be sent");
    let decisions = world.decisions("1042");
    assert!(decisions.contains(&"operator: Tendai had the customer's data erased".to_owned()), "{decisions:?}");
    assert_eq!(world.crm_reason("1042").as_deref(), Some("skipped"));
}

#[tokio::test]
async fn erasing_again_finds_nobody() {
    let person = Person::of("qarbelvonk", 7_654_321);
    let (world, _) = served(&person).await;
    erase(&world, &person).await.expect("erased");
    let again = erase(&world, &person).await.expect_err("there is nobody of this number any more");
    assert!(matches!(again, OperateError::Nobody), "{again}");
    let whose = Whose::Request("1042".parse().expect("an id"));
    let by_request = erase_customer(&world.core, &*world.store, &whose, &operator()).await.expect("erased already");
    assert_eq!(by_request, Erased::default());
}

#[tokio::test]
async fn one_request_stands_for_all_of_its_customer() {
    let person = Person::of("qarbelvonk", 7_654_321);
    let (mut world, _) = served(&person).await;
    world.crm_asks_for(&person.request("1043")).await;
    let whose = Whose::Request("1043".parse().expect("an id"));
    let held = export_customer(&world.core, &*world.store, &whose, &operator()).await.expect("exported");
    let requests: Vec<_> = held.requests.iter().map(|held| held.project.request_id().as_str()).collect();
    assert_eq!(requests, ["1042", "1043"], "the one that was named is the last");
    assert!(held.requests.iter().any(|held| held.deliveries.iter().any(|(_, payload)| payload.is_some())));
    let erased = erase_customer(&world.core, &*world.store, &whose, &operator()).await.expect("erased");
    assert_eq!(erased.requests, 2);
    assert!(!person.is_in(&world.store.text()));
}

#[tokio::test]
async fn a_number_that_was_given_up_is_erased_with_the_rest() {
    let (person, earlier) = (Person::of("qarbelvonk", 7_654_321), Person::of("qarbelvonk", 7_000_321));
    let mut world = World::start().await;
    world.crm_asks_for(&earlier.request("1042")).await;
    let mut moved = person.request("1042");
    moved.version.revision = Some(4);
    world.crm_asks_for(&moved).await;
    let request = "1042".parse().expect("an id");
    let rows = world.store.rows(ORG, &request).await.expect("the store answers");
    assert_eq!(rows.numbers, [earlier.phone(), person.phone()]);
    erase(&world, &person).await.expect("erased");
    let held = world.store.text();
    assert!(!person.is_in(&held) && !earlier.is_in(&held));
}

#[tokio::test]
async fn what_opensolar_goes_on_telling_of_an_erased_customer_is_not_kept() {
    let person = Person::of("qarbelvonk", 7_654_321);
    let (mut world, project) = served(&person).await;
    erase(&world, &person).await.expect("erased");
    let told = world.messages().len();
    world.opensolar.design(project, 8.8).expect("designed again");
    world.run_until_quiet().await;
    world.status_sweep(domain::usecase::status_sweep::Run::Now).await;
    world.advance(TimeDelta::days(1));
    world.sweep().await;
    assert!(!person.is_in(&world.store.text()));
    assert_eq!(world.messages().len(), told);
    let ignored = DeliveryStatus::Ignored(IgnoredBecause::Erased);
    assert!(world.store.deliveries().iter().any(|row| row.status == ignored));
    assert!(world.project("1042").await.erased_at().is_some());
}

#[tokio::test]
async fn what_nothing_follows_from_and_is_of_an_erased_customer_is_not_kept_either() {
    let person = Person::of("qarbelvonk", 7_654_321);
    let (mut world, project) = served(&person).await;
    erase(&world, &person).await.expect("erased");
    let ignored = DeliveryStatus::Ignored(IgnoredBecause::Erased);
    let arrived = |world: &World| world.store.deliveries().iter().filter(|row| row.status == ignored).count();
    let name = person.request("1042").customer.last_name;
    let about = |event_type: &str, fields: serde_json::Value| {
        let mut body = event(event_type, project, &fields);
        body["project"]["name"] = json!(name);
        body
    };
    let bodies = [
        // Of the other contract, then of this one: unknown, not to be read, and while nobody listens.
        json!({"model": "Project", "model_id": project, "event": "UPDATE", "event_id": 9, "fields": {"title": name}}),
        about("project.archived", json!({})),
        about("project.status_changed", json!({"status": 4})),
        about("project.contract_signed", json!({"proposal_url": "https://opensolar.example.com/p/1"})),
    ];
    world.speak_design().await;
    for (before, body) in bodies.iter().enumerate() {
        if before == 3 {
            world.configure(|document| document.webhook_enabled = false).await;
        }
        let so_far = arrived(&world);
        world.webhook_arrives(body).await;
        assert_eq!(arrived(&world), so_far + 1, "{body}");
        assert!(!person.is_in(&world.store.text()), "{body}");
    }
}

#[tokio::test]
async fn a_read_that_waits_for_longer_than_its_deliveries_are_kept_is_no_obstacle() {
    let person = Person::of("qarbelvonk", 7_654_321);
    let (mut world, project) = served(&person).await;
    world.opensolar_is_gone().await;
    world.opensolar.design(project, 8.8).expect("designed again");
    world.run_until_quiet().await;
    let waits = |record: domain::project::Project| record.read.is_some_and(|read| !read.pending.is_empty());
    assert!(waits(world.project("1042").await));
    world.advance(TimeDelta::days(91));
    erase(&world, &person).await.expect("erased");
    assert!(world.project("1042").await.erased_at().is_some());
}

#[tokio::test]
async fn a_request_that_waits_is_erased_and_nothing_is_made_of_it() {
    let person = Person::of("qarbelvonk", 7_654_321);
    let mut world = World::start().await;
    world.opensolar_is_gone().await;
    world.crm_asks_for(&person.request("1042")).await;
    assert!(matches!(world.project("1042").await.sync, SyncState::Waiting { .. }));
    erase(&world, &person).await.expect("erased");
    world.opensolar_is_back().await;
    world.advance(TimeDelta::days(2));
    world.sweep().await;
    assert_eq!(world.opensolar.projects().len(), 0);
    assert!(!person.is_in(&world.store.text()));
    assert_eq!(world.store.due(&testkit::builders::due_in_every_lane(world.now(), 10)).await.expect("it answers"), []);
}

#[tokio::test]
async fn a_message_that_waits_for_its_morning_is_not_sent() {
    let person = Person::of("qarbelvonk", 7_654_321);
    let (mut world, _) = served(&person).await;
    let told = world.messages().len();
    erase(&world, &person).await.expect("erased");
    for _ in 0..16 {
        world.advance(TimeDelta::days(1));
        world.sweep().await;
    }
    assert_eq!(world.messages().len(), told);
    assert!(world.notices("1042").iter().all(|notice| match &notice.state {
        NoticeState::Sent { message_id, .. } => message_id == "erased",
        state => matches!(state, NoticeState::Skipped(_)),
    }));
}
