//! Deliveries on their way: which goes next, what comes of it, what still waits.

use serde::{Deserialize, Serialize};

use super::delivery::Delivery;
use super::records::Records;
use super::work::Misuse;
use crate::fake_opensolar::{Outcome, ReleaseOrder};

/// The waits after failed attempts, in milliseconds.
const BACK_OFF: [u64; 2] = [50, 200];

/// What is on its way.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Post {
    /// Nothing goes out.
    pub(super) is_held: bool,
    /// The delivery that is being tried.
    #[serde(skip)]
    in_flight: Option<usize>,
}

impl Records {
    /// Takes the oldest delivery that waits: nothing overtakes it.
    pub(super) fn take_delivery(&mut self) -> Option<(usize, Delivery)> {
        let number = self.oldest_waiting().filter(|_| !self.post.is_held)?;
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

    /// Notes an attempt; how many milliseconds to wait if it is to be tried again.
    pub(super) fn note_attempt(&mut self, number: usize, attempt: Result<u16, String>) -> Option<u64> {
        let delivery = self.deliveries.get_mut(number)?;
        delivery.attempts += 1;
        let wait = BACK_OFF.get(delivery.attempts - 1).copied();
        match (attempt, wait) {
            (Ok(status), _) if (200..300).contains(&status) => delivery.outcome = Outcome::Answered(status),
            (_, Some(wait)) => return Some(wait),
            (Ok(status), None) => delivery.outcome = Outcome::GivenUp(format!("status {status}")),
            (Err(reason), None) => delivery.outcome = Outcome::GivenUp(reason),
        }
        self.post.in_flight = None;
        None
    }

    /// Queues a delivery of the past again, as it was.
    ///
    /// # Errors
    /// There is no such delivery.
    pub(super) fn deliver_again(&mut self, number: usize) -> Result<(), Misuse> {
        let again = self.deliveries.get(number).cloned().ok_or(Misuse::NoSuchDelivery(number))?;
        self.deliveries.push(Delivery { attempts: 0, outcome: Outcome::Pending, ..again });
        Ok(())
    }

    /// Lets held deliveries go, in this order; one that is being tried keeps its place.
    pub(super) fn release(&mut self, order: ReleaseOrder) {
        let waiting = self.settled_deliveries();
        let first = if self.post.in_flight == Some(waiting) { waiting + 1 } else { waiting };
        order.arrange(self.deliveries.get_mut(first..).unwrap_or_default());
        self.post.is_held = false;
    }
}
