//! Calls that were taken in and are applied only later, by the fake's clock.

use std::sync::Mutex;

use chrono::{DateTime, Utc};

use super::{Request, lock};

/// They wait here until their time has come.
#[derive(Debug, Default)]
pub(crate) struct LateCalls(Mutex<Vec<(DateTime<Utc>, Request)>>);

impl LateCalls {
    pub(super) fn add(&self, at: DateTime<Utc>, request: Request) {
        let mut waiting = lock(&self.0);
        waiting.push((at, request));
        waiting.sort_by_key(|(at, _)| *at);
    }

    /// Those whose time has come, in order.
    pub(super) fn take_due(&self, now: DateTime<Utc>) -> Vec<(DateTime<Utc>, Request)> {
        let mut waiting = lock(&self.0);
        let due = waiting.partition_point(|(at, _)| *at <= now);
        waiting.drain(..due).collect()
    }
}
