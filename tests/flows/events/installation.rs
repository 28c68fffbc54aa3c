//! `project.installation_scheduled`, its reminder, and that the system stands.

use chrono::{DateTime, TimeDelta, Utc};
use domain::notification::Milestone::{InstallationReminder, InstallationScheduled};
use domain::usecase::status_sweep::Run;
use integration_tests::{World, day};
use testkit::fake_opensolar::quirks::{DateForm, EventsInProjects, Reference, Scheduling};
use testkit::fake_opensolar::{Absence, Work};

use super::{happens, is_noted, told, told_alone};

fn time(raw: &str) -> DateTime<Utc> {
    raw.parse().expect("a time")
}

#[tokio::test]
async fn however_the_day_is_written_down_it_is_told_and_moved_and_taken_away() {
    for scheduling in
        [Scheduling::FieldOnly, Scheduling::FieldAndCalendar, Scheduling::CalendarOnly, Scheduling::CalendarWithArchive]
    {
        for form in [DateForm::Day, DateForm::Moment] {
            let (mut world, project) = World::with_project().await;
            world.opensolar.behave(|quirks| {
                quirks.events.scheduling = scheduling;
                quirks.projects.installation_date = form;
            });
            let plan = |date: Option<&str>| Work::ScheduleInstallation { date: date.map(day) };
            for (count, date, written) in
                [(1, "2026-12-04", "Friday, 4 December 2026"), (2, "2026-12-11", "Friday, 11 December 2026")]
            {
                happens(&mut world, project, plan(Some(date))).await;
                let told = world.crm_state("1042");
                assert_eq!(told.installation_scheduled_date, Some(day(date)), "{scheduling:?} {form:?}");
                assert_eq!(told.status.as_deref(), Some("pending"), "a day alone is no sale");
                told_alone(&world, InstallationScheduled, count);
                let message = world.messages().pop().expect("a message");
                assert!(message.starts_with("📅") && message.contains(written), "{message}");
            }
            happens(&mut world, project, plan(None)).await;
            // That an event was deleted names no project: the next night's look at it shows that the day is gone.
            world.advance(TimeDelta::days(1));
            world.status_sweep(Run::Now).await;
            assert_eq!(world.crm_state("1042").installation_scheduled_date, None, "{scheduling:?} {form:?}");
            world.advance_to(time("2026-12-10T07:00:05Z"));
            world.sweep().await;
            assert_eq!((world.messages().len(), told(&world, InstallationReminder)), (2, 0));
        }
    }
}

#[tokio::test]
async fn a_visit_is_on_the_day_that_it_is_in_harare() {
    let (mut world, project) = World::with_project().await;
    let start = Some(time("2026-12-03T22:30:00Z"));
    happens(&mut world, project, Work::PlanOnCalendar { start }).await;
    assert_eq!(world.crm_state("1042").installation_scheduled_date, Some(day("2026-12-04")));
}

#[tokio::test]
async fn a_visit_without_a_beginning_is_no_day() {
    let (mut world, project) = World::with_project().await;
    is_noted(&mut world, project, 40).await;
    assert_eq!(world.crm_state("1042").installation_scheduled_date, None);
    told_alone(&world, InstallationScheduled, 0);
}

#[tokio::test]
async fn whatever_says_that_the_system_stands_completes_the_request_without_a_word() {
    for installed in [Reference::Url, Reference::Id, Reference::Object] {
        for hidden in
            [&[][..], &["stage", "workflow"], &["system_installed"], &["stage", "workflow", "system_installed"]]
        {
            let (mut world, project) = World::with_project().await;
            world.configure(|document| document.stage_map.clear()).await;
            happens(&mut world, project, Work::Design { kw: 6.6 }).await;
            world.opensolar.behave(|quirks| quirks.projects.installed_system = installed);
            world.opensolar.withhold(hidden, Absence::Missing);
            let before = world.messages().len();
            happens(&mut world, project, Work::MarkInstalled).await;
            assert_eq!(world.crm_state("1042").status.as_deref(), Some("completed"), "without {hidden:?}");
            assert_eq!(world.messages().len(), before);
        }
    }
}

#[tokio::test]
async fn a_visit_that_was_put_away_is_no_installation_day() {
    for shown in [EventsInProjects::Embedded, EventsInProjects::LinksOnly] {
        let (mut world, project) = World::with_project().await;
        world.opensolar.behave(|quirks| {
            (quirks.events.in_projects, quirks.events.scheduling) = (shown, Scheduling::CalendarWithArchive);
        });
        let plan = |start: Option<&str>| Work::PlanOnCalendar { start: start.map(time) };
        happens(&mut world, project, plan(Some("2026-12-04T06:30:00Z"))).await;
        happens(&mut world, project, plan(None)).await;
        assert_eq!(world.crm_state("1042").installation_scheduled_date, None, "{shown:?}");
        happens(&mut world, project, plan(Some("2026-12-03T06:30:00Z"))).await;
        assert_eq!(world.crm_state("1042").installation_scheduled_date, Some(day("2026-12-03")), "{shown:?}");
        told_alone(&world, InstallationScheduled, 2);
    }
}
