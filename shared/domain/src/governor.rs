//! How much of OpenSolar may be used now. Pure: time is an argument, and what is counted is a value that the table keeps.
//!
//! OpenSolar throttles like Django REST Framework: by a sliding window for each kind of call, per user, and all our
//! functions are one user (developers.opensolar.com/api/throttle). So writes are counted by an exact log of the last
//! grants ([`SlidingLog`]), reads by a cell that bounds every window just as surely and keeps a single time ([`Cell`]),
//! and every kind by the hour for its day ([`DayBudget`]). Beside the quotas there are three reasons to leave OpenSolar
//! alone: an empty [`Wallet`], a refused token and an outage ([`Health`]).

use chrono::{DateTime, TimeDelta, Utc};

mod cell;
mod day;
mod health;
mod meter;
mod wallet;
mod window;

#[cfg(test)]
mod tests;

pub use cell::{Cell, Pace};
pub use day::DayBudget;
pub use health::{Fingerprint, Health, Leave, OUTAGE_PROBE};
pub use meter::{Creates, ReadMeter, ReadQuota, WriteMeter};
pub use wallet::Wallet;
pub use window::SlidingLog;

/// A grant is used within this time, or forfeited.
pub const GRANT_KEPT: TimeDelta = TimeDelta::seconds(2);

/// So long a grant is counted. OpenSolar counts a call for a minute from when it arrives there: that may be as long
/// after the grant as a grant is kept, and a second more for the way and for clocks that differ.
pub const WINDOW: TimeDelta = TimeDelta::seconds(63);

/// When a park ends, somebody may just have been told to wait for its next probe, but no later than so.
const LAST_TOLD: TimeDelta = TimeDelta::minutes(1);

/// Who asks, the most urgent first. Each leaves a part of what is shared to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A new request: its create, and what that needs.
    New,
    /// A change of a project that is there.
    Update,
    /// Reads for deliveries and of single statuses.
    Fetch,
    /// The nightly sweep.
    Sweep,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 4] = [Self::New, Self::Update, Self::Fetch, Self::Sweep];

    /// How much of `whole` it may use: the rest is the reserve of those before it.
    pub fn share(self, whole: u32) -> u32 {
        let percent = match self {
            Self::New => 100,
            Self::Update => 90,
            Self::Fetch => 85,
            Self::Sweep => 75,
        };
        (u64::from(whole) * percent / 100).try_into().unwrap_or(whole)
    }
}

/// Why a call may not be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limited {
    /// OpenSolar's quota for calls of this kind is used up, or it said so.
    Quota,
    /// OpenSolar's wallet is empty.
    Wallet,
    /// OpenSolar refuses our token.
    Token,
    /// OpenSolar does not answer.
    Outage,
}

impl Limited {
    /// For staff, after "opensolar was not asked for the …:".
    pub fn describe(self) -> &'static str {
        match self {
            Self::Quota => "its quota is used up for now",
            Self::Wallet => "its wallet is empty",
            Self::Token => "it refuses our token",
            Self::Outage => "it does not answer",
        }
    }
}

/// No grant, and the first moment at which asking again may bring one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denied {
    /// Why.
    pub why: Limited,
    /// Until when.
    pub until: DateTime<Utc>,
}

impl Denied {
    fn quota(until: DateTime<Utc>) -> Self {
        Self { why: Limited::Quota, until }
    }
}
