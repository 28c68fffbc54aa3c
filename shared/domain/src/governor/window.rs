//! An exact sliding window.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::WINDOW;

/// The grants of the last [`WINDOW`], to the moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SlidingLog {
    /// Oldest first.
    grants: Vec<DateTime<Utc>>,
}

impl SlidingLog {
    /// When another grant fits, of `most` in any window: `now`, or later.
    pub fn free_at(&self, most: u32, now: DateTime<Utc>) -> DateTime<Utc> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let oldest = self.grants.len().checked_sub(most).and_then(|position| self.grants.get(position));
        oldest.map_or(now, |oldest| (*oldest + WINDOW).max(now))
    }

    /// Counts a grant. Clocks of two functions may differ: the order is that of their times.
    pub fn add(&mut self, now: DateTime<Utc>) {
        self.grants.retain(|at| now < *at + WINDOW);
        let position = self.grants.partition_point(|at| *at <= now);
        self.grants.insert(position, now);
    }

    /// How many more fit, of `most`, before `by`.
    pub fn room(&self, most: u32, by: DateTime<Utc>) -> u32 {
        let counted = self.grants.iter().filter(|at| by < **at + WINDOW).count();
        most.saturating_sub(u32::try_from(counted).unwrap_or(u32::MAX))
    }
}
