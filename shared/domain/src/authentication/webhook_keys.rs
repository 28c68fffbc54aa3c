//! The webhook keys: whose deliveries are let in.

use chrono::{DateTime, Utc};
use hmac::digest::CtOutput;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

use crate::ids::OrgId;

/// A key shorter than this is refused when the keys are loaded.
pub const SHORTEST_KEY: usize = 16;

/// The keys that deliveries may carry. Any number may be live, so that one can be replaced without a gap.
pub struct WebhookKeys(Vec<WebhookKey>);

struct WebhookKey {
    tag: CtOutput<Hmac<Sha256>>,
    org: OrgId,
    not_before: Option<DateTime<Utc>>,
    not_after: Option<DateTime<Utc>>,
}

/// A key as the secret holds it: the secret is a JSON list of these.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyDocument {
    key: String,
    org_id: OrgId,
    #[serde(default)]
    not_before: Option<DateTime<Utc>>,
    #[serde(default)]
    not_after: Option<DateTime<Utc>>,
}

/// Why a secret's text is no list of keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableKeys {
    /// Not the JSON that it has to be.
    #[error("the webhook keys are not a JSON list of {{\"key\", \"org_id\", \"not_before\"?, \"not_after\"?}}")]
    NotAList,
    /// One is empty or short.
    #[error("a webhook key is shorter than {SHORTEST_KEY} bytes: make it longer")]
    TooShort,
}

impl WebhookKeys {
    /// Reads the secret's text.
    pub fn parse(secret: &str) -> Result<Self, UnusableKeys> {
        let documents: Vec<KeyDocument> = serde_json::from_str(secret).map_err(|_| UnusableKeys::NotAList)?;
        let key = |document: KeyDocument| {
            if document.key.len() < SHORTEST_KEY {
                return Err(UnusableKeys::TooShort);
            }
            let KeyDocument { key, org_id: org, not_before, not_after } = document;
            Ok(WebhookKey { tag: tag(key.as_bytes()), org, not_before, not_after })
        };
        documents.into_iter().map(key).collect::<Result<_, _>>().map(Self)
    }

    /// The organisation whose key this is; every key is compared, whatever the first ones said.
    pub fn organisation_of(&self, presented: &[u8], now: DateTime<Utc>) -> Option<OrgId> {
        let presented = tag(presented);
        let mut found = None;
        for key in &self.0 {
            let is_live = key.not_before.is_none_or(|from| from <= now) && key.not_after.is_none_or(|end| now < end);
            if key.tag == presented && is_live {
                found = Some(key.org);
            }
        }
        found
    }
}

/// Equal-length digests of what is compared; their comparison takes the same time wherever they differ.
fn tag(text: &[u8]) -> CtOutput<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(text).expect("HMAC takes a key of any length");
    mac.update(b"webhook key");
    mac.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &str = r#"[{"key": "an old key of ours", "org_id": 1, "not_after": "2026-11-20T12:00:00Z"},
        {"key": "a new key of ours", "org_id": 2, "not_before": "2026-11-20T11:00:00Z"}]"#;

    #[test]
    fn a_key_is_taken_while_it_lives() {
        let keys = WebhookKeys::parse(KEYS).expect("keys");
        let found = |key: &str, at: &str| keys.organisation_of(key.as_bytes(), at.parse().expect("a time"));
        assert_eq!(found("an old key of ours", "2026-11-20T11:30:00Z"), Some(OrgId(1)));
        assert_eq!(found("an old key of ours", "2026-11-20T12:00:00Z"), None);
        assert_eq!(found("a new key of ours", "2026-11-20T10:59:59Z"), None);
        assert_eq!(found("a new key of ours", "2026-11-20T11:30:00Z"), Some(OrgId(2)));
        for other in ["", "a new key of our", "a new key of ours ", "A new key of ours"] {
            assert_eq!(found(other, "2026-11-20T11:30:00Z"), None, "{other}");
        }
    }

    #[test]
    fn keys_that_protect_nothing_are_refused() {
        let refused = |text| WebhookKeys::parse(text).err().expect("refused");
        assert_eq!(refused(r#"[{"key": "", "org_id": 1}]"#), UnusableKeys::TooShort);
        assert_eq!(refused(r#"[{"key": "fifteen bytes..", "org_id": 1}]"#), UnusableKeys::TooShort);
        for text in ["", "a bare key of any length", r#"{"key": "an object, not a list", "org_id": 1}"#] {
            assert_eq!(refused(text), UnusableKeys::NotAList);
        }
    }
}
