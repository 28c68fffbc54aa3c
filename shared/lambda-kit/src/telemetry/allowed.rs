//! What a line of the log may say: one list, and nothing beside it.

use std::error::Error;
use std::fmt::Debug;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};

use super::chain;

/// The fields that a line may have, its message and what the runtime's span says of an invocation included. A name is
/// added here only if nothing personal, no secret and no body can be in its values.
pub const FIELDS: [&str; 38] = [
    "message",
    // Of the runtime: which invocation, and which trace.
    "requestId",
    "xrayTraceId",
    // Which record, delivery, message, organisation; and who asked, where that is one of our own people.
    "request.id",
    "message.id",
    "org.id",
    "registration.id",
    "item.pk",
    "item.sk",
    "key",
    "operator",
    // A customer, as the last three digits and a keyed hash of the number: never the number.
    "customer.phone",
    // What went wrong: texts of ours, which name operations, statuses and fields.
    "error",
    "reason",
    "operation",
    "status",
    "limit",
    "list",
    "page",
    // How much and how long.
    "report",
    "due",
    "woken",
    "resumed",
    "sent",
    "moved_on",
    "failed",
    "more",
    "missing",
    "healed",
    "never_sent",
    "failures",
    "milliseconds",
    "seconds",
    "begun_at",
    "requests",
    "deliveries",
    "notices",
    "service",
];

/// Under this name a line says how many of its fields were not on the list, and are left out.
pub const DROPPED: &str = "dropped_fields";

/// Whether a line may have a field of this name.
pub fn is_allowed(field: &str) -> bool {
    FIELDS.contains(&field)
}

/// The fields of a line, as far as they are allowed.
#[derive(Debug, Default)]
pub(super) struct Allowed {
    fields: Map<String, Value>,
    dropped: u64,
}

impl Allowed {
    /// Them, and how many were left out if any were.
    pub(super) fn into_fields(mut self) -> Map<String, Value> {
        if 0 < self.dropped {
            self.fields.insert(DROPPED.to_owned(), self.dropped.into());
        }
        self.fields
    }

    fn take(&mut self, field: &Field, value: impl FnOnce() -> Value) {
        match is_allowed(field.name()) {
            true => drop(self.fields.insert(field.name().to_owned(), value())),
            false => self.dropped += 1,
        }
    }
}

impl Visit for Allowed {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.take(field, || Value::String(without_numbers(&format!("{value:?}"))));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, || Value::String(without_numbers(value)));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.take(field, || Value::String(without_numbers(&chain(value))));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.take(field, || value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.take(field, || value.into());
    }

    /// Durations in milliseconds are counted so; none is longer than the other type holds.
    fn record_u128(&mut self, field: &Field, value: u128) {
        self.take(field, || u64::try_from(value).unwrap_or(u64::MAX).into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.take(field, || value.into());
    }
}

/// The text with each telephone number in it (`+` and 8 to 15 digits, E.164) as its last three digits. No text of ours
/// has one; this is for the day on which one has.
fn without_numbers(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(plus) = rest.find('+') {
        let digits = rest[plus + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let end = plus + 1 + digits;
        match digits {
            8..=15 => {
                kept.push_str(&rest[..plus]);
                kept.push('…');
                kept.push_str(&rest[end - 3..end]);
            }
            _ => kept.push_str(&rest[..end]),
        }
        rest = &rest[end..];
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_number_is_its_last_three_digits_wherever_it_stands() {
        for (text, expected) in [
            ("+263770000123", "…123"),
            ("to +263770000123, +26377000045", "to …123, …045"),
            ("+1 +1234567 1+1 2026-11-20T08:00:00+00:00", "+1 +1234567 1+1 2026-11-20T08:00:00+00:00"),
            ("+1234567890123456", "+1234567890123456"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(without_numbers(text), expected);
        }
    }

    #[test]
    fn no_field_is_on_the_list_twice() {
        let names: std::collections::BTreeSet<_> = FIELDS.into_iter().collect();
        assert_eq!(names.len(), FIELDS.len());
        assert!(!is_allowed(DROPPED) && !is_allowed("phone") && !is_allowed("body"));
    }
}
