//! What OpenSolar refuses or does not hear is tried again by itself, until somebody has to act.

use chrono::TimeDelta;
use domain::phone::EmailAddress;
use domain::ports::Store;
use domain::project::{SyncState, WaitReason};
use domain::retry::RETRY_SCHEDULE;
use integration_tests::{Contract, Platform, World, customer_request};
use rstest::rstest;
use serde_json::Value;
use testkit::builders::{MINUTE, NOON, ORG, phone};
use testkit::{Calls, Fault};

fn refusal(status: u16) -> Fault {
    Fault::Refuse { status, body: Value::Null, retry_after: None }
}

/// A system whose next creates are refused like this, and which was asked for one.
async fn refused(contract: Contract, faults: impl IntoIterator<Item = Fault>) -> World<Platform> {
    let mut world = World::under(contract).await;
    for fault in faults {
        world.opensolar.fail_next(Calls::to("POST", "/projects/"), fault);
    }
    world.crm_asks_for(&customer_request("1042")).await;
    world
}

#[rstest]
#[tokio::test]
async fn a_refused_create_is_tried_again_a_minute_later(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = refused(contract, [refusal(403)]).await;
    let SyncState::Waiting { reason, failures, until } = world.project("1042").await.sync else { panic!("waits") };
    assert_eq!(reason, WaitReason::BackOff("opensolar rejected the create with status 403".to_owned()));
    assert_eq!(failures, 1);
    assert!((until - (NOON + MINUTE)).abs() <= TimeDelta::seconds(12), "{until}");
    assert_eq!(world.crm_reason("1042").as_deref(), Some("backoff"));

    world.advance_to(until - TimeDelta::milliseconds(1));
    assert_eq!(world.sweep().await.due, 0);
    world.advance_to(until);
    assert_eq!(world.sweep().await.woken, 1);
    assert_eq!((world.creates(), world.opensolar.projects().len()), (2, 1));
    assert_eq!(world.crm_reason("1042"), None);
}

#[rstest]
#[tokio::test]
async fn a_newer_revision_after_a_failure_is_tried_at_once(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = refused(contract, [refusal(400)]).await;
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.address = Some("14 Example Street".to_owned());
    world.crm_asks_for(&newer).await;
    assert_eq!(world.opensolar.projects().len(), 1);
    assert_eq!(world.opensolar.projects()[0].address, "14 Example Street");
    assert_eq!(world.now(), NOON);
}

#[rstest]
#[tokio::test]
async fn an_empty_wallet_is_asked_again_once_an_hour(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let mut world = refused(contract, [refusal(402), refusal(402)]).await;
    for hour in 1..=2 {
        let SyncState::Waiting { reason, until, .. } = world.project("1042").await.sync else { panic!("waits") };
        assert_eq!((reason, until), (WaitReason::Wallet, NOON + TimeDelta::hours(hour)));
        assert_eq!(world.crm_reason("1042").as_deref(), Some("wallet"));
        world.crm_insists_on(&customer_request("1042")).await;
        assert_eq!(world.creates(), usize::try_from(hour).expect("small"), "insisting fills no wallet");
        world.advance_to(until);
        world.sweep().await;
    }
    assert_eq!(world.opensolar.projects().len(), 1);
}

#[rstest]
#[tokio::test]
async fn a_refused_token_waits_for_another_one(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let mut world = World::under(contract).await;
    world.opensolar_token.replace("a token that was revoked");
    let mut request = customer_request("1042");
    request.customer.email = None;
    // The cached token still works once: what is refused is the next call.
    world.opensolar.refuse_next(401);
    world.crm_asks_for(&request).await;
    let SyncState::Waiting { reason, until, .. } = world.project("1042").await.sync else { panic!("waits") };
    assert_eq!((reason, until), (WaitReason::Token, NOON + TimeDelta::minutes(15)));
    assert_eq!(world.crm_reason("1042").as_deref(), Some("token"));

    world.opensolar_token.replace(world.opensolar.token());
    world.advance_to(until);
    world.sweep().await;
    assert_eq!(world.opensolar.projects().len(), 1);
}

#[rstest]
#[tokio::test]
async fn a_throttle_is_waited_out_as_long_as_it_says(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let mut world = refused(contract, [Fault::Refuse { status: 429, body: Value::Null, retry_after: Some(42) }]).await;
    let SyncState::Waiting { reason, until, .. } = world.project("1042").await.sync else { panic!("waits") };
    assert_eq!((reason, until), (WaitReason::Quota, NOON + TimeDelta::seconds(42)));
    world.crm_insists_on(&customer_request("1042")).await;
    assert_eq!(world.creates(), 1, "insisting lifts no throttle");
    world.advance_to(until);
    world.sweep().await;
    assert_eq!(world.opensolar.projects().len(), 1);
}

#[rstest]
#[tokio::test]
async fn what_was_not_sent_backs_off_and_keeps_no_other_request_from_its_contact(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    world.opensolar_is_gone().await;
    let mut request = customer_request("1042");
    request.customer.email = None;
    world.crm_asks_for(&request).await;
    let project = world.project("1042").await;
    let SyncState::Waiting { reason: WaitReason::BackOff(failure), until, .. } = project.sync else { panic!("waits") };
    let first_call = match contract {
        Contract::Live => "create",
        Contract::Design => "contact search",
    };
    assert_eq!(failure, format!("opensolar was not reached for the {first_call}, nothing was sent"));
    assert_eq!(world.store.contact(ORG, &phone(1)).await.expect("the store answers"), None);

    world.opensolar_is_back().await;
    let mut second = customer_request("1043");
    second.customer.email = EmailAddress::parse("rudo@example.com");
    world.crm_asks_for(&second).await;
    world.advance_to(until);
    world.sweep().await;
    assert_eq!((world.opensolar.projects().len(), world.opensolar.contacts().len()), (2, 1));
}

#[rstest]
#[tokio::test]
async fn a_lookup_that_opensolar_does_not_answer_is_no_create_and_is_made_again(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    for _ in 0..2 {
        world.opensolar.fail_next(Calls::to("GET", "/contacts/"), refusal(503));
    }
    world.crm_asks_for(&customer_request("1042")).await;
    assert_eq!((world.creates(), world.crm_reason("1042").as_deref()), (0, Some("backoff")));
    world.advance(MINUTE * 2);
    world.sweep().await;
    assert_eq!((world.creates(), world.opensolar.projects().len()), (1, 1));
}

#[rstest]
#[tokio::test]
async fn the_whole_schedule_ends_with_an_operator_and_each_step_before_has_its_time(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = refused(contract, std::iter::repeat_n(refusal(403), RETRY_SCHEDULE.len() + 1)).await;
    for (step, wait) in RETRY_SCHEDULE.into_iter().enumerate() {
        assert_eq!(world.creates(), step + 1);
        let (at, _) = world.project("1042").await.wake().expect("what is not final is woken again");
        let waited = at - world.now();
        assert!(wait * 4 / 5 <= waited && waited <= wait * 6 / 5, "step {step}: {waited}");
        world.advance_to(at);
        assert_eq!(world.sweep().await.woken, 1, "step {step}");
    }
    let project = world.project("1042").await;
    let SyncState::Parked { reason, in_doubt: None } = &project.sync else { panic!("parked: {:?}", project.sync) };
    assert_eq!(reason, "given up: opensolar rejected the create with status 403");
    assert_eq!(project.wake(), None);
    assert_eq!(world.crm_state("1042").sync_status.as_deref(), Some("sync_failed"));

    world.crm_insists_on(&customer_request("1042")).await;
    assert_eq!(world.opensolar.projects().len(), 1, "an operator's word begins anew");
}

#[rstest]
#[tokio::test]
async fn a_wake_up_that_the_queue_does_not_take_is_tried_again(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = refused(contract, [refusal(403)]).await;
    world.advance(MINUTE * 2);
    world.queue.fail_next(1);
    let report = world.sweep().await;
    assert_eq!((report.woken, report.failed), (0, 1));
    world.advance(MINUTE * 15);
    assert_eq!(world.sweep().await.woken, 1);
    assert_eq!(world.opensolar.projects().len(), 1);
}
