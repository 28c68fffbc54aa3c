//! What was skipped because automatic sync was off is made once it is on, a batch a minute.

use domain::configuration::ConfigurationDocument;
use domain::ids::OrgId;
use domain::ports::{Change, Store};
use domain::project::SyncState;
use domain::request::{InstallationRequest, SkipReason};
use domain::usecase::operate::activate_configuration;
use domain::usecase::retry_sweep::retry_sweep;
use integration_tests::{Contract, Platform, World, customer_request};
use rstest::rstest;
use testkit::builders::{MINUTE, ORG, phone};

/// An operator changes the organisation's settings.
async fn activate(world: &World<Platform>, change: impl FnOnce(&mut ConfigurationDocument)) {
    let stored = world.store.configuration_of(ORG).await.expect("the store answers").expect("a configuration");
    let mut document = stored.document;
    change(&mut document);
    let read = if document.org_id == ORG { stored.version } else { domain::ids::Revision::NONE };
    activate_configuration(&world.core, document, read).await.expect("activated");
}

async fn switch(world: &World<Platform>, on: bool) {
    activate(world, |document| document.auto_sync_enabled = on).await;
}

fn numbered(number: u32) -> InstallationRequest {
    let mut request = customer_request(&number.to_string());
    request.customer.phone = phone(number);
    request.customer.email = None;
    request
}

/// A system with automatic sync off, and so many requests that were skipped for that.
async fn paused(contract: Contract, count: u32) -> World<Platform> {
    let mut world = World::under(contract).await;
    // As much as OpenSolar may ever be told to take: what is tested here is how many the sweep takes.
    world
        .configure(|document| {
            document.quotas.creates_per_minute = 100;
            // Contacts that are looked for and made before their projects, where the contract wants that.
            document.quotas.others_per_minute = 1_000;
        })
        .await;
    switch(&world, false).await;
    for number in 1..=count {
        world.crm_asks_for(&numbered(number)).await;
    }
    world.advance(MINUTE);
    assert_eq!(world.opensolar.calls(), []);
    world
}

/// The sweeps of the next minutes; how many each resumed.
async fn sweeps(world: &mut World<Platform>, count: usize) -> Vec<usize> {
    let mut resumed = Vec::new();
    for _ in 0..count {
        resumed.push(world.sweep().await.resumed);
        // Time enough for a window to be over.
        world.advance(MINUTE * 2);
    }
    resumed
}

#[rstest]
#[tokio::test]
async fn what_was_skipped_for_the_switch_is_made_once_it_is_on(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = paused(contract, 1).await;
    assert_eq!(world.project("1").await.sync, SyncState::Skipped(SkipReason::AutoSyncDisabled));
    assert_eq!(sweeps(&mut world, 1).await, [0], "the switch is off");

    switch(&world, true).await;
    assert_eq!(sweeps(&mut world, 7).await, [1, 0, 0, 0, 0, 0, 0]);
    assert_eq!((world.opensolar.projects().len(), world.crm_reason("1")), (1, None));
    assert_eq!(world.sweep().await.due, 0, "nobody looks for more");
}

#[rstest]
#[tokio::test]
async fn a_backlog_is_resumed_over_several_sweeps(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let mut world = paused(contract, 250).await;
    switch(&world, true).await;
    assert_eq!(sweeps(&mut world, 4).await, [100, 100, 50, 0]);
    assert_eq!(world.opensolar.projects().len(), 250);
}

#[rstest]
#[tokio::test]
async fn switched_off_again_in_between_the_rest_stays_where_it_was(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = paused(contract, 150).await;
    switch(&world, true).await;
    assert_eq!(sweeps(&mut world, 1).await, [100]);
    switch(&world, false).await;
    assert_eq!(sweeps(&mut world, 7).await, [0; 7]);
    assert_eq!((world.opensolar.projects().len(), world.sweep().await.due), (100, 0));

    switch(&world, true).await;
    assert_eq!(sweeps(&mut world, 2).await, [50, 0]);
    assert_eq!(world.opensolar.projects().len(), 150);
}

#[rstest]
#[tokio::test]
async fn a_wake_up_that_arrives_after_the_switch_was_turned_off_again_makes_nothing(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = paused(contract, 3).await;
    switch(&world, true).await;
    let report = retry_sweep(&world.core, 200, world.deadline_in(55)).await.expect("a sweep");
    assert_eq!(report.resumed, 3);
    switch(&world, false).await;
    world.run_until_quiet().await;
    assert_eq!(world.opensolar.calls(), []);
    assert_eq!(world.project("3").await.sync, SyncState::Skipped(SkipReason::AutoSyncDisabled));
}

#[rstest]
#[tokio::test]
async fn a_request_that_a_worker_skips_by_the_settings_from_before_is_found_nevertheless(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = paused(contract, 1).await;
    let skipped = world.project("1").await;
    switch(&world, true).await;
    assert_eq!(sweeps(&mut world, 2).await, [1, 0]);

    // The worker began before the activation, and is done only now.
    let mut late = skipped;
    late.revision = domain::ids::Revision::NONE;
    late.desired = numbered(2);
    late.updated_at = world.now();
    world.store.commit(vec![Change::CreateProject(late)]).await.expect("recorded");
    world.advance(MINUTE);
    assert_eq!(sweeps(&mut world, 2).await, [1, 0]);
    assert_eq!(world.opensolar.projects().len(), 2);
}

#[rstest]
#[tokio::test]
async fn a_wake_up_that_the_queue_does_not_take_is_sent_a_minute_later(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = paused(contract, 3).await;
    switch(&world, true).await;
    world.queue.fail_next(1);
    let report = world.sweep().await;
    assert_eq!((report.resumed, report.failed), (0, 1));
    world.advance(MINUTE);
    assert_eq!(sweeps(&mut world, 1).await, [3]);
    assert_eq!(world.opensolar.projects().len(), 3);
}

#[rstest]
#[tokio::test]
async fn no_more_are_woken_than_the_sweep_may(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let world = paused(contract, 30).await;
    switch(&world, true).await;
    let report = retry_sweep(&world.core, 10, world.deadline_in(55)).await.expect("a sweep");
    assert_eq!(report.resumed, 10);
}

#[rstest]
#[tokio::test]
async fn of_an_organisation_that_is_not_the_active_one_nothing_is_resumed(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = paused(contract, 1).await;
    switch(&world, true).await;
    activate(&world, |document| document.org_id = OrgId(ORG.0 + 1)).await;
    assert_eq!(sweeps(&mut world, 7).await, [0; 7]);
    assert_eq!((world.opensolar.calls().len(), world.sweep().await.due), (0, 0));

    activate(&world, |_| {}).await;
    assert_eq!(sweeps(&mut world, 1).await, [1]);
    assert_eq!(world.opensolar.projects().len(), 1);
}
