//! Reads fields that may be missing, null or of another kind than documented: such a field says nothing, and spoils no
//! other.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::calendar::{counted, is_meant, is_meant_day, with_offset, without_offset};
use domain::ids::Id;
use domain::remote::{InstallationDate, Said};
use serde_json::Value;

/// Text that is not blank.
pub(crate) fn text(value: Option<&Value>) -> Option<&str> {
    value?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// Text that is not blank, or a number as text.
pub(crate) fn text_or_number(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Number(number) => Some(number.to_string()),
        other => text(Some(other)).map(str::to_owned),
    }
}

/// Yes or no, also as text or as 1 and 0.
pub(crate) fn flag(value: Option<&Value>) -> Option<bool> {
    match value? {
        Value::Bool(flag) => Some(*flag),
        other => match text_or_number(Some(other))?.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
    }
}

/// A whole number, also as text or as `2.0`.
pub(crate) fn whole(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Number(number) => {
            #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
            let from_float = |float: f64| (float.fract() == 0.0 && float.abs() < 1e15).then_some(float as i64);
            number.as_i64().or_else(|| number.as_f64().and_then(from_float))
        }
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number, also as text.
pub(crate) fn decimal(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::Number(number) => number.as_f64(),
        // People type a minus sign where programs write a hyphen.
        Value::String(text) => text.trim().replace('\u{2212}', "-").parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An id as a number or as text.
pub(crate) fn id<K>(value: Option<&Value>) -> Option<Id<K>> {
    match value? {
        Value::Number(number) => number.as_u64().map(Id::from),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The id at the end of a relation: a path or a whole address (both occur), or the bare id.
pub(crate) fn last_id<K>(value: Option<&Value>) -> Option<Id<K>> {
    match value? {
        Value::String(address) => address.trim_end_matches('/').rsplit('/').next()?.parse().ok(),
        other => id(Some(other)),
    }
}

/// The number at the end of a relation, or the bare number.
pub(crate) fn last_number(value: &Value) -> Option<u64> {
    match value {
        Value::String(address) => address.trim().trim_end_matches('/').rsplit('/').next()?.parse().ok(),
        other => other.as_u64(),
    }
}

/// Whether a field has a value at all: no false, no 0, and nothing that only holds such. OpenSolar also writes `"null"`
/// for nothing.
pub(crate) fn is_set(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::String(text)) => !matches!(text.trim(), "" | "null" | "false" | "0"),
        Some(Value::Array(items)) => items.iter().any(|item| is_set(Some(item))),
        Some(Value::Object(fields)) => fields.values().any(|field| is_set(Some(field))),
    }
}

/// What a field says, by who reads it: one that is set and not to be read is told apart from none.
pub(crate) fn said<'a, T>(value: Option<&'a Value>, read: impl FnOnce(Option<&'a Value>) -> Option<T>) -> Said<T> {
    match read(value) {
        Some(known) => Said::Value(known),
        None if is_set(value) => Said::Unreadable,
        None => Said::Nothing,
    }
}

/// A moment: with `T` or a space, with `Z` or an offset (UTC without one); a plain date is its midnight in UTC.
pub(crate) fn moment(value: Option<&Value>) -> Option<DateTime<Utc>> {
    match day_or_moment(value)? {
        InstallationDate::Day(day) => Some(day.and_time(NaiveTime::MIN).and_utc()),
        InstallationDate::Moment(moment) => Some(moment),
    }
}

/// A moment that says which one it is: nothing for a plain date or a time without an offset, which may be anybody's noon.
pub(crate) fn exact_moment(value: Option<&Value>) -> Option<DateTime<Utc>> {
    with_offset(text(value)?).filter(|at| is_meant(*at))
}

/// A plain date, or a moment as in [`moment`] or counted from 1970, in seconds or milliseconds.
pub(crate) fn day_or_moment(value: Option<&Value>) -> Option<InstallationDate> {
    if let Some(number) = decimal(value) {
        return counted(number).map(InstallationDate::Moment);
    }
    let raw = text(value)?;
    written(raw).filter(|date| match date {
        InstallationDate::Day(day) => is_meant_day(*day),
        InstallationDate::Moment(moment) => is_meant(*moment),
    })
}

fn written(raw: &str) -> Option<InstallationDate> {
    if let Ok(day) = NaiveDate::parse_from_str(raw, "%Y-%m-%d") {
        return Some(InstallationDate::Day(day));
    }
    let bare = || without_offset(raw).map(|time| time.and_utc());
    with_offset(raw).or_else(bare).map(InstallationDate::Moment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::ContactId;
    use serde_json::json;

    #[test]
    fn every_way_in_which_opensolar_writes_a_time_is_read() {
        let noon: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().expect("a time");
        for raw in [
            "2026-11-20T12:00:00Z",
            "2026-11-20T12:00:00.000000Z",
            "2026-11-20 12:00:00+00:00",
            "2026-11-20 12:00:00.000000+00:00",
            "2026-11-20T14:00:00+0200",
            "2026-11-20T12:00:00",
            " 2026-11-20 12:00:00 ",
        ] {
            assert_eq!(moment(Some(&json!(raw))), Some(noon), "{raw}");
        }
        for raw in [json!(1_795_176_000), json!("1795176000"), json!(1_795_176_000_000_i64), json!(1_795_176_000.0)] {
            assert_eq!(moment(Some(&raw)), Some(noon), "{raw}");
        }
        for end in ["+262142-12-31T23:59:59Z", "+262142-12-31", "-262143-01-01", "+10000-01-01 00:00:00", "0001-01-01"]
        {
            assert_eq!((moment(Some(&json!(end))), day_or_moment(Some(&json!(end)))), (None, None), "{end}");
        }
        let midnight = "2026-11-20T00:00:00Z".parse().ok();
        assert_eq!(moment(Some(&json!("2026-11-20"))), midnight);
        let day = NaiveDate::from_ymd_opt(2026, 11, 20).map(InstallationDate::Day);
        assert_eq!(day_or_moment(Some(&json!("2026-11-20"))), day);
        for other in [json!(null), json!(""), json!("soon"), json!("2026-13-01"), json!(20261120), json!(-1), json!({})]
        {
            assert_eq!(day_or_moment(Some(&other)), None, "{other}");
        }
    }

    #[test]
    fn numbers_and_ids_come_in_several_forms() {
        for raw in [json!(56), json!("56"), json!(56.0)] {
            assert_eq!(whole(Some(&raw)), Some(56), "{raw}");
        }
        assert_eq!(whole(Some(&json!(1.5))), None);
        assert_eq!(decimal(Some(&json!("6.6"))), Some(6.6));
        assert_eq!(decimal(Some(&json!(" \u{2212}17.8"))), Some(-17.8));
        for raw in [json!(88_001), json!("88001"), json!("/api/orgs/1234/events/88001/")] {
            assert_eq!(last_number(&raw), Some(88_001), "{raw}");
        }
        for raw in [json!(null), json!(""), json!("/api/orgs/1234/events/x/"), json!({"id": 1}), json!(-1)] {
            assert_eq!(last_number(&raw), None, "{raw}");
        }
        let contact: ContactId = "777".parse().expect("an id");
        for raw in [
            json!(777),
            json!("777"),
            json!("/api/orgs/1234/contacts/777/"),
            json!("https://api.opensolar.com/api/orgs/1234/contacts/777/"),
        ] {
            assert_eq!(last_id(Some(&raw)), Some(contact.clone()), "{raw}");
        }
        assert_eq!(last_id::<domain::ids::kind::Contact>(Some(&json!({"id": 777}))), None);
    }

    #[test]
    fn text_and_flags_come_in_several_forms() {
        assert_eq!(text_or_number(Some(&json!(" 263 "))).as_deref(), Some("263"));
        assert_eq!(text_or_number(Some(&json!(263))).as_deref(), Some("263"));
        for (raw, expected) in [
            (json!(true), Some(true)),
            (json!("True"), Some(true)),
            (json!(1), Some(true)),
            (json!(false), Some(false)),
            (json!("false"), Some(false)),
            (json!(0), Some(false)),
            (json!("perhaps"), None),
            (json!(2), None),
            (json!(null), None),
            (json!([]), None),
        ] {
            assert_eq!(flag(Some(&raw)), expected, "{raw}");
        }
    }

    #[test]
    fn nothing_is_written_in_several_ways() {
        for nothing in [
            json!(null),
            json!(""),
            json!("null"),
            json!(false),
            json!("false"),
            json!(0),
            json!(0.0),
            json!("0"),
            json!([]),
            json!({}),
            json!([null]),
            json!({"id": null, "url": ""}),
        ] {
            assert!(!is_set(Some(&nothing)), "{nothing}");
        }
        assert!(!is_set(None));
        for something in [json!("2026-11-20"), json!(501), json!({"id": 501}), json!("https://api.opensolar.com/x/1/")]
        {
            assert!(is_set(Some(&something)), "{something}");
        }
    }
}
