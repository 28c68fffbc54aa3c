//! How a message is sent, and what becomes of it when WhatsApp refuses, is silent, or is not there.

use chrono::TimeDelta;
use domain::configuration::TemplateDocument;
use domain::jobs::NoticeJob;
use domain::notification::{Channel, Milestone, NoticeState, SkippedBecause};
use domain::usecase::notify::notify;
use integration_tests::{World, customer_request};
use serde_json::{Value, json};
use testkit::builders::{MINUTE, NOON, ORG, phone};
use testkit::{Calls, Fault};

use crate::late_answer::LateAnswer;

/// The design of request 1042's project is complete, and whatever follows from it happened.
async fn designed(world: &mut World) {
    let project = world.opensolar.projects()[0].id;
    world.opensolar.design(project, 6.6).expect("designed");
    world.run_until_quiet().await;
}

/// The one message went out by this channel, once.
fn was_sent_once_by(world: &World, channel: Channel) {
    let state = world.only_notice("1042");
    assert!(matches!(state, NoticeState::Sent { channel: by, .. } if by == channel), "{state:?}");
    assert_eq!(world.messages().len(), 1);
}

#[tokio::test]
async fn a_template_is_sent_where_the_window_is_closed_or_unknown() {
    for last_inbound_at in [None, Some(NOON - TimeDelta::hours(25))] {
        let mut request = customer_request("1042");
        request.customer.last_inbound_at = last_inbound_at;
        let (mut world, _) = World::with_project_of(&request).await;
        world.whatsapp.close_all_windows();
        designed(&mut world).await;
        was_sent_once_by(&world, Channel::Template);
        assert_eq!(world.messages(), ["example_design_complete: Tariro"]);
        assert_eq!(world.whatsapp.calls().len(), 1, "no text was tried");
    }
}

#[tokio::test]
async fn a_text_that_is_too_late_becomes_a_template_under_the_same_key() {
    let (mut world, _) = World::with_project().await;
    world.whatsapp.close_window(phone(1).e164());
    designed(&mut world).await;
    was_sent_once_by(&world, Channel::Template);
    assert_eq!(world.messages(), ["example_design_complete: Tariro"]);
    assert_eq!((world.notices("1042")[0].attempts, world.whatsapp.calls().len()), (1, 2), "one attempt, two calls");
}

#[tokio::test]
async fn without_a_template_a_closed_window_waits_until_one_is_configured() {
    let mut request = customer_request("1042");
    request.customer.last_inbound_at = None;
    let (mut world, _) = World::with_project_of(&request).await;
    let mut rules = None;
    world.configure(|document| rules = Some(std::mem::take(&mut document.messages))).await;
    designed(&mut world).await;
    let NoticeState::Due { reason: Some(reason), .. } = world.only_notice("1042") else { panic!("due") };
    assert!(reason.contains("configure one"), "{reason}");
    assert_eq!(world.messages(), Vec::<String>::new());

    world.configure(|document| document.messages = rules.unwrap_or_default()).await;
    world.advance(TimeDelta::minutes(2));
    world.sweep().await;
    was_sent_once_by(&world, Channel::Template);
}

/// A template as an operator writes it.
fn template(name: &str, language: &str) -> TemplateDocument {
    TemplateDocument { name: name.to_owned(), language: language.to_owned(), parameters: None, body: None }
}

/// A customer of this language who last wrote long ago, and these templates for the design.
async fn outside_the_window(language: &str, templates: Vec<TemplateDocument>) -> World {
    let mut request = customer_request("1042");
    request.customer.last_inbound_at = None;
    request.customer.language = Some(language.to_owned());
    let (mut world, _) = World::with_project_of(&request).await;
    world.whatsapp.close_all_windows();
    world
        .configure(|document| {
            document.messages.get_mut(&Milestone::DesignComplete).expect("a rule").templates = templates;
        })
        .await;
    world
}

/// What the CRM was told last of a message to the customer.
fn last_in_the_chat(world: &World) -> Value {
    let updates = world.crm_updates();
    updates.iter().rev().find_map(|update| update.changes.get("message").cloned()).expect("the CRM was told")
}

#[tokio::test]
async fn the_customers_language_chooses_the_template() {
    let templates = [("design_zu", "zu"), ("design_en", "en")].map(|(name, language)| template(name, language));
    for (language, name) in [("en_US", "design_en"), ("zu", "design_zu"), ("sn", "design_zu")] {
        let mut world = outside_the_window(language, templates.to_vec()).await;
        for template in &templates {
            world.whatsapp.approve_template(&template.name, &template.language, 1);
        }
        designed(&mut world).await;
        assert_eq!(world.messages(), [format!("{name}: Tariro")], "{language}");
    }
}

#[tokio::test]
async fn staff_see_the_templates_own_words_where_they_are_configured() {
    let body = Some("Sawubona {{1}}! {{2}}, your design is done.".to_owned());
    let parameters = Some(vec!["first_name".to_owned(); 2]);
    let own_words = TemplateDocument { body, parameters, ..template("design_zu", "zu") };
    for (templates, expected) in [
        (vec![own_words], "Sawubona Tariro! Tariro, your design is done."),
        (vec![template("design_zu", "zu")], "Good news, Tariro: the design of your solar system is complete."),
    ] {
        let mut world = outside_the_window("zu", templates.clone()).await;
        let places = templates[0].parameters.as_ref().map_or(1, Vec::len);
        world.whatsapp.approve_template("design_zu", "zu", places);
        designed(&mut world).await;
        was_sent_once_by(&world, Channel::Template);
        let told = last_in_the_chat(&world);
        assert!(told["body"].as_str().is_some_and(|body| body.starts_with(expected)), "{told}");
        assert_eq!((&told["state"], &told["channel"]), (&"sent".into(), &"template".into()));
    }
}

#[tokio::test]
async fn a_template_that_meta_does_not_know_is_an_operators_and_no_loop() {
    let mut world = outside_the_window("en", vec![template("never_approved", "en")]).await;
    designed(&mut world).await;
    let NoticeState::Failed { reason } = world.only_notice("1042") else { panic!("failed") };
    assert!(reason.contains("132001") && reason.contains("have it approved"), "{reason}");
    let told = last_in_the_chat(&world);
    assert_eq!(
        (&told["state"], &told["reason"], &told["message_id"]),
        (&"failed".into(), &reason.into(), &Value::Null)
    );
    world.advance(TimeDelta::hours(24));
    world.sweep().await;
    assert_eq!(world.whatsapp.calls().len(), 1);
}

/// A refusal with one of Meta's codes.
fn refusal(status: u16, code: u32) -> Fault {
    let body = json!({"error": {"message": format!("(#{code}) Example"), "type": "OAuthException", "code": code}});
    Fault::Refuse { status, body, retry_after: None }
}

#[tokio::test]
async fn what_keeps_the_whole_account_from_sending_is_waited_out_without_using_up_tries() {
    for (code, wait) in [(131_031, 60), (131_042, 60), (10, 15), (80_007, 15), (131_048, 60)] {
        let (mut world, _) = World::with_project().await;
        for _ in 0..3 {
            world.whatsapp.refuse_next_with(code);
        }
        designed(&mut world).await;
        for tried in 1..=3 {
            let NoticeState::Due { until, reason: Some(_) } = world.only_notice("1042") else { panic!("due") };
            assert_eq!(until, world.now() + MINUTE * wait, "{code}");
            assert_eq!((world.notices("1042")[0].attempts, world.whatsapp.calls().len()), (0, tried), "{code}");
            world.advance_to(until);
            world.sweep().await;
        }
        was_sent_once_by(&world, Channel::Text);
    }
}

#[tokio::test]
async fn what_whatsapp_refuses_this_customer_has_failed_and_staff_are_told_why() {
    for code in [131_026, 131_049, 131_050] {
        let (mut world, _) = World::with_project().await;
        world.whatsapp.refuse_next_with(code);
        designed(&mut world).await;
        assert_eq!(world.ledger("1042")[0].2, "failed", "{code}");
        let told = last_in_the_chat(&world);
        assert!(told["reason"].as_str().is_some_and(|reason| reason.contains(&code.to_string())), "{told}");
        world.advance(TimeDelta::hours(24));
        world.sweep().await;
        assert_eq!(world.whatsapp.calls().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn a_refusal_that_passes_by_itself_is_tried_by_the_schedule_and_a_failure_in_the_middle_is_doubt() {
    for (status, code, state) in
        [(400, 131_016, "due"), (400, 131_000, "due"), (503, 131_016, "held"), (500, 131_000, "held")]
    {
        let (mut world, _) = World::with_project().await;
        world.whatsapp.fail_next(Calls::any(), refusal(status, code));
        designed(&mut world).await;
        assert_eq!((world.ledger("1042")[0].2, world.notices("1042")[0].attempts), (state, 1), "{status} {code}");
    }
}

#[tokio::test]
async fn staff_are_told_of_a_message_that_may_have_been_sent() {
    let (mut world, _) = World::with_project().await;
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

#[tokio::test]
async fn a_milestone_that_is_switched_off_while_its_message_waits_is_not_told() {
    let (mut world, _) = World::with_project().await;
    world.whatsapp.refuse_next(429);
    designed(&mut world).await;
    world
        .configure(|document| document.messages.get_mut(&Milestone::DesignComplete).expect("a rule").tell = false)
        .await;
    world.advance(MINUTE * 2);
    world.sweep().await;
    assert_eq!(world.only_notice("1042"), NoticeState::Skipped(SkippedBecause::SwitchedOff));
}

#[tokio::test]
async fn messages_that_could_not_be_sent_for_a_while_keep_their_order() {
    let (mut world, project) = World::with_project().await;
    world.whatsapp_is_gone().await;
    world.opensolar.design(project, 6.6).expect("designed");
    world.opensolar.send_proposal(project).expect("sent");
    world.opensolar.sell(project).expect("sold");
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

#[tokio::test]
async fn a_message_that_cannot_go_does_not_hold_up_the_next_one_for_long() {
    let mut world = outside_the_window("en", Vec::new()).await;
    let project = world.opensolar.projects()[0].id;
    world.opensolar.design(project, 6.6).expect("designed");
    world.opensolar.send_proposal(project).expect("sent");
    world.run_until_quiet().await;
    assert_eq!(world.messages(), Vec::<String>::new());
    for _ in 0..60 {
        world.advance(MINUTE);
        world.sweep().await;
    }
    let messages = world.messages();
    assert!(messages.len() == 1 && messages[0].starts_with("example_proposal_sent: Tariro, https"), "{messages:?}");
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_held_and_never_repeated() {
    let outage = Fault::Refuse { status: 503, body: Value::Null, retry_after: None };
    for (fault, received) in [(Fault::ApplyThenDrop, 1), (Fault::ApplyThenGarble, 1), (outage, 0)] {
        let (mut world, project) = World::with_project().await;
        world.whatsapp.fail_next(Calls::any(), fault.clone());
        designed(&mut world).await;
        let state = world.only_notice("1042");
        assert!(matches!(state, NoticeState::Held { .. }), "{fault:?}: {state:?}");
        for _ in 0..4 {
            world.advance(TimeDelta::hours(24));
            world.sweep().await;
        }
        world.opensolar.design(project, 7.7).expect("designed once more");
        world.run_until_quiet().await;
        assert_eq!((world.messages().len(), world.whatsapp.calls().len()), (received, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn a_message_whose_sender_ended_in_the_middle_is_held_and_never_repeated() {
    let (mut world, project) = World::with_project().await;
    world.hold_webhooks();
    world.opensolar.design(project, 6.6).expect("designed");
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

#[tokio::test]
async fn a_number_that_whatsapp_does_not_know_is_a_failure_for_good() {
    let (mut world, _) = World::with_project().await;
    world.whatsapp.make_unreachable(phone(1).e164());
    designed(&mut world).await;
    let NoticeState::Failed { reason } = world.only_notice("1042") else { panic!("failed") };
    assert!(reason.contains("131026") && !reason.contains("770000001"), "{reason}");
    world.advance(TimeDelta::hours(1));
    world.sweep().await;
    assert_eq!(world.whatsapp.calls().len(), 1);
}

#[tokio::test]
async fn a_throttled_message_waits_and_is_sent_once() {
    let (mut world, _) = World::with_project().await;
    world.whatsapp.refuse_next(429);
    designed(&mut world).await;
    let NoticeState::Due { until, .. } = world.only_notice("1042") else { panic!("due") };
    assert_eq!(until, NOON + TimeDelta::seconds(61));
    world.advance(MINUTE);
    world.sweep().await;
    assert_eq!(world.messages(), Vec::<String>::new());
    world.advance_to(until);
    world.sweep().await;
    world.advance(MINUTE);
    world.sweep().await;
    was_sent_once_by(&world, Channel::Text);
}

#[tokio::test]
async fn a_refused_token_holds_messages_up_until_there_is_another() {
    let (mut world, _) = World::with_project().await;
    world.whatsapp_token.replace("a token that was revoked");
    world.whatsapp.refuse_next(401);
    designed(&mut world).await;
    let NoticeState::Due { until, .. } = world.only_notice("1042") else { panic!("due") };
    assert_eq!(until, NOON + MINUTE * 15);
    world.whatsapp_token.replace(world.whatsapp.token());
    world.advance_to(until);
    world.sweep().await;
    was_sent_once_by(&world, Channel::Text);
}

#[tokio::test]
async fn a_message_that_was_not_sent_backs_off_and_is_sent_once() {
    let (mut world, _) = World::with_project().await;
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
