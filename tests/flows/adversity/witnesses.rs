//! Who says that a project is a request's, and who only seems to.

use chrono::TimeDelta;
use domain::project::SyncState;
use domain::usecase::sync_project::{SyncMessage, sync_project};
use integration_tests::{World, customer_request};
use serde_json::{Value, json};
use testkit::builders::{self, MINUTE};
use testkit::{Calls, Fault};

use crate::late_answer::LateAnswer;

use super::{fields, ours, outage};

/// A delivery that names our identifier makes project X due to be read; the answer of the create links Y; X is then
/// merged into the record of Y.
#[tokio::test]
async fn a_strangers_project_that_is_due_is_not_merged_into_the_linked_one() {
    let mut world = World::start().await;
    world.hold_webhooks();
    let stranger = world
        .opensolar
        .add_project(fields(json!({"address": "99 Stranger Road", "title": "A stranger's house"})))
        .expect("a project");
    world.opensolar.design(stranger, 9.9).expect("designed");
    world.opensolar.send_proposal(stranger).expect("sent");
    let (late, request, deadline) = (LateAnswer::of(&world), customer_request("1042"), world.deadline_in(180));
    let message = SyncMessage::Request(Box::new(builders::sync_request(&request)));
    let core = world.core.clone();
    let forged = json!({"model": "Project", "model_id": stranger, "event": "UPDATE", "event_id": 77,
        "identifier": ours(), "fields": {"id": stranger}});
    let overtaken = async {
        late.asked().await;
        for _ in 0..2 {
            world.opensolar.fail_next(Calls::to("GET", &format!("/projects/{stranger}/")), outage());
        }
        world.webhook_arrives(&forged).await;
        late.arrives();
    };
    let (outcome, ()) = tokio::join!(sync_project(&core, &late.opensolar, message, deadline), overtaken);
    outcome.expect("settled");
    let own = world.opensolar.projects().iter().map(|project| project.id).find(|id| *id != stranger);
    assert_eq!(world.crm_state("1042").opensolar_project_id, own.map(Into::into), "linked to its own");
    world.advance(MINUTE * 3);
    world.sweep().await;
    let told = world.crm_state("1042");
    assert_eq!(world.messages(), Vec::<String>::new(), "the stranger's news are nobody else's");
    assert_eq!((told.system_size_kw, told.proposal_url), (None, None));
}

/// A witness waits to be read, and a create is sent nevertheless.
#[tokio::test]
async fn no_create_is_sent_while_a_witness_waits_to_be_read() {
    let mut world = World::start().await;
    let refusal = Fault::Refuse { status: 403, body: Value::Null, retry_after: None };
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), refusal);
    world.crm_asks_for(&customer_request("1042")).await;
    for _ in 0..2 {
        world.opensolar.fail_next(Calls::to("GET", "/projects/"), outage());
    }
    let made = fields(json!({"identifier": ours(), "address": "12 Example Street"}));
    world.opensolar.add_project(made).expect("a project");
    world.run_until_quiet().await;
    world.advance(MINUTE * 2);
    world.sweep().await;
    assert_eq!(world.opensolar.projects().len(), 1, "one project for one request");
}

/// A distrusted request never claimed its contact; another request's claim keeps its witness from being linked.
#[tokio::test]
async fn a_claim_of_another_request_does_not_keep_a_witness_from_being_linked() {
    let mut world = World::start().await;
    let now = world.now();
    world
        .configure(|document| {
            document.trusted_since = Some(now);
            document.api_timeout = 2;
        })
        .await;
    let mut backfilled = customer_request("1042");
    backfilled.created_at = Some(now - TimeDelta::days(30));
    world.crm_asks_for(&backfilled).await;
    world.hold_webhooks();
    let mut fresh = customer_request("1043");
    fresh.created_at = Some(now);
    fresh.customer.email = None;
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::DropBeforeApplying);
    world.crm_asks_for(&fresh).await;
    assert_eq!(world.crm_reason("1043").as_deref(), Some("verifying"));
    let made = fields(json!({"identifier": ours(), "address": "12 Example Street"}));
    let made = world.opensolar.add_project(made).expect("a project");
    world.deliver_webhooks().await;
    assert_eq!(world.crm_state("1042").opensolar_project_id, Some(made.into()));
}

/// A delivery that names our identifier and a project that is not there keeps the real witness on its queue.
#[tokio::test]
async fn a_false_witness_does_not_hold_up_the_true_one() {
    let mut world = World::start().await;
    world.hold_webhooks();
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyThenDrop);
    world.crm_asks_for(&customer_request("1042")).await;
    let forged = json!({"model": "Project", "model_id": 999_999, "event": "UPDATE", "event_id": 77,
        "identifier": ours(), "fields": {"id": 999_999}});
    world.webhook_arrives(&forged).await;
    world.deliver_webhooks().await;
    assert_eq!(world.project("1042").await.sync, SyncState::InStep);
}

/// The namespace is changed while a create is in doubt.
#[tokio::test]
async fn another_namespace_does_not_make_a_witness_a_stranger() {
    let mut world = World::start().await;
    world.hold_webhooks();
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyThenDrop);
    world.crm_asks_for(&customer_request("1042")).await;
    world
        .configure(|document| document.namespace = "6f0f4f0e-0000-4000-8000-0000000000ff".parse().expect("a UUID"))
        .await;
    world.deliver_webhooks().await;
    assert_eq!(world.project("1042").await.sync, SyncState::InStep, "{:?}", world.delivery_log());
}

/// 404 of what is said to be our project, while nothing is linked.
#[tokio::test]
async fn a_witness_that_is_not_there_is_none_at_once() {
    let mut world = World::start().await;
    world.hold_webhooks();
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyThenDrop);
    world.crm_asks_for(&customer_request("1042")).await;
    let forged = json!({"model": "Project", "model_id": 999_999, "event": "UPDATE", "event_id": 77,
        "identifier": ours(), "fields": {"id": 999_999}});
    world.webhook_arrives(&forged).await;
    assert_eq!(world.project("1042").await.read, None);
}
