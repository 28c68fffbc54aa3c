//! The system wired to memory and fakes, stopped at noon.

mod people;
mod sights;
mod workers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::configuration::{ApiContract, ConfigurationDocument, DesignRule};
use domain::governor::Class;
use domain::ids::{RequestId, Revision};
use domain::ports::{Ambient, Credential, Deadline, Notifier, OpenSolar, Store};
use domain::request::{CrmStatus, InstallationRequest};
use domain::usecase::Core;
use domain::usecase::governed::Governed;
use domain::usecase::operate::activate_configuration;
use opensolar::{AddressPolicy, OpenSolarClient};
use testkit::builders::{self, NOON};
use testkit::memory::{FixedCredential, MemoryQueue, MemoryStore, TestAmbient};
use testkit::secrets::{SIGNING_KEY, WEBHOOK_KEY};
use testkit::{FakeOpenSolar, FakeRelay, FakeWhatsApp};
use url::Url;
use whatsapp::WhatsAppClient;

use crate::platform::{Keys, Platform, Server};

pub use people::Delivery;
pub use sights::Snapshot;

use crate::kept::keep_the_log;

/// The whole system, and what stands for OpenSolar. Nothing in it moves by itself: time passes by [`World::advance`], queues are worked off by
/// [`World::run_until_quiet`], and what waits on the record is woken by [`World::sweep`].
pub struct World<S = FakeOpenSolar> {
    /// OpenSolar, and the people who work there.
    pub opensolar: S,
    /// WhatsApp, and the customers' telephones.
    pub whatsapp: FakeWhatsApp,
    /// The table.
    pub store: Arc<MemoryStore>,
    /// The queues.
    pub queue: Arc<MemoryQueue>,
    /// The secret with OpenSolar's token.
    pub opensolar_token: Arc<FixedCredential>,
    /// The secret with WhatsApp's token.
    pub whatsapp_token: Arc<FixedCredential>,
    /// What the workers work with.
    pub core: Core,
    /// OpenSolar's port, as the workers have it.
    pub opensolar_port: Arc<dyn OpenSolar>,
    /// WhatsApp's port, as the workers have it.
    pub notifier_port: Arc<dyn Notifier>,
    /// Reasons of the messages that could never be read.
    pub dead_letters: Vec<String>,
    webhook_keys: FixedCredential,
    ambient: Arc<TestAmbient>,
    document: ConfigurationDocument,
    post: Post,
    /// How many of OpenSolar's deliveries have reached the door, or are lost.
    handed_over: usize,
    /// What the CRM asked for, with the statuses that it said itself.
    requests: BTreeMap<RequestId, BTreeSet<CrmStatus>>,
}

/// Whether OpenSolar's webhooks reach us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Post {
    Running,
    Held,
}

/// Under the contract `live`.
impl World {
    /// A configured system at noon; OpenSolar tells it of every change, WhatsApp knows its templates.
    pub async fn start() -> Self {
        Self::with(FakeOpenSolar::start().await).await
    }

    /// A system in which request 1042 is synced and its echo read; its project's id in OpenSolar.
    pub async fn with_project() -> (Self, u64) {
        Self::with_project_of(&customer_request("1042")).await
    }

    /// The same with this request.
    pub async fn with_project_of(request: &InstallationRequest) -> (Self, u64) {
        let mut world = Self::start().await;
        world.crm_asks_for(request).await;
        let project = world.opensolar.projects()[0].id;
        (world, project)
    }

    /// From now on OpenSolar speaks the contract `design`, and its events are signed.
    pub async fn speak_design(&mut self) {
        self.configure(|document| document.api_contract = ApiContract::Design).await;
        self.ask_for(&signing_key()).await;
    }
}

/// Under the contract `design`.
impl World<FakeRelay> {
    /// A configured system at noon; the relay tells it of its events, WhatsApp knows its templates.
    pub async fn beside_a_relay() -> Self {
        Self::with(FakeRelay::start().await).await
    }
}

/// Under whichever contract.
impl World<Platform> {
    /// A configured system at noon; OpenSolar tells it of what this contract tells of, WhatsApp knows its templates.
    pub async fn under(contract: ApiContract) -> Self {
        Self::with(Platform::start(contract).await).await
    }

    /// A system in which request 1042 is synced; its project's id in OpenSolar.
    pub async fn under_with_project(contract: ApiContract) -> (Self, u64) {
        Self::under_with_project_of(contract, &customer_request("1042")).await
    }

    /// The same with this request.
    pub async fn under_with_project_of(contract: ApiContract, request: &InstallationRequest) -> (Self, u64) {
        let mut world = Self::under(contract).await;
        world.crm_asks_for(request).await;
        let project = world.opensolar.projects()[0].id;
        (world, project)
    }
}

impl<S: Server> World<S> {
    async fn with(opensolar: S) -> Self {
        keep_the_log();
        let whatsapp = FakeWhatsApp::start().await;
        opensolar.stop_clock_at(NOON);
        opensolar.collect_deliveries(&Keys { header: WEBHOOK_KEY, signing: SIGNING_KEY });

        let ambient = Arc::new(TestAmbient::default());
        let store = Arc::new(MemoryStore::new(ambient.clone()));
        let queue = Arc::new(MemoryQueue::new(ambient.clone()));
        let core = Core { store: store.clone(), queue: queue.clone(), ambient: ambient.clone() };
        let opensolar_token = Arc::new(FixedCredential::new(opensolar.token()));
        let whatsapp_token = Arc::new(FixedCredential::new(whatsapp.token()));
        let policy = AddressPolicy::HttpOnLoopback;
        let client = Arc::new(OpenSolarClient::new(opensolar_token.clone(), policy));
        let governed = Governed::new(client, store.clone(), ambient.clone(), opensolar_token.clone(), Class::Update);
        let mut world = Self {
            store,
            queue,
            core,
            opensolar_port: Arc::new(governed),
            notifier_port: Arc::new(WhatsAppClient::new(whatsapp_token.clone(), policy)),
            opensolar_token,
            whatsapp_token,
            webhook_keys: FixedCredential::new(&keys_of(opensolar.contract())),
            ambient,
            document: document(&opensolar, &whatsapp),
            opensolar,
            whatsapp,
            dead_letters: Vec::new(),
            post: Post::Running,
            handed_over: 0,
            requests: BTreeMap::new(),
        };
        for (milestone, rule) in &world.document.messages {
            for template in &rule.templates {
                world.whatsapp.approve_template(&template.name, &template.language, milestone.parameters().len());
            }
        }
        // Configured long enough ago for the sweep to know that nothing is left to be resumed because of it.
        world.ambient.set(NOON - TimeDelta::minutes(10));
        world.configure(|_| {}).await;
        world.ambient.set(NOON);
        world.sweep().await;
        world
    }

    /// Activates the configuration with something changed in it.
    pub async fn configure(&mut self, change: impl FnOnce(&mut ConfigurationDocument)) {
        change(&mut self.document);
        let known = self.store.configuration_of(self.document.org_id).await.expect("the store answers");
        let read = known.map_or(Revision::NONE, |known| known.version);
        activate_configuration(&self.core, self.document.clone(), read)
            .await
            .expect("a configuration that can be used");
    }

    /// From now on deliveries have to show the key in their header, and nobody looks at signatures.
    pub async fn ask_for_the_header_alone(&self) {
        self.ask_for(&header_key()).await;
    }

    async fn ask_for(&self, keys: &str) {
        self.webhook_keys.replace(keys);
        self.webhook_keys.refreshed().await.expect("keys");
    }

    /// From now on nobody listens where OpenSolar is expected.
    pub async fn opensolar_is_gone(&mut self) {
        self.configure(|document| document.api_base_url = nobody()).await;
    }

    /// OpenSolar is where it was.
    pub async fn opensolar_is_back(&mut self) {
        let address = address(self.opensolar.url());
        self.configure(|document| document.api_base_url = address).await;
    }

    /// From now on nobody listens where WhatsApp is expected.
    pub async fn whatsapp_is_gone(&mut self) {
        self.configure(|document| document.whatsapp_base_url = nobody()).await;
    }

    /// WhatsApp is where it was.
    pub async fn whatsapp_is_back(&mut self) {
        let address = address(self.whatsapp.url());
        self.configure(|document| document.whatsapp_base_url = address).await;
    }

    /// Now.
    pub fn now(&self) -> DateTime<Utc> {
        self.ambient.now()
    }

    /// Lets time pass, for us and for OpenSolar.
    pub fn advance(&self, by: TimeDelta) {
        self.advance_to(self.now() + by);
    }

    /// Lets time pass until then.
    pub fn advance_to(&self, then: DateTime<Utc>) {
        self.ambient.set(then);
        self.opensolar.stop_clock_at(then);
    }

    /// The end of an invocation that begins now and may take so long.
    pub fn deadline_in(&self, seconds: i64) -> Deadline {
        Deadline::at(self.now() + TimeDelta::seconds(seconds))
    }
}

/// The secret of an organisation whose deliveries show a key in their header.
fn header_key() -> String {
    format!(r#"[{{"key": "{WEBHOOK_KEY}", "org_id": {}}}]"#, builders::ORG)
}

/// The secret of an organisation whose deliveries are signed.
fn signing_key() -> String {
    format!(r#"[{{"key": "{SIGNING_KEY}", "org_id": {}, "scheme": "hmac"}}]"#, builders::ORG)
}

/// The secret of an organisation that speaks this contract.
fn keys_of(contract: ApiContract) -> String {
    match contract {
        ApiContract::Live => header_key(),
        ApiContract::Design => signing_key(),
    }
}

/// The usual settings, with the fakes' addresses. Answers may take long enough for a busy machine.
fn document(opensolar: &impl Server, whatsapp: &FakeWhatsApp) -> ConfigurationDocument {
    ConfigurationDocument {
        api_contract: opensolar.contract(),
        proposal_hosts: vec![opensolar.proposal_host().to_owned()],
        api_base_url: address(opensolar.url()),
        api_timeout: 10,
        api_retry_count: 1,
        design_complete: DesignRule::SystemSized,
        whatsapp_base_url: address(whatsapp.url()),
        whatsapp_phone_number_id: whatsapp.phone_number_id().to_owned(),
        ..builders::configuration_document()
    }
}

fn address(raw: &str) -> Url {
    raw.parse().expect("an address")
}

/// A port of loopback that nobody listens on; number 9 is reserved for a service that throws everything away.
fn nobody() -> Url {
    address("http://127.0.0.1:9")
}

/// A solar request of a customer who wrote a moment ago and may be written to.
pub fn customer_request(id: &str) -> InstallationRequest {
    let mut request = builders::installation_request(id);
    request.customer.is_blocked = false;
    request
}

/// A day, written as in `2026-12-04`.
pub fn day(raw: &str) -> NaiveDate {
    raw.parse().expect("a day")
}
