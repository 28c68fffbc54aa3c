//! What a stranger's eyes found: forged and false witnesses, numbers and contacts that change hands, and work that is
//! cut off by the clock.
//!
//! The flows without a contract are of what only `live` knows: forged hints, sparse answers, contacts by their
//! e-mail.

mod contacts;
mod news;
mod searches;
mod witnesses;

use chrono::TimeDelta;
use domain::jobs::WebhookJob;
use domain::project::{SyncState, identifier};
use domain::request::InstallationType;
use domain::usecase::apply_webhook::arrive;
use integration_tests::{Contract, World, customer_request};
use rstest::rstest;
use serde_json::{Map, Value, json};
use testkit::builders::{self, MINUTE, ORG};
use testkit::{Calls, Fault};

fn fields(fields: Value) -> Map<String, Value> {
    fields.as_object().expect("an object").clone()
}

/// The identifier of request 1042's project.
fn ours() -> String {
    identifier(builders::configuration_document().namespace, ORG, &customer_request("1042").id, 1).to_string()
}

fn outage() -> Fault {
    Fault::Refuse { status: 503, body: Value::Null, retry_after: None }
}

/// A delivery's row has expired while a change waited: `compare` never commits.
#[rstest]
#[tokio::test]
async fn an_expired_delivery_does_not_keep_a_change_from_being_sent(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.opensolar.expire_token();
    world.opensolar.design(project, 6.6);
    world.run_until_quiet().await;
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.address = Some("14 Example Street".to_owned());
    world.crm_asks_for(&newer).await;
    world.advance(TimeDelta::days(91));
    let token = world.opensolar.new_token();
    world.opensolar_token.replace(&token);
    world.sweep().await;
    assert_eq!(world.opensolar.projects()[0].address, "14 Example Street");
}

/// An organisation that is not active rests, its held deliveries too.
#[tokio::test]
async fn a_replay_that_arrives_while_its_organisation_rests_is_not_lost() {
    let mut world = World::start().await;
    let unlinked =
        json!({"model": "Project", "model_id": 4242, "event": "UPDATE", "event_id": 77, "fields": {"id": 4242}});
    world.webhook_arrives(&unlinked).await;
    world.configure(|document| document.org_id = domain::ids::OrgId(99)).await;
    let job = WebhookJob::ReplayHeld { org_id: ORG, project_id: 4242.into() };
    arrive(&world.core, job, world.deadline_in(90)).await.expect("done");
    assert!(!world.store.deliveries()[0].status.is_final(), "{:?}", world.store.deliveries()[0].status);
}

/// What was forced once is updated by a usual revision.
#[rstest]
#[tokio::test]
async fn a_request_that_was_forced_keeps_being_synced(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let mut world = World::under(contract).await;
    let mut request = customer_request("1042");
    request.installation_type = InstallationType::Other("starlink".to_owned());
    world.crm_insists_on(&request).await;
    assert_eq!(world.opensolar.projects().len(), 1);
    request.version.revision = Some(4);
    request.address = Some("14 Example Street".to_owned());
    world.crm_asks_for(&request).await;
    assert_eq!(world.opensolar.projects()[0].address, "14 Example Street", "{:?}", world.crm_state("1042"));
}

/// A change in doubt is forgotten while the project is out of reach, and sent again before it may be.
#[rstest]
#[tokio::test]
async fn a_change_in_doubt_stays_in_doubt_while_its_project_is_out_of_reach(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.address = Some("14 Example Street".to_owned());
    world.opensolar.fail_next(Calls::to("PATCH", "/projects/"), Fault::DropBeforeApplying);
    world.crm_asks_for(&newer).await;
    assert!(matches!(world.project("1042").await.sync, SyncState::Unsettled { .. }));
    world.opensolar.put_out_of_reach(project);
    world.advance(MINUTE);
    world.look_at("1042").await;
    world.opensolar.bring_within_reach(project);
    world.advance(MINUTE);
    world.look_at("1042").await;
    assert_eq!(world.changes().len(), 1, "two minutes after a change in doubt no other is sent");
}
