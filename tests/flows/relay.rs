//! A server that speaks the contract `design`: contacts before projects, no stages, no history, no log of deliveries.
//!
//! What holds under both contracts is told once, elsewhere; here is what only this one knows, and its open questions.

mod contact;
mod corrected;
mod doubt;
mod late;
mod night;
mod update;

use domain::configuration::ConfigurationDocument;
use domain::project::SyncState;
use domain::request::CrmStatus;
use integration_tests::{World, customer_request};
use testkit::builders::ORG;
use testkit::fake_relay::{Quirks, Work};
use testkit::{Call, FakeRelay};

/// A world whose settings differ in something.
async fn configured(change: impl FnOnce(&mut ConfigurationDocument)) -> World<FakeRelay> {
    let mut world = World::beside_a_relay().await;
    world.configure(change).await;
    world
}

/// One whose relay answers some question otherwise.
async fn behaving(change: fn(&mut Quirks)) -> World<FakeRelay> {
    let world = World::beside_a_relay().await;
    world.opensolar.behave(change);
    world
}

/// One in which request 1042 has its project.
async fn with_project() -> World<FakeRelay> {
    let mut world = World::beside_a_relay().await;
    world.crm_asks_for(&customer_request("1042")).await;
    world
}

/// Staff do this with the newest project.
fn staff(world: &World<FakeRelay>, work: Work) {
    let id = world.opensolar.projects().last().expect("a project").id;
    world.opensolar.work(id, work).expect("done");
}

/// How often this was asked of the relay.
fn asked(world: &World<FakeRelay>, method: &str, path_end: &str) -> usize {
    let is_it = |call: &&Call| call.method == method && call.path.ends_with(path_end);
    world.opensolar.calls().iter().filter(is_it).count()
}

/// The request has one project and one contact, which were paid for and made once.
async fn is_settled(world: &World<FakeRelay>, request: &str, name: &str) {
    let project = world.project(request).await;
    assert_eq!((&project.sync, project.wake()), (&SyncState::InStep, None), "{name}");
    assert_eq!((world.opensolar.billed(), world.opensolar.contacts().len()), (1, 1), "{name}");
    let told = world.crm_state(request);
    assert!(told.opensolar_project_id.is_some() && told.opensolar_contact_id.is_some(), "{name}: {told:?}");
    assert_eq!(told.sync_reason, None, "{name}");
    assert!(world.opensolar.quota_breaches().is_empty(), "{name}");
}

#[tokio::test]
async fn a_request_becomes_a_contact_and_then_its_project_under_every_answer() {
    for (name, change) in Quirks::alternatives().into_iter().chain([("as usual", (|_| ()) as fn(&mut Quirks))]) {
        let mut world = behaving(change).await;
        world.crm_asks_for(&customer_request("1042")).await;
        is_settled(&world, "1042", name).await;
        assert_eq!((asked(&world, "POST", "/contacts/"), asked(&world, "POST", "/projects/")), (1, 1), "{name}");
        world.look_at("1042").await;
        let told = world.crm_state("1042");
        assert_eq!((told.project_status.as_deref(), told.status.as_deref()), (Some("lead"), Some("pending")), "{name}");
        assert_eq!(told.sync_status.as_deref(), Some("synced"), "{name}");
    }
}

#[tokio::test]
async fn how_far_a_project_is_shows_in_the_requests_status_which_never_moves_back() {
    let mut world = with_project().await;
    for (status, expected) in [
        ("design", CrmStatus::Pending),
        ("contract", CrmStatus::Scheduled),
        ("on hold", CrmStatus::Scheduled),
        ("installation", CrmStatus::InProgress),
        ("lead", CrmStatus::InProgress),
        ("complete", CrmStatus::Completed),
    ] {
        staff(&world, Work::Move { status: status.to_owned() });
        world.look_at("1042").await;
        let told = world.crm_state("1042");
        assert_eq!(told.project_status.as_deref(), Some(status));
        assert_eq!(told.status.as_deref(), Some(expected.as_str()), "{status}");
    }
}

#[tokio::test]
async fn the_log_has_a_row_for_the_contact_and_one_for_the_project() {
    let world = with_project().await;
    let rows = world.store.sync_log(ORG, &"1042".parse().expect("an id"));
    let told: Vec<(&str, &str)> = rows.iter().map(|row| (row.sync_type.as_str(), row.status.as_str())).collect();
    assert_eq!(told, [("create_contact", "success"), ("create_project", "success")]);
    let text = format!("{rows:?}");
    assert!(!text.contains("+263") && !text.contains("example.com"), "{text}");
}
