//! A day's budget.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::WINDOW;

/// The grants of the last day, counted by the hour. An hour is counted until the last moment of it is a day ago, so that
/// no sliding day ever has more than it may.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DayBudget {
    /// Hours since 1970 with how many grants they had, oldest first.
    hours: Vec<(i64, u32)>,
}

const HOUR: i64 = 3_600;

impl DayBudget {
    /// When `weight` more fit, of `most` in any day: `now`, or later.
    pub fn free_at(&self, most: u32, weight: u32, now: DateTime<Utc>) -> DateTime<Utc> {
        let counted: Vec<_> = self.hours.iter().filter(|(hour, _)| now < counted_until(*hour)).collect();
        let mut used: u64 = counted.iter().map(|(_, grants)| u64::from(*grants)).sum();
        let mut free_at = now;
        for (hour, grants) in counted {
            if used + u64::from(weight) <= u64::from(most) {
                break;
            }
            used -= u64::from(*grants);
            free_at = counted_until(*hour);
        }
        free_at
    }

    /// Counts grants.
    pub fn add(&mut self, weight: u32, now: DateTime<Utc>) {
        self.hours.retain(|(hour, _)| now < counted_until(*hour));
        let this = now.timestamp().div_euclid(HOUR);
        match self.hours.iter_mut().find(|(hour, _)| *hour == this) {
            Some((_, grants)) => *grants = grants.saturating_add(weight),
            None => {
                self.hours.push((this, weight));
                self.hours.sort_unstable();
            }
        }
    }

    /// How many more fit, of `most`.
    pub fn room(&self, most: u32, now: DateTime<Utc>) -> u32 {
        let counted = self.hours.iter().filter(|(hour, _)| now < counted_until(*hour));
        counted.fold(most, |left, (_, grants)| left.saturating_sub(*grants))
    }
}

/// A grant of the hour's last moment may be used, and arrive, a little later: the same little as in a window.
fn counted_until(hour: i64) -> DateTime<Utc> {
    let end = DateTime::from_timestamp((hour + 1).saturating_mul(HOUR), 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let slack = WINDOW - TimeDelta::minutes(1);
    end.checked_add_signed(TimeDelta::days(1) + slack).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
