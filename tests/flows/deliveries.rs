//! What becomes of each delivery: applied, held, ignored or failed, and always in the log.
//!
//! Live alone: these are its envelopes and its hints. Those of `design` are in `design_events.rs` and
//! `design_refusals.rs`.

use domain::ids::OrgId;
use domain::jobs::QueueName;
use domain::project::{SyncState, identifier};
use domain::usecase::ingest_webhook::Answer;
use domain::webhook::{DeliveryStatus, HELD_LIMIT, IgnoredBecause, UnreadableBody};
use integration_tests::{World, customer_request};
use serde_json::{Map, Value, json};
use testkit::builders::{self, MINUTE, ORG};
use testkit::{Calls, Fault};

/// The envelope of a delivery, with nothing in its fields.
fn delivery(model: &str, id: u64, event: &str, event_id: u64) -> Value {
    json!({"timestamp": "1795176000", "model": model, "model_id": id, "event": event, "event_id": event_id,
        "identifier": "6f0f4f0e-0000-4000-8000-0000000000ff", "fields": {"id": id}})
}

fn stranger() -> Map<String, Value> {
    json!({"address": "1 Stranger's Lane"}).as_object().expect("an object").clone()
}

#[tokio::test]
async fn what_arrives_before_its_project_is_linked_is_held_and_applied_then() {
    let mut world = World::start().await;
    world.hold_webhooks();
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyThenDrop);
    world.crm_asks_for(&customer_request("1042")).await;
    let project = world.opensolar.projects()[0].id;
    world.opensolar.design(project, 6.6).expect("designed");
    let deliveries = world.webhooks_on_their_way().await;
    let (events, others): (Vec<_>, Vec<_>) =
        deliveries.iter().partition(|delivery| delivery.body.contains(r#""model":"Event""#));
    for event in &events {
        world.hand_over(event.body.as_bytes()).await;
    }
    world.run_until_quiet().await;
    let held = world.delivery_log();
    assert!(held.iter().all(|(_, status)| matches!(status, DeliveryStatus::Held { .. })), "{held:?}");
    assert_eq!((held.len(), world.reads()), (2, 0));

    for other in &others {
        world.hand_over(other.body.as_bytes()).await;
    }
    world.run_until_quiet().await;
    assert_eq!(world.project("1042").await.sync, SyncState::InStep);
    assert_eq!(world.delivery_counts(), [("ignored", 1), ("processed", 4)].into());
    assert_eq!((world.opensolar.projects().len(), world.messages().len()), (1, 1));
}

#[tokio::test]
async fn a_delivery_that_names_our_identifier_on_a_strangers_project_links_nothing() {
    let mut world = World::start().await;
    let refusal = Fault::Refuse { status: 403, body: Value::Null, retry_after: None };
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), refusal);
    world.crm_asks_for(&customer_request("1042")).await;
    let theirs = world.opensolar.add_project(stranger()).expect("a project");
    world.run_until_quiet().await;

    let ours = identifier(builders::configuration_document().namespace, ORG, &customer_request("1042").id, 1);
    let mut forged = delivery("Project", theirs, "UPDATE", 1);
    forged["identifier"] = json!(ours);
    world.webhook_arrives(&forged).await;
    let project = world.project("1042").await;
    assert_eq!((project.remote, project.read), (None, None));
    assert_eq!(world.crm_reason("1042").as_deref(), Some("backoff"));
    let failed = world.delivery_log().into_iter().find_map(|(_, status)| match status {
        DeliveryStatus::Failed { reason } => Some(reason),
        _ => None,
    });
    assert!(failed.expect("failed").contains("is not this request's"));

    world.advance(MINUTE * 2);
    world.sweep().await;
    let made = world.opensolar.projects().into_iter().find(|project| project.id != theirs).expect("made");
    assert_eq!(world.crm_state("1042").opensolar_project_id, Some(made.id.into()));
}

#[tokio::test]
async fn deliveries_of_a_project_that_is_never_linked_are_given_up_after_a_week() {
    let mut world = World::start().await;
    let theirs = world.opensolar.add_project(stranger()).expect("a project");
    world.opensolar.design(theirs, 3.3).expect("designed");
    world.run_until_quiet().await;
    assert_eq!(world.delivery_counts(), [("received", 4)].into());
    world.advance(HELD_LIMIT - MINUTE);
    assert_eq!(world.sweep().await.due, 0);
    world.advance(MINUTE);
    world.sweep().await;
    let log = world.delivery_log();
    let unlinked = DeliveryStatus::Ignored(IgnoredBecause::Unlinked);
    assert!(log.len() == 4 && log.iter().all(|(_, status)| *status == unlinked), "{log:?}");
    assert_eq!(world.sweep().await.due, 0);
    assert_eq!(world.opensolar.calls(), []);
}

#[tokio::test]
async fn what_cannot_be_read_is_one_failed_row_that_counts() {
    let mut world = World::start().await;
    for _ in 0..3 {
        let answer = world.hand_over_again(b"<html>not a delivery</html>").await;
        assert_eq!(answer, Answer::Unreadable(UnreadableBody::NotJson));
        world.run_until_quiet().await;
    }
    let rows = world.store.deliveries();
    assert_eq!((rows.len(), rows[0].repeats), (1, 2));
    assert_eq!(rows[0].status, DeliveryStatus::Failed { reason: "the body is not JSON".to_owned() });
    let payload = world.store.payload(ORG, &rows[0].key).expect("kept");
    assert_eq!(payload.body, b"<html>not a delivery</html>");
}

#[tokio::test]
async fn what_nothing_follows_from_is_ignored_with_its_reason() {
    let no_project = json!({"model": "Event", "model_id": 88001, "event": "DELETE", "event_id": 5});
    let cases = [
        (json!({}), IgnoredBecause::NoModelOrId),
        (json!({"model": "Project", "event": "UPDATE"}), IgnoredBecause::NoModelOrId),
        (delivery("Contact", 700_001, "UPDATE", 2), IgnoredBecause::NoProject),
        (delivery("Quote", 4, "CREATE", 3), IgnoredBecause::NoProject),
        (delivery("SomethingNew", 4, "CREATE", 4), IgnoredBecause::UnknownModel),
        (no_project, IgnoredBecause::NoProject),
    ];
    for (body, reason) in cases {
        let mut world = World::start().await;
        world.webhook_arrives(&body).await;
        let log = world.delivery_log();
        assert_eq!(log.len(), 1);
        assert_eq!(log[0].1, DeliveryStatus::Ignored(reason), "{body}");
        assert_eq!(world.opensolar.calls(), []);
    }
}

#[tokio::test]
async fn whatever_names_our_project_has_it_read_back_once() {
    for model in ["Event", "Contact", "Quote", "QuoteActivityLog"] {
        let (mut world, project) = World::with_project().await;
        let reads = world.reads();
        let path = format!("/api/orgs/1234/projects/{project}/");
        let mut body = delivery(model, 88_001, "UPDATE", 9);
        body["fields"] = json!({"project": path, "projects": [path]});
        world.advance(MINUTE);
        world.webhook_arrives(&body).await;
        assert_eq!(world.reads(), reads + 1, "{model}");
        let mut settled = world.delivery_log().into_iter().filter(|(logged, _)| logged == model);
        assert_eq!(settled.next_back().expect("logged").1, DeliveryStatus::Processed, "{model}");
    }
}

#[tokio::test]
async fn a_contact_that_a_share_links_opening_made_up_is_nobodys() {
    let (mut world, project) = World::with_project().await;
    let reads = world.reads();
    world.advance(MINUTE);
    let mut body = delivery("Contact", 700_099, "CREATE", 9);
    body["fields"] = json!({"email": "123456@os.code", "projects": [format!("/api/orgs/1234/projects/{project}/")]});
    world.webhook_arrives(&body).await;
    assert_eq!(world.reads(), reads);
    let (_, status) = world.delivery_log().pop().expect("logged");
    assert_eq!(status, DeliveryStatus::Ignored(IgnoredBecause::NoProject));
}

#[tokio::test]
async fn a_hint_at_nothing_new_is_read_back_and_told_to_nobody() {
    let (mut world, project) = World::with_project().await;
    let (told, reads) = (world.crm_updates(), world.reads());
    world.advance(MINUTE);
    world.webhook_arrives(&delivery("Project", project, "UPDATE", 8)).await;
    assert_eq!(world.reads(), reads + 1);
    assert_eq!((world.crm_updates(), world.messages()), (told, Vec::new()));
    assert_eq!(world.project("1042").await.last_synced_at, Some(world.now()), "that they agree is known all the same");
}

#[tokio::test]
async fn with_webhooks_switched_off_deliveries_are_logged_and_ignored() {
    let (mut world, project) = World::with_project().await;
    world.configure(|document| document.webhook_enabled = false).await;
    let reads = world.reads();
    world.webhook_arrives(&delivery("Project", project, "UPDATE", 7)).await;
    let log = world.delivery_log();
    let disabled = DeliveryStatus::Ignored(IgnoredBecause::WebhooksDisabled);
    assert!(log.iter().any(|(_, status)| *status == disabled), "{log:?}");
    assert_eq!(world.reads(), reads);
}

#[tokio::test]
async fn deliveries_of_an_organisation_that_is_not_the_active_one_are_ignored() {
    let (mut world, project) = World::with_project().await;
    world.configure(|document| document.org_id = OrgId(5678)).await;
    world.webhook_arrives(&delivery("Project", project, "UPDATE", 7)).await;
    let other = DeliveryStatus::Ignored(IgnoredBecause::OtherOrganisation);
    assert!(world.delivery_log().iter().any(|(_, status)| *status == other));
    assert_eq!(world.project("1042").await.read, None);
}

#[tokio::test]
async fn of_an_oversize_delivery_the_hint_is_enough() {
    let (mut world, project) = World::with_project().await;
    world.hold_webhooks();
    world.opensolar.design(project, 6.6).expect("designed");
    world.lose_webhooks().await;
    let mut large = delivery("Project", project, "UPDATE", 7);
    large["fields"]["design"] = json!("x".repeat(300 * 1024));
    assert_eq!(world.hand_over(large.to_string().as_bytes()).await, Answer::Accepted);
    assert!(world.queue.waiting(QueueName::Webhooks)[0].body.len() < 2_000);
    world.run_until_quiet().await;
    assert_eq!(world.messages().len(), 1);
}
