//! A rate by the generic cell rate algorithm: one time instead of a log.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Class, WINDOW};

/// How fast calls of a kind may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Grants at once after a rest.
    burst: u32,
    /// After so long a further one.
    interval: TimeDelta,
}

impl Pace {
    /// At most `quota` in any [`WINDOW`]: `burst` of them at once, the others evenly.
    ///
    /// A cell with burst B and interval T lets at most ⌈W / T⌉ + B - 1 calls into a window of length W; with
    /// T = W / (quota - B + 1) that is the quota.
    pub fn new(quota: u32, burst: u32) -> Self {
        let quota = quota.max(1);
        let burst = burst.clamp(1, quota);
        let steps = i64::from(quota - burst + 1);
        let window = WINDOW.num_milliseconds();
        Self { burst, interval: TimeDelta::milliseconds((window + steps - 1) / steps) }
    }

    /// Grants at once after a rest, for this class.
    pub fn burst_of(self, class: Class) -> u32 {
        class.share(self.burst).max(1)
    }

    fn of(self, calls: u32) -> TimeDelta {
        self.interval * i32::try_from(calls).unwrap_or(i32::MAX)
    }
}

/// When the cell would be empty again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cell {
    empty_at: DateTime<Utc>,
}

impl Cell {
    /// When a call of this class, which counts for `weight`, fits: `now`, or later. A lower class is let in only while
    /// the cell is emptier: what is left then is the reserve of the others.
    pub fn free_at(&self, pace: Pace, class: Class, weight: u32, now: DateTime<Utc>) -> DateTime<Utc> {
        let spare = pace.burst_of(class).saturating_sub(weight);
        now.max(self.empty_at - pace.of(spare))
    }

    /// Counts calls.
    pub fn add(&mut self, pace: Pace, weight: u32, now: DateTime<Utc>) {
        self.empty_at = self.empty_at.max(now) + pace.of(weight);
    }

    /// How many calls of this class fit until `by`, if nobody else makes any.
    pub fn room(&self, pace: Pace, class: Class, by: DateTime<Utc>) -> u32 {
        let full = pace.of(pace.burst_of(class)) - (self.empty_at - by).max(TimeDelta::zero());
        u32::try_from(full.num_milliseconds() / pace.interval.num_milliseconds()).unwrap_or(0)
    }
}
