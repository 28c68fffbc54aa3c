//! The identifiers that travel through every layer. Each is parsed once; past that, nobody checks again.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

/// What an [`Id`] names; only there to keep a contact's id out of a project's place.
pub mod kind {
    /// An installation request of the CRM.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum Request {}
    /// A project in OpenSolar.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum Project {}
    /// A contact in OpenSolar.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum Contact {}
    /// A webhook registration in OpenSolar.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum Registration {}
}

/// Another system's id: 1 to 100 ASCII letters, digits, `-` or `_`, so it is safe in a URL and in a key.
///
/// Read from JSON as text or as a whole number, since both systems use both; written as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id<K>(String, PhantomData<K>);

/// The CRM's id of an installation request.
pub type RequestId = Id<kind::Request>;
/// OpenSolar's id of a project.
pub type ProjectId = Id<kind::Project>;
/// OpenSolar's id of a contact.
pub type ContactId = Id<kind::Contact>;
/// OpenSolar's id of a webhook registration.
pub type RegistrationId = Id<kind::Registration>;

/// Text that is no id; carries the length only, the text may be anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1 to 100 ASCII letters, digits, '-' or '_', not these {length} bytes")]
pub struct InvalidId {
    /// Length of the refused text in bytes.
    pub length: usize,
}

impl<K> Id<K> {
    /// The id as its system writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<K> FromStr for Id<K> {
    type Err = InvalidId;

    fn from_str(raw: &str) -> Result<Self, InvalidId> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if raw.is_empty() || 100 < raw.len() || !raw.bytes().all(allowed) {
            return Err(InvalidId { length: raw.len() });
        }
        Ok(Self(raw.to_owned(), PhantomData))
    }
}

impl<K> From<u64> for Id<K> {
    fn from(number: u64) -> Self {
        Self(number.to_string(), PhantomData)
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, K> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrNumber<K>(PhantomData<K>);

        impl<K> Visitor<'_> for TextOrNumber<K> {
            type Value = Id<K>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id as text or as a whole number")
            }

            fn visit_str<E: de::Error>(self, raw: &str) -> Result<Id<K>, E> {
                raw.parse().map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Id<K>, E> {
                Ok(Id::from(number))
            }

            /// JSON knows one kind of number: `1042.0` is a whole one too.
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Id<K>, E> {
                let is_whole = number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number);
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and in range")]
                let whole = number as u64;
                match is_whole {
                    true => Ok(Id::from(whole)),
                    false => Err(E::invalid_value(de::Unexpected::Float(number), &self)),
                }
            }
        }

        deserializer.deserialize_any(TextOrNumber(PhantomData))
    }
}

/// An organisation in OpenSolar; part of every key, so that switching organisations never mixes data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrgId(pub u64);

impl fmt::Display for OrgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How often a record was written. [`Revision::NONE`] is a record that the store does not have yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision of a record that was never stored.
    pub const NONE: Self = Self(0);

    /// The revision that the next write gives.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// One invocation's claim on a piece of work: fresh and random each time, so that a worker whose commit was
/// answered with "condition failed" can tell that its own first try went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClaimId(pub Uuid);

/// Who works on something, and until when that has to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Fresh for each claim.
    pub id: ClaimId,
    /// The claimant is certainly gone after this: its function's time limit and a minute.
    pub lease_end: DateTime<Utc>,
}

/// Identifies a delivery in the log: model, id, verb, event id and a hash of the body.
///
/// OpenSolar documents no rule for repeats, so two bodies that differ are two deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeliveryKey(String);

impl DeliveryKey {
    /// The key of these parts, which the caller has bounded.
    pub(crate) fn of_parts(parts: &[&str]) -> Self {
        Self(parts.join("#"))
    }

    /// A key as the store holds it.
    pub fn stored(key: String) -> Self {
        Self(key)
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeliveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_from_text_and_from_a_number() {
        let ids: Vec<RequestId> = serde_json::from_str(r#"["1042", 1042, 1042.0]"#).expect("all forms");
        assert!(ids.iter().all(|id| id.as_str() == "1042"));
    }

    #[test]
    fn what_could_leave_its_place_in_a_url_or_a_key_is_no_id() {
        for raw in ["", "a/b", "a#b", "a b", "é", &"9".repeat(101)] {
            assert_eq!(raw.parse::<ProjectId>(), Err(InvalidId { length: raw.len() }));
        }
        assert!(serde_json::from_str::<ProjectId>("-4").is_err());
        assert!(serde_json::from_str::<ProjectId>("1.5").is_err());
    }
}
