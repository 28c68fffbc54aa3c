//! What the fake's owner does through its handle or its control endpoints, with the time and the sender's wake-up.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::sync::{Notify, watch};

use super::delivery::{Attempt, Delivery, Outcome};
use super::fields;
use super::model::{Contact, Organisation, made_identifier, take};
use super::webhook::Webhook;
use super::work::{Misuse, Work};
use super::{ORG_ID, TOKEN, api};
use crate::fake_http::{Answer, Api, Backstage, Request, lock};

/// The fake's state with what has to happen around each change of it.
#[derive(Debug)]
pub(super) struct Office {
    org: Mutex<Organisation>,
    base_url: String,
    backstage: Backstage,
    /// Tells the sender that there may be deliveries.
    pub(super) outgoing: Notify,
    /// How many deliveries are settled.
    settled: watch::Sender<usize>,
}

/// The state of a fake OpenSolar, to be kept and given to a later one: opaque JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Snapshot(Organisation);

impl Api for Office {
    fn answer(&self, request: &Request) -> Answer {
        let now = self.backstage.clock.now();
        self.change(|org| api::answer(org, TOKEN, request, now))
    }

    fn refusal(&self, status: u16) -> Value {
        match status {
            429 => json!({"detail": "Request was throttled. Expected available in 42 seconds."}),
            _ => json!({"detail": "Refused by the test."}),
        }
    }

    fn backstage(&self) -> &Backstage {
        &self.backstage
    }
}

impl Office {
    pub(super) fn new(base_url: String) -> Self {
        Self {
            org: Mutex::new(Organisation::new(ORG_ID, base_url.clone())),
            base_url,
            backstage: Backstage::default(),
            outgoing: Notify::new(),
            settled: watch::Sender::new(0),
        }
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&Organisation) -> T) -> T {
        read(&lock(&self.org))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Organisation) -> T) -> T {
        let result = change(&mut lock(&self.org));
        self.outgoing.notify_one();
        result
    }

    pub(super) fn work(&self, project: u64, work: Work) -> Result<(), Misuse> {
        let now = self.backstage.clock.now();
        self.change(|org| org.work(project, work, now))
    }

    pub(super) fn add_project(&self, body: &Map<String, Value>) -> Result<u64, Misuse> {
        let now = self.backstage.clock.now();
        self.change(|org| org.create_project(body, now)).map_err(Misuse::Refused)
    }

    pub(super) fn add_contact(&self, body: &Map<String, Value>) -> Result<u64, Misuse> {
        let now = self.backstage.clock.now();
        self.change(|org| org.create_contact(body, now)).map_err(Misuse::Refused)
    }

    /// Registers an endpoint that is told of everything, whole.
    pub(super) fn register(&self, endpoint: &str, headers: BTreeMap<String, String>) {
        let all = || Some(["project.*", "contact.*", "event.*"].map(str::to_owned).to_vec());
        self.change(|org| {
            let id = take(&mut org.next.webhook);
            let endpoint = endpoint.to_owned();
            let webhook =
                Webhook { id, endpoint, headers, enabled: true, trigger_fields: all(), payload_fields: all() };
            org.webhooks.insert(id, webhook);
        });
    }

    /// Queues a delivery of the past again, as it was: OpenSolar promises no more than at least once.
    pub(super) fn deliver_again(&self, number: usize) -> Result<(), Misuse> {
        self.change(|org| {
            let again = org.deliveries.get(number).cloned().ok_or(Misuse::NoSuchDelivery(number))?;
            org.deliveries.push(Delivery { attempts: 0, outcome: Outcome::Pending, ..again });
            Ok(())
        })
    }

    pub(super) fn next_delivery(&self) -> Option<(usize, Delivery)> {
        self.read(Organisation::next_delivery)
    }

    pub(super) fn note_attempt(&self, number: usize, attempt: &Attempt, most_attempts: usize) {
        let settled = self.change(|org| {
            org.note_attempt(number, attempt, most_attempts);
            org.settled_deliveries()
        });
        self.settled.send_replace(settled);
    }

    /// Waits until every delivery that exists now has been answered or given up; no longer than `limit`.
    /// The number of those still waiting, if that time was not enough.
    pub(super) async fn deliveries_settled(&self, limit: Option<Duration>) -> Result<(), usize> {
        let made = self.read(|org| org.deliveries.len());
        let mut settled = self.settled.subscribe();
        let all_settled = settled.wait_for(|settled| made <= *settled);
        match limit {
            // The sender of the channel is `self`, so waiting cannot fail.
            None => drop(all_settled.await),
            Some(limit) => {
                if tokio::time::timeout(limit, all_settled).await.is_err() {
                    return Err(made.saturating_sub(*self.settled.borrow()));
                }
            }
        }
        Ok(())
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot(self.read(Organisation::clone))
    }

    /// Takes over a snapshot, links under the own address. What was not delivered then is delivered now.
    pub(super) fn restore(&self, snapshot: Snapshot) {
        let Snapshot(mut restored) = snapshot;
        restored.base_url.clone_from(&self.base_url);
        let settled = restored.settled_deliveries();
        self.change(|org| *org = restored);
        self.settled.send_replace(settled);
    }

    /// Everything as the API would show it.
    pub(super) fn state(&self) -> Value {
        self.read(|org| {
            let projects = org.projects.values().map(|project| Value::Object(org.project_detail(project)));
            let contacts = org.contacts.values().map(|contact| Value::Object(org.contact(contact, org.links())));
            let webhooks = org.webhooks.values().map(|webhook| webhook.row(org.links().to("webhooks", webhook.id)));
            json!({
                "org_id": org.id,
                "projects": projects.collect::<Vec<_>>(),
                "contacts": contacts.collect::<Vec<_>>(),
                "webhooks": webhooks.collect::<Vec<_>>(),
            })
        })
    }

    /// A stranger opens a project's share link: OpenSolar then makes a contact of its own, with an undeliverable
    /// address at `os.code`, and tells of it like of any other.
    pub(super) fn share_link_opened(&self, project: u64) -> Result<u64, Misuse> {
        let known = self.read(|org| org.projects.contains_key(&project));
        if !known {
            return Err(Misuse::NoSuchProject(project));
        }
        let now = self.backstage.clock.now();
        Ok(self.change(|org| {
            let id = take(&mut org.next.contact);
            let mut details = fields::blank_contact();
            details.insert("email".to_owned(), json!(format!("{id}@os.code")));
            let identifier = made_identifier("contact", id);
            org.add_contact(Contact { id, identifier, details, kind: 1 }, now);
            id
        }))
    }
}
