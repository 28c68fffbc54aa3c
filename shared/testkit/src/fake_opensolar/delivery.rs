//! One change on its way to one endpoint, and OpenSolar's log of the attempts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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
    /// The endpoint answered with this status, a success.
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
    pub(super) fn new(id: u64, key: ProcessLogKey, successful: bool, notes: String) -> Self {
        Self { id, key, successful, notes }
    }

    /// Whether model, verb or notes contain this text, which is in small letters.
    pub(super) fn mentions(&self, text: &str) -> bool {
        [&self.key.model_name, &self.key.event_name, &self.notes]
            .iter()
            .any(|field| field.to_lowercase().contains(text))
    }

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
