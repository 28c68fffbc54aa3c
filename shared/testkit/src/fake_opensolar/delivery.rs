//! One change on its way to one endpoint, and OpenSolar's log of the attempts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::{Organisation, take};
use super::render::timestamp;

/// One webhook delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Where it is posted to.
    pub endpoint: String,
    /// The headers that were registered for the endpoint.
    pub headers: BTreeMap<String, String>,
    /// The exact text of the body.
    pub body: String,
    /// How often it was tried.
    pub attempts: usize,
    /// What has come of it.
    pub outcome: Outcome,
    #[serde(flatten)]
    pub(super) log_key: ProcessLogKey,
}

/// What has come of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It waits for its first or its next attempt.
    Pending,
    /// The endpoint answered with this status, a 2xx.
    Answered(u16),
    /// Every attempt failed; the last one like this.
    GivenUp(String),
}

/// What a log row says of the change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ProcessLogKey {
    pub(super) webhook: u64,
    pub(super) model_name: String,
    pub(super) model_pk: u64,
    pub(super) event_name: String,
    pub(super) event_id: u64,
    pub(super) event_timestamp: DateTime<Utc>,
}

/// One attempt, as `GET /webhook_process_logs/` tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ProcessLog {
    id: u64,
    key: ProcessLogKey,
    successful: bool,
    notes: String,
}

impl ProcessLog {
    pub(super) fn row(&self) -> Value {
        json!({
            "id": self.id,
            "webhook": self.key.webhook,
            "successful": self.successful,
            "model_name": self.key.model_name,
            "model_pk": self.key.model_pk,
            "event_name": self.key.event_name,
            "event_id": self.key.event_id,
            "event_timestamp": timestamp(self.key.event_timestamp),
            "event_queue_name": "default",
            "notes": self.notes,
        })
    }
}

/// How an attempt ended: with a status, or with the reason why there is none.
pub(super) type Attempt = Result<u16, String>;

impl Organisation {
    /// The oldest delivery that waits: nothing overtakes it.
    pub(super) fn next_delivery(&self) -> Option<(usize, Delivery)> {
        let waits = |(_, delivery): &(usize, &Delivery)| delivery.outcome == Outcome::Pending;
        self.deliveries.iter().enumerate().find(waits).map(|(number, delivery)| (number, delivery.clone()))
    }

    /// How many deliveries wait no more. All before the oldest that waits; after it, all wait.
    pub(super) fn settled_deliveries(&self) -> usize {
        self.next_delivery().map_or(self.deliveries.len(), |(number, _)| number)
    }

    /// Notes an attempt. Redirects count as failures, like every status but 2xx.
    pub(super) fn note_attempt(&mut self, number: usize, attempt: &Attempt, most_attempts: usize) {
        let Some(delivery) = self.deliveries.get_mut(number) else { return };
        delivery.attempts += 1;
        let (successful, notes) = match attempt {
            Ok(status) => ((200..300).contains(status), format!("status {status}")),
            Err(reason) => (false, reason.clone()),
        };
        if let (true, Ok(status)) = (successful, attempt) {
            delivery.outcome = Outcome::Answered(*status);
        } else if most_attempts <= delivery.attempts {
            delivery.outcome = Outcome::GivenUp(notes.clone());
        }
        let key = delivery.log_key.clone();
        self.process_logs.push(ProcessLog { id: take(&mut self.next.process_log), key, successful, notes });
    }
}
