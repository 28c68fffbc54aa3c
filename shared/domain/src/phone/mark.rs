//! Numbers in logs: lines of one customer can be found together, and nobody is called by them.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use super::PhoneNumber;

/// Makes marks of numbers, by a key that is the stack's own.
///
/// The key is derived from the configuration's `namespace`: random, in no log, and known to the functions anyway. A bare
/// hash would be no protection, since all numbers of a country can be tried in minutes; without the key they cannot. Who
/// can read the table has the key, but has the numbers there too. Marks of two stacks differ.
pub struct PhoneMarks(Hmac<Sha256>);

/// What the key is for: another use of the same `namespace` has another one.
const PURPOSE: &[u8] = b"phone numbers in logs";

/// So many bytes of the hash are shown: enough to tell a million customers apart.
const SHOWN: usize = 6;

/// A number as logs have it: its last three digits and the beginning of a keyed hash, as in `…123-5fd924625f6a`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneMark(String);

impl PhoneMarks {
    /// Those of the stack with this namespace.
    pub fn of(namespace: Uuid) -> Self {
        let derived = keyed(namespace.as_bytes()).chain_update(PURPOSE).finalize().into_bytes();
        Self(keyed(&derived))
    }

    /// A number's mark: always the same.
    pub fn mark(&self, phone: &PhoneNumber) -> PhoneMark {
        let hash = self.0.clone().chain_update(phone.e164()).finalize().into_bytes();
        let digits: String = hash.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
        PhoneMark(format!("{phone}-{digits}"))
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

impl fmt::Display for PhoneMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(namespace: u128, phone: &str) -> String {
        let phone = PhoneNumber::from_e164(phone).expect("a number");
        PhoneMarks::of(Uuid::from_u128(namespace)).mark(&phone).to_string()
    }

    #[test]
    fn one_number_has_one_mark_and_another_another() {
        let known = mark(1, "+263770000123");
        assert_eq!(known, mark(1, "+263770000123"));
        assert!(known.starts_with("…123-") && known.len() == "…123-".len() + 2 * SHOWN, "{known}");
        assert_ne!(known, mark(1, "+263780000123"));
    }

    #[test]
    fn another_stack_marks_the_same_number_otherwise() {
        assert_ne!(mark(1, "+263770000123"), mark(2, "+263770000123"));
    }

    #[test]
    fn a_mark_is_no_bare_hash_of_the_number() {
        let bare: String = keyed(b"").chain_update("+263770000123").finalize().into_bytes()[..SHOWN]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert!(!mark(1, "+263770000123").contains(&bare));
    }
}
