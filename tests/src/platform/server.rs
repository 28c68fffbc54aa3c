//! What the world needs of a server that stands for OpenSolar.

use chrono::{DateTime, Utc};
use domain::configuration::ApiContract;
use testkit::{Call, FakeOpenSolar, FakeRelay};

use super::Platform;

/// What a sender's deliveries show of its right to bring them.
#[derive(Debug, Clone, Copy)]
pub struct Keys {
    /// What is sent in a header.
    pub header: &'static str,
    /// What the body is signed with.
    pub signing: &'static str,
}

/// A server that speaks one of the contracts, on loopback, with a clock that can be stopped.
pub trait Server: Send + Sync {
    /// What it speaks.
    fn contract(&self) -> ApiContract;
    /// Where it is served.
    fn url(&self) -> &str;
    /// The token that it lets in at first.
    fn token(&self) -> &'static str;
    /// Where the links to its proposals lead.
    fn proposal_host(&self) -> &'static str;
    /// Its projects' ids, oldest first.
    fn project_ids(&self) -> Vec<u64>;
    /// Its contacts' ids, oldest first.
    fn contact_ids(&self) -> Vec<u64>;
    /// The calls of its API, in the order of arrival.
    fn calls(&self) -> Vec<Call>;
    /// Stops its clock at this time.
    fn stop_clock_at(&self, now: DateTime<Utc>);
    /// Keeps what it tells webhooks, for [`Server::delivered`].
    fn collect_deliveries(&self, keys: &Keys);
    /// The bodies that it told webhooks, in the order of what happened.
    fn delivered(&self) -> Vec<String>;
    /// Waits until every delivery made so far was taken or given up.
    fn deliveries_settled(&self) -> impl Future<Output = ()> + Send;
}

impl Server for FakeOpenSolar {
    fn contract(&self) -> ApiContract {
        ApiContract::Live
    }

    fn url(&self) -> &str {
        self.url()
    }

    fn token(&self) -> &'static str {
        self.token()
    }

    fn proposal_host(&self) -> &'static str {
        "opensolar.example.com"
    }

    fn project_ids(&self) -> Vec<u64> {
        self.projects().into_iter().map(|project| project.id).collect()
    }

    fn contact_ids(&self) -> Vec<u64> {
        self.contacts().into_iter().map(|contact| contact.id).collect()
    }

    fn calls(&self) -> Vec<Call> {
        self.calls()
    }

    fn stop_clock_at(&self, now: DateTime<Utc>) {
        self.stop_clock_at(now);
    }

    fn collect_deliveries(&self, keys: &Keys) {
        self.collect_webhooks(&[("X-Webhook-Token", keys.header)]);
    }

    fn delivered(&self) -> Vec<String> {
        self.deliveries().into_iter().map(|delivery| delivery.body).collect()
    }

    async fn deliveries_settled(&self) {
        self.deliveries_settled().await;
    }
}

impl Server for FakeRelay {
    fn contract(&self) -> ApiContract {
        ApiContract::Design
    }

    fn url(&self) -> &str {
        self.url()
    }

    fn token(&self) -> &'static str {
        self.token()
    }

    fn proposal_host(&self) -> &'static str {
        "relay.example.com"
    }

    fn project_ids(&self) -> Vec<u64> {
        self.projects().into_iter().map(|project| project.id).collect()
    }

    fn contact_ids(&self) -> Vec<u64> {
        self.contacts().into_iter().map(|contact| contact.id).collect()
    }

    fn calls(&self) -> Vec<Call> {
        self.calls()
    }

    fn stop_clock_at(&self, now: DateTime<Utc>) {
        self.stop_clock_at(now);
    }

    fn collect_deliveries(&self, keys: &Keys) {
        self.collect_webhooks(keys.signing);
    }

    fn delivered(&self) -> Vec<String> {
        self.deliveries().into_iter().map(|delivery| delivery.body).collect()
    }

    async fn deliveries_settled(&self) {
        self.deliveries_settled().await;
    }
}

impl Server for Platform {
    fn contract(&self) -> ApiContract {
        match self {
            Self::Live(live) => live.contract(),
            Self::Design(relay) => relay.contract(),
        }
    }

    fn url(&self) -> &str {
        match self {
            Self::Live(live) => live.url(),
            Self::Design(relay) => relay.url(),
        }
    }

    fn token(&self) -> &'static str {
        match self {
            Self::Live(live) => live.token(),
            Self::Design(relay) => relay.token(),
        }
    }

    fn proposal_host(&self) -> &'static str {
        match self {
            Self::Live(live) => live.proposal_host(),
            Self::Design(relay) => relay.proposal_host(),
        }
    }

    fn project_ids(&self) -> Vec<u64> {
        match self {
            Self::Live(live) => live.project_ids(),
            Self::Design(relay) => relay.project_ids(),
        }
    }

    fn contact_ids(&self) -> Vec<u64> {
        match self {
            Self::Live(live) => live.contact_ids(),
            Self::Design(relay) => relay.contact_ids(),
        }
    }

    fn calls(&self) -> Vec<Call> {
        match self {
            Self::Live(live) => live.calls(),
            Self::Design(relay) => relay.calls(),
        }
    }

    fn stop_clock_at(&self, now: DateTime<Utc>) {
        match self {
            Self::Live(live) => live.stop_clock_at(now),
            Self::Design(relay) => relay.stop_clock_at(now),
        }
    }

    fn collect_deliveries(&self, keys: &Keys) {
        match self {
            Self::Live(live) => live.collect_deliveries(keys),
            Self::Design(relay) => relay.collect_deliveries(keys),
        }
    }

    fn delivered(&self) -> Vec<String> {
        match self {
            Self::Live(live) => live.delivered(),
            Self::Design(relay) => relay.delivered(),
        }
    }

    async fn deliveries_settled(&self) {
        match self {
            Self::Live(live) => live.deliveries_settled().await,
            Self::Design(relay) => relay.deliveries_settled().await,
        }
    }
}
