//! Everything that is nearly a right to come in, and is none: each is answered alike, and nothing of it is taken.

use super::*;

/// The test's clock stands at noon, 2026-11-20.
const PAST: &str = "2026-11-20T11:59:59Z";
const FUTURE: &str = "2026-11-20T12:00:01Z";

const OTHER_KEY: &str = "a key of somebody else's own";
const SIGNING_KEY: &str = "a key that signs and is not shown";

const TOKEN: &str = "x-webhook-token";

/// A name, the secret, the headers, the body.
type Case = (&'static str, String, Vec<(&'static str, Vec<u8>)>, Vec<u8>);

fn header_scheme() -> String {
    format!(r#"[{{"key": "{KEY}", "org_id": 1234}}]"#)
}

fn hmac_scheme() -> String {
    format!(r#"[{{"key": "{KEY}", "org_id": 1234, "scheme": "hmac"}}]"#)
}

fn both_schemes() -> String {
    format!(r#"[{{"key": "{KEY}", "signing_key": "{SIGNING_KEY}", "org_id": 1234, "scheme": "both"}}]"#)
}

fn with_times(scheme: &str, times: &str) -> String {
    format!(r#"[{{"key": "{KEY}", "org_id": 1234, "scheme": "{scheme}", {times}}}]"#)
}

fn signed(key: &str, body: &[u8]) -> String {
    sign(key, body)
}

/// Deliveries that carry a key in the header.
fn by_header() -> Vec<Case> {
    let with = |name, secret: String, keys: &[&[u8]]| -> Case {
        (name, secret, keys.iter().map(|key| (TOKEN, key.to_vec())).collect(), DELIVERY.to_vec())
    };
    let key = KEY.as_bytes();
    let cut = &key[..key.len() - 1];
    let spaced = [b" ", key].concat();
    let trailing = [key, b" "].concat();
    vec![
        with("nothing at all", header_scheme(), &[]),
        with("an empty key", header_scheme(), &[b""]),
        with("only spaces", header_scheme(), &[b"                "]),
        with("another key", header_scheme(), &[OTHER_KEY.as_bytes()]),
        with("a key without its end", header_scheme(), &[cut]),
        with("a key without its beginning", header_scheme(), &[&key[1..]]),
        with("a key and more", header_scheme(), &[&[key, b"!"].concat()]),
        with("a key twice in one header", header_scheme(), &[&[key, b",", key].concat()]),
        with("a key and a space", header_scheme(), &[&trailing]),
        with("a space and a key", header_scheme(), &[&spaced]),
        with("a key in quotes", header_scheme(), &[&[b"\"", key, b"\""].concat()]),
        with("a key of another case", header_scheme(), &[KEY.to_uppercase().as_bytes()]),
        with("a key in two headers", header_scheme(), &[key, key]),
        with("a key beside another one", header_scheme(), &[key, OTHER_KEY.as_bytes()]),
        with("a bearer's key", header_scheme(), &[&[b"Bearer ", key].concat()]),
        with("bytes that are no text", header_scheme(), &[&[0xff; 32]]),
        with("an old key", with_times("header", &format!(r#""not_after": "{PAST}""#)), &[key]),
        with("a key at its very end", with_times("header", r#""not_after": "2026-11-20T12:00:00Z""#), &[key]),
        with("a key of tomorrow", with_times("header", &format!(r#""not_before": "{FUTURE}""#)), &[key]),
        with("a list of no keys", "[]".to_owned(), &[key]),
        with("a signing key shown in the header", hmac_scheme(), &[key]),
        (
            "a key in the place of the signature",
            header_scheme(),
            vec![(SIGNATURE_HEADER, key.to_vec())],
            DELIVERY.to_vec(),
        ),
        (
            "a signature where a key is asked for",
            header_scheme(),
            vec![(SIGNATURE_HEADER, signed(KEY, DELIVERY).into_bytes())],
            DELIVERY.to_vec(),
        ),
        (
            "a signature in the place of the key",
            header_scheme(),
            vec![(TOKEN, signed(KEY, DELIVERY).into_bytes())],
            DELIVERY.to_vec(),
        ),
        ("a key in another header", header_scheme(), vec![("x-webhook-key", key.to_vec())], DELIVERY.to_vec()),
        ("a key as authorization", header_scheme(), vec![("authorization", key.to_vec())], DELIVERY.to_vec()),
    ]
}

/// Deliveries whose body is signed, or nearly.
fn by_signature() -> Vec<Case> {
    let with = |name, secret: String, signatures: &[&str]| -> Case {
        let headers = signatures.iter().map(|one| (SIGNATURE_HEADER, one.as_bytes().to_vec())).collect();
        (name, secret, headers, EVENT.to_vec())
    };
    let right = signed(KEY, EVENT);
    let mut flipped = right.clone().into_bytes();
    flipped[0] = if flipped[0] == b'0' { b'1' } else { b'0' };
    let flipped = String::from_utf8(flipped).expect("digits");
    let reserialised = serde_json::from_slice::<serde_json::Value>(EVENT).expect("JSON").to_string();
    let sha256 = domain::webhook::sha256_hex(EVENT);
    let mut cases = vec![
        with("nothing at all", hmac_scheme(), &[]),
        with("an empty signature", hmac_scheme(), &[""]),
        with("a prefix alone", hmac_scheme(), &["sha256="]),
        with("one digit wrong", hmac_scheme(), &[&flipped]),
        with("one digit too few", hmac_scheme(), &[&right[..63]]),
        with("half of it", hmac_scheme(), &[&right[..32]]),
        with("one digit too many", hmac_scheme(), &[&format!("{right}0")]),
        with("all of it twice in one header", hmac_scheme(), &[&format!("{right},{right}")]),
        with("the right one in two headers", hmac_scheme(), &[&right, &right]),
        with("the right one beside a wrong one", hmac_scheme(), &[&right, &flipped]),
        with("spaces before it", hmac_scheme(), &[&format!(" {right}")]),
        with("spaces after it", hmac_scheme(), &[&format!("{right} ")]),
        with("spaces behind the prefix", hmac_scheme(), &[&format!("sha256= {right}")]),
        with("a prefix of another case", hmac_scheme(), &[&format!("SHA256={right}")]),
        with("a prefix of another hash", hmac_scheme(), &[&format!("sha1={right}")]),
        with("a prefix twice", hmac_scheme(), &[&format!("sha256=sha256={right}")]),
        with("no hexadecimal digit", hmac_scheme(), &[&format!("g{}", &right[1..])]),
        with("a sign for a digit", hmac_scheme(), &[&format!("+{}", &right[1..])]),
        with("zeros", hmac_scheme(), &["0".repeat(64).as_str()]),
        with("the body's hash without a key", hmac_scheme(), &[&sha256]),
        with("signed with another key", hmac_scheme(), &[&signed(OTHER_KEY, EVENT)]),
        with("signed with no key", hmac_scheme(), &[&signed("", EVENT)]),
        with("another body's signature", hmac_scheme(), &[&signed(KEY, DELIVERY)]),
        with("an empty body's signature", hmac_scheme(), &[&signed(KEY, b"")]),
        with("an old key", with_times("hmac", &format!(r#""not_after": "{PAST}""#)), &[&right]),
        with("a key of tomorrow", with_times("hmac", &format!(r#""not_before": "{FUTURE}""#)), &[&right]),
        with("both asked for, no key", both_schemes(), &[&signed(SIGNING_KEY, EVENT)]),
    ];
    let raw = |name, body: Vec<u8>| -> Case {
        (name, hmac_scheme(), vec![(SIGNATURE_HEADER, right.clone().into_bytes())], body)
    };
    cases.extend([
        raw("the same JSON written anew", reserialised.into_bytes()),
        raw("the body and a line's end", [EVENT, b"\n"].concat()),
        raw("the body without its last byte", EVENT[..EVENT.len() - 1].to_vec()),
        raw("an empty body", Vec::new()),
        raw("the body in capitals", EVENT.to_ascii_uppercase()),
    ]);
    cases
}

/// Deliveries that have to prove both.
fn by_both() -> Vec<Case> {
    let with = |name, key: Option<&str>, signature: Option<String>| -> Case {
        let key = key.map(|key| (TOKEN, key.as_bytes().to_vec()));
        let signature = signature.map(|signature| (SIGNATURE_HEADER, signature.into_bytes()));
        (name, both_schemes(), key.into_iter().chain(signature).collect(), EVENT.to_vec())
    };
    vec![
        with("the key alone", Some(KEY), None),
        with("the signature alone", None, Some(signed(SIGNING_KEY, EVENT))),
        with("signed with the shown key", Some(KEY), Some(signed(KEY, EVENT))),
        with("the signing key shown", Some(SIGNING_KEY), Some(signed(SIGNING_KEY, EVENT))),
        with("both the wrong way round", Some(SIGNING_KEY), Some(signed(KEY, EVENT))),
        with("another key", Some(OTHER_KEY), Some(signed(SIGNING_KEY, EVENT))),
        with("another body's signature", Some(KEY), Some(signed(SIGNING_KEY, DELIVERY))),
        with("an empty key", Some(""), Some(signed(SIGNING_KEY, EVENT))),
    ]
}

#[tokio::test]
async fn whoever_has_no_right_to_come_in_is_refused_alike_and_leaves_nothing() {
    let cases: Vec<Case> = [by_header(), by_signature(), by_both()].into_iter().flatten().collect();
    assert!(40 <= cases.len(), "{}", cases.len());
    let mut answers = Vec::new();
    for (name, secret, headers, body) in cases {
        let doorstep = doorstep_with(&secret);
        let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (*name, value.as_slice())).collect();
        let (status, answer) = doorstep.knock_by(&headers, &body).await;
        assert_eq!(status, 401, "{name}");
        assert!(doorstep.taken().is_empty(), "{name}");
        answers.push(answer);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "the answer says nothing of the cause");
}

/// The cases above are refused for their own reason only if what they come from is let in.
#[tokio::test]
async fn whoever_has_the_right_is_let_in() {
    let (key, signature) = (KEY.as_bytes(), signed(KEY, EVENT));
    let second = signed(SIGNING_KEY, EVENT);
    let lives = format!(r#""not_before": "{PAST}", "not_after": "{FUTURE}""#);
    for (secret, headers) in [
        (header_scheme(), vec![(TOKEN, key)]),
        (header_scheme(), vec![(TOKEN, key), (SIGNATURE_HEADER, b"whatever else there is")]),
        (with_times("header", &lives), vec![(TOKEN, key)]),
        (hmac_scheme(), vec![(SIGNATURE_HEADER, signature.as_bytes())]),
        (hmac_scheme(), vec![(SIGNATURE_HEADER, signature.as_bytes()), (TOKEN, b"whatever else there is")]),
        (with_times("hmac", &lives), vec![(SIGNATURE_HEADER, signature.as_bytes())]),
        (both_schemes(), vec![(TOKEN, key), (SIGNATURE_HEADER, second.as_bytes())]),
    ] {
        let doorstep = doorstep_with(&secret);
        assert_eq!(doorstep.knock_by(&headers, EVENT).await.0, 200, "{secret} {headers:?}");
        assert_eq!(doorstep.taken().len(), 1);
    }
}

#[tokio::test]
async fn keys_that_cannot_be_used_let_nobody_in_and_are_no_refusal() {
    let short = r#"[{"key": "fifteen bytes..", "org_id": 1234}]"#;
    let empty = r#"[{"key": "", "org_id": 1234, "scheme": "hmac"}]"#;
    for secret in [short, empty, "a bare key, which is no list", r#"[{"key": 5}]"#] {
        let doorstep = doorstep_with(secret);
        let signature = signed("", EVENT);
        let headers: [(&str, &[u8]); 2] =
            [(TOKEN, b"fifteen bytes.., and more"), (SIGNATURE_HEADER, signature.as_bytes())];
        assert_eq!(doorstep.knock_by(&headers, EVENT).await.0, 503, "{secret}");
        assert!(doorstep.taken().is_empty());
    }
}
