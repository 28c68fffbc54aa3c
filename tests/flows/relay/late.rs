//! Events that come after a read that showed more.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine};
use domain::authentication::Scheme;
use domain::jobs::{QueueMessage, QueueName, ReceivedDelivery, WebhookJob};
use domain::ports::{Ambient, Queue};
use domain::webhook::sha256_hex;
use serde_json::{Value, json};
use testkit::builders::{MINUTE, ORG};
use testkit::fake_relay::Work;

use super::RelayWorld;

impl RelayWorld {
    /// A signed event arrives.
    async fn is_told(&mut self, body: &Value) {
        let body = body.to_string();
        let delivery = ReceivedDelivery {
            org_id: ORG,
            received_at: self.ambient.now(),
            headers: BTreeMap::new(),
            body_base64: BASE64_STANDARD.encode(&body),
            body_sha256: sha256_hex(body.as_bytes()),
            scheme: Scheme::Hmac,
            cut_from: None,
        };
        let message = QueueMessage {
            queue: QueueName::Webhooks,
            group: "told".to_owned(),
            deduplication_id: delivery.body_sha256.clone(),
            body: serde_json::to_string(&WebhookJob::Delivery(delivery)).expect("a job is JSON"),
        };
        self.queue.send(&message).await.expect("the queue takes it");
        self.run_until_quiet().await;
    }
}

#[tokio::test]
async fn what_a_read_showed_is_not_taken_back_by_an_earlier_event_that_comes_late() {
    let mut world = RelayWorld::with_project().await;
    let project = world.relay.projects()[0].id;
    let event = |event_type: &str, at: &str, fields: Value| {
        let mut body = json!({"event_type": event_type, "timestamp": at, "project": fields});
        body["project"]["id"] = json!(project);
        body
    };
    world.staff(Work::Move { status: "complete".to_owned() });
    world.advance(MINUTE * 60);
    world.fetch("1042").await;
    assert_eq!(world.crm_state("1042").project_status.as_deref(), Some("complete"));

    world.is_told(&event("project.status_changed", "2026-11-20T12:30:00Z", json!({"status": "installation"}))).await;
    let told = world.crm_state("1042");
    assert_eq!((told.project_status.as_deref(), told.status.as_deref()), (Some("complete"), Some("completed")));
    assert!(world.project("1042").await.observed.is_some_and(|seen| seen.is_installed));

    world.advance(MINUTE);
    world.is_told(&event("project.status_changed", "2026-11-20T13:00:30Z", json!({"status": "installation"}))).await;
    assert_eq!(world.crm_state("1042").project_status.as_deref(), Some("installation"), "this one is news");
}

#[tokio::test]
async fn a_proposal_that_is_sent_has_the_latest_link_that_anybody_showed() {
    let mut world = RelayWorld::with_project().await;
    let project = world.relay.projects()[0].id;
    world.advance(MINUTE * 60);
    world.staff(Work::SendProposal);
    let second = world.relay.projects()[0].proposal_url.clone().expect("a link");
    world.fetch("1042").await;
    assert_eq!(world.crm_state("1042").proposal_url, None, "until it is sent it is nobody's business");
    let first = "https://opensolar.example.com/p/first";
    world
        .is_told(&json!({"event_type": "project.proposal_sent", "timestamp": "2026-11-20T12:30:00Z",
            "project": {"id": project, "proposal_url": first}}))
        .await;
    let told = world.crm_state("1042").proposal_url;
    assert_eq!(told, Some(second), "not the one of an hour ago");
}
