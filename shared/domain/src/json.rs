//! JSON that others write: what is read of it takes many times the memory of its text.

use serde_json::Value;

/// What is read of one text takes about so many bytes at most. The functions have 256 MB for all that they do.
const MEMORY_LIMIT: usize = 96 << 20;

/// What a value costs beside its text, in bytes: an object has a node with room for eleven fields, whatever it holds; of
/// the nodes of large ones about half is used, and a name has a piece of memory of its own.
const OBJECT: usize = 700;
const ELEMENT: usize = 150;

/// Why a text is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is not JSON.
    #[error("the text is not JSON")]
    NotJson,
    /// What it says would take more memory than one text may.
    #[error("the text has too many values")]
    TooManyValues,
}

/// Reads a text.
///
/// # Errors
/// If it is none, or would take too much memory.
pub fn read(text: &[u8]) -> Result<Value, Unreadable> {
    if MEMORY_LIMIT < memory(text) {
        return Err(Unreadable::TooManyValues);
    }
    serde_json::from_slice(text).map_err(|_| Unreadable::NotJson)
}

/// About how much what it says takes, by what begins a value.
fn memory(text: &[u8]) -> usize {
    let (mut bytes, mut is_within_quotes, mut is_escaped) = (text.len(), false, false);
    for byte in text {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_within_quotes,
            b'"' => is_within_quotes = !is_within_quotes,
            b'{' if !is_within_quotes => bytes += OBJECT,
            b'[' | b',' if !is_within_quotes => bytes += ELEMENT,
            _ => {}
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_many_small_objects_is_not_read() {
        for piece in [r#"{"":0}"#, "{}", r#"{"":{"":{"":0}}}"#] {
            let text = format!("[{}]", vec![piece; 200_000].join(","));
            assert_eq!(read(text.as_bytes()), Err(Unreadable::TooManyValues), "{piece}");
        }
        let deep = format!("{}{}", r#"{"":"#.repeat(100), "}".repeat(100));
        let text = format!("[{}]", vec![deep.as_str(); 2_000].join(","));
        assert_eq!(read(text.as_bytes()), Err(Unreadable::TooManyValues));
    }

    #[test]
    fn what_is_large_and_takes_little_is_read() {
        let numbers = format!("[{}]", vec!["0"; 500_000].join(","));
        let fields: Vec<String> = (0..100_000).map(|number| format!(r#""k{number}":1"#)).collect();
        let written = format!(r#"{{"notes": "{}"}}"#, r#"{,[\"\\"#.repeat(500_000));
        for text in [numbers, format!("{{{}}}", fields.join(",")), written] {
            assert!(read(text.as_bytes()).is_ok(), "{}", &text[..40]);
        }
    }

    #[test]
    fn what_is_no_json_is_none() {
        for text in [&b""[..], b"{", b"\xff", b"{}{}", b"\"\\"] {
            assert_eq!(read(text), Err(Unreadable::NotJson), "{text:?}");
        }
    }
}
