//! OpenSolar or a queue is away for a while: nothing is lost, nothing is asked more often than needed.
//!
//! The flows without a contract are of `live`: deliveries wait for a read there, and events of `design` for none.

use chrono::TimeDelta;
use domain::project::{PENDING_LIMIT, SyncState, WaitReason};
use domain::usecase::sync_project::{SyncMessage, sync_project};
use integration_tests::{Contract, World, customer_request};
use rstest::rstest;
use serde_json::Value;
use testkit::builders::{self, MINUTE};
use testkit::{Calls, Fault};

#[tokio::test]
async fn deliveries_that_arrive_while_opensolar_is_down_share_one_read_later() {
    let (mut world, project) = World::with_project().await;
    let outage = Fault::Refuse { status: 503, body: Value::Null, retry_after: None };
    // A read is made once more within its call.
    for _ in 0..2 {
        world.opensolar.fail_next(Calls::to("GET", "/projects/"), outage.clone());
    }
    let before = world.reads();
    for kw in [3.3, 4.4, 6.6] {
        world.opensolar.design(project, kw).expect("designed");
        world.run_until_quiet().await;
    }
    assert_eq!(world.delivery_counts()["received"], 9, "all are acknowledged and wait");
    assert_eq!(world.reads() - before, 2, "who backs off is not asked for each delivery");
    assert_eq!(world.messages(), Vec::<String>::new());

    world.advance(MINUTE * 2);
    assert_eq!(world.sweep().await.woken, 1);
    assert_eq!(world.reads() - before, 3, "nine deliveries, one read");
    assert_eq!(world.delivery_counts().get("received"), None);
    assert_eq!(world.messages().len(), 1);
}

#[tokio::test]
async fn more_deliveries_than_a_record_keeps_are_settled_by_the_read_that_is_due() {
    let (mut world, project) = World::with_project().await;
    world.opensolar_is_gone().await;
    let before = (world.reads(), world.delivery_counts()["processed"]);
    for kw in 1..=20 {
        world.opensolar.design(project, f64::from(kw)).expect("designed");
    }
    world.run_until_quiet().await;
    let counts = world.delivery_counts();
    assert_eq!((counts["received"], counts["processed"]), (PENDING_LIMIT, before.1 + 10));
    assert_eq!(world.project("1042").await.read.expect("due").pending.len(), PENDING_LIMIT);
    let decisions = world.decisions("1042");
    assert_eq!(decisions.iter().filter(|decision| decision.starts_with("coalesced: ")).count(), 10);

    world.opensolar_is_back().await;
    world.advance(MINUTE * 2);
    world.sweep().await;
    assert_eq!(world.reads() - before.0, 1);
    assert_eq!(world.delivery_counts()["processed"], before.1 + 60);
    assert_eq!(world.messages().len(), 1);
}

#[tokio::test]
async fn a_read_that_is_never_answered_is_given_up_in_the_open() {
    let (mut world, project) = World::with_project().await;
    world.opensolar_is_gone().await;
    world.opensolar.design(project, 6.6).expect("designed");
    world.run_until_quiet().await;
    let mut sweeps = 0;
    while let Some((at, _)) = world.project("1042").await.wake() {
        world.advance_to(at);
        world.sweep().await;
        sweeps += 1;
    }
    assert_eq!(sweeps, 10);
    assert_eq!(world.delivery_counts()["failed"], 3);
    assert_eq!(world.project("1042").await.sync, SyncState::InStep);

    // What comes next heals it, at an hour at which customers may be written to.
    let tomorrow = world.now().date_naive() + chrono::TimeDelta::days(1);
    world.advance_to(tomorrow.and_hms_opt(12, 0, 0).expect("noon").and_utc());
    world.opensolar_is_back().await;
    world.opensolar.send_proposal(project).expect("sent");
    world.run_until_quiet().await;
    assert_eq!(world.messages().len(), 2);
}

#[rstest]
#[tokio::test]
async fn what_a_failing_queue_left_behind_is_sent_in_order_by_the_sweep(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    world.hold_webhooks();
    let message = builders::sync_request(&customer_request("1042"));
    world.crm_sends(&message).await;
    world.queue.fail_next(usize::MAX);
    world.run_until_quiet().await;
    assert_eq!(world.opensolar.projects().len(), 1);
    assert_eq!(world.crm_updates(), []);

    world.queue.fail_next(0);
    world.advance(MINUTE);
    let report = world.sweep().await;
    assert_eq!(report.failed, 0);
    let updates = world.crm_updates();
    assert_eq!(updates.iter().map(|update| update.revision).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(world.crm_state("1042").opensolar_project_id, Some(world.opensolar.projects()[0].id.into()));
    world.advance(MINUTE);
    assert_eq!(world.sweep().await.due, 0, "and nothing twice");
    assert_eq!(world.creates(), 1);
}

#[rstest]
#[tokio::test]
async fn a_message_to_the_customer_whose_wake_up_was_lost_is_sent_by_the_sweep(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.hold_webhooks();
    world.opensolar.design(project, 6.6);
    for delivery in world.webhooks_on_their_way().await {
        world.hand_over(delivery.body.as_bytes()).await;
    }
    world.queue.fail_next(usize::MAX);
    world.run_until_quiet().await;
    assert_eq!((world.messages().len(), world.ledger("1042").len()), (0, 1));
    world.queue.fail_next(0);
    world.advance(MINUTE);
    world.sweep().await;
    assert_eq!((world.messages().len(), world.ledger("1042")[0].2), (1, "sent"));
}

#[tokio::test]
async fn reads_wait_for_another_token_as_creates_do() {
    let (mut world, project) = World::with_project().await;
    world.opensolar_token.replace("a token that was revoked");
    world.opensolar.refuse_next(401);
    world.opensolar.design(project, 6.6).expect("designed");
    world.run_until_quiet().await;
    let mut second = customer_request("1043");
    second.customer.phone = builders::phone(2);
    second.customer.email = None;
    world.crm_asks_for(&second).await;
    assert_eq!(world.crm_reason("1043").as_deref(), Some(WaitReason::Token.as_str()));
    world.opensolar_token.replace(world.opensolar.token());
    world.advance(MINUTE * 15);
    world.sweep().await;
    world.advance(MINUTE);
    world.sweep().await;
    assert_eq!((world.messages().len(), world.opensolar.projects().len()), (1, 2));
}

#[tokio::test]
async fn a_throttled_read_is_waited_out_whatever_arrives_meanwhile() {
    for (status, wait) in [(429, TimeDelta::seconds(42)), (401, TimeDelta::minutes(15)), (402, TimeDelta::hours(1))] {
        let (mut world, project) = World::with_project().await;
        let refusal = Fault::Refuse { status, body: Value::Null, retry_after: Some(42) };
        world.opensolar.fail_next(Calls::to("GET", "/projects/"), refusal);
        let before = world.reads();
        for kw in [3.3, 6.6] {
            world.opensolar.design(project, kw).expect("designed");
            world.run_until_quiet().await;
        }
        assert_eq!(world.reads() - before, 1, "{status}");
        world.advance(wait);
        world.sweep().await;
        assert_eq!((world.reads() - before, world.messages().len()), (2, 1), "{status}");
    }
}

#[rstest]
#[tokio::test]
async fn who_has_not_enough_time_left_begins_nothing_and_leaves_it_to_the_sweep(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    let request = customer_request("1042");
    let message = SyncMessage::Request(Box::new(builders::sync_request(&request)));
    let deadline = world.deadline_in(15);
    sync_project(&world.core, &*world.opensolar_port, message, deadline).await.expect("recorded");
    assert_eq!(world.opensolar.calls(), []);
    let (at, _) = world.project("1042").await.wake().expect("due");
    assert_eq!(at, deadline.lease_end());
    world.advance_to(at);
    world.sweep().await;
    assert_eq!(world.opensolar.projects().len(), 1);
}
