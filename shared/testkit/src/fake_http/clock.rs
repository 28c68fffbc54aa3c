//! The time as a fake sees it.

use std::sync::Mutex;

use chrono::{DateTime, Utc};

use super::lock;

/// The real time, until it is stopped at a time of the test's choice.
#[derive(Debug, Default)]
pub(crate) struct Clock(Mutex<Option<DateTime<Utc>>>);

impl Clock {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        lock(&self.0).unwrap_or_else(Utc::now)
    }

    pub(crate) fn stop_at(&self, now: DateTime<Utc>) {
        *lock(&self.0) = Some(now);
    }

    pub(crate) fn run(&self) {
        *lock(&self.0) = None;
    }
}
