//! What the soak did itself, in counts.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What was sent and done so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    /// Requests that the CRM put on its queue.
    pub(super) asked: usize,
    /// The same again, under a fresh deduplication id.
    pub(super) asked_again: usize,
    /// Newer revisions of them.
    pub(super) changed: usize,
    /// Things done in OpenSolar's app.
    pub(super) works: usize,
    /// Posts to the door that were not answered, or not well, and made again.
    pub(super) door_failures: usize,
    /// Deliveries put on the queue again, under a fresh deduplication id.
    pub(super) redelivered: usize,
    /// Function processes killed, by function.
    pub(super) kills: BTreeMap<&'static str, usize>,
    /// Of these, in the middle of a call to a server outside.
    pub(super) in_the_middle: usize,
    /// Answers of OpenSolar that were lost or spoilt.
    pub(super) answers_lost: usize,
    /// How long OpenSolar was away.
    pub(super) opensolar_away: Duration,
    /// How often the local AWS was stopped and started.
    pub(super) aws_restarts: usize,
}

/// The counts of everybody.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<Counts>);

impl Tally {
    /// Counts something.
    pub(super) fn note(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.lock());
    }

    /// As it stands.
    pub(super) fn counts(&self) -> Counts {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// Function processes killed.
    pub(super) fn killed(&self) -> usize {
        self.kills.values().sum()
    }
}
