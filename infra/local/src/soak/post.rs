//! OpenSolar's post: every delivery is carried to the door until it is accepted, and one in five comes again later.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::field::{Field, TURN};
use crate::door::deliver_with;
use crate::redelivery::redeliver;

/// One in so many deliveries comes again.
const COMES_AGAIN: usize = 5;

/// So much later, under a deduplication id of its own: the queue does not swallow it.
const LATER: Duration = Duration::from_secs(10);

/// So many are carried at a time.
const CARRIERS: usize = 4;

/// A delivery that was not accepted is tried again after so long.
const REST: Duration = Duration::from_millis(500);

/// The deliveries and how far each is.
#[derive(Debug, Default)]
pub(super) struct Post(Mutex<Bag>);

#[derive(Debug, Default)]
struct Bag {
    picked_up: usize,
    waiting: VecDeque<Arc<str>>,
    answered: Vec<Arc<str>>,
    to_come_again: VecDeque<(Instant, Arc<str>)>,
    carried_now: usize,
}

impl Post {
    /// How many deliveries OpenSolar made.
    pub(super) fn picked_up(&self) -> usize {
        self.lock().picked_up
    }

    /// The bodies that the door accepted.
    pub(super) fn answered(&self) -> Vec<Arc<str>> {
        self.lock().answered.clone()
    }

    /// Whether all that was made so far was accepted, and came again if it was to.
    pub(super) fn is_done(&self) -> bool {
        let bag = self.lock();
        bag.waiting.is_empty() && bag.to_come_again.is_empty() && bag.carried_now == 0
    }

    /// Takes what was not picked up before.
    fn take(&self, made: impl Iterator<Item = String>) {
        let mut bag = self.lock();
        let new: Vec<Arc<str>> = made.skip(bag.picked_up).map(Arc::from).collect();
        bag.picked_up += new.len();
        bag.waiting.extend(new);
    }

    fn lock(&self) -> MutexGuard<'_, Bag> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries everything until the end.
pub(super) async fn carry_all(field: &Field) {
    tokio::join!(pick_up(field), repeat(field), async {
        let carriers: [_; CARRIERS] = std::array::from_fn(|_| carry(field));
        let [one, two, three, four] = carriers;
        tokio::join!(one, two, three, four);
    });
}

async fn pick_up(field: &Field) {
    while !field.is_over() {
        let made = field.outside.opensolar.deliveries();
        field.post.take(made.into_iter().map(|delivery| delivery.body));
        tokio::time::sleep(TURN).await;
    }
}

async fn carry(field: &Field) {
    while !field.is_over() {
        let next = {
            let mut bag = field.post.lock();
            let next = bag.waiting.pop_front();
            bag.carried_now += usize::from(next.is_some());
            next
        };
        let Some(body) = next else {
            tokio::time::sleep(TURN).await;
            continue;
        };
        while !field.is_over() && deliver_with(&field.http, &field.endpoints, body.to_string()).await.is_err() {
            field.tally.note(|counts| counts.door_failures += 1);
            tokio::time::sleep(REST).await;
        }
        if field.is_over() {
            return;
        }
        let mut bag = field.post.lock();
        bag.carried_now -= 1;
        bag.answered.push(Arc::clone(&body));
        if bag.answered.len().is_multiple_of(COMES_AGAIN) {
            bag.to_come_again.push_back((Instant::now() + LATER, body));
        }
    }
}

async fn repeat(field: &Field) {
    while !field.is_over() {
        let next = field.post.lock().to_come_again.front().cloned();
        match next {
            Some((due, body)) if due <= Instant::now() => {
                if redeliver(&field.endpoints, &field.aws, &body).await.is_ok() {
                    field.post.lock().to_come_again.pop_front();
                    field.tally.note(|counts| counts.redelivered += 1);
                } else {
                    tokio::time::sleep(REST).await;
                }
            }
            Some(_) | None => tokio::time::sleep(TURN).await,
        }
    }
}
