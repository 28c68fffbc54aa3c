//! Phone numbers, and addresses, of customers: personal, so nothing prints them by accident.

mod mark;

use std::fmt;

pub use mark::{PhoneMark, PhoneMarks};

/// An E.164 number: `+`, then 8 to 15 digits. `Display` and `Debug` show the last three digits only.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(String);

/// Text that is no phone number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a phone number: write it as +263 77 000 0001, or as 077 000 0001 within the configured country")]
pub struct InvalidPhoneNumber;

/// A country's calling code (ITU-T E.164), such as `263` for Zimbabwe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallingCode(String);

impl CallingCode {
    /// One to three digits that do not begin with 0, as ITU-T E.164 assigns them.
    pub fn parse(raw: &str) -> Option<Self> {
        let digits = (1..=3).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_digit());
        (digits && !raw.starts_with('0')).then(|| Self(raw.to_owned()))
    }

    /// The code's digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PhoneNumber {
    /// Reads what people and WhatsApp write: `+263…`, `00263…`, `263…` (a WhatsApp id), `077…` within `home`,
    /// with spaces, dots, dashes and brackets anywhere.
    pub fn parse(raw: &str, home: &CallingCode) -> Result<Self, InvalidPhoneNumber> {
        let mut digits = String::with_capacity(16);
        for (position, c) in raw.trim().chars().enumerate() {
            match c {
                '0'..='9' => digits.push(c),
                '+' if position == 0 => digits.push_str("00"),
                ' ' | '\u{a0}' | '-' | '.' | '(' | ')' => {}
                _ => return Err(InvalidPhoneNumber),
            }
        }
        let international = if let Some(rest) = digits.strip_prefix("00") {
            rest.to_owned()
        } else if let Some(national) = digits.strip_prefix('0') {
            format!("{}{national}", home.0)
        } else {
            digits
        };
        if !(8..=15).contains(&international.len()) || international.starts_with('0') {
            return Err(InvalidPhoneNumber);
        }
        Ok(Self(format!("+{international}")))
    }

    /// A number that [`PhoneNumber::e164`] wrote.
    pub fn from_e164(stored: &str) -> Result<Self, InvalidPhoneNumber> {
        let digits = stored.strip_prefix('+').ok_or(InvalidPhoneNumber)?;
        let plain = (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| Self(stored.to_owned())).ok_or(InvalidPhoneNumber)
    }

    /// Stands where a number was erased. ITU-T keeps the country code 999 in reserve, so it is nobody's.
    pub(crate) fn erased() -> Self {
        Self("+99900000000".to_owned())
    }

    /// The whole number, with its `+`. For the record and the wire only.
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// The number as WhatsApp's API addresses it: without the `+`.
    pub fn whatsapp_id(&self) -> &str {
        &self.0[1..]
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "…{}", &self.0[self.0.len() - 3..])
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({self})")
    }
}

/// An e-mail address: something, `@`, something with a dot. Compared ignoring case; never printed.
#[derive(Clone)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The address, or nothing if it cannot be one (OpenSolar then does without).
    pub fn parse(raw: &str) -> Option<Self> {
        let address = raw.trim();
        let (name, host) = address.rsplit_once('@')?;
        let plain = address.len() <= 254 && address.chars().all(|c| !c.is_whitespace() && !c.is_control());
        let host_is_named = host.split('.').count() > 1 && host.split('.').all(|label| !label.is_empty());
        (plain && !name.is_empty() && host_is_named).then(|| Self(address.to_owned()))
    }

    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_lowercase() == other.0.to_lowercase()
    }
}

impl Eq for EmailAddress {}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Result<PhoneNumber, InvalidPhoneNumber> {
        PhoneNumber::parse(raw, &CallingCode::parse("263").expect("a calling code"))
    }

    #[test]
    fn every_way_to_write_a_number_is_the_same_number() {
        for raw in ["+263770000001", "00263 77 000 0001", "263770000001", "077-000-0001", "(077) 000.0001"] {
            assert_eq!(parse(raw).expect(raw).e164(), "+263770000001");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for raw in ["", "n/a", "12345", "+0770000001", "+2637700000011234", "77+0000001", "+263 77 ext 4"] {
            assert_eq!(parse(raw), Err(InvalidPhoneNumber), "{raw}");
        }
    }

    #[test]
    fn a_number_prints_its_last_three_digits_only() {
        let number = parse("+263770000123").expect("a number");
        assert_eq!(format!("{number} {number:?}"), "…123 PhoneNumber(…123)");
    }

    #[test]
    fn addresses_are_the_same_whatever_their_case() {
        assert_eq!(EmailAddress::parse("Rudo@Example.com"), EmailAddress::parse(" rudo@example.com "));
        for raw in ["", "rudo", "rudo@", "@example.com", "rudo@example", "ru do@example.com", "rudo@example..com"] {
            assert_eq!(EmailAddress::parse(raw), None, "{raw}");
        }
    }
}
