//! Path and query as a URI takes them.

/// API Gateway's limit for the request line and all headers together is a sixth of it.
const LIMIT: usize = 60_000;

/// Path and query with everything encoded that no URI may contain; of what is no path, or longer than a URI may be, the
/// root.
pub(super) fn usable(path: &str, query: &str) -> (String, String) {
    let (path, query) = (encoded(path, b"#?"), encoded(query, b"#"));
    if !path.starts_with('/') || LIMIT < path.len() + query.len() {
        return ("/".to_owned(), String::new());
    }
    (path, query)
}

/// With `%XX` for each byte that a URI does not take, or takes for the end of this part.
fn encoded(part: &str, ends: &[u8]) -> String {
    let refused = |byte: &u8| !byte.is_ascii_graphic() || br#""<>\^`{|}"#.contains(byte) || ends.contains(byte);
    let mut encoded = String::with_capacity(part.len());
    for byte in part.as_bytes() {
        match refused(byte) {
            true => encoded.push_str(&format!("%{byte:02X}")),
            false => encoded.push(char::from(*byte)),
        }
    }
    encoded
}
