//! What comes in under the contract `design` and is not applied: held, ignored with a reason, or failed with a field.

use domain::project::Project;
use domain::usecase::ingest_webhook::Answer;
use domain::usecase::operate::link_project;
use domain::webhook::{DeliveryLog, DeliveryStatus, HELD_LIMIT, IgnoredBecause, UnreadableBody};
use integration_tests::{World, customer_request};
use serde_json::{Value, json};
use testkit::builders::{MINUTE, operator};

use crate::design_events::{event, stamped, world};

/// The delivery that arrived last.
fn last(world: &World) -> DeliveryLog {
    world.store.deliveries().into_iter().max_by_key(|row| row.received_at).expect("a delivery")
}

/// What is known of the project, and what the customer was told: nothing of it changes.
async fn untouched(world: &mut World, body: &[u8], answer: Answer) -> DeliveryStatus {
    let before: Project = world.project("1042").await;
    let (messages, calls) = (world.messages(), world.opensolar.calls().len());
    world.advance(MINUTE);
    assert_eq!(world.hand_over(body).await, answer);
    world.run_until_quiet().await;
    assert_eq!(world.project("1042").await, before);
    assert_eq!((world.messages(), world.opensolar.calls().len()), (messages, calls));
    last(world).status
}

/// A system in which request 1042 has no project yet, and one that somebody made by hand.
async fn unlinked() -> (World, u64) {
    let mut world = World::start().await;
    world.opensolar.refuse_next(403);
    world.crm_asks_for(&customer_request("1042")).await;
    let theirs = json!({"address": "12 Example Street"}).as_object().expect("an object").clone();
    let project = world.opensolar.add_project(theirs).expect("a project");
    world.hold_webhooks();
    world.speak_design().await;
    (world, project)
}

/// An operator links it to the request.
async fn is_linked(world: &mut World, project: u64) {
    let (id, deadline) = ("1042".parse().expect("an id"), world.deadline_in(60));
    let (found, operator) = (project.into(), operator());
    let link = link_project(&world.core, &*world.opensolar_port, &id, &found, None, &operator, deadline);
    link.await.expect("linked");
    world.run_until_quiet().await;
}

async fn ignored(world: &mut World, body: &Value) -> DeliveryStatus {
    untouched(world, body.to_string().as_bytes(), Answer::Accepted).await
}

fn failed(reason: &str) -> DeliveryStatus {
    DeliveryStatus::Failed { reason: reason.to_owned() }
}

#[tokio::test]
async fn what_cannot_be_read_in_a_known_event_fails_by_its_fields_name_and_nothing_is_half_applied() {
    let (mut world, project) = world().await;
    let cases = [
        (
            "project.installation_scheduled",
            json!({"installation_date": "soon"}),
            "project.installation_date cannot be read",
        ),
        ("project.installation_scheduled", json!({"status": "contract"}), "project.installation_date is missing"),
        (
            "project.proposal_sent",
            json!({"proposal_url": "http://opensolar.example.com/p/1"}),
            "project.proposal_url cannot be read",
        ),
        ("project.proposal_sent", json!({}), "project.proposal_url is missing"),
        ("project.status_changed", json!({"status": 4}), "project.status cannot be read"),
        ("project.status_changed", json!({"status": " "}), "project.status is missing"),
        (
            "project.contract_signed",
            json!({"installation_date": "31/12/2026"}),
            "project.installation_date cannot be read",
        ),
        ("project.design_complete", json!({"proposal_url": ["https://"]}), "project.proposal_url cannot be read"),
    ];
    for (event_type, fields, reason) in cases {
        assert_eq!(ignored(&mut world, &event(event_type, project, &fields)).await, failed(reason));
    }
    for timestamp in [json!("yesterday"), json!("2027-11-20T12:00:00Z"), json!({"seconds": 5})] {
        let mut body = event("project.contract_signed", project, &json!({}));
        body["timestamp"] = timestamp;
        assert_eq!(ignored(&mut world, &body).await, failed("timestamp cannot be read"));
    }
}

#[tokio::test]
async fn what_nothing_follows_from_is_ignored_with_its_reason() {
    let (mut world, project) = world().await;
    let because = DeliveryStatus::Ignored;
    let live = json!({"model": "Project", "model_id": project, "event": "UPDATE", "event_id": 9, "fields": {}});
    let cases = [
        (event("project.archived", project, &json!({})), IgnoredBecause::UnknownEvent),
        (json!({"event_type": 7, "project": {"id": project}}), IgnoredBecause::UnknownEvent),
        (json!({"event_type": "project.contract_signed"}), IgnoredBecause::NoProject),
        (json!({"event_type": "project.contract_signed", "project": {"id": null}}), IgnoredBecause::NoProject),
        (json!({"event_type": "project.contract_signed", "project": "9000001"}), IgnoredBecause::NoProject),
        (live, IgnoredBecause::OtherContract),
        (json!({}), IgnoredBecause::OtherContract),
    ];
    for (body, reason) in cases {
        assert_eq!(ignored(&mut world, &body).await, because(reason), "{body}");
    }
    world.configure(|document| document.webhook_enabled = false).await;
    let body = event("project.contract_signed", project, &json!({}));
    assert_eq!(ignored(&mut world, &body).await, because(IgnoredBecause::WebhooksDisabled));
}

#[tokio::test]
async fn an_event_is_nothing_to_an_organisation_that_speaks_the_live_contract() {
    let (mut world, project) = World::with_project().await;
    let body = event("project.contract_signed", project, &json!({}));
    assert_eq!(ignored(&mut world, &body).await, DeliveryStatus::Ignored(IgnoredBecause::OtherContract));
}

#[tokio::test]
async fn an_event_that_nobody_signed_is_not_believed() {
    let (mut world, project) = world().await;
    world.ask_for_the_header_alone().await;
    let body = event("project.contract_signed", project, &json!({}));
    assert_eq!(ignored(&mut world, &body).await, DeliveryStatus::Ignored(IgnoredBecause::Unsigned));
}

#[tokio::test]
async fn what_the_settings_kept_out_is_applied_when_it_comes_again_after_they_were_corrected() {
    let (mut world, project) = world().await;
    let (rows, processed) = (world.store.deliveries().len(), world.delivery_counts()["processed"]);
    let signed = |number: u32| {
        let at = format!("2026-11-20T11:{number:02}:00Z");
        stamped(event("project.contract_signed", project, &json!({})), &at)
    };
    world.configure(|document| document.webhook_enabled = false).await;
    assert_eq!(ignored(&mut world, &signed(1)).await, DeliveryStatus::Ignored(IgnoredBecause::WebhooksDisabled));
    world.configure(|document| document.webhook_enabled = true).await;
    world.ask_for_the_header_alone().await;
    assert_eq!(ignored(&mut world, &signed(2)).await, DeliveryStatus::Ignored(IgnoredBecause::Unsigned));
    world.advance(MINUTE * 6);
    assert_eq!(ignored(&mut world, &signed(2)).await, DeliveryStatus::Ignored(IgnoredBecause::Unsigned), "still");
    let none = world.crm_state("1042").contract_signed_at;
    assert_eq!(none, None);

    world.speak_design().await;
    world.advance(MINUTE * 6);
    for number in [2, 1] {
        world.webhook_arrives(&signed(number)).await;
    }
    let told = world.crm_state("1042").contract_signed_at;
    assert_eq!(told, Some("2026-11-20T11:01:00Z".parse().expect("a time")));
    assert_eq!((world.store.deliveries().len(), world.delivery_counts()["processed"]), (rows + 2, processed + 2));
    let signings = world.messages().len();
    world.advance(MINUTE * 6);
    world.webhook_arrives(&signed(2)).await;
    assert_eq!(world.messages().len(), signings, "what was applied is not applied again");
}

#[tokio::test]
async fn what_comes_again_after_the_settings_were_corrected_is_held_if_its_project_is_not_linked() {
    let (mut world, project) = unlinked().await;
    let body = stamped(event("project.contract_signed", project, &json!({})), "2026-11-20T11:01:00Z");
    world.configure(|document| document.webhook_enabled = false).await;
    world.webhook_arrives(&body).await;
    assert_eq!(last(&world).status, DeliveryStatus::Ignored(IgnoredBecause::WebhooksDisabled));
    world.configure(|document| document.webhook_enabled = true).await;
    world.advance(MINUTE * 6);
    world.webhook_arrives(&body).await;
    assert!(matches!(last(&world).status, DeliveryStatus::Held { .. }));

    is_linked(&mut world, project).await;
    assert_eq!(last(&world).status, DeliveryStatus::Processed);
    let signed = world.crm_state("1042").contract_signed_at;
    assert_eq!(signed, Some("2026-11-20T11:01:00Z".parse().expect("a time")));
}

#[tokio::test]
async fn what_is_no_delivery_at_all_is_recorded_and_answered_with_a_code() {
    let (mut world, _) = world().await;
    for (body, unreadable) in [
        ("no JSON", UnreadableBody::NotJson),
        ("[]", UnreadableBody::NotAnObject),
        (r#"{"event_type": "project.contract_signed", "project": {"id": {}}}"#, UnreadableBody::WrongIdKind),
        (
            r#"{"event_type": "project.contract_signed", "project": {"id": 1}, "event_id": []}"#,
            UnreadableBody::WrongIdKind,
        ),
    ] {
        let status = untouched(&mut world, body.as_bytes(), Answer::Unreadable(unreadable)).await;
        assert_eq!(status, failed(&unreadable.to_string()));
    }
}

#[tokio::test]
async fn an_event_that_is_too_large_is_refused_and_logged_by_its_envelope() {
    let (mut world, project) = world().await;
    let mut body = event("project.contract_signed", project, &json!({"notes": "x".repeat(300 * 1024)}));
    body["event_id"] = json!("e-1");
    let text = body.to_string();
    let status = untouched(&mut world, text.as_bytes(), Answer::TooLarge).await;
    let reason = format!("the body has {} bytes, more than the 262144 of the largest event", text.len());
    assert_eq!(status, failed(&reason));
    let row = last(&world);
    assert_eq!(row.envelope.and_then(|envelope| envelope.event_id).as_deref(), Some("e-1"));
}

#[tokio::test]
async fn what_arrives_before_its_project_is_linked_is_held_and_applied_then() {
    let (mut world, project) = unlinked().await;
    let link = json!({"proposal_url": "https://opensolar.example.com/p/1"});
    for (event_type, fields) in [
        ("project.proposal_sent", link),
        ("project.installation_scheduled", json!({"installation_date": "2026-12-04"})),
        ("project.contract_signed", json!({})),
    ] {
        world.webhook_arrives(&event(event_type, project, &fields)).await;
        assert!(matches!(last(&world).status, DeliveryStatus::Held { .. }));
        world.advance(MINUTE);
    }
    assert_eq!(world.crm_state("1042").status.as_deref(), None);

    is_linked(&mut world, project).await;
    let told = world.crm_state("1042");
    assert_eq!((told.status.as_deref(), told.contract_signed_at), (Some("scheduled"), Some(world.now() - MINUTE)));
    assert!(told.proposal_url.is_some() && told.installation_scheduled_date.is_some());
    assert_eq!(world.delivery_counts()["processed"], 3);
    assert_eq!(world.messages(), Vec::<String>::new(), "those who made the project told the customer then");
    let pending: Vec<_> = world.ledger("1042").into_iter().filter(|(_, _, state)| *state == "due").collect();
    assert_eq!(pending.len(), 1, "the day is still to come, and is reminded of: {pending:?}");

    world.webhook_arrives(&event("project.design_complete", project, &json!({}))).await;
    assert_eq!(world.ledger("1042").len(), 5);
}

#[tokio::test]
async fn an_event_of_a_project_that_is_never_linked_is_given_up_after_a_week() {
    let (mut world, _) = world().await;
    let theirs = event("project.contract_signed", 9_000_999, &json!({}));
    let held = ignored(&mut world, &theirs).await;
    assert!(matches!(held, DeliveryStatus::Held { .. }), "{held:?}");
    world.advance(HELD_LIMIT + MINUTE);
    world.sweep().await;
    assert_eq!(last(&world).status, DeliveryStatus::Ignored(IgnoredBecause::Unlinked));
}

#[tokio::test]
async fn a_body_with_another_organisations_right_does_nothing_here() {
    let (mut world, project) = world().await;
    world.configure(|document| document.org_id = domain::ids::OrgId(5678)).await;
    world.advance(MINUTE);
    world
        .webhook_arrives(&stamped(event("project.contract_signed", project, &json!({})), "2026-11-20T11:30:00Z"))
        .await;
    assert_eq!(last(&world).status, DeliveryStatus::Ignored(IgnoredBecause::OtherOrganisation));
}
