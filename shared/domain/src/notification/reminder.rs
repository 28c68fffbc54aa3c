//! When a customer is reminded.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

/// Nine in the morning of the day before: awake, and with a day left to call us. Nothing only at the calendar's begin.
pub fn reminder_at(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let nine = NaiveTime::from_hms_opt(9, 0, 0)?;
    day.pred_opt()?.and_time(nine).and_local_timezone(zone).earliest().map(|at| at.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_nine_in_the_customers_morning_whatever_the_zone() {
        let day = NaiveDate::from_ymd_opt(2027, 1, 1).expect("a day");
        let at = |zone| reminder_at(day, zone).map(|at| at.to_rfc3339());
        assert_eq!(at(chrono_tz::Africa::Harare).as_deref(), Some("2026-12-31T07:00:00+00:00"));
        assert_eq!(at(chrono_tz::UTC).as_deref(), Some("2026-12-31T09:00:00+00:00"));
    }
}
