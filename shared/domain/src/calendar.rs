//! How times are written, and which of them somebody may mean.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};

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

/// A moment that says which one it is: with `T` or a space, and with `Z` or an offset.
pub fn with_offset(raw: &str) -> Option<DateTime<Utc>> {
    let written = raw.replacen(' ', "T", 1);
    DateTime::parse_from_str(&written, "%Y-%m-%dT%H:%M:%S%.f%#z").ok().map(|moment| moment.to_utc())
}

/// A time that leaves open where: with `T` or a space, without an offset.
pub fn without_offset(raw: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(&raw.replacen(' ', "T", 1), "%Y-%m-%dT%H:%M:%S%.f").ok()
}

/// A moment counted from 1970 in seconds or milliseconds, between 2001 and 2286: the two units leave no other doubt, and a
/// smaller number is no time.
pub fn counted(number: f64) -> Option<DateTime<Utc>> {
    let milliseconds = match number {
        1e9..1e10 => number * 1e3,
        1e12..1e13 => number,
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
    DateTime::from_timestamp_millis(milliseconds as i64)
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
