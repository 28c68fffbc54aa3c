//! What becomes of a message that WhatsApp refuses, by the reason that it gives.

use chrono::TimeDelta;
use domain::notification::{Channel, NoticeState};
use integration_tests::{Contract, World};
use rstest::rstest;
use serde_json::json;
use testkit::builders::{MINUTE, NOON, phone};
use testkit::{Calls, Fault};

use super::{designed, last_in_the_chat, was_sent_once_by};

/// A refusal with one of Meta's codes.
fn refusal(status: u16, code: u32) -> Fault {
    let body = json!({"error": {"message": format!("(#{code}) Example"), "type": "OAuthException", "code": code}});
    Fault::Refuse { status, body, retry_after: None }
}

#[rstest]
#[tokio::test]
async fn what_keeps_the_whole_account_from_sending_is_waited_out_without_using_up_tries(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for (code, wait) in [(131_031, 60), (131_042, 60), (10, 15), (80_007, 15), (131_048, 60)] {
        let (mut world, _) = World::under_with_project(contract).await;
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

#[rstest]
#[tokio::test]
async fn what_whatsapp_refuses_this_customer_has_failed_and_staff_are_told_why(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for code in [131_026, 131_049, 131_050] {
        let (mut world, _) = World::under_with_project(contract).await;
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

#[rstest]
#[tokio::test]
async fn a_refusal_that_passes_by_itself_is_tried_by_the_schedule_and_a_failure_in_the_middle_is_doubt(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for (status, code, state) in
        [(400, 131_016, "due"), (400, 131_000, "due"), (503, 131_016, "held"), (500, 131_000, "held")]
    {
        let (mut world, _) = World::under_with_project(contract).await;
        world.whatsapp.fail_next(Calls::any(), refusal(status, code));
        designed(&mut world).await;
        assert_eq!((world.ledger("1042")[0].2, world.notices("1042")[0].attempts), (state, 1), "{status} {code}");
    }
}

#[rstest]
#[tokio::test]
async fn a_number_that_whatsapp_does_not_know_is_a_failure_for_good(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
    world.whatsapp.make_unreachable(phone(1).e164());
    designed(&mut world).await;
    let NoticeState::Failed { reason } = world.only_notice("1042") else { panic!("failed") };
    assert!(reason.contains("131026") && !reason.contains("770000001"), "{reason}");
    world.advance(TimeDelta::hours(1));
    world.sweep().await;
    assert_eq!(world.whatsapp.calls().len(), 1);
}

#[rstest]
#[tokio::test]
async fn a_throttled_message_waits_and_is_sent_once(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let (mut world, _) = World::under_with_project(contract).await;
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

#[rstest]
#[tokio::test]
async fn a_refused_token_holds_messages_up_until_there_is_another(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
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
