//! A fake OpenSolar: the part of its `live` API that the bridge and its story need, over real HTTP.
//!
//! It answers as OpenSolar documents, and where that is silent as public integrations observed; what nobody
//! published is a switch of [`Quirks`], and the README beside lists them. Webhooks go to whoever registers, in order,
//! at least once. State is in memory.

mod access;
mod api;
mod change;
mod contact_intake;
mod control;
mod delivery;
mod doing;
mod fields;
mod links;
mod lists;
mod model;
mod office;
mod people;
mod post;
mod project_intake;
mod project_view;
pub mod quirks;
mod quotas;
mod records;
mod render;
mod roles;
mod sender;
mod settings;
mod switches;
mod timeline;
mod veil;
mod webhook;
mod work;
mod workflow;

pub use delivery::{Delivery, Outcome};
pub use model::{Contact, Event, Project, Proposal, Sale, System, SystemKind};
pub use office::Snapshot;
pub use post::ReleaseOrder;
pub use quirks::Quirks;
pub(crate) use quotas::QuotaBook;
pub use quotas::{QuotaBreach, QuotaKind, Quotas};
pub use veil::Absence;
pub use work::{Misuse, Work};

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::fake_http::{Api, Bound, Call, Calls, Fault, Server};
use office::Office;

/// The one organisation that the token may see.
const ORG_ID: u64 = 1234;
/// The first token that is let in.
const TOKEN: &str = crate::secrets::OPENSOLAR_TOKEN;

/// A running fake OpenSolar; it ends when it is dropped.
#[derive(Debug)]
pub struct FakeOpenSolar {
    office: Arc<Office>,
    sender: JoinHandle<()>,
    server: Option<Server>,
    url: String,
}

impl FakeOpenSolar {
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
        let office = Arc::new(Office::new(url.clone()));
        let sender = tokio::spawn(sender::send_all(Arc::clone(&office)));
        let server = bound.serve(Arc::clone(&office), control::routes());
        Ok(Self { office, sender, server: Some(server), url })
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
        self.office.read(|org| org.projects.values().cloned().collect())
    }

    /// One project, if it exists.
    pub fn project(&self, id: u64) -> Option<Project> {
        self.office.read(|org| org.projects.get(&id).cloned())
    }

    /// Its contacts, oldest first.
    pub fn contacts(&self) -> Vec<Contact> {
        self.office.read(|org| org.contacts.values().cloned().collect())
    }

    /// The timelines of all projects, in the order of what happened.
    pub fn events(&self) -> Vec<Event> {
        self.office.read(|org| org.events.values().cloned().collect())
    }

    /// The calls of its API, in the order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.office.backstage().calls()
    }

    /// The webhook deliveries, in the order of what happened.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.office.read(|org| org.deliveries.clone())
    }

    /// Waits until every delivery made so far has been answered or, after its last attempt, given up. What a
    /// delivery causes may make further ones.
    pub async fn deliveries_settled(&self) {
        // Without a limit there is no time that could be not enough.
        let _ = self.office.deliveries_settled(None).await;
    }

    /// Registers a webhook that is told of every change, whole, with these headers.
    pub fn register_webhook(&self, endpoint: &str, headers: &[(&str, &str)]) {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.office.register(endpoint, headers.collect());
    }

    /// Registers such a webhook with an endpoint of the fake's own that takes everything: for tests that hand
    /// [`FakeOpenSolar::deliveries`] on themselves.
    pub fn collect_webhooks(&self, headers: &[(&str, &str)]) {
        self.register_webhook(&format!("{}/_fake/inbox", self.url), headers);
    }

    /// Delivers once more what was delivered as this number of [`FakeOpenSolar::deliveries`].
    ///
    /// # Errors
    /// There is no such delivery.
    pub fn deliver_again(&self, number: usize) -> Result<(), Misuse> {
        self.office.deliver_again(number)
    }

    /// The next call that matches meets this fault, once. Faults queue up.
    pub fn fail_next(&self, calls: Calls, fault: Fault) {
        self.office.backstage().fail_next(calls, fault);
    }

    /// The next call, whatever it is, is refused with this status.
    pub fn refuse_next(&self, status: u16) {
        self.fail_next(Calls::any(), Fault::Refuse { status, body: Value::Null, retry_after: None });
    }

    /// Stops its clock at this time. Changes still get later and later `modified_date`s, by a microsecond each.
    pub fn stop_clock_at(&self, now: DateTime<Utc>) {
        self.office.backstage().clock.stop_at(now);
        self.office.catch_up();
    }

    /// Everything it holds, for [`FakeOpenSolar::restore`] of a later fake.
    pub fn snapshot(&self) -> Snapshot {
        self.office.snapshot()
    }

    /// Takes the place of everything it holds. What was not delivered then is delivered now.
    pub fn restore(&self, snapshot: Snapshot) {
        self.office.restore(snapshot);
    }
}

impl Drop for FakeOpenSolar {
    fn drop(&mut self) {
        self.sender.abort();
    }
}
