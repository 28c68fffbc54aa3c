//! Which facts are told: what is undone, made again, moved, old, or not to be told at all.

mod again;
mod overtaken;

use chrono::{DateTime, TimeDelta, Utc};
use domain::notification::{Milestone, NoticeState, SkippedBecause};
use domain::request::CrmStatus;
use integration_tests::{Contract, Platform, World, customer_request, day};
use rstest::rstest;
use testkit::fake_opensolar::Work;

fn time(raw: &str) -> DateTime<Utc> {
    raw.parse().expect("a time")
}

/// Somebody does this, and all that follows by itself happens.
async fn happens(world: &mut World, project: u64, work: Work) {
    world.opensolar.work(project, work).expect("work");
    world.run_until_quiet().await;
}

/// Designed and sold, and all of it told.
async fn sold() -> (World, u64) {
    let (mut world, project) = World::with_project().await;
    world.opensolar.design(project, 6.6).expect("designed");
    world.opensolar.sell(project).expect("sold");
    world.run_until_quiet().await;
    assert_eq!(world.messages().len(), 2);
    (world, project)
}

/// Live alone, as the next: no event of `design` undoes a sale.
#[tokio::test]
async fn an_undone_sale_is_seen_by_staff_and_told_to_nobody() {
    let (mut world, project) = sold().await;
    world.opensolar.work(project, Work::Unsell).expect("undone");
    world.run_until_quiet().await;
    let told = world.crm_state("1042");
    assert_eq!((told.contract_signed_at, told.project_status.as_deref()), (None, Some("Proposal")));
    assert_eq!(told.status.as_deref(), Some("scheduled"), "what the CRM was told never moves back");
    assert_eq!(world.messages().len(), 2);
    let decisions = world.decisions("1042");
    assert!(decisions.iter().any(|decision| decision.starts_with("unsold: ")), "{decisions:?}");
}

#[tokio::test]
async fn a_sale_made_again_has_its_first_date_and_no_second_message() {
    let (mut world, project) = sold().await;
    let first = world.crm_state("1042").contract_signed_at;
    assert!(first.is_some());
    world.opensolar.work(project, Work::Unsell).expect("undone");
    world.run_until_quiet().await;
    world.advance(TimeDelta::days(1));
    world.opensolar.sell(project).expect("sold again");
    world.run_until_quiet().await;
    assert_eq!(world.crm_state("1042").contract_signed_at, first);
    assert_eq!(world.messages().len(), 2);
}

#[rstest]
#[tokio::test]
async fn another_date_is_another_message(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let (mut world, project) = World::under_with_project(contract).await;
    for date in ["2026-12-04", "2026-12-11"] {
        world.opensolar.schedule_installation(project, day(date));
        world.run_until_quiet().await;
    }
    let messages = world.messages();
    assert!(messages[0].contains("Friday, 4 December 2026") && messages[1].contains("Friday, 11 December 2026"));
    let sent = |epoch| (Milestone::InstallationScheduled, epoch, "sent");
    let ledger = world.ledger("1042");
    assert!([sent(1), sent(2)].iter().all(|entry| ledger.contains(entry)), "{ledger:?}");
}

/// Live alone: no event of `design` takes a day away.
#[tokio::test]
async fn a_date_that_is_taken_away_is_told_to_nobody() {
    let (mut world, project) = World::with_project().await;
    for date in ["2026-12-04", "2026-12-11"] {
        happens(&mut world, project, Work::ScheduleInstallation { date: Some(day(date)) }).await;
    }
    happens(&mut world, project, Work::ScheduleInstallation { date: None }).await;
    assert_eq!((world.messages().len(), world.crm_state("1042").installation_scheduled_date), (2, None));
}

#[rstest]
#[tokio::test]
async fn nothing_is_sent_at_night_and_only_what_still_holds_in_the_morning(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    // Nine in the evening in Harare.
    world.advance_to(time("2026-11-20T19:00:00Z"));
    for date in ["2026-12-04", "2026-12-11"] {
        world.opensolar.schedule_installation(project, day(date));
        world.run_until_quiet().await;
    }
    world.advance_to(time("2026-11-21T04:59:59Z"));
    world.sweep().await;
    assert_eq!(world.messages(), Vec::<String>::new());
    assert_eq!(world.crm_state("1042").installation_scheduled_date, Some(day("2026-12-11")), "staff know at once");

    // A few seconds after seven: what waited goes out in the order of the milestones.
    world.advance_to(time("2026-11-21T05:00:05Z"));
    world.sweep().await;
    let messages = world.messages();
    assert_eq!(messages.len(), 1);
    assert!(messages[0].contains("11 December"), "{messages:?}");
    let (milestone, ledger) = (Milestone::InstallationScheduled, world.ledger("1042"));
    for entry in [(milestone, 1, "superseded"), (milestone, 2, "sent")] {
        assert!(ledger.contains(&entry), "{ledger:?}");
    }
}

/// Live alone: no event of `design` takes anything back.
#[tokio::test]
async fn what_was_taken_back_over_night_is_not_told_in_the_morning() {
    let (mut world, project) = World::with_project().await;
    world.opensolar.design(project, 6.6).expect("designed");
    world.run_until_quiet().await;
    world.advance_to(time("2026-11-20T19:00:00Z"));
    world.opensolar.sell(project).expect("sold");
    world.opensolar.schedule_installation(project, day("2026-12-04")).expect("scheduled");
    world.run_until_quiet().await;
    world.opensolar.work(project, Work::Unsell).expect("undone");
    world.opensolar.work(project, Work::ScheduleInstallation { date: None }).expect("taken away");
    world.run_until_quiet().await;

    world.advance_to(time("2026-11-21T05:00:05Z"));
    world.sweep().await;
    assert_eq!(world.messages().len(), 1, "of the design, the evening before");
    let ledger = world.ledger("1042");
    for milestone in [Milestone::ContractSigned, Milestone::InstallationScheduled] {
        assert!(ledger.contains(&(milestone, 1, "skipped")), "{ledger:?}");
    }
}

#[rstest]
#[tokio::test]
async fn what_waited_over_night_is_told_in_its_natural_order(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.advance_to(time("2026-11-20T19:00:00Z"));
    world.opensolar.design(project, 6.6);
    world.opensolar.send_proposal(project);
    world.opensolar.sign_contract(project);
    world.run_until_quiet().await;
    world.advance_to(time("2026-11-21T05:00:05Z"));
    world.sweep().await;
    let messages = world.messages();
    let place = |words: &str| messages.iter().position(|message| message.contains(words));
    assert_eq!(
        [place("design"), place("proposal is ready"), place("signing")],
        [Some(0), Some(1), Some(2)],
        "{messages:?}"
    );
}

#[rstest]
#[tokio::test]
async fn facts_older_than_two_days_are_recorded_and_not_told(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.hold_webhooks();
    world.opensolar.send_proposal(project);
    world.advance(TimeDelta::hours(49));
    world.deliver_webhooks().await;
    assert!(world.crm_state("1042").proposal_sent_at.is_some());
    assert_eq!(world.messages(), Vec::<String>::new());
    assert_eq!(world.only_notice("1042"), NoticeState::Skipped(SkippedBecause::OldNews));
}

#[rstest]
#[tokio::test]
async fn a_blocked_customer_is_told_nothing_and_the_ledger_says_so(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut request = customer_request("1042");
    request.customer.is_blocked = true;
    let (mut world, project) = World::under_with_project_of(contract, &request).await;
    world.opensolar.design(project, 6.6);
    world.run_until_quiet().await;
    assert_eq!(world.only_notice("1042"), NoticeState::Skipped(SkippedBecause::Blocked));
    assert_eq!(world.whatsapp.calls(), []);
}

#[rstest]
#[tokio::test]
async fn a_cancelled_requests_customer_is_told_nothing_while_staff_see_the_sale(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    cancel(&mut world).await;
    world.opensolar.design(project, 6.6);
    world.opensolar.sign_contract(project);
    world.run_until_quiet().await;
    let states: Vec<_> = world.notices("1042").into_iter().map(|notice| notice.state).collect();
    assert_eq!(
        states,
        [NoticeState::Skipped(SkippedBecause::Cancelled), NoticeState::Skipped(SkippedBecause::Cancelled)]
    );
    let told = world.crm_state("1042");
    assert!(told.contract_signed_at.is_some());
    assert_eq!(told.status, None, "the CRM knows better");
    assert_eq!(world.whatsapp.calls(), []);
}

#[rstest]
#[tokio::test]
async fn a_message_that_waits_dies_with_its_request(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.advance_to(time("2026-11-20T19:00:00Z"));
    world.opensolar.design(project, 6.6);
    world.run_until_quiet().await;
    cancel(&mut world).await;
    world.advance_to(time("2026-11-21T05:00:00Z"));
    world.sweep().await;
    assert_eq!(world.only_notice("1042"), NoticeState::Skipped(SkippedBecause::Cancelled));
    assert_eq!(world.whatsapp.calls(), []);
}

#[rstest]
#[tokio::test]
async fn a_milestone_that_is_switched_off_is_recorded_and_not_told(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world
        .configure(|document| {
            let rule = document.messages.get_mut(&Milestone::DesignComplete).expect("a rule");
            rule.tell = false;
        })
        .await;
    world.opensolar.design(project, 6.6);
    world.run_until_quiet().await;
    world.notice("1042").await;
    assert_eq!(world.only_notice("1042"), NoticeState::Skipped(SkippedBecause::SwitchedOff));
    assert_eq!(world.crm_state("1042").system_size_kw.as_deref(), Some("6.60"));
}

async fn cancel(world: &mut World<Platform>) {
    let mut cancelled = customer_request("1042");
    cancelled.version.revision = Some(4);
    cancelled.status = CrmStatus::Cancelled;
    world.crm_asks_for(&cancelled).await;
}
