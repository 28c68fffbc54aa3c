//! A project that is deleted, and what nothing follows from.

use chrono::TimeDelta;
use domain::project::{GoneBecause, SyncState};
use domain::usecase::status_sweep::Run;
use domain::webhook::{DeliveryStatus, IgnoredBecause};
use integration_tests::World;
use testkit::fake_opensolar::Work;
use testkit::fake_opensolar::quirks::{DeletedProject, EventVerb, ProjectDeletion};

use super::{happens, is_noted};

#[tokio::test]
async fn a_deletion_is_known_by_whatever_tells_of_it_and_told_to_no_customer() {
    for told_by in [ProjectDeletion::Delete, ProjectDeletion::Event, ProjectDeletion::Both] {
        for (answered, why) in
            [(DeletedProject::NotFound, GoneBecause::Deleted), (DeletedProject::Forbidden, GoneBecause::OutOfReach)]
        {
            let (mut world, project) = World::with_project().await;
            happens(&mut world, project, Work::Design { kw: 6.6 }).await;
            world.opensolar.behave(|quirks| {
                quirks.events.deletion = told_by;
                quirks.answers.deleted_project = answered;
            });
            let before = world.crm_state("1042");
            happens(&mut world, project, Work::Delete).await;
            let state = world.project("1042").await.sync;
            assert!(matches!(state, SyncState::RemoteGone { why: told, .. } if told == why), "{told_by:?} {state:?}");
            let told = world.crm_state("1042");
            assert_eq!((told.status, told.system_size_kw), (before.status, before.system_size_kw));
            assert_eq!(told.sync_reason.as_deref(), Some("remote_gone"));
            assert_eq!((world.messages().len(), world.creates()), (1, 1));
            assert_eq!((world.delivery_counts().get("failed"), world.delivery_counts().get("received")), (None, None));
        }
    }
}

#[tokio::test]
async fn events_that_nothing_follows_from_are_read_back_and_change_nothing() {
    // Payments, views of documents, deals of other kinds, and numbers that nobody knows yet.
    for event in [4, 51, 61, 72, 113, 114, 115, 122, 999, 4_000_000_000] {
        for verb in [EventVerb::Create, EventVerb::Update] {
            let (mut world, project) = World::with_project().await;
            world.opensolar.behave(|quirks| quirks.events.verb = verb);
            let (told, reads) = (world.crm_updates(), world.reads());
            is_noted(&mut world, project, event).await;
            assert_eq!((world.crm_updates(), world.ledger("1042")), (told, Vec::new()), "{event}");
            assert_eq!(world.reads(), reads + 1);
            assert_eq!(world.delivery_log().pop().expect("logged").1, DeliveryStatus::Processed);
        }
    }
}

#[tokio::test]
async fn an_events_deletion_names_no_project_and_is_ignored_with_that_reason() {
    let (mut world, project) = World::with_project().await;
    let start = "2026-12-04T06:30:00Z".parse().ok();
    happens(&mut world, project, Work::PlanOnCalendar { start }).await;
    let reads = world.reads();
    happens(&mut world, project, Work::PlanOnCalendar { start: None }).await;
    let ignored = DeliveryStatus::Ignored(IgnoredBecause::NoProject);
    assert_eq!(world.delivery_log().pop().expect("logged"), ("Event".to_owned(), ignored));
    assert_eq!(world.reads(), reads);
}

#[tokio::test]
async fn any_single_delivery_of_what_happened_is_enough() {
    let works = [
        Work::Design { kw: 9.9 },
        Work::SendProposal,
        Work::Sell,
        Work::ScheduleInstallation { date: "2026-12-04".parse().ok() },
        Work::MarkInstalled,
        Work::Delete,
    ];
    for work in works {
        let mut pictures = Vec::new();
        for only in 0.. {
            let (mut world, project) = World::with_project().await;
            happens(&mut world, project, Work::Design { kw: 6.6 }).await;
            world.hold_webhooks();
            world.opensolar.work(project, work.clone()).expect("work");
            let deliveries = world.webhooks_on_their_way().await;
            let Some(delivery) = deliveries.get(only) else { break };
            world.hand_over(delivery.body.as_bytes()).await;
            world.run_until_quiet().await;
            let told = world.crm_state("1042");
            pictures.push((told.status, told.project_status, told.sync_reason, world.ledger("1042"), world.messages()));
        }
        assert!(
            !pictures.is_empty() && pictures.iter().all(|picture| *picture == pictures[0]),
            "{work:?} {pictures:#?}"
        );
    }
}

#[tokio::test]
async fn a_deletion_that_nobody_told_of_is_found_by_the_nightly_look_at_open_projects() {
    let (mut world, project) = World::with_project().await;
    world.hold_webhooks();
    world.opensolar.work(project, Work::Delete).expect("deleted");
    world.lose_webhooks().await;
    world.advance(TimeDelta::days(1));
    world.status_sweep(Run::Now).await;
    assert_eq!(world.crm_reason("1042").as_deref(), Some("remote_gone"));
}
