//! How long an invocation still has, and what it keeps of that for itself.

use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// The waits that go with how long functions may take. The template sets both together, by one parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Kept at the end of an invocation for writing down what came of a call.
    kept: TimeDelta,
    /// So long after the end of an invocation a claim that it made counts as nobody's.
    grace: TimeDelta,
    /// So long a sweep leaves a worker that it woke before it wakes it again.
    wake_up: TimeDelta,
    /// The longest that one WhatsApp message takes.
    longest_send: Duration,
}

/// A word that names no pace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a pace is usual or soak")]
pub struct UnknownPace;

impl Pace {
    /// For functions that may take a minute and more.
    pub const USUAL: Self = Self {
        kept: TimeDelta::seconds(10),
        grace: TimeDelta::minutes(1),
        wake_up: TimeDelta::minutes(15),
        longest_send: Duration::from_secs(20),
    };

    /// For functions that may take ten seconds: so a soak sees in minutes what else takes hours. No faster than the
    /// usual one where nothing goes wrong, and too hasty for a network.
    pub const SOAK: Self = Self {
        kept: TimeDelta::seconds(2),
        grace: TimeDelta::seconds(3),
        wake_up: TimeDelta::seconds(30),
        longest_send: Duration::from_secs(2),
    };

    /// The longest that one WhatsApp message takes.
    pub fn longest_send(self) -> Duration {
        self.longest_send
    }
}

impl FromStr for Pace {
    type Err = UnknownPace;

    fn from_str(word: &str) -> Result<Self, UnknownPace> {
        match word {
            "usual" => Ok(Self::USUAL),
            "soak" => Ok(Self::SOAK),
            _ => Err(UnknownPace),
        }
    }
}

/// The end of an invocation. Nothing is begun that could not end before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    end: DateTime<Utc>,
    pace: Pace,
}

impl Deadline {
    /// An end at the usual pace.
    pub fn at(end: DateTime<Utc>) -> Self {
        Self::paced(end, Pace::USUAL)
    }

    /// An end at this pace.
    pub fn paced(end: DateTime<Utc>, pace: Pace) -> Self {
        Self { end, pace }
    }

    /// When the invocation is over.
    pub fn end(self) -> DateTime<Utc> {
        self.end
    }

    /// Whether a call of at most `timeout` can still be begun, with time left for writing down what came of it.
    pub fn allows(self, timeout: Duration, now: DateTime<Utc>) -> bool {
        let answered = TimeDelta::from_std(timeout).ok().and_then(|timeout| now.checked_add_signed(timeout));
        let written = answered.and_then(|answered| answered.checked_add_signed(self.pace.kept));
        written.is_some_and(|written| written <= self.end)
    }

    /// Whether a message to a customer can still be sent: as a text, and as a template should that be refused.
    pub fn allows_sending(self, now: DateTime<Utc>) -> bool {
        self.allows(self.pace.longest_send * 2, now)
    }

    /// When a claim made in this invocation has certainly no owner any more.
    pub fn lease_end(self) -> DateTime<Utc> {
        self.end + self.pace.grace
    }

    /// Until when an item is left to the worker that a sweep wakes now.
    pub fn left_until(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + self.pace.wake_up
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_176_000, 0).expect("a time")
    }

    #[test]
    fn nothing_is_begun_that_leaves_less_than_what_is_kept() {
        let deadline = Deadline::at(noon() + TimeDelta::seconds(40));
        assert!(deadline.allows(Duration::from_secs(30), noon()));
        assert!(!deadline.allows(Duration::from_secs(31), noon()));
        assert!(!deadline.allows(Duration::MAX, noon()));
        assert_eq!(deadline.lease_end(), noon() + TimeDelta::seconds(100));
        assert_eq!(deadline.left_until(noon()), noon() + TimeDelta::minutes(15));
    }

    #[test]
    fn at_a_soaks_pace_ten_seconds_are_enough_for_all_that_a_function_does() {
        let soak = "soak".parse().expect("a pace");
        let deadline = Deadline::paced(noon() + TimeDelta::seconds(10), soak);
        assert!(deadline.allows_sending(noon()));
        assert!(!Deadline::at(noon() + TimeDelta::seconds(10)).allows_sending(noon()));
        assert!(deadline.allows(Duration::from_secs(2) * 3, noon()), "a lookup, a create and a read");
        assert_eq!("hasty".parse::<Pace>(), Err(UnknownPace));
        assert_eq!("usual".parse(), Ok(Pace::USUAL));
    }
}
