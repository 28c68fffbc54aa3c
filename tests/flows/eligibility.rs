//! Which requests are synced, and what the CRM is told of the others.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::ports::Store;
use domain::project::SyncState;
use domain::request::{CrmStatus, InstallationType, SkipReason};
use domain::usecase::sync_project::{SyncMessage, sync_project};
use domain::usecase::{Core, UseCaseError};
use integration_tests::{Contract, World, customer_request};
use rstest::rstest;
use testkit::builders;
use testkit::memory::MemoryStore;

#[rstest]
#[tokio::test]
async fn a_starlink_request_is_skipped_with_its_reason_and_made_when_somebody_insists(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    let mut request = customer_request("1042");
    request.installation_type = InstallationType::Other("starlink".to_owned());
    world.crm_asks_for(&request).await;
    let told = world.crm_state("1042");
    assert_eq!((told.sync_status, told.sync_reason.as_deref()), (None, Some("skipped")));
    assert_eq!(told.sync_error_message.as_deref(), Some("installation type starlink is not synced"));
    assert_eq!(world.opensolar.calls(), []);

    world.crm_insists_on(&request).await;
    assert_eq!(world.opensolar.projects().len(), 1);
    assert_eq!(world.crm_state("1042").sync_reason, None);
}

#[rstest]
#[tokio::test]
async fn a_cancelled_request_is_never_made_whoever_insists(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for status in [CrmStatus::Cancelled, CrmStatus::Completed] {
        let mut world = World::under(contract).await;
        let mut request = customer_request("1042");
        request.status = status;
        world.crm_asks_for(&request).await;
        world.crm_insists_on(&request).await;
        assert_eq!(world.project("1042").await.sync, SyncState::Skipped(SkipReason::Status(status)));
        assert_eq!(world.opensolar.calls(), []);
    }
}

#[rstest]
#[tokio::test]
async fn a_request_that_is_cancelled_while_it_waits_is_not_made(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    world.opensolar_is_gone().await;
    world.crm_asks_for(&customer_request("1042")).await;
    assert_eq!(world.crm_reason("1042").as_deref(), Some("backoff"));

    world.opensolar_is_back().await;
    let mut cancelled = customer_request("1042");
    cancelled.version.revision = Some(4);
    cancelled.status = CrmStatus::Cancelled;
    world.crm_asks_for(&cancelled).await;
    assert_eq!(world.project("1042").await.sync, SyncState::Skipped(SkipReason::Status(CrmStatus::Cancelled)));
    assert_eq!(world.project("1042").await.wake(), None);
    assert_eq!(world.opensolar.calls(), []);
}

#[rstest]
#[tokio::test]
async fn a_request_that_becomes_another_kind_while_it_waits_is_not_made(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for status in [403, 429, 402, 401] {
        let mut world = World::under(contract).await;
        world.opensolar.refuse_next(status);
        world.crm_asks_for(&customer_request("1042")).await;
        let mut changed = customer_request("1042");
        changed.version.revision = Some(4);
        changed.installation_type = InstallationType::Other("starlink".to_owned());
        world.crm_asks_for(&changed).await;
        world.advance(TimeDelta::hours(2));
        world.sweep().await;
        assert_eq!(world.crm_reason("1042").as_deref(), Some("skipped"), "{status}");
        assert_eq!(world.creates(), 0, "{status}");
    }
}

#[rstest]
#[tokio::test]
async fn a_cancelled_request_that_is_asked_for_again_is_made(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    let mut request = customer_request("1042");
    request.status = CrmStatus::Cancelled;
    world.crm_asks_for(&request).await;
    request.version.revision = Some(4);
    request.status = CrmStatus::Pending;
    world.crm_asks_for(&request).await;
    assert_eq!(world.opensolar.projects().len(), 1);
}

#[rstest]
#[tokio::test]
async fn with_automatic_sync_off_only_what_somebody_insists_on_is_made(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    world.configure(|document| document.auto_sync_enabled = false).await;
    world.crm_asks_for(&customer_request("1042")).await;
    assert_eq!(world.crm_state("1042").sync_error_message.as_deref(), Some("automatic sync is switched off"));
    assert_eq!(world.opensolar.calls(), []);
    world.crm_insists_on(&customer_request("1042")).await;
    assert_eq!(world.opensolar.projects().len(), 1);
}

#[rstest]
#[tokio::test]
async fn the_crms_older_words_for_solar_are_solar_for_a_home_or_a_business(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let words =
        [("residential", true), ("install_residential", true), ("commercial", false), ("install_commercial", false)];
    for (word, is_residential) in words {
        let mut world = World::under(contract).await;
        let mut message = builders::sync_request(&customer_request("1042"));
        message.installation_request.installation_type = word.to_owned();
        world.crm_sends(&message).await;
        world.run_until_quiet().await;
        assert_eq!(world.opensolar.projects()[0].is_residential, is_residential, "{word}");
    }
}

#[rstest]
#[tokio::test]
async fn a_hybrid_system_is_solar_too(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let mut world = World::under(contract).await;
    let mut request = customer_request("1042");
    request.installation_type = InstallationType::Hybrid;
    world.crm_asks_for(&request).await;
    assert!(world.opensolar.projects()[0].is_residential);
    assert_eq!(world.project("1042").await.sync, SyncState::InStep);
}

#[rstest]
#[tokio::test]
async fn before_anything_is_configured_a_request_is_nobodys_failure_and_stays_on_its_queue(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let world = World::under(contract).await;
    let store = Arc::new(MemoryStore::new(world.core.ambient.clone()));
    let core = Core { store: store.clone(), ..world.core.clone() };
    let (request, deadline) = (customer_request("1042"), world.deadline_in(180));
    let message = SyncMessage::Request(Box::new(builders::sync_request(&request)));
    let outcome = sync_project(&core, &*world.opensolar_port, message, deadline).await;
    assert!(matches!(outcome, Err(UseCaseError::NoConfiguration)), "{outcome:?}");
    assert_eq!(store.project(builders::ORG, &request.id).await.expect("the store answers"), None);
    assert_eq!(world.opensolar.calls(), []);
}
