//! What was taken back before anybody was told of it, and holds again: it is told then, and only once.
//! All of it under `live` alone: no event of `design` takes anything back.

use chrono::TimeDelta;
use domain::notification::Milestone;
use integration_tests::{World, day};
use testkit::builders::MINUTE;
use testkit::fake_opensolar::Work;

use super::{happens, sold, time};

/// Nine in the evening in Harare: what happens now is told in the morning.
async fn the_evening_comes(world: &mut World) {
    world.advance_to(time("2026-11-20T19:00:00Z"));
}

async fn the_morning_comes(world: &mut World) {
    world.advance_to(time("2026-11-21T05:00:10Z"));
    world.sweep().await;
}

async fn hours_pass(world: &mut World, hours: i64) {
    world.advance(TimeDelta::hours(hours));
    world.sweep().await;
}

fn installation_on(date: &str) -> Work {
    Work::ScheduleInstallation { date: Some(day(date)) }
}

const NO_INSTALLATION: Work = Work::ScheduleInstallation { date: None };

#[tokio::test]
async fn a_day_that_nobody_was_told_of_is_told_when_it_is_set_again() {
    let (mut world, project) = World::with_project().await;
    the_evening_comes(&mut world).await;
    happens(&mut world, project, installation_on("2026-12-04")).await;
    happens(&mut world, project, NO_INSTALLATION).await;
    the_morning_comes(&mut world).await;
    assert_eq!(world.messages(), Vec::<String>::new());

    happens(&mut world, project, installation_on("2026-12-04")).await;
    let told = |epoch, state| (Milestone::InstallationScheduled, epoch, state);
    let ledger = world.ledger("1042");
    assert!([told(1, "skipped"), told(2, "sent")].iter().all(|entry| ledger.contains(entry)), "{ledger:?}");
    assert!(world.project("1042").await.untold.is_empty());

    // Now it was told: the same day is no news any more.
    happens(&mut world, project, NO_INSTALLATION).await;
    happens(&mut world, project, installation_on("2026-12-04")).await;
    hours_pass(&mut world, 1).await;
    assert_eq!(world.messages().len(), 1, "{:?}", world.messages());

    world.advance_to(time("2026-12-03T07:00:05Z"));
    world.sweep().await;
    assert_eq!(world.messages().len(), 2, "and one reminder: {:?}", world.messages());
}

#[tokio::test]
async fn a_day_that_is_back_before_the_morning_is_told_once() {
    let (mut world, project) = World::with_project().await;
    the_evening_comes(&mut world).await;
    for work in [installation_on("2026-12-04"), NO_INSTALLATION, installation_on("2026-12-04")] {
        happens(&mut world, project, work).await;
    }
    the_morning_comes(&mut world).await;
    hours_pass(&mut world, 1).await;
    assert_eq!(world.messages().len(), 1, "{:?}", world.messages());
}

#[tokio::test]
async fn a_sale_that_nobody_was_thanked_for_is_when_it_is_made_again_even_days_later() {
    for days in [0, 4] {
        let (mut world, project) = World::with_project().await;
        happens(&mut world, project, Work::Design { kw: 6.6 }).await;
        the_evening_comes(&mut world).await;
        happens(&mut world, project, Work::Sell).await;
        let signed_at = world.crm_state("1042").contract_signed_at;
        happens(&mut world, project, Work::Unsell).await;
        the_morning_comes(&mut world).await;
        assert_eq!(world.messages().len(), 1, "the design's");

        world.advance(TimeDelta::days(days) + MINUTE * 180);
        happens(&mut world, project, Work::Sell).await;
        assert_eq!(world.messages().len(), 2, "{:?}", world.messages());
        assert_eq!(world.crm_state("1042").contract_signed_at, signed_at, "the first date counts");
        happens(&mut world, project, Work::Unsell).await;
        happens(&mut world, project, Work::Sell).await;
        hours_pass(&mut world, 1).await;
        assert_eq!(world.messages().len(), 2, "{:?}", world.messages());
    }
}

#[tokio::test]
async fn a_day_that_outlives_its_sale_is_told_with_the_next_one() {
    let (mut world, project) = sold().await;
    happens(&mut world, project, Work::Unsell).await;
    happens(&mut world, project, installation_on("2026-12-04")).await;
    for _ in 0..3 {
        happens(&mut world, project, Work::Note { event_type_id: 31 }).await;
    }
    let entries = |world: &World| world.ledger("1042").len();
    assert_eq!((world.messages().len(), entries(&world)), (2, 4), "{:?}", world.ledger("1042"));

    happens(&mut world, project, Work::Sell).await;
    assert_eq!((world.messages().len(), entries(&world)), (3, 6), "{:?}", world.ledger("1042"));
    world.advance_to(time("2026-12-03T07:00:05Z"));
    world.sweep().await;
    assert_eq!(world.messages().len(), 4, "{:?}", world.messages());
}
