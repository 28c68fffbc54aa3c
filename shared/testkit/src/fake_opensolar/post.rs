//! Deliveries on their way: which goes next, what comes of it, what still waits.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::delivery::{Attempt, Delivery, Outcome, ProcessLog};
use super::model::{Organisation, take};
use super::quirks::{Attempts, FailingHook, RetryEventId, RetryTimestamp, SuccessCode};
use super::render::timestamp;

/// The waits after failed attempts, in milliseconds.
const BACK_OFF: [u64; 3] = [50, 200, 800];
/// After so many deliveries in a row that were given up, a registration is disabled, if it ever is.
const MOST_FAILURES: usize = 3;

/// What is on its way.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Post {
    pub(super) state: PostState,
    /// When the oldest delivery was tried last.
    tried_at: Option<DateTime<Utc>>,
    /// The delivery that is being tried.
    #[serde(skip)]
    in_flight: Option<usize>,
}

/// Whether deliveries go out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PostState {
    #[default]
    Running,
    Held,
}

/// The order in which held deliveries go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseOrder {
    /// As it happened.
    AsHappened,
    /// The newest first.
    Reversed,
    /// The second half first: old and new mixed.
    SecondHalfFirst,
}

impl ReleaseOrder {
    /// Puts what happened one after the other into this order.
    pub(crate) fn arrange<T>(self, held: &mut [T]) {
        match self {
            Self::AsHappened => {}
            Self::Reversed => held.reverse(),
            Self::SecondHalfFirst => held.rotate_left(held.len() / 2),
        }
    }
}

impl Organisation {
    /// Takes the oldest delivery that waits: nothing overtakes it.
    pub(super) fn take_delivery(&mut self) -> Option<(usize, Delivery)> {
        let number = self.oldest_waiting().filter(|_| self.post.state == PostState::Running)?;
        self.post.in_flight = Some(number);
        self.deliveries.get(number).map(|delivery| (number, delivery.clone()))
    }

    /// How many deliveries wait no more. All before the oldest that waits; after it, all wait.
    pub(super) fn settled_deliveries(&self) -> usize {
        self.oldest_waiting().unwrap_or(self.deliveries.len())
    }

    fn oldest_waiting(&self) -> Option<usize> {
        self.deliveries.iter().position(|delivery| delivery.outcome == Outcome::Pending)
    }

    /// Lets held deliveries go, in this order; one that is being tried keeps its place.
    pub(super) fn release(&mut self, order: ReleaseOrder) {
        let waiting = self.oldest_waiting().unwrap_or(self.deliveries.len());
        let first = if self.post.in_flight == Some(waiting) { waiting + 1 } else { waiting };
        let held = self.deliveries.get_mut(first..).unwrap_or_default();
        order.arrange(held);
        self.post.state = PostState::Running;
    }

    /// Notes an attempt; how many milliseconds to wait if it is to be tried again.
    pub(super) fn note_attempt(&mut self, number: usize, attempt: &Attempt, now: DateTime<Utc>) -> Option<u64> {
        let quirks = self.quirks.delivery.clone();
        let most_attempts = match quirks.attempts {
            Attempts::One => 1,
            Attempts::Two => 2,
            Attempts::Four => 4,
        };
        let (successful, notes) = match attempt {
            Ok(status) => (is_success(*status, quirks.success), format!("status {status}")),
            Err(reason) => (false, reason.clone()),
        };
        self.post.tried_at = Some(now);
        let delivery = self.deliveries.get_mut(number)?;
        delivery.attempts += 1;
        let attempts = delivery.attempts;
        let key = delivery.log_key.clone();
        match attempt {
            Ok(status) if successful => delivery.outcome = Outcome::Answered(*status),
            _ if most_attempts <= attempts => delivery.outcome = Outcome::GivenUp(notes.clone()),
            _ => self.renew(number, now),
        }
        let settled = self.deliveries.get(number).is_none_or(|delivery| delivery.outcome != Outcome::Pending);
        if settled {
            self.post.in_flight = None;
            self.note_outcome(key.webhook, successful);
        }
        let log = ProcessLog::new(take(&mut self.next.process_log), key, successful, notes);
        self.process_logs.push(log);
        if settled { None } else { BACK_OFF.get(attempts - 1).copied() }
    }

    /// What of a body differs in its next attempt.
    fn renew(&mut self, number: usize, now: DateTime<Utc>) {
        let quirks = self.quirks.delivery.clone();
        let model = self.deliveries.get(number).map(|delivery| delivery.log_key.model_name.clone()).unwrap_or_default();
        let event_id = (quirks.retry_event_id == RetryEventId::New).then(|| self.next_event_id(&model));
        let fresh = quirks.retry_timestamp == RetryTimestamp::Fresh;
        let Some(delivery) = self.deliveries.get_mut(number).filter(|_| fresh || event_id.is_some()) else { return };
        let Ok(mut body) = serde_json::from_str::<Value>(&delivery.body) else { return };
        if let Some(event_id) = event_id {
            // Text stays text.
            body["event_id"] = if body["event_id"].is_string() { json!(event_id.to_string()) } else { json!(event_id) };
            delivery.log_key.event_id = event_id;
        }
        if fresh {
            body["timestamp"] = json!(now.timestamp().to_string());
        }
        delivery.body = body.to_string();
    }

    fn note_outcome(&mut self, webhook: u64, successful: bool) {
        let Some(webhook) = self.webhooks.get_mut(&webhook) else { return };
        webhook.failures = if successful { 0 } else { webhook.failures + 1 };
        let disabled = self.quirks.delivery.failing_hook == FailingHook::DisabledAfterThree;
        if disabled && MOST_FAILURES <= webhook.failures {
            webhook.enabled = false;
        }
    }

    /// The rows of `GET /webhook_queue_models/`.
    pub(super) fn queue_rows(&self) -> Vec<Value> {
        let waiting = self.deliveries.iter().enumerate().skip(self.settled_deliveries());
        let rows = waiting.map(|(number, delivery)| {
            let body: Value = serde_json::from_str(&delivery.body).unwrap_or_default();
            let back_off = delivery.attempts.checked_sub(1).and_then(|failed| BACK_OFF.get(failed));
            let tried_at = self.post.tried_at.filter(|_| 0 < delivery.attempts);
            let next_attempt_at = match (tried_at, back_off) {
                (Some(at), Some(wait)) => at + TimeDelta::milliseconds(i64::try_from(*wait).unwrap_or_default()),
                _ => delivery.log_key.event_timestamp,
            };
            json!({
                "id": number + 1,
                "webhook": delivery.log_key.webhook,
                "number_of_attempts": delivery.attempts,
                "next_attempt_at": timestamp(next_attempt_at),
                "processing_started_at": (self.post.in_flight == Some(number)).then(|| timestamp(next_attempt_at)),
                "model_name": delivery.log_key.model_name,
                "model_pk": delivery.log_key.model_pk,
                "event": delivery.log_key.event_name,
                "foreign_identifier": body["identifier"],
            })
        });
        rows.collect()
    }
}

/// Redirects count as failures, like every other status.
fn is_success(status: u16, success: SuccessCode) -> bool {
    match success {
        SuccessCode::Any2xx => (200..300).contains(&status),
        SuccessCode::Only200 => status == 200,
    }
}
