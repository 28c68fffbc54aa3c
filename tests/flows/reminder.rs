//! The reminder of the day before: a promise that moves with the date, and dies with what it reminds of.

use chrono::{DateTime, Utc};
use domain::configuration::QuietHoursDocument;
use domain::notification::{Milestone, NoticeState, SkippedBecause};
use domain::ports::{Change, Store};
use domain::project::Origin;
use domain::request::CrmStatus;
use integration_tests::{Contract, Platform, World, customer_request, day};
use rstest::rstest;
use serde_json::json;
use testkit::builders::{MINUTE, NOON};
use testkit::fake_opensolar::Work;
use testkit::{Calls, Fault};

fn time(raw: &str) -> DateTime<Utc> {
    raw.parse().expect("a time")
}

/// Nine in the morning in Harare, the day before the installation of [`scheduled`].
fn morning_before() -> DateTime<Utc> {
    time("2026-12-03T07:00:00Z")
}

/// Request 1042 has a project that is to be installed on 4 December, and its customer knows.
async fn scheduled(contract: Contract) -> (World<Platform>, u64) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.opensolar.schedule_installation(project, day("2026-12-04"));
    world.run_until_quiet().await;
    assert_eq!(world.messages().len(), 1);
    (world, project)
}

/// The reminders' states, by epoch.
fn reminders(world: &World<Platform>) -> Vec<NoticeState> {
    let notices = world.notices("1042").into_iter();
    notices
        .filter(|notice| notice.key.milestone == Milestone::InstallationReminder)
        .map(|notice| notice.state)
        .collect()
}

async fn the_morning_comes(world: &mut World<Platform>) {
    world.advance_to(morning_before());
    world.sweep().await;
}

/// The one reminder was not sent, for this reason.
fn was_skipped(world: &World<Platform>, because: SkippedBecause) {
    assert_eq!(reminders(world), [NoticeState::Skipped(because)]);
    let messages = world.messages();
    assert!(!messages.iter().any(|message| message.contains("reminder:") || message.contains("A reminder,")));
    let decisions = world.decisions("1042");
    let why = because.describe();
    assert!(decisions.iter().any(|decision| decision.contains("reminder 1: skipped") && decision.contains(why)));
}

#[rstest]
#[tokio::test]
async fn a_customer_is_reminded_once_at_nine_in_the_morning_of_the_day_before(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = scheduled(contract).await;
    assert!(world.messages()[0].ends_with("A reminder will follow on the day before."), "{:?}", world.messages());
    for early in ["2026-11-21T12:00:00Z", "2026-12-03T06:59:59Z"] {
        world.advance_to(time(early));
        world.sweep().await;
        assert_eq!(world.messages().len(), 1, "{early}");
    }
    the_morning_comes(&mut world).await;
    assert_eq!(world.messages()[1..], ["example_installation_reminder: Tariro, Friday, 4 December 2026"]);
    for later in ["2026-12-03T07:01:00Z", "2026-12-04T07:00:00Z"] {
        world.advance_to(time(later));
        world.sweep().await;
    }
    assert_eq!(world.messages().len(), 2);
    let told = world.crm_updates().last().and_then(|update| update.changes.get("message").cloned()).expect("told");
    assert_eq!((&told["milestone"], &told["state"]), (&"installation_reminder".into(), &"sent".into()));
    assert!(told["body"].as_str().is_some_and(|body| body.contains("tomorrow, Friday, 4 December 2026")), "{told}");
}

#[rstest]
#[tokio::test]
async fn within_the_window_the_reminder_is_a_text(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.opensolar.schedule_installation(project, day("2026-11-22"));
    world.run_until_quiet().await;
    world.advance_to(time("2026-11-21T07:00:00Z"));
    world.sweep().await;
    let messages = world.messages();
    assert!(messages[1].starts_with("📅 A reminder, Tariro: your installation is tomorrow, Sunday"), "{messages:?}");
}

#[rstest]
#[tokio::test]
async fn the_reminder_moves_with_the_date(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let (mut world, project) = scheduled(contract).await;
    world.opensolar.schedule_installation(project, day("2026-12-11"));
    world.run_until_quiet().await;
    the_morning_comes(&mut world).await;
    let states: Vec<_> = reminders(&world).iter().map(NoticeState::as_str).collect();
    assert_eq!((states, world.messages().len()), (vec!["superseded", "due"], 2));
    world.advance_to(time("2026-12-10T07:00:00Z"));
    world.sweep().await;
    assert_eq!(world.messages()[2..], ["example_installation_reminder: Tariro, Friday, 11 December 2026"]);
}

#[rstest]
#[tokio::test]
async fn a_date_that_comes_back_to_an_earlier_one_is_reminded_of_once(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = scheduled(contract).await;
    for date in ["2026-12-11", "2026-12-04"] {
        world.opensolar.schedule_installation(project, day(date));
        world.run_until_quiet().await;
    }
    the_morning_comes(&mut world).await;
    world.advance_to(time("2026-12-10T07:00:00Z"));
    world.sweep().await;
    let states: Vec<_> = reminders(&world).iter().map(NoticeState::as_str).collect();
    assert_eq!(states, ["superseded", "superseded", "sent"]);
    assert_eq!(world.messages()[3..], ["example_installation_reminder: Tariro, Friday, 4 December 2026"]);
}

/// Live alone, as the next: no event of `design` takes anything back.
#[tokio::test]
async fn nobody_is_reminded_of_a_day_that_was_taken_away() {
    let (mut world, project) = scheduled(Contract::Live).await;
    world.opensolar.live().work(project, Work::ScheduleInstallation { date: None }).expect("taken away");
    world.run_until_quiet().await;
    the_morning_comes(&mut world).await;
    was_skipped(&world, SkippedBecause::TakenBack);
}

#[tokio::test]
async fn the_reminder_dies_with_the_sale_even_if_the_day_is_left_in_opensolar() {
    let (mut world, project) = World::under_with_project(Contract::Live).await;
    world.opensolar.design(project, 6.6);
    world.opensolar.sign_contract(project);
    world.opensolar.schedule_installation(project, day("2026-12-04"));
    world.run_until_quiet().await;
    world.opensolar.live().work(project, Work::Unsell).expect("undone");
    world.run_until_quiet().await;
    the_morning_comes(&mut world).await;
    assert_eq!(reminders(&world), [NoticeState::Skipped(SkippedBecause::TakenBack)]);
    assert_eq!(world.messages().len(), 3);
}

#[rstest]
#[tokio::test]
async fn the_reminder_dies_with_the_request(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let (mut world, _) = scheduled(contract).await;
    let mut cancelled = customer_request("1042");
    cancelled.version.revision = Some(4);
    cancelled.status = CrmStatus::Cancelled;
    world.crm_asks_for(&cancelled).await;
    the_morning_comes(&mut world).await;
    was_skipped(&world, SkippedBecause::Cancelled);
}

#[rstest]
#[tokio::test]
async fn the_reminder_dies_with_the_project(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let (mut world, project) = scheduled(contract).await;
    world.opensolar.delete(project);
    world.notice("1042").await;
    the_morning_comes(&mut world).await;
    was_skipped(&world, SkippedBecause::RemoteGone);
}

#[rstest]
#[tokio::test]
async fn nobody_is_reminded_of_what_is_installed_already(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = scheduled(contract).await;
    world.opensolar.design(project, 6.6);
    world.opensolar.complete_installation(project);
    world.run_until_quiet().await;
    the_morning_comes(&mut world).await;
    was_skipped(&world, SkippedBecause::Installed);
}

#[rstest]
#[tokio::test]
async fn who_is_blocked_by_then_is_not_reminded(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let (mut world, _) = scheduled(contract).await;
    let mut blocked = customer_request("1042");
    blocked.version.revision = Some(4);
    blocked.customer.is_blocked = true;
    world.crm_asks_for(&blocked).await;
    the_morning_comes(&mut world).await;
    was_skipped(&world, SkippedBecause::Blocked);
}

#[rstest]
#[tokio::test]
async fn the_reminder_has_a_switch_of_its_own_and_is_not_promised_without_it(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world
        .configure(|document| {
            document.messages.get_mut(&Milestone::InstallationReminder).expect("a rule").tell = false;
        })
        .await;
    world.opensolar.schedule_installation(project, day("2026-12-04"));
    world.run_until_quiet().await;
    assert!(!world.messages()[0].contains("reminder"), "{:?}", world.messages());
    the_morning_comes(&mut world).await;
    was_skipped(&world, SkippedBecause::SwitchedOff);
}

#[rstest]
#[tokio::test]
async fn an_installation_tomorrow_is_told_at_once_and_promises_no_reminder(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    // It is two in the afternoon in Harare.
    assert_eq!(world.now(), NOON);
    world.opensolar.schedule_installation(project, day("2026-11-21"));
    world.run_until_quiet().await;
    assert!(world.messages()[0].ends_with("Our technicians will be there on time."), "{:?}", world.messages());
    was_skipped(&world, SkippedBecause::AlreadyPast);
}

#[rstest]
#[tokio::test]
async fn a_day_that_is_over_is_no_news(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.opensolar.schedule_installation(project, day("2026-11-19"));
    world.run_until_quiet().await;
    let past = |milestone| (milestone, 1, "skipped");
    assert_eq!(world.ledger("1042"), [past(Milestone::InstallationReminder), past(Milestone::InstallationScheduled)]);
    assert_eq!(world.messages(), Vec::<String>::new());
}

#[rstest]
#[tokio::test]
async fn quiet_hours_that_last_longer_move_the_reminder(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = scheduled(contract).await;
    world
        .configure(|document| {
            document.quiet_hours = Some(QuietHoursDocument { from: "20:00".to_owned(), until: "10:30".to_owned() });
        })
        .await;
    the_morning_comes(&mut world).await;
    assert_eq!(world.messages().len(), 1);
    world.advance_to(morning_before() + MINUTE * 91);
    world.sweep().await;
    assert_eq!(world.messages().len(), 2);
}

#[rstest]
#[tokio::test]
async fn a_reminder_that_cannot_be_sent_in_time_is_not_sent_on_the_day(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = scheduled(contract).await;
    world.whatsapp_token.replace("a token that was revoked");
    world.whatsapp.refuse_next(401);
    the_morning_comes(&mut world).await;
    assert!(matches!(reminders(&world)[..], [NoticeState::Due { .. }]));
    world.whatsapp_token.replace(world.whatsapp.token());
    world.advance_to(time("2026-12-04T05:30:00Z"));
    world.sweep().await;
    was_skipped(&world, SkippedBecause::AlreadyPast);
}

/// Live alone: there the first read shows what is old already. An event of `design` says when it was (`design_refusals.rs`).
#[tokio::test]
async fn of_somebody_elses_project_only_the_day_to_come_is_told() {
    let (mut world, project) = World::under_with_project(Contract::Live).await;
    let mut record = world.project("1042").await;
    record.observed = None;
    record.remote.as_mut().expect("it is linked").origin = Origin::LinkedByOperator;
    world.store.commit(vec![Change::UpdateProject(record)]).await.expect("the store takes a record");
    world.opensolar.schedule_installation(project, day("2026-12-04"));
    world.run_until_quiet().await;
    let (reminder, date) = (Milestone::InstallationReminder, Milestone::InstallationScheduled);
    assert_eq!(world.ledger("1042"), [(reminder, 1, "due"), (date, 1, "skipped")]);
    the_morning_comes(&mut world).await;
    assert_eq!(world.messages(), ["example_installation_reminder: Tariro, Friday, 4 December 2026"]);
}

#[rstest]
#[tokio::test]
async fn who_has_a_completed_request_is_told_of_no_installation_to_come(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = scheduled(contract).await;
    let mut completed = customer_request("1042");
    completed.version.revision = Some(4);
    completed.status = CrmStatus::Completed;
    world.crm_asks_for(&completed).await;
    the_morning_comes(&mut world).await;
    was_skipped(&world, SkippedBecause::Completed);

    world.opensolar.schedule_installation(project, day("2026-12-11"));
    world.opensolar.send_proposal(project);
    world.run_until_quiet().await;
    assert_eq!(world.messages().len(), 1, "the first date, before it was completed: {:?}", world.messages());
}

#[rstest]
#[tokio::test]
async fn a_project_that_is_out_of_reach_for_a_while_still_has_its_reminder(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = scheduled(contract).await;
    world.advance_to(morning_before() - MINUTE * 10);
    world.opensolar.put_out_of_reach(project);
    world.crm_insists_on(&customer_request("1042")).await;
    the_morning_comes(&mut world).await;
    assert!(matches!(reminders(&world)[..], [NoticeState::Due { .. }]), "{:?}", reminders(&world));

    world.opensolar.bring_within_reach(project);
    world.opensolar.work_on(project);
    world.notice("1042").await;
    world.advance(MINUTE * 61);
    world.sweep().await;
    assert!(matches!(reminders(&world)[..], [NoticeState::Sent { .. }]), "{:?}", reminders(&world));
}

#[rstest]
#[tokio::test]
async fn a_project_that_stays_out_of_reach_has_no_reminder_on_the_day_itself(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = scheduled(contract).await;
    world.opensolar.put_out_of_reach(project);
    world.crm_insists_on(&customer_request("1042")).await;
    the_morning_comes(&mut world).await;
    for _ in 0..15 {
        assert!(matches!(reminders(&world)[..], [NoticeState::Due { .. }]), "{} {:?}", world.now(), reminders(&world));
        world.advance(MINUTE * 61);
        world.sweep().await;
    }
    was_skipped(&world, SkippedBecause::AlreadyPast);
}

/// Live alone: a read of `design` shows no day, and an event with such a one is refused whole (`design_refusals.rs`).
#[tokio::test]
async fn a_day_that_cannot_be_read_once_takes_no_reminder_away() {
    for unreadable in [json!("soon"), json!({"date": "2026-12-04"})] {
        let (mut world, project) = scheduled(Contract::Live).await;
        world.advance_to(morning_before() - MINUTE * 5);
        let answer = json!({
            "id": project, "identifier": world.opensolar.projects()[0].identifier, "title": "A title", "stage": 0,
            "sold_date": null, "installation_date": unreadable, "events_data": [],
        });
        let answer = Fault::Refuse { status: 200, body: answer, retry_after: None };
        world.opensolar.fail_next(Calls::to("GET", "/projects/"), answer);
        world.opensolar.work_on(project);
        world.run_until_quiet().await;
        assert_eq!(world.crm_state("1042").installation_scheduled_date, Some(day("2026-12-04")), "{unreadable}");
        let decisions = world.decisions("1042");
        let noted = |decision: &String| decision.starts_with("unreadable: installation_date of project");
        assert!(decisions.iter().any(noted), "{decisions:?}");
        the_morning_comes(&mut world).await;
        assert!(matches!(reminders(&world)[..], [NoticeState::Sent { .. }]), "{:?}", reminders(&world));
    }
}
