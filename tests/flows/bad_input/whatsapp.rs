//! Whatever WhatsApp says against a message for as long as it likes: it is told at most once, and its end is known.

use chrono::TimeDelta;
use domain::notification::{Milestone, NoticeState};
use integration_tests::{Contract, Platform, World};
use rstest::rstest;
use testkit::builders::{NOON, phone};
use testkit::fake_whatsapp::{ERROR_CODES, OutsideWindow, Refused};

/// A finished design, of which the customer is to be told while WhatsApp refuses this.
async fn designed_while_refused(contract: Contract, refused: Refused, code: u64) -> World<Platform> {
    let (mut world, project) = World::under_with_project(contract).await;
    world.whatsapp.refuse(refused, code);
    world.opensolar.design(project, 6.6);
    world.run_until_quiet().await;
    world
}

#[rstest]
#[tokio::test]
async fn every_refusal_that_meta_knows_ends_in_one_message_or_in_a_reason(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let number = || Refused::Number(phone(1).e164().trim_start_matches('+').to_owned());
    for refused in [number, || Refused::Everything] {
        for known in ERROR_CODES {
            let mut world = designed_while_refused(contract, refused(), known.code).await;
            for _ in 0..3 {
                world.advance(TimeDelta::minutes(2));
                world.sweep().await;
            }
            assert_eq!(world.messages(), Vec::<String>::new(), "{}", known.code);
            let calls = world.whatsapp.calls().len();
            assert!((1..=5).contains(&calls), "{}: asked {calls} times in six minutes", known.code);

            world.whatsapp.refuse_nothing();
            world.advance(TimeDelta::hours(2));
            world.sweep().await;
            let ended = match world.only_notice("1042") {
                NoticeState::Sent { .. } => world.messages().len() == 1,
                NoticeState::Failed { reason } | NoticeState::Held { reason, .. } => {
                    assert!(!reason.contains(&phone(1).e164()[4..]), "{reason}");
                    world.messages().is_empty() && !reason.is_empty()
                }
                _ => false,
            };
            assert!(ended, "{}: {:?}", known.code, world.only_notice("1042"));
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_template_that_meta_refuses_keeps_no_other_message_back(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for code in [132_000, 132_001, 132_007, 132_012, 132_015, 132_016] {
        let (mut world, project) = World::under_with_project(contract).await;
        world.whatsapp.close_all_windows();
        world.whatsapp.refuse(Refused::Template("example_design_complete".to_owned()), code);
        world.opensolar.design(project, 6.6);
        world.opensolar.send_proposal(project);
        world.run_until_quiet().await;
        for _ in 0..6 {
            world.advance(TimeDelta::minutes(10));
            world.sweep().await;
        }
        assert!(
            world.ledger("1042").contains(&(Milestone::ProposalSent, 1, "sent")),
            "{code} {:?}",
            world.ledger("1042")
        );
        assert_eq!(world.messages().len(), 1, "{code}");
    }
}

#[rstest]
#[tokio::test]
async fn what_meta_accepts_and_reports_as_failed_later_was_sent_once_as_far_as_anybody_can_know(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let number = phone(1).e164().to_owned();
    let later = |world: &World<Platform>| world.whatsapp.refuse(Refused::NumberLater(number.clone()), 131_026);
    let window = |world: &World<Platform>| {
        world.whatsapp.close_window(&number);
        world.whatsapp.outside_window(OutsideWindow::AcceptedThenFailed);
    };
    for way in ["a number", "a window"] {
        let (mut world, project) = World::under_with_project(contract).await;
        match way {
            "a number" => later(&world),
            _ => window(&world),
        }
        world.opensolar.design(project, 6.6);
        world.run_until_quiet().await;
        world.advance_to(NOON + TimeDelta::hours(3));
        world.sweep().await;
        let accepted = world.whatsapp.messages();
        assert!(accepted.len() == 1 && accepted[0].failed_later.is_some(), "{accepted:?}");
        assert!(matches!(world.only_notice("1042"), NoticeState::Sent { .. }), "{way}");
    }
}
