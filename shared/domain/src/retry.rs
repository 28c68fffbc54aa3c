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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_wait_stays_within_a_fifth_and_what_is_beyond_the_schedule_is_an_operators(
            failures in 0_u32..40,
            noise in any::<u128>(),
            seconds in 0_i64..4_000_000_000,
        ) {
            let now = DateTime::from_timestamp(seconds, 0).expect("a time");
            let wait = failures.checked_sub(1).and_then(|index| RETRY_SCHEDULE.get(index as usize));
            match (next_try(failures, noise, now), wait) {
                (Some(until), Some(wait)) => {
                    prop_assert!(*wait * 4 / 5 <= until - now && until - now <= *wait * 6 / 5, "{failures}: {until}");
                }
                (until, wait) => prop_assert_eq!((until, wait), (None, None)),
            }
        }
    }

    #[test]
    fn chance_reaches_both_ends_of_each_wait_and_waits_never_shrink() {
        let now: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().expect("a time");
        for (failures, wait) in (1..).zip(RETRY_SCHEDULE) {
            let fifth = u128::try_from(wait.num_milliseconds() / 5).expect("positive");
            assert_eq!(next_try(failures, 0, now), Some(now + wait * 4 / 5));
            assert_eq!(next_try(failures, fifth, now), Some(now + wait));
            assert_eq!(next_try(failures, 2 * fifth, now), Some(now + wait * 6 / 5));
        }
        assert!(RETRY_SCHEDULE.is_sorted());
    }
}
