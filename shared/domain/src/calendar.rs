//! Which times somebody may mean.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

/// A time that is not in one of these years is nobody's. Near the calendar's end another time zone or a minute more is a
/// panic, and beyond four digits times no longer sort as text.
const YEARS: RangeInclusive<i32> = 1900..=9998;

/// Whether somebody may mean this day.
pub fn is_meant_day(day: NaiveDate) -> bool {
    YEARS.contains(&day.year())
}

/// Whether somebody may mean this moment.
pub fn is_meant(at: DateTime<Utc>) -> bool {
    is_meant_day(at.date_naive())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendars_ends_are_meant_by_nobody() {
        for end in
            [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, DateTime::UNIX_EPOCH - chrono::Days::new(30_000)]
        {
            assert!(!is_meant(end), "{end}");
        }
        assert!(is_meant(DateTime::UNIX_EPOCH));
        assert!(NaiveDate::from_ymd_opt(9998, 12, 31).is_some_and(is_meant_day));
        assert!(!NaiveDate::from_ymd_opt(9999, 1, 1).is_some_and(is_meant_day));
    }
}
