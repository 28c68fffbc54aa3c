//! What the fake's owner does through its handle or its control endpoints, with the time and the sender's wake-up.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::sync::{Notify, watch};

use super::delivery::{Attempt, Delivery, Outcome};
use super::model::{Author, Organisation, take};
use super::quirks::DeliveryOrder;
use super::webhook::Webhook;
use super::work::{Misuse, Work};
use super::{ORG_ID, api};
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
        if let Err(refused) = self.admit(request) {
            return refused;
        }
        self.apply(request, self.backstage.clock.now())
    }

    fn admit(&self, request: &Request) -> Result<(), Answer> {
        let now = self.backstage.clock.now();
        self.change(|org| api::admit(org, request, now))
    }

    fn apply_late(&self, request: &Request, at: DateTime<Utc>) {
        self.apply(request, at);
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
        self.catch_up();
        read(&lock(&self.org))
    }

    /// Changes something, and wakes the sender.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Organisation) -> T) -> T {
        self.catch_up();
        self.change_now(change)
    }

    fn change_now<T>(&self, change: impl FnOnce(&mut Organisation) -> T) -> T {
        let mut org = lock(&self.org);
        let before = org.deliveries.len();
        let result = change(&mut org);
        if org.quirks.delivery.order == DeliveryOrder::ReversedPerChange {
            org.deliveries.get_mut(before..).unwrap_or_default().reverse();
        }
        drop(org);
        self.outgoing.notify_one();
        result
    }

    /// Changes something at the time of the fake's clock.
    pub(super) fn change_at_now<T>(&self, change: impl FnOnce(&mut Organisation, DateTime<Utc>) -> T) -> T {
        let now = self.backstage.clock.now();
        self.change(|org| change(org, now))
    }

    fn apply(&self, request: &Request, at: DateTime<Utc>) -> Answer {
        self.change_now(|org| {
            org.author = Author::Caller;
            let answer = api::answer(org, request, at);
            org.author = Author::People;
            answer
        })
    }

    pub(super) fn work(&self, project: u64, work: Work) -> Result<(), Misuse> {
        self.change_at_now(|org, now| org.work(project, work, now))
    }

    pub(super) fn add_project(&self, body: &Map<String, Value>) -> Result<u64, Misuse> {
        self.change_at_now(|org, now| org.create_project(body, now)).map_err(Misuse::Refused)
    }

    pub(super) fn add_contact(&self, body: &Map<String, Value>) -> Result<u64, Misuse> {
        self.change_at_now(|org, now| org.create_contact(body, now)).map_err(Misuse::Refused)
    }

    /// Registers an endpoint that is told of everything, whole.
    pub(super) fn register(&self, endpoint: &str, headers: BTreeMap<String, String>) {
        let models = ["project.*", "contact.*", "event.*", "quote.*", "quoteactivitylog.*"];
        let all = || Some(models.map(str::to_owned).to_vec());
        self.change(|org| {
            let id = take(&mut org.next.webhook);
            let endpoint = endpoint.to_owned();
            let webhook = Webhook {
                id,
                endpoint,
                headers,
                enabled: true,
                trigger_fields: all(),
                payload_fields: all(),
                failures: 0,
            };
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

    pub(super) fn take_delivery(&self) -> Option<(usize, Delivery)> {
        self.catch_up();
        lock(&self.org).take_delivery()
    }

    /// Notes an attempt; how many milliseconds to wait if it is to be tried again.
    pub(super) fn note_attempt(&self, number: usize, attempt: &Attempt) -> Option<u64> {
        let (wait, settled) =
            self.change_at_now(|org, now| (org.note_attempt(number, attempt, now), org.settled_deliveries()));
        self.settled.send_replace(settled);
        wait
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
        *lock(&self.org) = restored;
        self.outgoing.notify_one();
        self.settled.send_replace(settled);
    }

    /// Everything as the API would show it.
    pub(super) fn state(&self) -> Value {
        self.read(|org| {
            let projects = org.projects.values().map(|project| Value::Object(org.project_detail(project, org.links())));
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
}
