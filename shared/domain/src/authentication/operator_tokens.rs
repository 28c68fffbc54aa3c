//! The operators' tokens: only their hashes are stored, so that whoever reads the secret can act as nobody.

use std::fmt;

use chrono::{DateTime, Utc};
use hmac::digest::CtOutput;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::hex;

/// A shorter token is let in by no hash: one that can be guessed can be found from its hash too. `openssl rand -hex 32`
/// makes one of 64 bytes, and `printf %s TOKEN | sha256sum` its hash.
pub const SHORTEST_TOKEN: usize = 32;

/// An operator's name is no longer than this, in characters.
const LONGEST_NAME: usize = 64;

/// A person, or a program of theirs, who may use the operators' API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator(String);

impl Operator {
    /// As the secret names them: what logs and decisions say.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The hashes of the tokens that are let in. Any number may be of one operator, so that a token can be replaced without
/// a gap.
pub struct OperatorTokens(Vec<OperatorToken>);

struct OperatorToken {
    digest: CtOutput<Sha256>,
    operator: Operator,
    not_before: Option<DateTime<Utc>>,
    not_after: Option<DateTime<Utc>>,
}

/// A token as the secret holds it: the secret is a JSON list of these.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenDocument {
    name: String,
    sha256: String,
    #[serde(default)]
    not_before: Option<DateTime<Utc>>,
    #[serde(default)]
    not_after: Option<DateTime<Utc>>,
}

/// Why a secret's text is no list of tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableTokens {
    /// Not the JSON that it has to be.
    #[error("the operators' tokens are not a JSON list of {{\"name\", \"sha256\", \"not_before\"?, \"not_after\"?}}")]
    NotAList,
    /// A name that no log could say.
    #[error("an operator's name is not 1 to {LONGEST_NAME} printable characters")]
    NoName,
    /// Not a hash; perhaps the token itself, which must not be stored.
    #[error("the sha256 of a token of {name} is not 64 hexadecimal digits: store the token's hash, never the token")]
    NoHash {
        /// Whose.
        name: String,
    },
}

impl OperatorTokens {
    /// Reads the secret's text.
    pub fn parse(secret: &str) -> Result<Self, UnusableTokens> {
        let documents: Vec<TokenDocument> = serde_json::from_str(secret).map_err(|_| UnusableTokens::NotAList)?;
        documents.into_iter().map(OperatorToken::of).collect::<Result<_, _>>().map(Self)
    }

    /// The operator whose token this is; every hash is compared, whatever the first ones said.
    pub fn operator_of(&self, presented: &[u8], now: DateTime<Utc>) -> Option<Operator> {
        let digest = CtOutput::new(Sha256::digest(presented));
        let mut found = None;
        for token in &self.0 {
            let is_live =
                token.not_before.is_none_or(|from| from <= now) && token.not_after.is_none_or(|end| now < end);
            // Equal-length digests: their comparison takes the same time wherever they differ.
            if token.digest == digest && is_live {
                found = Some(&token.operator);
            }
        }
        found.filter(|_| SHORTEST_TOKEN <= presented.len()).cloned()
    }
}

impl OperatorToken {
    fn of(document: TokenDocument) -> Result<Self, UnusableTokens> {
        let TokenDocument { name, sha256, not_before, not_after } = document;
        let is_printable = |character: char| !character.is_control();
        if name.trim().is_empty() || LONGEST_NAME < name.chars().count() || !name.chars().all(is_printable) {
            return Err(UnusableTokens::NoName);
        }
        let Some(digest) = hex::digest(sha256.as_bytes()) else { return Err(UnusableTokens::NoHash { name }) };
        Ok(Self { digest: CtOutput::new(digest.into()), operator: Operator(name), not_before, not_after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::sha256_hex;

    const OLD: &str = "an invented token of the old kind, long enough";
    const NEW: &str = "an invented token of the new kind, long enough";
    const SHORT: &str = "31 bytes are one byte too few..";

    fn tokens() -> OperatorTokens {
        let hash = |token: &str| sha256_hex(token.as_bytes());
        let secret = format!(
            r#"[{{"name": "Tendai", "sha256": "{}", "not_after": "2026-11-20T12:00:00Z"}},
                {{"name": "Tendai", "sha256": "{}", "not_before": "2026-11-20T11:00:00Z"}},
                {{"name": "console", "sha256": "{}"}}]"#,
            hash(OLD),
            hash(NEW).to_uppercase(),
            hash(SHORT),
        );
        OperatorTokens::parse(&secret).expect("tokens")
    }

    fn found(token: &str, at: &str) -> Option<String> {
        let operator = tokens().operator_of(token.as_bytes(), at.parse().expect("a time"));
        operator.map(|operator| operator.to_string())
    }

    #[test]
    fn a_token_is_taken_while_it_lives_and_names_its_operator() {
        assert_eq!(found(OLD, "2026-11-20T11:30:00Z").as_deref(), Some("Tendai"));
        assert_eq!(found(NEW, "2026-11-20T11:30:00Z").as_deref(), Some("Tendai"), "two at once, for the change");
        assert_eq!(found(OLD, "2026-11-20T12:00:00Z"), None);
        assert_eq!(found(NEW, "2026-11-20T10:59:59Z"), None);
    }

    #[test]
    fn what_is_nearly_a_token_or_its_hash_is_none() {
        let (cut, longer, hash) = (&NEW[..NEW.len() - 1], format!("{NEW} "), sha256_hex(NEW.as_bytes()));
        for other in ["", cut, &longer, &NEW.to_uppercase(), &hash] {
            assert_eq!(found(other, "2026-11-20T11:30:00Z"), None, "{other}");
        }
    }

    #[test]
    fn a_token_that_is_too_short_is_let_in_by_no_hash() {
        assert_eq!(SHORT.len(), SHORTEST_TOKEN - 1);
        assert_eq!(found(SHORT, "2026-11-20T11:30:00Z"), None);
    }

    #[test]
    fn what_is_no_list_of_hashes_is_refused_and_said_without_telling_it() {
        let refused = |text: &str| OperatorTokens::parse(text).err().expect("refused");
        for text in ["", "a bare token of any length", "{}", r#"[{"name": "Tendai", "token": "x"}]"#] {
            assert_eq!(refused(text), UnusableTokens::NotAList);
        }
        let hash = "0".repeat(64);
        for name in ["", "  ", "two\\nlines", &"n".repeat(65)] {
            let text = format!(r#"[{{"name": "{name}", "sha256": "{hash}"}}]"#);
            assert_eq!(refused(&text), UnusableTokens::NoName, "{name}");
        }
        for sha256 in ["", "a token in the place of its hash", &"+0".repeat(32), &"0".repeat(63), &"é".repeat(32)] {
            let text = format!(r#"[{{"name": "Tendai", "sha256": "{sha256}"}}]"#);
            assert_eq!(refused(&text), UnusableTokens::NoHash { name: "Tendai".to_owned() });
            assert!(sha256.is_empty() || !refused(&text).to_string().contains(sha256));
        }
    }
}
