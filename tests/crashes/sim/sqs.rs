//! The queues, as SQS keeps them: what is received stays invisible until it is deleted or its time is over, and a group
//! hands out nothing behind a message that is being worked on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::jobs::{QueueMessage, QueueName};
use domain::ports::{Ambient, Queue, QueueError};
use testkit::memory::TestAmbient;

/// SQS drops a second message of one deduplication id for so long.
const DEDUPLICATION: TimeDelta = TimeDelta::minutes(5);

/// What is done to one of the messages that are sent, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mischief {
    /// It is there twice, the second time under a deduplication id of its own.
    Twice(u32),
    /// It comes a second time after so long that nobody remembers it.
    Again(u32),
    /// It overtakes whatever waits.
    First(u32),
}

/// A message that was handed out.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) id: u64,
    pub(crate) message: QueueMessage,
}

pub(crate) struct Sqs {
    ambient: Arc<TestAmbient>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    stored: Vec<Stored>,
    seen: Vec<(QueueName, String, DateTime<Utc>)>,
    sent: u32,
    next_id: u64,
    mischief: Option<Mischief>,
}

#[derive(Clone)]
struct Stored {
    id: u64,
    message: QueueMessage,
    visible_at: DateTime<Utc>,
    /// Whether somebody has it, as opposed to its time not having come.
    is_taken: bool,
}

impl Sqs {
    pub(crate) fn new(ambient: Arc<TestAmbient>, mischief: Option<Mischief>) -> Self {
        Self { ambient, state: Mutex::new(State { mischief, ..State::default() }) }
    }

    /// Takes up to `limit` messages; nobody else sees them until their queue's time is over.
    pub(crate) fn receive(&self, queue: QueueName, limit: usize) -> Vec<Received> {
        let now = self.ambient.now();
        let mut state = self.state();
        let mut blocked: Vec<String> = Vec::new();
        let mut received = Vec::new();
        for stored in state.stored.iter_mut().filter(|stored| stored.message.queue == queue) {
            if received.len() == limit {
                break;
            }
            if blocked.contains(&stored.message.group) {
                continue;
            }
            if now < stored.visible_at {
                if stored.is_taken {
                    blocked.push(stored.message.group.clone());
                }
                continue;
            }
            stored.visible_at = now + invisible_for(queue);
            stored.is_taken = true;
            received.push(Received { id: stored.id, message: stored.message.clone() });
        }
        received
    }

    /// Somebody else gets it too, as FIFO queues promise never to let happen.
    pub(crate) fn put_back(&self, id: u64) {
        let now = self.ambient.now();
        for stored in self.state().stored.iter_mut().filter(|stored| stored.id == id) {
            (stored.visible_at, stored.is_taken) = (now, false);
        }
    }

    /// What a worker is done with.
    pub(crate) fn delete(&self, id: u64) {
        self.state().stored.retain(|stored| stored.id != id);
    }

    /// When the next message can be received; nothing on empty queues.
    pub(crate) fn next_at(&self) -> Option<DateTime<Utc>> {
        let state = self.state();
        let mut held_up: Vec<(QueueName, &str, DateTime<Utc>)> = Vec::new();
        let mut next: Option<DateTime<Utc>> = None;
        for stored in &state.stored {
            let group = (stored.message.queue, stored.message.group.as_str());
            let behind = held_up.iter().find(|(queue, name, _)| (*queue, *name) == group).map(|(_, _, until)| *until);
            let at = behind.map_or(stored.visible_at, |until| until.max(stored.visible_at));
            if stored.is_taken && behind.is_none() {
                held_up.push((group.0, group.1, stored.visible_at));
            }
            next = Some(next.map_or(at, |next| next.min(at)));
        }
        next
    }

    /// How many messages were sent.
    pub(crate) fn sent(&self) -> u32 {
        self.state().sent
    }

    /// Takes a message, whoever sends it.
    pub(crate) fn put(&self, message: &QueueMessage) {
        let now = self.ambient.now();
        let mut state = self.state();
        state.seen.retain(|(_, _, at)| now - *at < DEDUPLICATION);
        let is_known =
            state.seen.iter().any(|(queue, id, _)| *queue == message.queue && *id == message.deduplication_id);
        if is_known {
            return;
        }
        state.seen.push((message.queue, message.deduplication_id.clone(), now));
        state.sent += 1;
        let number = state.sent;
        let first = state.store(message, now);
        match state.mischief {
            Some(Mischief::Twice(of)) if of == number => state.stored.push(first.clone()),
            Some(Mischief::Again(of)) if of == number => {
                let late = state.store(message, now + TimeDelta::minutes(17));
                state.stored.push(first);
                state.stored.push(late);
                return;
            }
            Some(Mischief::First(of)) if of == number => {
                state.stored.insert(0, first);
                return;
            }
            Some(_) | None => {}
        }
        let id = state.next_id;
        state.next_id += 1;
        state.stored.push(Stored { id, ..first });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn store(&mut self, message: &QueueMessage, visible_at: DateTime<Utc>) -> Stored {
        let id = self.next_id;
        self.next_id += 1;
        Stored { id, message: message.clone(), visible_at, is_taken: false }
    }
}

#[async_trait]
impl Queue for Sqs {
    async fn send(&self, message: &QueueMessage) -> Result<(), QueueError> {
        self.put(message);
        Ok(())
    }
}

/// As `template.yaml` has it: six times what the function may take.
fn invisible_for(queue: QueueName) -> TimeDelta {
    TimeDelta::seconds(match queue {
        QueueName::Webhooks => 540,
        QueueName::SyncRequests => 1080,
        QueueName::Notifications => 360,
        QueueName::CrmUpdates => 120,
    })
}
