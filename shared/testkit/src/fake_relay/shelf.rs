//! The records with what happens around each call and each change.

use std::sync::Mutex;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};

use super::api;
use super::records::Records;
use crate::fake_http::{Answer, Api, Backstage, Request, lock};

/// The fake's state.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    records: Mutex<Records>,
    backstage: Backstage,
    /// Tells the sender that there may be deliveries.
    pub(super) outgoing: Notify,
    /// How many deliveries are settled.
    pub(super) settled: watch::Sender<usize>,
}

/// Everything that a relay holds, to be kept for a later one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Snapshot(Records);

impl Api for Shelf {
    fn answer(&self, request: &Request) -> Answer {
        if let Err(refused) = self.admit(request) {
            return refused;
        }
        let now = self.backstage.clock.now();
        self.with(|records| api::answer(records, request, now))
    }

    fn admit(&self, request: &Request) -> Result<(), Answer> {
        let now = self.backstage.clock.now();
        self.with(|records| api::admit(records, request, now))
    }

    fn apply_late(&self, request: &Request, at: DateTime<Utc>) {
        api::answer(&mut lock(&self.records), request, at);
    }

    fn refusal(&self, status: u16) -> Value {
        json!({"error": format!("refused with {status} by the test")})
    }

    fn backstage(&self) -> &Backstage {
        &self.backstage
    }
}

impl Shelf {
    /// Looks at the records, or changes what tells nobody.
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut Records) -> T) -> T {
        self.catch_up();
        look(&mut lock(&self.records))
    }

    /// Changes something at the time of the fake's clock, and wakes the sender.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Records, DateTime<Utc>) -> T) -> T {
        let now = self.backstage.clock.now();
        let changed = self.with(|records| change(records, now));
        self.outgoing.notify_one();
        changed
    }

    /// Waits until every delivery that exists now has been answered or given up.
    pub(super) async fn deliveries_settled(&self) {
        let made = self.with(|records| records.deliveries.len());
        let mut settled = self.settled.subscribe();
        // The sender of the channel is `self`, so waiting cannot fail.
        drop(settled.wait_for(|settled| made <= *settled).await);
    }
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot(self.with(|records| records.clone()))
    }

    /// Takes over a snapshot. What was not delivered then is delivered now.
    pub(super) fn restore(&self, snapshot: Snapshot) {
        let Snapshot(restored) = snapshot;
        let settled = restored.settled_deliveries();
        *lock(&self.records) = restored;
        self.outgoing.notify_one();
        self.settled.send_replace(settled);
    }
}
