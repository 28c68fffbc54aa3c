//! Bends input: mostly in the structure of its JSON, sometimes byte by byte.

mod bytes;
mod json;
mod odd;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};

use crate::random::Random;

/// Larger inputs cost time and show nothing that smaller ones do not; what large ones do has tests of its own.
const LIMIT: usize = 4 * 1024;

/// Bends a document.
pub(crate) fn document(input: &[u8], random: &mut Random) -> Vec<u8> {
    match serde_json::from_slice(input) {
        Ok(value) if !random.one_in(8) => bounded(json::bent(value, random).into_bytes(), input),
        Ok(_) | Err(_) => bounded(bytes::bent(input, random), input),
    }
}

/// Bends what has no structure.
pub(crate) fn plain(input: &[u8], random: &mut Random) -> Vec<u8> {
    bytes::bent(input, random)
}

/// Bends an event of API Gateway: mostly the document that is its body, sometimes what is around it.
pub(crate) fn event(input: &[u8], random: &mut Random) -> Vec<u8> {
    let Ok(mut event) = serde_json::from_slice::<Value>(input) else { return document(input, random) };
    if random.one_in(3) {
        return document(input, random);
    }
    let body = body(&event);
    let bent = document(&body, random);
    let (text, is_base64) = match String::from_utf8(bent) {
        Ok(text) if !random.one_in(4) => (text, false),
        Ok(text) => (BASE64_STANDARD.encode(text), true),
        Err(other) => (BASE64_STANDARD.encode(other.as_bytes()), true),
    };
    if let Some(fields) = event.as_object_mut() {
        fields.insert("body".to_owned(), json!(text));
        fields.insert("isBase64Encoded".to_owned(), json!(is_base64));
    }
    bounded(event.to_string().into_bytes(), input)
}

fn body(event: &Value) -> Vec<u8> {
    let text = event["body"].as_str().unwrap_or_default();
    let decoded = (event["isBase64Encoded"] == true).then(|| BASE64_STANDARD.decode(text).ok()).flatten();
    decoded.unwrap_or_else(|| text.as_bytes().to_vec())
}

/// What became too large stays as it was: cut, it would not be JSON any more.
fn bounded(bent: Vec<u8>, input: &[u8]) -> Vec<u8> {
    if bent.len() <= LIMIT { bent } else { input.to_vec() }
}
