//! What people do in OpenSolar becomes a status for the CRM and messages for the customer, in whatever order it is told.

use chrono::TimeDelta;
use domain::jobs::SyncJob;
use domain::notification::Milestone;
use domain::usecase::sync_project::{SyncMessage, sync_project};
use integration_tests::{Contract, Platform, World, day};
use rstest::rstest;
use testkit::builders::{NOON, ORG};
use testkit::fake_opensolar::Work;

use crate::late_answer::LateAnswer;

/// Designed, proposed, signed and scheduled, without a pause.
pub(crate) fn everything_happens(world: &World<Platform>, project: u64) {
    world.opensolar.design(project, 6.6);
    world.opensolar.send_proposal(project);
    world.opensolar.sign_contract(project);
    world.opensolar.schedule_installation(project, day("2026-12-04"));
}

/// Each milestone told once, in the order in which a customer should hear it.
pub(crate) fn everything_is_told_once(world: &World<Platform>) {
    let beginnings = ["Good news, Tariro", "☀️ Tariro", "🎉 Thank you", "📅 Tariro"];
    let messages = world.messages();
    assert_eq!(messages.len(), beginnings.len(), "{messages:#?}");
    for (message, beginning) in messages.iter().zip(beginnings) {
        assert!(message.starts_with(beginning), "{message}");
    }
    let state = |milestone| if milestone == Milestone::InstallationReminder { "due" } else { "sent" };
    let mut ledger = Milestone::ALL.map(|milestone| (milestone, 1, state(milestone))).to_vec();
    ledger.sort_by_key(|(milestone, ..)| milestone.as_str());
    assert_eq!(world.ledger("1042"), ledger);
    let told = world.crm_state("1042");
    assert_eq!(told.status.as_deref(), Some("scheduled"));
    assert_eq!(told.installation_scheduled_date, Some(day("2026-12-04")));
}

#[rstest]
#[tokio::test]
async fn the_whole_story_reaches_the_crm_and_the_customer(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;

    world.opensolar.design(project, 6.6);
    world.run_until_quiet().await;
    world.notice("1042").await;
    assert!(world.messages()[0].contains("the design of your solar system is complete"), "{:?}", world.messages());
    assert_eq!(world.crm_state("1042").system_size_kw.as_deref(), Some("6.60"));
    assert_eq!(world.crm_state("1042").proposal_url, None, "nobody was sent a proposal yet");

    world.opensolar.send_proposal(project);
    world.run_until_quiet().await;
    let link = world.crm_state("1042").proposal_url.expect("a link");
    assert!(link.starts_with("https://") && world.messages()[1].contains(&link), "{:?}", world.messages());
    assert_eq!(world.crm_state("1042").status.as_deref(), Some("pending"));

    world.opensolar.sign_contract(project);
    world.run_until_quiet().await;
    assert!(world.messages()[2].starts_with("🎉 Thank you for signing, Tariro!"), "{:?}", world.messages());
    let told = world.crm_state("1042");
    // In `design` how far a project is and that it was signed are two things.
    let (stage, log) = match contract {
        Contract::Live => ("Sold", &["ignored", "processed"][..]),
        Contract::Design => ("lead", &["processed"][..]),
    };
    assert_eq!((told.status.as_deref(), told.project_status.as_deref()), (Some("scheduled"), Some(stage)));
    assert_eq!(told.contract_signed_at.map(|at| at.date_naive()), Some(NOON.date_naive()));

    world.opensolar.schedule_installation(project, day("2026-12-04"));
    world.run_until_quiet().await;
    assert!(world.messages()[3].contains("scheduled for Friday, 4 December 2026"), "{:?}", world.messages());
    everything_is_told_once(&world);

    world.opensolar.begin_installation(project);
    world.run_until_quiet().await;
    assert_eq!(world.crm_state("1042").status.as_deref(), Some("in_progress"));
    world.opensolar.complete_installation(project);
    world.run_until_quiet().await;
    assert_eq!(world.crm_state("1042").status.as_deref(), Some("completed"));
    assert_eq!(world.messages().len(), 4);
    assert_eq!(world.delivery_counts().into_keys().collect::<Vec<_>>(), log);
}

#[rstest]
#[tokio::test]
async fn staff_see_each_message_in_the_chat(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let (mut world, project) = World::under_with_project(contract).await;
    everything_happens(&world, project);
    world.run_until_quiet().await;
    let updates = world.crm_updates();
    let told: Vec<_> = updates.iter().filter_map(|update| update.changes.get("message")).collect();
    assert_eq!(
        told.iter().map(|message| &message["body"]).collect::<Vec<_>>(),
        world.messages().iter().collect::<Vec<_>>()
    );
    let sent = world.whatsapp.messages();
    assert_eq!(told[0]["message_id"], sent[0].id);
    assert_eq!((&told[0]["channel"], &told[0]["milestone"]), (&"text".into(), &"design_complete".into()));
}

#[rstest]
#[tokio::test]
async fn what_happened_at_once_is_told_in_its_natural_order(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    everything_happens(&world, project);
    world.run_until_quiet().await;
    everything_is_told_once(&world);
}

/// Live alone, as the next: a read shows all that happened. In `design` each event is told by itself (`design_order.rs`).
#[tokio::test]
async fn deliveries_in_the_wrong_order_tell_the_same() {
    let (mut world, project) = World::under_with_project(Contract::Live).await;
    world.hold_webhooks();
    everything_happens(&world, project);
    let mut deliveries = world.webhooks_on_their_way().await;
    deliveries.reverse();
    for delivery in deliveries {
        world.hand_over(delivery.body.as_bytes()).await;
        world.run_until_quiet().await;
    }
    everything_is_told_once(&world);
}

#[tokio::test]
async fn deliveries_that_are_late_and_swapped_take_nothing_back() {
    let (mut world, project) = World::under_with_project(Contract::Live).await;
    world.hold_webhooks();
    world.opensolar.design(project, 6.6);
    let early = world.webhooks_on_their_way().await;
    world.opensolar.send_proposal(project);
    world.opensolar.sign_contract(project);
    world.opensolar.schedule_installation(project, day("2026-12-04"));
    world.deliver_webhooks().await;
    everything_is_told_once(&world);
    for delivery in early.iter().rev() {
        world.hand_over(delivery.body.as_bytes()).await;
        world.run_until_quiet().await;
    }
    everything_is_told_once(&world);
}

#[rstest]
#[tokio::test]
async fn the_same_delivery_again_changes_nothing_and_asks_nobody(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    everything_happens(&world, project);
    world.run_until_quiet().await;
    let before = world.snapshot().await;
    for body in world.opensolar.delivered().iter().rev() {
        world.hand_over(body.as_bytes()).await;
        world.hand_over_again(body.as_bytes()).await;
        world.run_until_quiet().await;
    }
    assert_eq!(world.snapshot().await, before);
}

#[rstest]
#[tokio::test]
async fn what_opensolar_delivers_again_an_hour_later_changes_nothing_either(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    everything_happens(&world, project);
    world.run_until_quiet().await;
    world.advance(TimeDelta::hours(1));
    let before = world.snapshot().await;
    world.opensolar.deliver_all_again();
    world.run_until_quiet().await;
    assert_eq!(world.snapshot().await, before);
}

/// Live alone: what overtakes the read is another read, which in `design` no webhook causes.
#[tokio::test]
async fn a_read_that_was_overtaken_by_a_later_one_is_thrown_away() {
    let (mut world, project) = World::with_project().await;
    world.hold_webhooks();
    world.opensolar.design(project, 6.6).expect("designed");
    let (late, deadline, core) = (LateAnswer::of(&world), world.deadline_in(180), world.core.clone());
    let fetch = SyncJob::FetchStatus { org_id: ORG, request_id: "1042".parse().expect("an id") };
    let overtaken = async {
        late.asked().await;
        world.opensolar.work(project, Work::Redesign { kw: 9.9 }).expect("designed again");
        world.deliver_webhooks().await;
        assert_eq!(world.crm_state("1042").system_size_kw.as_deref(), Some("9.90"));
        late.arrives();
    };
    let (outcome, ()) =
        tokio::join!(sync_project(&core, &late.opensolar, SyncMessage::Job(fetch), deadline), overtaken);
    outcome.expect("the late answer is no surprise");
    world.run_until_quiet().await;
    assert_eq!(world.crm_state("1042").system_size_kw.as_deref(), Some("9.90"));
    assert_eq!(world.messages().len(), 1);
}
