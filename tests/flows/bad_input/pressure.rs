//! More than OpenSolar takes at once, and nothing left to pay for it.

use chrono::TimeDelta;
use domain::phone::EmailAddress;
use domain::project::{SyncState, WaitReason};
use domain::request::InstallationRequest;
use integration_tests::{Contract, Platform, World, customer_request};
use rstest::rstest;
use testkit::builders::{self, MINUTE, phone};
use testkit::fake_opensolar::Quotas;
use testkit::fake_opensolar::quirks::{EmptyWallet, Throttled};

use super::is_in_step;

const REQUESTS: u32 = 15;

/// A request of a customer of its own.
fn numbered(number: u32) -> InstallationRequest {
    let mut request = customer_request(&number.to_string());
    request.customer.phone = phone(number);
    request.customer.email = EmailAddress::parse(&format!("customer{number}@example.com"));
    request
}

/// Fifteen requests at once, and the sweeps of the minutes that follow; all of them are made, each once.
async fn fifteen_at_once(world: &mut World<Platform>) {
    for number in 1..=REQUESTS {
        world.crm_sends(&builders::sync_request(&numbered(number))).await;
    }
    world.run_until_quiet().await;
    assert_eq!(world.opensolar.projects().len(), 10, "a minute's creates");
    for _ in 0..10 {
        world.advance(MINUTE);
        world.sweep().await;
    }
    for number in 1..=REQUESTS {
        let id = number.to_string();
        assert_eq!(world.project(&id).await.sync, SyncState::InStep, "{id}");
        assert_eq!(world.crm_reason(&id), None);
    }
    let count = usize::try_from(REQUESTS).expect("small");
    assert_eq!((world.opensolar.projects().len(), world.opensolar.contacts().len()), (count, count));
    assert_eq!(world.delivery_counts().get("received"), None);
    assert_eq!(world.delivery_counts().get("failed"), None);
    assert_eq!(world.dead_letters, Vec::<String>::new());
}

#[rstest]
#[tokio::test]
async fn of_fifteen_requests_at_once_none_is_lost_none_is_made_twice_and_no_quota_is_exceeded(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    world.opensolar.enforce_quotas(Quotas::Enforced);
    fifteen_at_once(&mut world).await;
    assert_eq!(world.creates(), 15, "none was sent in vain");
    assert_eq!(world.opensolar.quota_breaches(), []);
}

/// Somebody gave quotas that OpenSolar does not, or uses them too: it says so, in whatever words. Live alone: these are its
/// open question.
#[tokio::test]
async fn who_believes_in_too_high_a_quota_is_taught_by_refusals_and_loses_nothing() {
    for throttled in [Throttled::WithRetryAfter, Throttled::WithoutRetryAfter, Throttled::WithoutBody] {
        let mut world = World::under(Contract::Live).await;
        world.configure(|document| document.quotas.creates_per_minute = 100).await;
        world.opensolar.live().behave(|quirks| quirks.answers.throttled = throttled);
        world.opensolar.enforce_quotas(Quotas::Enforced);
        fifteen_at_once(&mut world).await;
        let breaches = world.opensolar.quota_breaches().len();
        assert!((1..=2).contains(&breaches), "one refusal is enough for everybody: {breaches}");
    }
}

#[rstest]
#[tokio::test]
async fn fifteen_changes_at_once_all_arrive(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let mut world = World::under(contract).await;
    for number in 1..=REQUESTS {
        world.crm_asks_for(&numbered(number)).await;
    }
    world.advance(MINUTE * 2);
    world.opensolar.enforce_quotas(Quotas::Enforced);
    for number in 1..=REQUESTS {
        let mut request = numbered(number);
        request.version.revision = Some(4);
        request.address = Some(format!("{number} New Street"));
        world.crm_sends(&builders::sync_request(&request)).await;
    }
    world.run_until_quiet().await;
    for _ in 0..10 {
        world.advance(MINUTE);
        world.sweep().await;
    }
    for number in 1..=REQUESTS {
        let record = world.project(&number.to_string()).await;
        let id: u64 = record.remote.expect("linked").project.as_str().parse().expect("a number");
        let there = world.opensolar.project(id).address;
        assert_eq!((record.sync, there), (SyncState::InStep, format!("{number} New Street")));
    }
    assert_eq!(world.opensolar.quota_breaches(), []);
}

/// Live alone: in which words it refuses is its open question.
#[tokio::test]
async fn an_empty_wallet_in_whatever_words_keeps_new_projects_waiting_and_nothing_else() {
    for refused in [EmptyWallet::PaymentRequired, EmptyWallet::Forbidden, EmptyWallet::BadRequest] {
        let (mut world, project) = World::with_project().await;
        world.opensolar.behave(|quirks| quirks.answers.empty_wallet = refused);
        world.opensolar.empty_wallet();
        world.crm_asks_for(&numbered(2)).await;
        let SyncState::Waiting { reason, .. } = world.project("2").await.sync else { panic!("{refused:?}") };
        assert_eq!(reason == WaitReason::Wallet, refused == EmptyWallet::PaymentRequired, "402 alone says it");

        // Everything else goes on.
        let mut newer = customer_request("1042");
        newer.version.revision = Some(4);
        newer.address = Some("14 Example Street".to_owned());
        world.crm_asks_for(&newer).await;
        world.opensolar.design(project, 6.6).expect("designed");
        world.run_until_quiet().await;
        assert_eq!(world.opensolar.projects()[0].details["address"], "14 Example Street");
        assert_eq!(world.messages().len(), 1);
        is_in_step(&world).await;

        // Half a day later it is still waited for, and made once somebody paid.
        for _ in 0..12 {
            world.advance(TimeDelta::hours(1));
            world.sweep().await;
        }
        assert_eq!(world.opensolar.projects().len(), 1);
        let probes = world.creates() - 1;
        assert!(probes <= 13, "{probes} creates were tried in twelve hours");
        world.opensolar.refill_wallet();
        let (at, _) = world.project("2").await.wake().expect("it is tried again");
        world.advance_to(at);
        world.sweep().await;
        assert_eq!(world.project("2").await.sync, SyncState::InStep, "{refused:?}");
        assert_eq!((world.opensolar.projects().len(), world.opensolar.contacts().len()), (2, 2));
    }
}
