//! Text as SQS takes it. It refuses whole messages over a single character or one id that is too long.

use std::borrow::Cow;

use domain::webhook::sha256_hex;

/// Group and deduplication ids have at most so many characters, all of them printable ASCII without the space
/// (SQS API reference, `SendMessage`).
const ID_LIMIT: usize = 128;

/// The id itself where SQS takes it, else its SHA-256: ids that differ still differ.
pub(super) fn fifo_id(id: &str) -> Cow<'_, str> {
    let fits = (1..=ID_LIMIT).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Cow::Borrowed(id) } else { Cow::Owned(sha256_hex(id.as_bytes())) }
}

/// The same JSON without the two characters that JSON takes and SQS does not.
pub(super) fn json_body(json: &str) -> Cow<'_, str> {
    if json.contains(['\u{fffe}', '\u{ffff}']) {
        // In JSON they can only stand in a string, where an escape means the same.
        Cow::Owned(json.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff"))
    } else {
        Cow::Borrowed(json)
    }
}

/// Text for an attribute: at most `limit` bytes, with a space for each character that SQS refuses.
pub(super) fn attribute(text: &str, limit: usize) -> String {
    // XML 1.0's characters (W3C), as SQS's reference of `SendMessage` lists them.
    let taken = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..);
    let mut kept = String::new();
    for c in text.chars() {
        let c = if taken(c) { c } else { ' ' };
        if limit < kept.len() + c.len_utf8() {
            break;
        }
        kept.push(c);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_sqs_takes_stays_as_it_is() {
        for id in ["1042", "Event-7", "00000-x/y#z", &"9".repeat(128)] {
            assert_eq!(fifo_id(id), id);
        }
    }

    #[test]
    fn an_id_that_sqs_refuses_becomes_one_that_it_takes_and_no_others() {
        let ids = ["", "a b", "é", &"9".repeat(129), &"9".repeat(130)].map(|id| fifo_id(id).into_owned());
        assert!(ids.iter().all(|id| id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit())));
        assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len());
    }

    #[test]
    fn a_body_says_the_same_in_characters_that_sqs_takes() {
        let json = serde_json::json!({"name": "a\u{ffff}b\u{fffe}c\u{1}d ☀️"}).to_string();
        let body = json_body(&json);
        assert!(!body.contains(['\u{fffe}', '\u{ffff}', '\u{1}']));
        let read = |json: &str| serde_json::from_str::<serde_json::Value>(json).expect("json");
        assert_eq!(read(&body), read(&json));
    }

    #[test]
    fn an_attribute_has_no_character_that_sqs_refuses_and_ends_at_a_whole_one() {
        assert_eq!(attribute("a\u{0}b\u{ffff}c\nd ☀", 100), "a b c\nd ☀");
        assert_eq!(attribute("ab☀", 4), "ab");
        assert_eq!(attribute("ab", 0), "");
    }
}
