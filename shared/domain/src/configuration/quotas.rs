//! How much of OpenSolar an organisation uses.

use serde::{Deserialize, Serialize};

use super::InvalidConfiguration;

/// OpenSolar's quotas for our user. The defaults are what it publishes (developers.opensolar.com/api/throttle); of the
/// calls for which it publishes nothing, 30 a minute is our guess. Where other programs use the same organisation, give
/// less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// Projects created in any minute, 1 to 100; default 10.
    pub creates_per_minute: u32,
    /// Projects changed in any minute, 1 to 100; default 10.
    pub updates_per_minute: u32,
    /// Projects read in any minute, 1 to 10,000; default 100.
    pub reads_per_minute: u32,
    /// All other calls in any minute (lists, contacts, events, workflows), 1 to 10,000; default 30.
    pub others_per_minute: u32,
    /// Calls of each of these kinds in any day, 1 to 1,000,000; default 10,000.
    pub per_day: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            creates_per_minute: 10,
            updates_per_minute: 10,
            reads_per_minute: 100,
            others_per_minute: 30,
            per_day: 10_000,
        }
    }
}

impl Quotas {
    pub(super) fn checked(self) -> Result<Self, InvalidConfiguration> {
        let invalid = |problem| Err(InvalidConfiguration { field: "quotas", problem });
        if ![self.creates_per_minute, self.updates_per_minute].iter().all(|quota| (1..=100).contains(quota)) {
            return invalid("give 1 to 100 creates and updates per minute");
        }
        if ![self.reads_per_minute, self.others_per_minute].iter().all(|quota| (1..=10_000).contains(quota)) {
            return invalid("give 1 to 10000 reads and other calls per minute");
        }
        if !(1..=1_000_000).contains(&self.per_day) {
            return invalid("give 1 to 1000000 calls per day");
        }
        Ok(self)
    }
}
