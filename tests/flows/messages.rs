//! How a message is sent, and what becomes of it when WhatsApp refuses, is silent, or is not there.

mod refusals;
mod templates;

use chrono::TimeDelta;
use domain::jobs::NoticeJob;
use domain::notification::{Channel, Milestone, News, NoticeState, SkippedBecause};
use domain::usecase::notify::notify;
use integration_tests::{Contract, Platform, World, customer_request};
use rstest::rstest;
use serde_json::{Value, json};
use testkit::builders::{MINUTE, NOON, ORG, phone};
use testkit::fake_opensolar::Work;
use testkit::{Calls, Fault};

use crate::late_answer::LateAnswer;

/// The design of request 1042's project is complete, and whatever follows from it happened.
async fn designed(world: &mut World<Platform>) {
    let project = world.opensolar.projects()[0].id;
    world.opensolar.design(project, 6.6);
    world.run_until_quiet().await;
}

/// The one message went out by this channel, once.
fn was_sent_once_by(world: &World<Platform>, channel: Channel) {
    let state = world.only_notice("1042");
    assert!(matches!(state, NoticeState::Sent { channel: by, .. } if by == channel), "{state:?}");
    assert_eq!(world.messages().len(), 1);
}

#[rstest]
#[tokio::test]
async fn a_template_is_sent_where_the_window_is_closed_or_unknown(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for last_inbound_at in [None, Some(NOON - TimeDelta::hours(25))] {
        let mut request = customer_request("1042");
        request.customer.last_inbound_at = last_inbound_at;
        let (mut world, _) = World::under_with_project_of(contract, &request).await;
        world.whatsapp.close_all_windows();
        designed(&mut world).await;
        was_sent_once_by(&world, Channel::Template);
        assert_eq!(world.messages(), ["example_design_complete: Tariro"]);
        assert_eq!(world.whatsapp.calls().len(), 1, "no text was tried");
    }
}

#[rstest]
#[tokio::test]
async fn a_text_that_is_too_late_becomes_a_template_under_the_same_key(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
    world.whatsapp.close_window(phone(1).e164());
    designed(&mut world).await;
    was_sent_once_by(&world, Channel::Template);
    assert_eq!(world.messages(), ["example_design_complete: Tariro"]);
    assert_eq!((world.notices("1042")[0].attempts, world.whatsapp.calls().len()), (1, 2), "one attempt, two calls");
}

/// What the CRM was told last of a message to the customer.
fn last_in_the_chat(world: &World<Platform>) -> Value {
    let updates = world.crm_updates();
    updates.iter().rev().find_map(|update| update.changes.get("message").cloned()).expect("the CRM was told")
}

#[rstest]
#[tokio::test]
async fn staff_are_told_of_a_message_that_may_have_been_sent(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
    world.whatsapp.fail_next(Calls::any(), Fault::ApplyThenDrop);
    designed(&mut world).await;
    let told = last_in_the_chat(&world);
    assert_eq!((&told["state"], &told["message_id"]), (&"held".into(), &Value::Null));
    assert!(
        told["reason"].as_str().is_some_and(|reason| reason.contains("look whether the customer has it")),
        "{told}"
    );
    let decisions = world.decisions("1042");
    assert!(decisions.iter().any(|decision| decision.contains("design_complete 1: held")), "{decisions:?}");
}

#[rstest]
#[tokio::test]
async fn a_milestone_that_is_switched_off_while_its_message_waits_is_not_told(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
    world.whatsapp.refuse_next(429);
    designed(&mut world).await;
    world
        .configure(|document| document.messages.get_mut(&Milestone::DesignComplete).expect("a rule").tell = false)
        .await;
    world.advance(MINUTE * 2);
    world.sweep().await;
    assert_eq!(world.only_notice("1042"), NoticeState::Skipped(SkippedBecause::SwitchedOff));
}

/// Live alone: in `design` another link is another event's, and no read.
#[tokio::test]
async fn the_link_that_is_sent_is_the_one_that_holds_by_then() {
    let (mut world, project) = World::with_project().await;
    // Nine in the evening in Harare.
    world.advance_to(NOON + TimeDelta::hours(7));
    world.opensolar.send_proposal(project).expect("sent");
    world.run_until_quiet().await;
    let answer = json!({
        "id": project, "identifier": world.opensolar.projects()[0].identifier, "title": "A title", "sold_date": null,
        "share_link": "https://opensolar.example.com/share/9000001/?token=another",
        "events_data": [{"id": 5, "event_type_id": 0, "created_date": "2026-11-20T19:00:00Z"}],
    });
    let answer = Fault::Refuse { status: 200, body: answer, retry_after: None };
    world.opensolar.fail_next(Calls::to("GET", "/projects/"), answer);
    world.opensolar.work(project, Work::Note { event_type_id: 31 }).expect("noted");
    world.run_until_quiet().await;
    world.advance(TimeDelta::hours(10) + MINUTE);
    world.sweep().await;
    let link = world.crm_state("1042").proposal_url.expect("a link");
    assert!(link.ends_with("token=another"), "{link}");
    assert!(world.messages()[0].contains(&link), "{:?}", world.messages());
    let News::ProposalSent(sent) = &world.notices("1042")[0].news else { panic!("a proposal") };
    assert_eq!(sent.as_str(), link, "the ledger says what was sent");
}

#[rstest]
#[tokio::test]
async fn a_link_to_a_host_that_is_not_configured_is_for_staff_and_not_for_the_customer(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.configure(|document| document.proposal_hosts = vec!["opensolar.com".to_owned()]).await;
    world.opensolar.send_proposal(project);
    world.run_until_quiet().await;
    let state = world.only_notice("1042");
    assert!(matches!(&state, NoticeState::Failed { reason } if reason.contains("proposal_hosts")), "{state:?}");
    assert_eq!((world.messages().len(), world.whatsapp.calls().len()), (0, 0));
    let told = last_in_the_chat(&world);
    assert_eq!((&told["milestone"], &told["state"]), (&"proposal_sent".into(), &"failed".into()));
}

#[rstest]
#[tokio::test]
async fn messages_that_could_not_be_sent_for_a_while_keep_their_order(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.whatsapp_is_gone().await;
    world.opensolar.design(project, 6.6);
    world.opensolar.send_proposal(project);
    world.opensolar.sign_contract(project);
    world.run_until_quiet().await;
    for _ in 0..5 {
        world.advance(MINUTE);
        world.sweep().await;
    }
    world.whatsapp_is_back().await;
    // A second apart, so that whatever is due first goes first.
    for _ in 0..1200 {
        world.advance(TimeDelta::seconds(1));
        world.sweep().await;
    }
    let messages = world.messages();
    let place = |words: &str| messages.iter().position(|message| message.contains(words));
    assert_eq!([place("design of"), place("proposal is ready"), place("signing")], [Some(0), Some(1), Some(2)]);
    assert_eq!(messages.len(), 3, "{messages:?}");
}

#[rstest]
#[tokio::test]
async fn a_message_whose_answer_was_lost_is_held_and_never_repeated(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let outage = Fault::Refuse { status: 503, body: Value::Null, retry_after: None };
    for (fault, received) in [(Fault::ApplyThenDrop, 1), (Fault::ApplyThenGarble, 1), (outage, 0)] {
        let (mut world, project) = World::under_with_project(contract).await;
        world.whatsapp.fail_next(Calls::any(), fault.clone());
        designed(&mut world).await;
        let state = world.only_notice("1042");
        assert!(matches!(state, NoticeState::Held { .. }), "{fault:?}: {state:?}");
        for _ in 0..4 {
            world.advance(TimeDelta::hours(24));
            world.sweep().await;
        }
        world.opensolar.design(project, 7.7);
        world.run_until_quiet().await;
        assert_eq!((world.messages().len(), world.whatsapp.calls().len()), (received, 1), "{fault:?}");
    }
}

#[rstest]
#[tokio::test]
async fn a_message_whose_sender_ended_in_the_middle_is_held_and_never_repeated(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.hold_webhooks();
    world.opensolar.design(project, 6.6);
    for delivery in world.webhooks_on_their_way().await {
        world.hand_over(delivery.body.as_bytes()).await;
    }
    // Its wake-up is lost, so that the test can take it.
    world.queue.fail_next(usize::MAX);
    world.run_until_quiet().await;
    world.queue.fail_next(0);
    let (late, deadline) = (LateAnswer::of(&world), world.deadline_in(60));
    let job = NoticeJob { org_id: ORG, key: world.notices("1042")[0].key.clone() };
    tokio::select! {
        outcome = notify(&world.core, &late, job.clone(), deadline) => panic!("it ended by itself: {outcome:?}"),
        () = late.asked() => {}
    }
    world.advance(MINUTE);
    world.sweep().await;
    assert_eq!(world.ledger("1042")[0].2, "sending", "somebody may still be at it");
    world.advance_to(deadline.lease_end());
    world.sweep().await;
    assert_eq!(world.ledger("1042")[0].2, "held");
    world.advance(TimeDelta::hours(24));
    world.sweep().await;
    assert_eq!((world.messages().len(), world.whatsapp.calls().len()), (1, 1));
}

#[rstest]
#[tokio::test]
async fn a_message_that_was_not_sent_backs_off_and_is_sent_once(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
    world.whatsapp_is_gone().await;
    designed(&mut world).await;
    let NoticeState::Due { until, .. } = world.only_notice("1042") else { panic!("due") };
    assert!((until - (NOON + MINUTE)).abs() <= TimeDelta::seconds(12), "{until}");

    world.advance_to(until);
    world.sweep().await;
    let NoticeState::Due { until, .. } = world.only_notice("1042") else { panic!("due") };
    assert!((until - (world.now() + MINUTE * 5)).abs() <= MINUTE, "{until}");

    world.whatsapp_is_back().await;
    world.advance_to(until);
    world.sweep().await;
    was_sent_once_by(&world, Channel::Text);
    assert_eq!(world.whatsapp.calls().len(), 1);
}
