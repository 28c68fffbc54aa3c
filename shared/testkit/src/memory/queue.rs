use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::jobs::{QueueMessage, QueueName};
use domain::ports::{Ambient, Queue, QueueError};

/// SQS drops a second message of one deduplication id for so long (SQS developer guide, "exactly-once processing").
const DEDUPLICATION: TimeDelta = TimeDelta::minutes(5);

/// FIFO queues that a test looks into and takes from.
pub struct MemoryQueue {
    ambient: Arc<dyn Ambient>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: Vec<QueueMessage>,
    seen: Vec<(QueueName, String, DateTime<Utc>)>,
    failures: usize,
}

impl MemoryQueue {
    /// Empty queues; `ambient` tells when a deduplication id may be used again.
    pub fn new(ambient: Arc<dyn Ambient>) -> Self {
        Self { ambient, state: Mutex::default() }
    }

    /// What waits on a queue, in order.
    pub fn waiting(&self, queue: QueueName) -> Vec<QueueMessage> {
        self.state().waiting.iter().filter(|message| message.queue == queue).cloned().collect()
    }

    /// Takes everything off a queue, in order.
    pub fn take(&self, queue: QueueName) -> Vec<QueueMessage> {
        self.state().waiting.extract_if(.., |message| message.queue == queue).collect()
    }

    /// Refuses the next `sends` messages, whatever they are.
    pub fn fail_next(&self, sends: usize) {
        self.state().failures = sends;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn send(&self, message: &QueueMessage) -> Result<(), QueueError> {
        let now = self.ambient.now();
        let mut state = self.state();
        if 0 < state.failures {
            state.failures -= 1;
            return Err(QueueError("the queue was told to fail".into()));
        }
        state.seen.retain(|(_, _, at)| now - *at < DEDUPLICATION);
        let known = |(queue, id, _): &(QueueName, String, DateTime<Utc>)| {
            *queue == message.queue && *id == message.deduplication_id
        };
        if !state.seen.iter().any(known) {
            state.seen.push((message.queue, message.deduplication_id.clone(), now));
            state.waiting.push(message.clone());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::TestAmbient;

    fn message(queue: QueueName, id: &str) -> QueueMessage {
        QueueMessage { queue, group: "1042".to_owned(), deduplication_id: id.to_owned(), body: "{}".to_owned() }
    }

    #[tokio::test]
    async fn a_repeat_within_five_minutes_is_dropped_on_its_queue_only() {
        let ambient = Arc::new(TestAmbient::default());
        let queue = MemoryQueue::new(ambient.clone());
        for name in [QueueName::CrmUpdates, QueueName::CrmUpdates, QueueName::Notifications] {
            queue.send(&message(name, "a")).await.expect("taken");
        }
        assert_eq!(queue.take(QueueName::CrmUpdates).len(), 1);
        assert_eq!(queue.waiting(QueueName::Notifications).len(), 1);
        ambient.advance(DEDUPLICATION);
        queue.send(&message(QueueName::CrmUpdates, "a")).await.expect("taken");
        assert_eq!(queue.waiting(QueueName::CrmUpdates).len(), 1);
    }

    #[tokio::test]
    async fn a_refused_message_can_be_sent_again() {
        let queue = MemoryQueue::new(Arc::new(TestAmbient::default()));
        queue.fail_next(1);
        assert!(queue.send(&message(QueueName::Webhooks, "a")).await.is_err());
        queue.send(&message(QueueName::Webhooks, "a")).await.expect("taken");
        assert_eq!(queue.waiting(QueueName::Webhooks).len(), 1);
    }
}
