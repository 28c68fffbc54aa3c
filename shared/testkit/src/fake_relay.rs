//! A fake relay: a server that speaks the API as the original design document has it, over real HTTP.
//!
//! Projects and contacts under `/api/orgs/{org}/`, lists under `results`, five business events signed with HMAC-SHA256. It
//! bills each project that it makes. What the document leaves open is a switch of [`Quirks`]. State is in memory.

mod api;
mod control;
mod delivery;
mod intake;
mod post;
mod quirks;
mod records;
mod shelf;
mod shown;
mod switches;
mod work;

pub use delivery::Delivery;
pub use quirks::{
    Alternative, ChangeAnswer, CustomFields, EventIds, EventTimes, Ids, Lists, Nested, PhoneFilter, Quirks,
    ShownFields, SignatureForm, WebhookPath,
};
pub use records::{Contact, Project};
pub use work::{Misuse, Work};

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::task::JoinHandle;

use crate::fake_http::{Api, Bound, Call, Calls, Fault, Server};
use shelf::Shelf;

pub use shelf::Snapshot;

/// The one organisation that the token may see.
const ORG_ID: u64 = 1234;
/// The token that is let in.
const TOKEN: &str = crate::secrets::RELAY_TOKEN;

/// A running fake relay; it ends when it is dropped.
#[derive(Debug)]
pub struct FakeRelay {
    shelf: Arc<Shelf>,
    sender: JoinHandle<()>,
    server: Option<Server>,
    url: String,
}

impl FakeRelay {
    /// Starts on a free port of loopback.
    ///
    /// # Panics
    /// If loopback has no free port: no test could go on.
    pub async fn start() -> Self {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self::start_on(any_port).await.expect("loopback has a free port")
    }

    /// Starts on this address, empty.
    ///
    /// # Errors
    /// The port is taken, or the address is not on loopback.
    pub async fn start_on(address: SocketAddr) -> io::Result<Self> {
        let bound = Bound::to(address).await?;
        let url = format!("http://{}", bound.address);
        let shelf = Arc::new(Shelf::default());
        let sender = tokio::spawn(delivery::send_all(Arc::clone(&shelf)));
        let server = bound.serve(Arc::clone(&shelf), control::routes());
        Ok(Self { shelf, sender, server: Some(server), url })
    }

    /// Ends it; the port is free afterwards.
    pub async fn stop(mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    /// Where it is served, without a last slash: what the bridge calls `api_base_url`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The id of its one organisation.
    pub fn org_id(&self) -> u64 {
        ORG_ID
    }

    /// The bearer token that it lets in at first.
    pub fn token(&self) -> &'static str {
        TOKEN
    }

    /// Its projects, oldest first.
    pub fn projects(&self) -> Vec<Project> {
        self.shelf.with(|records| records.projects.values().cloned().collect())
    }

    /// Its contacts, oldest first.
    pub fn contacts(&self) -> Vec<Contact> {
        self.shelf.with(|records| records.contacts.values().cloned().collect())
    }

    /// How many projects it made through its API, deleted ones included: each is paid for.
    pub fn billed(&self) -> usize {
        self.shelf.with(|records| records.billed)
    }

    /// The calls of its API, in the order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.shelf.backstage().calls()
    }

    /// A project or contact by hand, as its API takes it; the id.
    pub fn add_project(&self, fields: Map<String, Value>) -> u64 {
        self.shelf.change(|records, now| records.add_project(fields, now))
    }

    /// A contact by hand, as its API takes it; the id.
    pub fn add_contact(&self, fields: Map<String, Value>) -> u64 {
        self.shelf.change(|records, now| records.add_contact(fields, now))
    }

    /// Staff do this with a project; what there is an event for is told to the webhooks.
    ///
    /// # Errors
    /// There is no such project.
    pub fn work(&self, project: u64, work: Work) -> Result<(), Misuse> {
        self.shelf.change(|records, now| records.work(project, work, now))
    }

    /// Registers a webhook that is told of all five events, signed with this key.
    pub fn register_webhook(&self, endpoint: &str, key: &str) {
        self.shelf.with(|records| records.register(endpoint.to_owned(), key.to_owned()));
    }

    /// Registers such a webhook with an endpoint of the fake's own that takes everything: for tests that hand
    /// [`FakeRelay::deliveries`] on themselves.
    pub fn collect_webhooks(&self, key: &str) {
        self.register_webhook(&format!("{}/_fake/inbox", self.url), key);
    }

    /// From now on nobody is told of anything: no webhook is registered any more.
    pub fn forget_webhooks(&self) {
        self.shelf.with(|records| records.webhooks.clear());
    }

    /// The webhook deliveries, in the order of what happened.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shelf.with(|records| records.deliveries.clone())
    }

    /// Waits until every delivery made so far has been answered or, after its last attempt, given up.
    pub async fn deliveries_settled(&self) {
        self.shelf.deliveries_settled().await;
    }

    /// Delivers once more what was delivered as this number of [`FakeRelay::deliveries`].
    ///
    /// # Errors
    /// There is no such delivery.
    pub fn deliver_again(&self, number: usize) -> Result<(), Misuse> {
        self.shelf.change(|records, _| records.deliver_again(number))
    }

    /// The next call that matches meets this fault, once. Faults queue up.
    pub fn fail_next(&self, calls: Calls, fault: Fault) {
        self.shelf.backstage().fail_next(calls, fault);
    }

    /// Everything it holds, for [`FakeRelay::restore`] of a later fake.
    pub fn snapshot(&self) -> Snapshot {
        self.shelf.snapshot()
    }

    /// Takes the place of everything it holds. What was not delivered then is delivered now.
    pub fn restore(&self, snapshot: Snapshot) {
        self.shelf.restore(snapshot);
    }
}

impl Drop for FakeRelay {
    fn drop(&mut self) {
        self.sender.abort();
    }
}
