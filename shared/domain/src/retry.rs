//! How long to wait after a failure, as data.

use chrono::{DateTime, TimeDelta, Utc};

/// The waits after the first, second, ... failure. Used up, an operator has to act.
pub const RETRY_SCHEDULE: [TimeDelta; 10] = [
    TimeDelta::minutes(1),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(6),
    TimeDelta::hours(12),
    TimeDelta::hours(24),
    TimeDelta::hours(24),
    TimeDelta::hours(24),
    TimeDelta::hours(24),
];

/// After a 401 OpenSolar is asked this seldom: only a new token helps.
pub const TOKEN_PROBE: TimeDelta = TimeDelta::minutes(15);

/// With an empty wallet (402) a create is tried this seldom.
pub const WALLET_PROBE: TimeDelta = TimeDelta::hours(1);

/// OpenSolar's throttles count by the minute; without a `Retry-After`, wait one out.
pub const QUOTA_WAIT: TimeDelta = TimeDelta::seconds(61);

/// When to try again after failure number `failures` (from 1); nothing once the schedule is used up.
///
/// `noise` is any random number: it moves the wait by up to a fifth either way, so that failures that
/// came together do not come back together.
pub fn next_try(failures: u32, noise: u128, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let index = usize::try_from(failures).ok()?.checked_sub(1)?;
    let wait = RETRY_SCHEDULE.get(index)?;
    let fifth = wait.num_milliseconds() / 5;
    let offset = i64::try_from(noise % u128::try_from(2 * fifth + 1).ok()?).ok()? - fifth;
    Some(now + *wait + TimeDelta::milliseconds(offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_stays_within_a_fifth_and_the_eleventh_failure_is_an_operators() {
        let now: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().expect("a time");
        for (failures, wait) in (1..).zip(RETRY_SCHEDULE) {
            for noise in [0, 7, u128::MAX / 3, u128::MAX] {
                let until = next_try(failures, noise, now).expect("within the schedule") - now;
                assert!(wait * 4 / 5 <= until && until <= wait * 6 / 5, "{failures}: {until}");
            }
        }
        assert_eq!(next_try(11, 0, now), None);
        assert_eq!(next_try(0, 0, now), None);
    }
}
