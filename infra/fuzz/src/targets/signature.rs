//! A signed delivery: the header's value on the first line, the body behind it.

use std::fmt::Write;
use std::sync::LazyLock;

use domain::authentication::{Proofs, Scheme, Signature, WebhookKeys};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::mutation;
use crate::random::Random;
use crate::setting::NOON;
use crate::tally::Reached;
use crate::targets::event;

const KEY: &str = "an invented key that signs";

static KEYS: LazyLock<WebhookKeys> = LazyLock::new(|| {
    let secret = format!(
        r#"[{{"key": "a key of the time before it", "org_id": 1234, "scheme": "hmac"}},
        {{"key": "{KEY}", "org_id": 1234, "scheme": "hmac"}}]"#
    );
    WebhookKeys::parse(&secret).expect("keys")
});

pub(super) fn seeds() -> Vec<Vec<u8>> {
    event::seeds().iter().map(|body| delivery(&signature(body), body)).collect()
}

/// Who has the right is let in, whatever the body is, and nobody else: the right is worked out here once more, another way.
pub(super) fn read(input: &[u8]) -> Reached {
    let (header, body) = parts(input);
    let proofs = Proofs { key: None, signature: Signature::parse(header), body };
    let admitted = KEYS.admit(&proofs, *NOON);
    assert_eq!(admitted.is_some(), is_right(header, body), "let in by {:?}", String::from_utf8_lossy(header));
    match admitted {
        Some(admitted) => {
            assert_eq!((admitted.org.0, admitted.scheme, admitted.number), (1234, Scheme::Hmac, 2));
            event::read(body)
        }
        None => Reached::Door,
    }
}

/// Mostly the body is bent, and signed as it then is; else what the header says is.
pub(super) fn bent(input: &[u8], random: &mut Random) -> Vec<u8> {
    let (header, body) = parts(input);
    if random.one_in(4) {
        return delivery(&mutation::plain(header, random), body);
    }
    let body = mutation::document(body, random);
    let digits = signature(&body);
    let header = match random.below(3) {
        0 => digits,
        1 => digits.to_ascii_uppercase(),
        _ => [b"sha256=", digits.as_slice()].concat(),
    };
    delivery(&header, &body)
}

fn delivery(header: &[u8], body: &[u8]) -> Vec<u8> {
    [header, b"\n", body].concat()
}

fn parts(input: &[u8]) -> (&[u8], &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    (&input[..end], input.get(end + 1..).unwrap_or_default())
}

fn is_right(header: &[u8], body: &[u8]) -> bool {
    let digits = header.strip_prefix(b"sha256=").unwrap_or(header);
    digits.to_ascii_lowercase() == signature(body)
}

fn signature(body: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).expect("HMAC takes a key of any length");
    let digest = mac.chain_update(body).finalize().into_bytes();
    let digits = digest.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").expect("text takes what is written to it");
        digits
    });
    digits.into_bytes()
}
