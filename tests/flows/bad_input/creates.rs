//! A create that OpenSolar refuses, does not answer, answers without sense, or applies long after.

use chrono::TimeDelta;
use domain::log::SyncType;
use domain::project::{SyncState, WaitReason};
use integration_tests::{Contract, Platform, World, customer_request};
use rstest::rstest;
use testkit::{Calls, Fault, LateAnswer};

use super::{PARKED, REFUSALS, done_and_not_told, failed_rows, is_in_step, not_done_and_not_told, refusal};

/// A system that was asked for a project, whose creates meet these; webhooks are still on their way.
async fn asked(contract: Contract, faults: impl IntoIterator<Item = Fault>) -> World<Platform> {
    let mut world = World::under(contract).await;
    world.hold_webhooks();
    for fault in faults {
        world.opensolar.fail_next(Calls::to("POST", "/projects/"), fault);
    }
    world.crm_asks_for(&customer_request("1042")).await;
    world
}

/// Whatever wakes it meanwhile, nothing more is sent.
async fn is_left_alone(world: &mut World<Platform>) {
    let creates = world.creates();
    world.wake("1042").await;
    world.sweep().await;
    world.wake("1042").await;
    assert_eq!(world.creates(), creates);
}

async fn is_in_doubt(world: &World<Platform>) {
    let state = world.project("1042").await.sync;
    assert!(matches!(state, SyncState::Verifying { .. }), "{state:?}");
    assert_eq!(world.crm_reason("1042").as_deref(), Some("verifying"));
}

#[rstest]
#[tokio::test]
async fn a_refusal_is_recorded_by_its_status_and_left_alone_until_its_time(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for status in [&REFUSALS[..], &[403, 404, 410]].concat() {
        let mut world = asked(contract, [refusal(status)]).await;
        let SyncState::Waiting { reason: WaitReason::BackOff(why), failures: 1, until } =
            world.project("1042").await.sync
        else {
            panic!("{status} is a failure to be tried again")
        };
        assert!(why.contains(&format!("status {status}")), "{why}");
        assert_eq!(failed_rows(&world, SyncType::CreateProject), std::slice::from_ref(&why), "{status}");
        let told = world.crm_state("1042");
        assert_eq!((told.sync_reason.as_deref(), told.sync_retry_count), (Some("backoff"), 1));
        assert!(told.sync_error_message.is_some_and(|message| message.contains(&why)), "{status}");
        is_left_alone(&mut world).await;

        world.advance_to(until);
        world.sweep().await;
        assert_eq!(world.creates(), 2, "{status}");
        is_in_step(&world).await;
    }
}

#[rstest]
#[tokio::test]
async fn what_only_waiting_helps_against_never_uses_up_the_schedule(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for (status, retry_after, reason, wait) in PARKED {
        let times = 12;
        let refusal = Fault::Refuse { status, body: serde_json::Value::Null, retry_after };
        let mut world = asked(contract, vec![refusal; times]).await;
        for time in 1..=times {
            let project = world.project("1042").await;
            let SyncState::Waiting { failures: 0, until, .. } = project.sync else { panic!("{:?}", project.sync) };
            assert_eq!((until - world.now(), world.creates()), (wait, time), "{status}");
            assert_eq!(world.crm_reason("1042").as_deref(), Some(reason));
            is_left_alone(&mut world).await;
            world.advance_to(until);
            world.sweep().await;
        }
        assert_eq!(world.creates(), times + 1);
        is_in_step(&world).await;
    }
}

#[rstest]
#[tokio::test]
async fn whatever_hides_that_it_was_done_its_witness_settles_it(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for fault in done_and_not_told() {
        println!("after {fault:?}");
        let mut world = asked(contract, [fault]).await;
        is_in_doubt(&world).await;
        is_left_alone(&mut world).await;
        world.witness_comes("1042").await;
        assert_eq!(world.creates(), 1);
        is_in_step(&world).await;
        assert_eq!(world.messages(), Vec::<String>::new());
    }
}

#[rstest]
#[tokio::test]
async fn whatever_hides_that_it_was_not_done_no_other_is_sent_on_a_guess(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for fault in not_done_and_not_told() {
        println!("after {fault:?}");
        let mut world = asked(contract, [fault]).await;
        is_in_doubt(&world).await;
        is_left_alone(&mut world).await;
        world.advance(TimeDelta::minutes(5));
        is_left_alone(&mut world).await;
        assert_eq!((world.creates(), world.opensolar.projects().len()), (1, 0));
        is_in_doubt(&world).await;
    }
}

#[rstest]
#[tokio::test]
async fn a_create_that_opensolar_applies_minutes_or_a_day_later_is_the_only_one(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let answers = [LateAnswer::Drop, LateAnswer::Status(500), LateAnswer::Status(503), LateAnswer::Status(504)];
    // What is not there after a day is an operator's, and in `design` no webhook shows it to anybody later.
    let last = match contract {
        Contract::Live => 25 * 60 * 60,
        Contract::Design => 23 * 60 * 60,
    };
    for (answer, seconds) in answers.into_iter().zip([30, 600, 5 * 60 * 60, last]) {
        let mut world = asked(contract, [Fault::ApplyLate { seconds, answer }]).await;
        world.deliver_webhooks().await;
        is_in_doubt(&world).await;
        assert_eq!(world.opensolar.projects().len(), 0);
        world.crm_insists_on(&customer_request("1042")).await;
        is_left_alone(&mut world).await;

        world.advance(TimeDelta::seconds(seconds.into()));
        world.sweep().await;
        world.witness_comes("1042").await;
        assert_eq!(world.creates(), 1, "{answer:?}");
        is_in_step(&world).await;
    }
}
