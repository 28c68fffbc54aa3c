//! What is counted of one kind of call: its window, its day, and what a 429 said.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Cell, Class, DayBudget, Denied, Pace, SlidingLog, Wallet};

/// Project creates, or changes of projects. One class alone uses each, so neither has a reserve.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WriteMeter {
    log: SlidingLog,
    day: DayBudget,
    not_before: Option<DateTime<Utc>>,
}

impl WriteMeter {
    /// Grants one call, or says when to ask again.
    ///
    /// # Errors
    /// [`Denied`] if it does not fit now.
    pub fn ask(&mut self, per_minute: u32, per_day: u32, now: DateTime<Utc>) -> Result<(), Denied> {
        let free_at = self.log.free_at(per_minute, now).max(self.day.free_at(per_day, 1, now));
        let free_at = free_at.max(self.not_before.unwrap_or(now));
        if now < free_at {
            return Err(Denied::quota(free_at));
        }
        self.not_before = None;
        self.log.add(now);
        self.day.add(1, now);
        Ok(())
    }

    /// OpenSolar throttled a call: none before `until`.
    pub fn pause(&mut self, until: DateTime<Utc>) {
        self.not_before = self.not_before.max(Some(until));
    }

    /// How many calls may be granted by then.
    pub fn room(&self, per_minute: u32, per_day: u32, by: DateTime<Utc>) -> u32 {
        if self.not_before.is_some_and(|until| by < until) {
            return 0;
        }
        self.log.room(per_minute, by).min(self.day.room(per_day, by))
    }
}

/// Project creates, and whether they can be paid for: one item, so that a create costs one write.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Creates {
    /// The quota.
    pub meter: WriteMeter,
    /// The money.
    pub wallet: Wallet,
}

impl Creates {
    /// Grants one create, or says when to ask again. Only who has a quota is elected to probe an empty wallet.
    ///
    /// # Errors
    /// [`Denied`] if it may not be sent now.
    pub fn ask(&mut self, per_minute: u32, per_day: u32, now: DateTime<Utc>) -> Result<(), Denied> {
        self.wallet.look(now)?;
        self.meter.ask(per_minute, per_day, now)?;
        self.wallet.elect(now);
        Ok(())
    }
}

/// Reads of one kind, which several classes share.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReadMeter {
    cell: Cell,
    day: DayBudget,
    not_before: Option<DateTime<Utc>>,
    lowered: Option<Lowered>,
}

/// What a 429 taught: our idea of the quota was too high, or somebody else uses it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Lowered {
    percent: u32,
    until: DateTime<Utc>,
}

/// A quota that was lowered is tried whole again after so long without another 429.
const LOWERED_FOR: TimeDelta = TimeDelta::hours(1);

/// No 429 lowers a quota to less than this part.
const LEAST_PERCENT: u32 = 25;

impl ReadMeter {
    /// Grants a call that counts for `weight`, or says when to ask again.
    ///
    /// # Errors
    /// [`Denied`] if it does not fit now.
    pub fn ask(&mut self, quota: ReadQuota, class: Class, weight: u32, now: DateTime<Utc>) -> Result<(), Denied> {
        let pace = self.pace(quota, now);
        let free_at = self.cell.free_at(pace, class, weight, now);
        let free_at = free_at.max(self.day.free_at(class.share(quota.per_day), weight, now));
        let free_at = free_at.max(self.not_before.unwrap_or(now));
        if now < free_at {
            return Err(Denied::quota(free_at));
        }
        self.not_before = None;
        self.lowered = self.lowered.filter(|lowered| now < lowered.until);
        self.charge(quota, weight, now);
        Ok(())
    }

    /// Counts calls that were made without having been granted.
    pub fn charge(&mut self, quota: ReadQuota, weight: u32, now: DateTime<Utc>) {
        self.cell.add(self.pace(quota, now), weight, now);
        self.day.add(weight, now);
    }

    /// OpenSolar throttled a call: none before `until`, and fewer from then on.
    pub fn pause(&mut self, until: DateTime<Utc>, now: DateTime<Utc>) {
        self.not_before = self.not_before.max(Some(until));
        let percent = (self.percent(now) / 2).max(LEAST_PERCENT);
        self.lowered = Some(Lowered { percent, until: until + LOWERED_FOR });
    }

    /// How many calls of this class may be granted by then, if nobody else makes any.
    pub fn room(&self, quota: ReadQuota, class: Class, by: DateTime<Utc>) -> u32 {
        if self.not_before.is_some_and(|until| by < until) {
            return 0;
        }
        self.cell.room(self.pace(quota, by), class, by).min(self.day.room(class.share(quota.per_day), by))
    }

    fn percent(&self, now: DateTime<Utc>) -> u32 {
        self.lowered.filter(|lowered| now < lowered.until).map_or(100, |lowered| lowered.percent)
    }

    fn pace(&self, quota: ReadQuota, now: DateTime<Utc>) -> Pace {
        let per_minute = quota.per_minute * self.percent(now) / 100;
        Pace::new(per_minute, per_minute * quota.burst_percent / 100)
    }
}

/// A quota of reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadQuota {
    /// In any minute.
    pub per_minute: u32,
    /// So much of it may come at once after a rest.
    pub burst_percent: u32,
    /// In any day.
    pub per_day: u32,
}
