//! What the CRM asks for, and what OpenSolar's webhooks bring to the door.

use std::collections::BTreeMap;

use domain::configuration::ApiContract;
use domain::jobs::sync_request::SyncRequestMessage;
use domain::jobs::{QueueMessage, QueueName, SyncJob};
use domain::ports::Queue;
use domain::request::{CrmStatus, InstallationRequest};
use domain::usecase::ingest_webhook::{Answer, Knock, ingest_webhook};
use serde_json::Value;
use testkit::builders::{self, ORG};
use testkit::memory::MemoryQueue;
use testkit::secrets::{SIGNING_KEY, WEBHOOK_KEY};
use testkit::signing::sign;

use super::{Post, World};
use crate::platform::{Platform, Server};

/// Under whichever contract.
impl World<Platform> {
    /// It shows that a request's create in doubt was done: in `live` by its own webhook; in `design`, where nothing tells of
    /// a create, in OpenSolar's list.
    pub async fn witness_comes(&mut self, request: &str) {
        match self.opensolar.contract() {
            ApiContract::Live => self.deliver_webhooks().await,
            ApiContract::Design => self.until_nothing_waits(request).await,
        }
    }

    /// We come to know what was done with a request's project: in `live` a webhook says that something was; where `design`
    /// has no event for it, somebody looks.
    pub async fn notice(&mut self, request: &str) {
        match self.opensolar.contract() {
            ApiContract::Live => self.run_until_quiet().await,
            ApiContract::Design => self.look_at(request).await,
        }
    }
}

/// What OpenSolar tells us at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The exact text.
    pub body: String,
}

impl<S: Server> World<S> {
    /// The CRM puts this snapshot on the queue, and everything that follows from it by itself happens.
    pub async fn crm_asks_for(&mut self, request: &InstallationRequest) {
        self.crm_sends(&builders::sync_request(request)).await;
        self.run_until_quiet().await;
    }

    /// Somebody in the CRM presses the button: the same with `force`.
    pub async fn crm_insists_on(&mut self, request: &InstallationRequest) {
        let usual = builders::sync_request(request);
        let message_id = Some(format!("{}-forced-at-{}", request.id, self.crm_updates().len()));
        self.crm_sends(&SyncRequestMessage { force: true, message_id, ..usual }).await;
        self.run_until_quiet().await;
    }

    /// The CRM puts this message on the queue.
    pub async fn crm_sends(&mut self, message: &SyncRequestMessage) {
        let asked = &message.installation_request;
        let said = self.requests.entry(asked.id.clone()).or_default();
        said.extend(asked.status.as_deref().and_then(CrmStatus::parse));
        let message = QueueMessage {
            queue: QueueName::SyncRequests,
            group: message.installation_request.id.to_string(),
            deduplication_id: message.message_id.clone().expect("the CRM names its messages"),
            body: serde_json::to_string(message).expect("a message is JSON"),
        };
        self.queue.send(&message).await.expect("the queue takes the CRM's message");
    }

    /// A job of ours for `project-sync` is on the queue once more, for whatever reason, and is done.
    pub async fn wake(&mut self, request: &str) {
        let request_id = request.parse().expect("an id");
        let body = serde_json::to_string(&SyncJob::Wake { org_id: ORG, request_id }).expect("a job is JSON");
        self.is_queued(request, body).await;
    }

    /// Somebody wants to know how far a request's project is: it is read.
    pub async fn look_at(&mut self, request: &str) {
        let request_id = request.parse().expect("an id");
        let body = serde_json::to_string(&SyncJob::FetchStatus { org_id: ORG, request_id }).expect("a job is JSON");
        self.is_queued(request, body).await;
    }

    /// A job of ours for `project-sync` is done.
    async fn is_queued(&mut self, request: &str, body: String) {
        let deduplication_id = format!("job-{}", self.fresh());
        let group = request.to_owned();
        let message = QueueMessage { queue: QueueName::SyncRequests, group, deduplication_id, body };
        self.queue.send(&message).await.expect("the queue takes a job");
        self.run_until_quiet().await;
    }

    /// From now on OpenSolar's webhooks are on their way and do not arrive.
    pub fn hold_webhooks(&mut self) {
        self.post = Post::Held;
    }

    /// The webhooks that were held arrive, and further ones at once.
    pub async fn deliver_webhooks(&mut self) {
        self.post = Post::Running;
        self.run_until_quiet().await;
    }

    /// The webhooks that are on their way never arrive; further ones do.
    pub async fn lose_webhooks(&mut self) {
        self.webhooks_on_their_way().await;
        self.post = Post::Running;
    }

    /// The webhooks that did not arrive yet, in the order of what happened; from now on they are the caller's.
    pub async fn webhooks_on_their_way(&mut self) -> Vec<Delivery> {
        self.opensolar.deliveries_settled().await;
        let bodies = self.opensolar.delivered();
        let on_their_way = bodies[self.handed_over..].iter().map(|body| Delivery { body: body.clone() }).collect();
        self.handed_over = bodies.len();
        on_their_way
    }

    /// Hands the webhooks that are not held to the door; whether there were any.
    pub(super) async fn take_post(&mut self) -> bool {
        match self.post {
            Post::Held => false,
            Post::Running => {
                let deliveries = self.webhooks_on_their_way().await;
                for delivery in &deliveries {
                    assert_eq!(self.hand_over(delivery.body.as_bytes()).await, Answer::Accepted);
                }
                !deliveries.is_empty()
            }
        }
    }

    /// A delivery with exactly this body is at the door, with our key and signed: we look at what we ask for.
    pub async fn hand_over(&self, body: &[u8]) -> Answer {
        self.knock(&self.queue, body).await
    }

    /// The same delivery once more, in a way that the queue does not recognise it.
    pub async fn hand_over_again(&self, body: &[u8]) -> Answer {
        let beside = MemoryQueue::new(self.core.ambient.clone());
        let answer = self.knock(&beside, body).await;
        for message in beside.take(QueueName::Webhooks) {
            let deduplication_id = format!("again-{}", self.fresh());
            let message = QueueMessage { deduplication_id, ..message };
            self.queue.send(&message).await.expect("the queue takes a delivery");
        }
        answer
    }

    /// A webhook that nothing in OpenSolar caused arrives, and what follows from it happens.
    pub async fn webhook_arrives(&mut self, body: &Value) {
        assert_eq!(self.hand_over(body.to_string().as_bytes()).await, Answer::Accepted);
        self.run_until_quiet().await;
    }

    async fn knock(&self, queue: &MemoryQueue, body: &[u8]) -> Answer {
        let headers = BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]);
        let signature = sign(SIGNING_KEY, body);
        let (credential, signature) = (Some(WEBHOOK_KEY.as_bytes()), Some(signature.as_bytes()));
        let knock = Knock { credential, signature, headers, body };
        ingest_webhook(&self.webhook_keys, queue, &*self.core.ambient, knock).await
    }

    fn fresh(&self) -> u128 {
        self.core.ambient.random()
    }
}
