//! The webhook keys: whose deliveries are let in, and what they have to prove.

use chrono::{DateTime, Utc};
use hmac::digest::CtOutput;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{Signature, SigningKey};
use crate::ids::OrgId;

/// A key shorter than this is refused when the keys are loaded.
pub const SHORTEST_KEY: usize = 16;

/// What an organisation's deliveries have to prove; all of its keys name the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// That the sender knows the key: it stands in a header.
    #[default]
    Header,
    /// That whoever knows the key wrote the body: it is signed with it.
    Hmac,
    /// Both, with two keys.
    Both,
}

impl Scheme {
    /// Whether the body is proven, and not only who brought it.
    pub fn signs_body(self) -> bool {
        match self {
            Self::Header => false,
            Self::Hmac | Self::Both => true,
        }
    }
}

/// The keys that deliveries may carry. Any number may be live, so that one can be replaced without a gap.
pub struct WebhookKeys(Vec<WebhookKey>);

struct WebhookKey {
    proof: Proof,
    org: OrgId,
    not_before: Option<DateTime<Utc>>,
    not_after: Option<DateTime<Utc>>,
}

enum Proof {
    Header(Tag),
    Hmac(SigningKey),
    Both(Tag, SigningKey),
}

/// What a delivery brings along to be let in.
pub struct Proofs<'a> {
    /// The value of the key's header, if there was exactly one.
    pub key: Option<&'a [u8]>,
    /// The signature, if there was exactly one header with one.
    pub signature: Option<Signature>,
    /// The raw body.
    pub body: &'a [u8],
}

/// Who was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admitted {
    /// Whose delivery it is.
    pub org: OrgId,
    /// What it proved.
    pub scheme: Scheme,
    /// Which key of the list it was, from 1: so that the first use of a new one can be seen.
    pub number: usize,
}

/// A key as the secret holds it: the secret is a JSON list of these.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyDocument {
    key: String,
    org_id: OrgId,
    #[serde(default)]
    scheme: Scheme,
    #[serde(default)]
    signing_key: Option<String>,
    #[serde(default)]
    not_before: Option<DateTime<Utc>>,
    #[serde(default)]
    not_after: Option<DateTime<Utc>>,
}

/// Why a secret's text is no list of keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableKeys {
    /// Not the JSON that it has to be.
    #[error(
        "the webhook keys are not a JSON list of \
         {{\"key\", \"org_id\", \"scheme\"?, \"signing_key\"?, \"not_before\"?, \"not_after\"?}}"
    )]
    NotAList,
    /// One is empty or short.
    #[error("a webhook key is shorter than {SHORTEST_KEY} bytes: make it longer")]
    TooShort,
    /// The scheme `both` needs two keys that differ, the others have one.
    #[error("a webhook key of the scheme both needs a signing_key other than its key, and no other scheme has one")]
    NoPair,
    /// Nobody could tell whose delivery it is.
    #[error("organisations {0} and {1} have the same webhook key at the same time: give each its own")]
    SharedKey(OrgId, OrgId),
    /// The weaker of two schemes would be the one that counts.
    #[error("organisation {0} has webhook keys of more than one scheme: give all of them the same")]
    MixedSchemes(OrgId),
}

impl WebhookKeys {
    /// Reads the secret's text. One key that cannot be used makes all of them unusable, so that it is noticed.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(secret: &str) -> Result<Self, UnusableKeys> {
        let documents: Vec<KeyDocument> = serde_json::from_str(secret).map_err(|_| UnusableKeys::NotAList)?;
        for document in &documents {
            let is_other = |other: &&KeyDocument| other.org_id == document.org_id && other.scheme != document.scheme;
            if let Some(other) = documents.iter().find(is_other) {
                return Err(UnusableKeys::MixedSchemes(other.org_id));
            }
            if let Some(other) = documents.iter().find(|other| document.is_shared_with(other)) {
                return Err(UnusableKeys::SharedKey(document.org_id, other.org_id));
            }
        }
        documents.into_iter().map(WebhookKey::of).collect::<Result<_, _>>().map(Self)
    }

    /// The organisation whose key a delivery proves to know; every key is compared, whatever the first ones said.
    pub fn admit(&self, proofs: &Proofs<'_>, now: DateTime<Utc>) -> Option<Admitted> {
        let presented = proofs.key.map(tag);
        let mut found = None;
        for (key, number) in self.0.iter().zip(1..) {
            let is_live = key.not_before.is_none_or(|from| from <= now) && key.not_after.is_none_or(|end| now < end);
            let is_proven = key.is_proven_by(presented.as_ref(), proofs);
            if is_proven && is_live {
                found = Some(Admitted { org: key.org, scheme: key.proof.scheme(), number });
            }
        }
        found
    }
}

impl KeyDocument {
    /// Whether two organisations have a key in common, whatever it is for, at a moment at which both live: a delivery of
    /// one could be the other's, or what one shows in a header would sign for the other.
    fn is_shared_with(&self, other: &Self) -> bool {
        let ends_before = |one: &Self, next: &Self| {
            one.not_after.is_some_and(|end| next.not_before.is_some_and(|begin| end <= begin))
        };
        let has_one_of_its_keys = self.keys().any(|key| other.keys().any(|others| others == key));
        self.org_id != other.org_id && has_one_of_its_keys && !ends_before(self, other) && !ends_before(other, self)
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        [Some(self.key.as_str()), self.signing_key.as_deref()].into_iter().flatten()
    }
}

impl Proofs<'_> {
    /// Whether there is anything that some key could fit: nobody has to be asked about what fits none.
    pub fn may_fit(&self) -> bool {
        self.signature.is_some() || self.key.is_some_and(|key| SHORTEST_KEY <= key.len())
    }
}

impl WebhookKey {
    fn of(document: KeyDocument) -> Result<Self, UnusableKeys> {
        let KeyDocument { key, org_id: org, scheme, signing_key, not_before, not_after } = document;
        if key.len() < SHORTEST_KEY || signing_key.as_ref().is_some_and(|signing| signing.len() < SHORTEST_KEY) {
            return Err(UnusableKeys::TooShort);
        }
        let (key, signing) = (key.as_bytes(), signing_key.as_deref().map(str::as_bytes));
        let proof = match (scheme, signing) {
            (Scheme::Header, None) => Proof::Header(tag(key)),
            (Scheme::Hmac, None) => Proof::Hmac(SigningKey::new(key)),
            // A header that shows the signing key gives it to everybody who sees a delivery.
            (Scheme::Both, Some(signing)) if signing != key => Proof::Both(tag(key), SigningKey::new(signing)),
            (Scheme::Header | Scheme::Hmac, Some(_)) | (Scheme::Both, Some(_) | None) => {
                return Err(UnusableKeys::NoPair);
            }
        };
        Ok(Self { proof, org, not_before, not_after })
    }

    fn is_proven_by(&self, presented: Option<&Tag>, proofs: &Proofs<'_>) -> bool {
        let is_known = |tag: &Tag| presented == Some(tag);
        let has_signed =
            |key: &SigningKey| proofs.signature.as_ref().is_some_and(|made| key.has_signed(proofs.body, made));
        match &self.proof {
            Proof::Header(tag) => is_known(tag),
            Proof::Hmac(key) => has_signed(key),
            Proof::Both(tag, key) => is_known(tag) & has_signed(key),
        }
    }
}

impl Proof {
    fn scheme(&self) -> Scheme {
        match self {
            Self::Header(_) => Scheme::Header,
            Self::Hmac(_) => Scheme::Hmac,
            Self::Both(..) => Scheme::Both,
        }
    }
}

/// Stands for a key that is compared.
type Tag = CtOutput<Hmac<Sha256>>;

/// Equal-length digests of what is compared; their comparison takes the same time wherever they differ.
fn tag(text: &[u8]) -> Tag {
    let mut mac = Hmac::<Sha256>::new_from_slice(text).expect("HMAC takes a key of any length");
    mac.update(b"webhook key");
    mac.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER_KEYS: &str = r#"[{"key": "an old key of ours", "org_id": 1, "not_after": "2026-11-20T12:00:00Z"},
        {"key": "a new key of ours", "org_id": 2, "not_before": "2026-11-20T11:00:00Z"}]"#;

    const BODY: &[u8] = b"{}";

    fn at(raw: &str) -> DateTime<Utc> {
        raw.parse().expect("a time")
    }

    fn signature(key: &str, body: &[u8]) -> Option<Signature> {
        let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key").chain_update(body);
        let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        Signature::parse(digits.as_bytes())
    }

    fn admitted(secret: &str, key: Option<&str>, signed_with: Option<&str>) -> Option<(u64, Scheme, usize)> {
        let signature = signed_with.and_then(|key| signature(key, BODY));
        let proofs = Proofs { key: key.map(str::as_bytes), signature, body: BODY };
        let keys = WebhookKeys::parse(secret).expect("keys");
        let admitted = keys.admit(&proofs, at("2026-11-20T11:30:00Z"))?;
        Some((admitted.org.0, admitted.scheme, admitted.number))
    }

    #[test]
    fn a_key_is_taken_while_it_lives() {
        let keys = WebhookKeys::parse(HEADER_KEYS).expect("keys");
        let found = |key: &str, when: &str| {
            let proofs = Proofs { key: Some(key.as_bytes()), signature: None, body: BODY };
            keys.admit(&proofs, at(when)).map(|admitted| (admitted.org.0, admitted.number))
        };
        assert_eq!(found("an old key of ours", "2026-11-20T11:30:00Z"), Some((1, 1)));
        assert_eq!(found("an old key of ours", "2026-11-20T12:00:00Z"), None);
        assert_eq!(found("a new key of ours", "2026-11-20T10:59:59Z"), None);
        assert_eq!(found("a new key of ours", "2026-11-20T11:30:00Z"), Some((2, 2)));
        for other in ["", "a new key of our", "a new key of ours ", "A new key of ours"] {
            assert_eq!(found(other, "2026-11-20T11:30:00Z"), None, "{other}");
        }
    }

    #[test]
    fn each_scheme_takes_its_own_proof_and_no_other() {
        let header = r#"[{"key": "an invented key of one", "org_id": 1}]"#;
        let hmac = r#"[{"key": "an invented key of one", "org_id": 1, "scheme": "hmac"}]"#;
        let both = r#"[{"key": "an invented key of one", "signing_key": "another that signs",
            "org_id": 1, "scheme": "both"}]"#;
        let (key, signing) = (Some("an invented key of one"), Some("another that signs"));

        assert_eq!(admitted(header, key, None), Some((1, Scheme::Header, 1)));
        assert_eq!(admitted(header, None, key), None);
        assert_eq!(admitted(hmac, None, key), Some((1, Scheme::Hmac, 1)));
        assert_eq!(admitted(hmac, Some("anything else there"), key), Some((1, Scheme::Hmac, 1)));
        assert_eq!(admitted(hmac, key, None), None);
        assert_eq!(admitted(both, key, signing), Some((1, Scheme::Both, 1)));
        for (key, signed_with) in [(key, None), (None, signing), (key, key), (signing, key), (signing, signing)] {
            assert_eq!(admitted(both, key, signed_with), None);
        }
        assert!(!Scheme::Header.signs_body() && Scheme::Hmac.signs_body() && Scheme::Both.signs_body());
    }

    #[test]
    fn organisations_have_schemes_of_their_own() {
        let secret = r#"[{"key": "the key of the first", "org_id": 1},
            {"key": "the key of the second", "org_id": 2, "scheme": "hmac"},
            {"key": "the next of the second", "org_id": 2, "scheme": "hmac"}]"#;
        assert_eq!(admitted(secret, Some("the key of the first"), None), Some((1, Scheme::Header, 1)));
        assert_eq!(admitted(secret, None, Some("the next of the second")), Some((2, Scheme::Hmac, 3)));
        assert_eq!(admitted(secret, Some("the key of the second"), Some("the key of the first")), None);
    }

    #[test]
    fn what_no_key_can_fit_needs_no_keys() {
        let fits = |key: Option<&'static str>, signature| {
            Proofs { key: key.map(str::as_bytes), signature, body: BODY }.may_fit()
        };
        assert!(!fits(None, None) && !fits(Some(""), None) && !fits(Some("fifteen bytes.."), None));
        assert!(fits(Some("sixteen bytes..."), None) && fits(None, signature("any", BODY)));
    }

    #[test]
    fn keys_that_protect_nothing_are_refused() {
        let refused = |text: &str| WebhookKeys::parse(text).err().expect("refused");
        for key in ["", "fifteen bytes.."] {
            for scheme in ["header", "hmac"] {
                let text = format!(r#"[{{"key": "{key}", "org_id": 1, "scheme": "{scheme}"}}]"#);
                assert_eq!(refused(&text), UnusableKeys::TooShort);
            }
            let text = format!(
                r#"[{{"key": "a key that is long enough", "signing_key": "{key}", "org_id": 1, "scheme": "both"}}]"#
            );
            assert_eq!(refused(&text), UnusableKeys::TooShort);
        }
        for text in [
            r#"[{"key": "a key that is long enough", "org_id": 1, "scheme": "both"}]"#,
            r#"[{"key": "a key that is long enough", "signing_key": "a key that is long enough", "org_id": 1,
                "scheme": "both"}]"#,
            r#"[{"key": "a key that is long enough", "signing_key": "another that is long", "org_id": 1}]"#,
        ] {
            assert_eq!(refused(text), UnusableKeys::NoPair, "{text}");
        }
        let mixed = r#"[{"key": "a key that is long enough", "org_id": 1},
            {"key": "another that is long", "org_id": 1, "scheme": "hmac"}]"#;
        assert_eq!(refused(mixed), UnusableKeys::MixedSchemes(OrgId(1)));
        let shared = r#"[{"key": "a key that is long enough", "org_id": 1},
            {"key": "a key that is long enough", "org_id": 2}]"#;
        assert_eq!(refused(shared), UnusableKeys::SharedKey(OrgId(1), OrgId(2)));
        let both = r#"{"key": "what the header shows", "signing_key": "a key that is long enough", "org_id": 2,
            "scheme": "both"}"#;
        for other in ["a key that is long enough", "what the header shows"] {
            for scheme in ["header", "hmac"] {
                let partly = format!(r#"[{{"key": "{other}", "org_id": 1, "scheme": "{scheme}"}}, {both}]"#);
                assert_eq!(refused(&partly), UnusableKeys::SharedKey(OrgId(1), OrgId(2)), "{partly}");
            }
        }
        let handed_on = r#"[{"key": "a key that is long enough", "org_id": 1, "not_after": "2026-11-20T12:00:00Z"},
            {"key": "a key that is long enough", "org_id": 2, "not_before": "2026-11-20T12:00:00Z"}]"#;
        assert!(WebhookKeys::parse(handed_on).is_ok());
        for text in [
            "",
            "a bare key of any length",
            r#"{"key": "an object, not a list", "org_id": 1}"#,
            r#"[{"key": "a key that is long enough", "org_id": 1, "scheme": "none"}]"#,
            r#"[{"key": "a key that is long enough"}]"#,
        ] {
            assert_eq!(refused(text), UnusableKeys::NotAList, "{text}");
        }
    }
}
