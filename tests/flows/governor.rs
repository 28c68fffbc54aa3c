//! What OpenSolar grants is shared: no function asks for more than is left, whoever else asks, and while it refuses us
//! all, one call sees whether it still does.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::governor::{Class, GRANT_KEPT, Limited};
use domain::log::SyncType;
use domain::ports::{LimitName, OpenSolar, OpenSolarError, Store, Write};
use domain::project::{SyncState, WaitReason};
use domain::request::InstallationRequest;
use domain::usecase::governed::Governed;
use domain::usecase::operate::refilled;
use integration_tests::{Contract, Platform, World, customer_request};
use opensolar::{AddressPolicy, OpenSolarClient};
use rstest::rstest;
use serde_json::Value;
use testkit::builders::{self, MINUTE, NOON, ORG, operator, phone};
use testkit::fake_opensolar::Quotas;
use testkit::fake_opensolar::quirks::EmptyWallet;
use testkit::{Calls, Fault};

/// A request of a customer of its own, without an address that would have to be looked up.
fn numbered(number: u32) -> InstallationRequest {
    let mut request = customer_request(&number.to_string());
    request.customer.phone = phone(number);
    request.customer.email = None;
    request
}

async fn crm_asks_for_all(world: &mut World<Platform>, numbers: std::ops::RangeInclusive<u32>) {
    for number in numbers {
        world.crm_sends(&builders::sync_request(&numbered(number))).await;
    }
    world.run_until_quiet().await;
}

/// Another function's port: the same table, and nothing else in common.
fn another_function(world: &World<Platform>, reads_as: Class) -> Governed {
    let client = OpenSolarClient::new(world.opensolar_token.clone(), AddressPolicy::HttpOnLoopback);
    let core = &world.core;
    Governed::new(Arc::new(client), core.store.clone(), core.ambient.clone(), world.opensolar_token.clone(), reads_as)
}

/// A minute passes, and a sweep with it.
async fn minutes(world: &mut World<Platform>, count: usize) {
    for _ in 0..count {
        world.advance(MINUTE);
        world.sweep().await;
    }
}

fn calls(world: &World<Platform>) -> usize {
    world.opensolar.calls().len()
}

fn denial<T: std::fmt::Debug>(outcome: Result<T, OpenSolarError>) -> (Limited, DateTime<Utc>) {
    match outcome {
        Err(OpenSolarError::NotGranted { why, until, .. }) => (why, until),
        other => panic!("a denial was expected: {other:?}"),
    }
}

#[rstest]
#[tokio::test]
async fn while_all_is_well_nothing_is_written_but_one_item_for_each_call(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (world, _) = World::under_with_project(contract).await;
    let store = &world.store;
    assert_eq!(store.limit(ORG, LimitName::Health).await.expect("it answers"), None, "nothing was wrong");
    assert_eq!(store.limit(ORG, LimitName::Updates).await.expect("it answers"), None, "nothing was changed");
    let mut written = 0;
    for name in [LimitName::Creates, LimitName::Reads, LimitName::Others] {
        written += store.limit(ORG, name).await.expect("it answers").map_or(0, |limit| limit.revision.0);
    }
    assert_eq!(written, u64::try_from(calls(&world)).expect("few"));
}

#[rstest]
#[tokio::test]
async fn two_functions_at_once_share_what_there_is(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let world = World::under(contract).await;
    world.opensolar.enforce_quotas(Quotas::Enforced);
    let config = builders::configuration();
    let account = domain::configuration::Account { quotas: domain::configuration::Quotas::default(), ..config.account };
    let functions = [(); 3].map(|()| Arc::new(another_function(&world, Class::Update)));
    let asks = (0..30).map(|number| {
        let (function, account) = (functions[number % 3].clone(), account.clone());
        tokio::spawn(async move { function.may_send(&account, Write::CreateProject).await })
    });
    let mut granted = 0;
    for ask in asks.collect::<Vec<_>>() {
        match ask.await.expect("it asks") {
            Ok(()) => granted += 1,
            Err(error) => assert_eq!(denial(Err::<(), _>(error)).0, Limited::Quota),
        }
    }
    assert_eq!(granted, 10);
}

#[rstest]
#[tokio::test]
async fn a_grant_that_is_not_used_within_its_time_is_asked_for_anew_and_stays_counted(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    let account = world.core.active_configuration().await.expect("a configuration").account;
    let port = world.opensolar_port.clone();
    for _ in 0..10 {
        port.may_send(&account, Write::CreateProject).await.expect("granted");
    }
    world.advance(GRANT_KEPT + TimeDelta::milliseconds(1));
    let (why, until) = denial(port.may_send(&account, Write::CreateProject).await);
    assert_eq!((why, until), (Limited::Quota, NOON + TimeDelta::seconds(63)));
    world.crm_asks_for(&numbered(1)).await;
    assert_eq!((world.creates(), world.crm_reason("1").as_deref()), (0, Some("quota")));
    world.advance_to(until);
    world.sweep().await;
    assert_eq!(world.creates(), 1);
}

#[rstest]
#[tokio::test]
async fn a_create_that_is_kept_back_leaves_no_intent_no_log_row_and_no_failure(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    crm_asks_for_all(&mut world, 1..=11).await;
    let record = world.project("11").await;
    let until = NOON + TimeDelta::seconds(63);
    assert_eq!(record.sync, SyncState::Waiting { reason: WaitReason::Quota, failures: 0, until });
    let rows = world.store.sync_log(ORG, &"11".parse().expect("an id"));
    // In `design` its contact is there already.
    let made = match contract {
        Contract::Live => vec![],
        Contract::Design => vec![SyncType::CreateContact],
    };
    assert_eq!(rows.into_iter().map(|row| row.sync_type).collect::<Vec<_>>(), made);
    assert_eq!(world.crm_state("11").sync_waiting_until, Some(until));
}

#[rstest]
#[tokio::test]
async fn after_a_429_nothing_of_its_kind_is_sent_before_its_time_by_anybody_and_everything_else_is(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    let throttled = Fault::Refuse { status: 429, body: Value::Null, retry_after: Some(300) };
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), throttled);
    crm_asks_for_all(&mut world, 1..=5).await;
    assert_eq!(world.creates(), 2, "the first one was told for all of them");
    world.opensolar.design(project, 6.6);
    world.run_until_quiet().await;
    world.notice("1042").await;
    let told = world.crm_state("1042").system_size_kw;
    assert_eq!((world.messages().len(), told.as_deref()), (1, Some("6.60")), "reads go on");
    minutes(&mut world, 4).await;
    assert_eq!(world.creates(), 2);
    minutes(&mut world, 2).await;
    assert_eq!(world.opensolar.projects().len(), 6);
}

#[rstest]
#[tokio::test]
async fn lower_classes_leave_a_reserve_to_those_before_them(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let world = World::under(contract).await;
    let account = world.core.active_configuration().await.expect("a configuration").account;
    let mut pages = Vec::new();
    for class in [Class::Sweep, Class::Fetch, Class::Update, Class::New] {
        let function = another_function(&world, class);
        let mut granted = 0;
        while function.project_page(&account, 1).await.is_ok() {
            granted += 1;
        }
        pages.push(granted);
    }
    // The world's guess is 40 a minute: 26 of them at once.
    assert_eq!((pages.iter().sum::<i32>(), pages.iter().all(|granted| 0 < *granted)), (26, true), "{pages:?}");
    let email = domain::phone::EmailAddress::parse("tariro@example.com").expect("an address");
    let sweep = another_function(&world, Class::Sweep);
    assert_eq!(denial(sweep.contact_by_email(&account, &email).await).0, Limited::Quota);
}

#[rstest]
#[tokio::test]
async fn after_a_401_one_read_in_a_quarter_of_an_hour_sees_whether_the_token_is_taken_again(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
    world.opensolar.expire_token();
    crm_asks_for_all(&mut world, 1..=10).await;
    for number in 1..=10 {
        assert_eq!(world.crm_reason(&number.to_string()).as_deref(), Some("token"));
    }
    let (before, creates) = (calls(&world), world.creates());
    let mut woken = 0;
    for _ in 0..60 {
        world.advance(MINUTE);
        woken += world.sweep().await.woken;
    }
    let probes = calls(&world) - before;
    assert!((3..=4).contains(&probes), "{probes} calls in an hour");
    assert_eq!(world.creates(), creates, "a write is never the probe");
    assert!(woken <= 60, "{woken} workers were woken to hear the same");

    // A new token: whoever looks first finds it, and everybody goes on.
    world.opensolar_token.replace(&world.opensolar.new_token());
    world.crm_asks_for(&numbered(11)).await;
    assert_eq!(world.opensolar.projects().len(), 2, "at once");
    minutes(&mut world, 4).await;
    assert_eq!(world.opensolar.projects().len(), 12);
}

/// Live alone: in `design` what happens is told without a read, so nobody waits for the token.
#[tokio::test]
async fn a_token_that_is_taken_again_is_found_by_the_probe() {
    let (mut world, project) = World::under_with_project(Contract::Live).await;
    world.opensolar.refuse_next(401);
    world.opensolar.design(project, 6.6);
    world.run_until_quiet().await;
    let before = calls(&world);
    for _ in 0..14 {
        world.advance(MINUTE);
        world.sweep().await;
    }
    assert_eq!((calls(&world), world.messages().len()), (before, 0));
    minutes(&mut world, 2).await;
    assert_eq!(world.messages().len(), 1);
}

#[rstest]
#[tokio::test]
async fn an_empty_wallet_is_tried_once_an_hour_and_by_an_operators_word_at_once(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    world.opensolar.empty_wallet();
    crm_asks_for_all(&mut world, 1..=12).await;
    assert_eq!(world.creates(), 1, "one refusal is enough for everybody");
    for number in 1..=12 {
        assert_eq!(world.crm_reason(&number.to_string()).as_deref(), Some("wallet"));
        assert_eq!(world.crm_state(&number.to_string()).sync_retry_count, 0);
    }
    minutes(&mut world, 190).await;
    assert_eq!(world.creates(), 4, "one an hour");

    world.opensolar.refill_wallet();
    minutes(&mut world, 5).await;
    assert_eq!(world.opensolar.projects().len(), 0, "nobody said so, and no probe is due");
    refilled(&world.core, &operator()).await.expect("written down");
    minutes(&mut world, 1).await;
    assert_eq!(world.opensolar.projects().len(), 10, "a minute's creates");
    minutes(&mut world, 3).await;
    assert_eq!((world.opensolar.projects().len(), world.opensolar.quota_breaches().len()), (12, 0));
}

#[rstest]
#[tokio::test]
async fn the_probe_that_succeeds_ends_an_empty_wallet_for_all(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    world.opensolar.empty_wallet();
    crm_asks_for_all(&mut world, 1..=5).await;
    world.opensolar.refill_wallet();
    minutes(&mut world, 65).await;
    assert_eq!((world.opensolar.projects().len(), world.creates()), (5, 6));
}

/// Live alone: in which words it refuses is its open question.
#[tokio::test]
async fn three_requests_refused_alike_say_that_the_wallet_is_empty_and_two_do_not() {
    for refused in [EmptyWallet::Forbidden, EmptyWallet::BadRequest] {
        let mut world = World::under(Contract::Live).await;
        world.opensolar.live().behave(|quirks| quirks.answers.empty_wallet = refused);
        world.opensolar.empty_wallet();
        crm_asks_for_all(&mut world, 1..=2).await;
        let reasons =
            |world: &World<Platform>, of: u32| (1..=of).map(|id| world.crm_reason(&id.to_string())).collect::<Vec<_>>();
        assert_eq!(reasons(&world, 2), [Some("backoff".to_owned()), Some("backoff".to_owned())]);
        crm_asks_for_all(&mut world, 3..=5).await;
        assert_eq!(world.creates(), 3, "{refused:?}");
        assert_eq!(reasons(&world, 5)[2..], vec![Some("wallet".to_owned()); 3]);
        minutes(&mut world, 130).await;
        assert!(world.creates() <= 5, "{refused:?}: {} creates", world.creates());

        world.opensolar.refill_wallet();
        refilled(&world.core, &operator()).await.expect("written down");
        minutes(&mut world, 3).await;
        assert_eq!(world.opensolar.projects().len(), 5, "{refused:?}");
    }
}

#[rstest]
#[tokio::test]
async fn an_opensolar_that_does_not_answer_is_left_alone_but_for_one_call_a_minute(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.configure(|document| document.api_retry_count = 0).await;
    let down = Fault::Refuse { status: 503, body: Value::Null, retry_after: None };
    for _ in 0..200 {
        world.opensolar.fail_next(Calls::any(), down.clone());
    }
    world.hold_webhooks();
    for kw in [3.3, 6.6] {
        world.opensolar.design(project, kw);
    }
    world.deliver_webhooks().await;
    // Creates that get no answer are in doubt: no more are sent than it takes to see that.
    crm_asks_for_all(&mut world, 1..=20).await;
    let before = calls(&world);
    assert!(before <= 20, "{before}");
    for number in 10..=20 {
        let SyncState::Waiting { reason, failures: 0, .. } = world.project(&number.to_string()).await.sync else {
            panic!("it waits, and nobody failed")
        };
        assert!(matches!(reason, WaitReason::BackOff(why) if why.contains("does not answer")));
    }
    for _ in 0..10 {
        world.advance(MINUTE);
        world.sweep().await;
    }
    let probes = calls(&world) - before;
    assert!((5..=11).contains(&probes), "{probes} calls in ten minutes");
}
