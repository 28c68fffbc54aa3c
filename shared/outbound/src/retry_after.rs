//! What `Retry-After` says.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// Whatever a server asks for, it is asked again after a day.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads the header: seconds, or an HTTP date (RFC 9110, 10.2.3). A moment that is past is no wait at all.
pub(crate) fn parse(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let wait = match value.trim().parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = DateTime::parse_from_rfc2822(value.trim()).ok()?;
            (until.to_utc() - now).to_std().unwrap_or(Duration::ZERO)
        }
    };
    Some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_everything_else_is_nothing() {
        let now: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().expect("a time");
        let cases = [
            ("42", Some(42)),
            (" 0 ", Some(0)),
            ("Fri, 20 Nov 2026 12:01:30 GMT", Some(90)),
            ("Fri, 20 Nov 2026 11:00:00 GMT", Some(0)),
            ("99999999999", Some(86_400)),
            ("-5", None),
            ("soon", None),
            ("", None),
        ];
        for (value, seconds) in cases {
            assert_eq!(parse(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
