//! A server that speaks the contract `design`: contacts before projects, no stages, no history, no log of deliveries.

mod contact;
mod corrected;
mod doubt;
mod late;
mod night;
mod update;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::configuration::{ApiContract, ConfigurationDocument};
use domain::governor::Class;
use domain::ids::{RequestId, Revision};
use domain::jobs::crm_update::{CrmState, CrmUpdate};
use domain::jobs::{QueueMessage, QueueName, SyncJob, WebhookJob};
use domain::ports::{Ambient, Deadline, OpenSolar, Queue, Store};
use domain::project::{Project, SyncState};
use domain::request::{CrmStatus, InstallationRequest};
use domain::usecase::Core;
use domain::usecase::apply_webhook::arrive;
use domain::usecase::governed::Governed;
use domain::usecase::operate::activate_configuration;
use domain::usecase::read_back::read_back;
use domain::usecase::retry_sweep::retry_sweep;
use domain::usecase::status_sweep::{Run, StatusReport, status_sweep};
use domain::usecase::sync_project::{SyncMessage, sync_project};
use integration_tests::customer_request;
use opensolar::{AddressPolicy, OpenSolarClient};
use testkit::builders::{self, NOON, ORG};
use testkit::fake_relay::{Quirks, Work};
use testkit::memory::{FixedCredential, MemoryQueue, MemoryStore, TestAmbient};
use testkit::{Call, FakeRelay};

/// The part of the system that speaks to a relay, stopped at noon.
struct RelayWorld {
    relay: FakeRelay,
    store: Arc<MemoryStore>,
    queue: Arc<MemoryQueue>,
    core: Core,
    port: Arc<dyn OpenSolar>,
    ambient: Arc<TestAmbient>,
    sent: u64,
}

impl RelayWorld {
    async fn start() -> Self {
        Self::configured(|_| {}).await
    }

    /// One whose settings differ in something.
    async fn configured(change: impl FnOnce(&mut ConfigurationDocument)) -> Self {
        let relay = FakeRelay::start().await;
        let ambient = Arc::new(TestAmbient::default());
        let store = Arc::new(MemoryStore::new(ambient.clone()));
        let queue = Arc::new(MemoryQueue::new(ambient.clone()));
        let core = Core { store: store.clone(), queue: queue.clone(), ambient: ambient.clone() };
        let token = Arc::new(FixedCredential::new(relay.token()));
        let client = Arc::new(OpenSolarClient::new(token.clone(), AddressPolicy::HttpOnLoopback));
        let port = Arc::new(Governed::new(client, store.clone(), ambient.clone(), token, Class::Update));
        let mut document = ConfigurationDocument {
            api_contract: ApiContract::Design,
            api_base_url: relay.url().parse().expect("an address"),
            api_timeout: 2,
            api_retry_count: 1,
            ..builders::configuration_document()
        };
        change(&mut document);
        activate_configuration(&core, document, Revision::NONE).await.expect("a configuration that can be used");
        let world = Self { relay, store, queue, core, port, ambient, sent: 0 };
        world.advance_to(NOON);
        world
    }

    /// One whose relay answers some question otherwise.
    async fn behaving(change: fn(&mut Quirks)) -> Self {
        let world = Self::start().await;
        world.relay.behave(change);
        world
    }

    /// One in which request 1042 has its project.
    async fn with_project() -> Self {
        let mut world = Self::start().await;
        world.crm_asks_for(&customer_request("1042")).await;
        world
    }

    /// The CRM puts this snapshot on the queue, and everything that follows from it by itself happens.
    async fn crm_asks_for(&mut self, request: &InstallationRequest) {
        let body = serde_json::to_string(&builders::sync_request(request)).expect("a message is JSON");
        self.send(&request.id, body).await;
    }

    /// The project is read, because somebody wants to know how far it is.
    async fn fetch(&mut self, request: &str) {
        let request_id: RequestId = request.parse().expect("an id");
        let job = SyncJob::FetchStatus { org_id: ORG, request_id: request_id.clone() };
        self.send(&request_id, serde_json::to_string(&job).expect("a job is JSON")).await;
    }

    async fn send(&mut self, request: &RequestId, body: String) {
        self.sent += 1;
        let deduplication_id = format!("sent-{}", self.sent);
        let message =
            QueueMessage { queue: QueueName::SyncRequests, group: request.to_string(), deduplication_id, body };
        self.queue.send(&message).await.expect("the queue takes a message");
        self.run_until_quiet().await;
    }

    async fn run_until_quiet(&self) {
        loop {
            let (requests, jobs) = (self.queue.take(QueueName::SyncRequests), self.queue.take(QueueName::Webhooks));
            if requests.is_empty() && jobs.is_empty() {
                return;
            }
            for message in requests {
                let message = SyncMessage::parse(&message.body).expect("a message");
                sync_project(&self.core, &*self.port, message, self.deadline()).await.expect("synced");
            }
            let config = self.core.active_configuration().await.expect("a configuration");
            for message in jobs {
                let job: WebhookJob = serde_json::from_str(&message.body).expect("a job");
                for request in arrive(&self.core, job, self.deadline()).await.expect("arrived") {
                    read_back(&self.core, &*self.port, &config, &request, self.deadline()).await.expect("read");
                }
            }
        }
    }

    /// Time passes from one wake-up of the request to the next, until nothing waits any more.
    async fn until_nothing_waits(&self, request: &str) {
        while let Some((at, _)) = self.project(request).await.wake() {
            self.advance_to(at.max(self.ambient.now()));
            retry_sweep(&self.core, 200, self.deadline()).await.expect("a sweep");
            self.run_until_quiet().await;
        }
    }

    async fn status_sweep(&self) -> StatusReport {
        let report = status_sweep(&self.core, &*self.port, Run::Now, self.deadline()).await.expect("a sweep");
        self.run_until_quiet().await;
        report
    }

    fn advance(&self, by: TimeDelta) {
        self.advance_to(self.ambient.now() + by);
    }

    fn advance_to(&self, then: DateTime<Utc>) {
        self.ambient.set(then);
        self.relay.stop_clock_at(then);
    }

    fn deadline(&self) -> Deadline {
        Deadline::at(self.ambient.now() + TimeDelta::seconds(180))
    }

    /// Staff do this with the newest project.
    fn staff(&self, work: Work) {
        let id = self.relay.projects().last().expect("a project").id;
        self.relay.work(id, work).expect("done");
    }

    async fn project(&self, request: &str) -> Project {
        let id = request.parse().expect("an id");
        self.store.project(ORG, &id).await.expect("the store answers").expect("the request is recorded")
    }

    /// A request as the CRM has it by now.
    fn crm_state(&self, request: &str) -> CrmState {
        let messages = self.queue.waiting(QueueName::CrmUpdates);
        let updates =
            messages.iter().map(|message| serde_json::from_str::<CrmUpdate>(&message.body).expect("an update"));
        let of_request = updates.filter(|update| update.installation_request_id.as_str() == request);
        of_request.max_by_key(|update| update.revision).expect("the CRM was told of the request").state
    }

    /// How often this was asked of the relay.
    fn asked(&self, method: &str, path_end: &str) -> usize {
        let is_it = |call: &&Call| call.method == method && call.path.ends_with(path_end);
        self.relay.calls().iter().filter(is_it).count()
    }

    /// The request has one project and one contact, which were paid for and made once.
    async fn is_settled(&self, request: &str, name: &str) {
        let project = self.project(request).await;
        assert_eq!((&project.sync, project.wake()), (&SyncState::InStep, None), "{name}");
        assert_eq!((self.relay.billed(), self.relay.contacts().len()), (1, 1), "{name}");
        let told = self.crm_state(request);
        assert!(told.opensolar_project_id.is_some() && told.opensolar_contact_id.is_some(), "{name}: {told:?}");
        assert_eq!(told.sync_reason, None, "{name}");
        assert!(self.relay.quota_breaches().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn a_request_becomes_a_contact_and_then_its_project_under_every_answer() {
    for (name, change) in Quirks::alternatives().into_iter().chain([("as usual", (|_| ()) as fn(&mut Quirks))]) {
        let mut world = RelayWorld::behaving(change).await;
        world.crm_asks_for(&customer_request("1042")).await;
        world.is_settled("1042", name).await;
        assert_eq!((world.asked("POST", "/contacts/"), world.asked("POST", "/projects/")), (1, 1), "{name}");
        world.fetch("1042").await;
        let told = world.crm_state("1042");
        assert_eq!((told.project_status.as_deref(), told.status.as_deref()), (Some("lead"), Some("pending")), "{name}");
        assert_eq!(told.sync_status.as_deref(), Some("synced"), "{name}");
    }
}

#[tokio::test]
async fn how_far_a_project_is_shows_in_the_requests_status_which_never_moves_back() {
    let mut world = RelayWorld::with_project().await;
    for (status, expected) in [
        ("design", CrmStatus::Pending),
        ("contract", CrmStatus::Scheduled),
        ("on hold", CrmStatus::Scheduled),
        ("installation", CrmStatus::InProgress),
        ("lead", CrmStatus::InProgress),
        ("complete", CrmStatus::Completed),
    ] {
        world.staff(Work::Move { status: status.to_owned() });
        world.fetch("1042").await;
        let told = world.crm_state("1042");
        assert_eq!(told.project_status.as_deref(), Some(status));
        assert_eq!(told.status.as_deref(), Some(expected.as_str()), "{status}");
    }
}

#[tokio::test]
async fn the_log_has_a_row_for_the_contact_and_one_for_the_project() {
    let world = RelayWorld::with_project().await;
    let rows = world.store.sync_log(ORG, &"1042".parse().expect("an id"));
    let told: Vec<(&str, &str)> = rows.iter().map(|row| (row.sync_type.as_str(), row.status.as_str())).collect();
    assert_eq!(told, [("create_contact", "success"), ("create_project", "success")]);
    let text = format!("{rows:?}");
    assert!(!text.contains("+263") && !text.contains("example.com"), "{text}");
}
