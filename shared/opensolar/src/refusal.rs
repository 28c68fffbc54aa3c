//! What a refusal complains of: names of fields, never what was in them.

use serde_json::Value;

/// So many names say enough.
const MOST_NAMES: usize = 20;
/// Django REST Framework nests an error no deeper than its field.
const DEEPEST: usize = 5;
/// Under these a server says something about the whole call, in words for people: they are no fields.
const NO_FIELDS: [&str; 3] = ["detail", "error", "message"];

/// The names in a body such as `{"address": ["…"], "contacts_new": [{"email": ["…"]}]}`: `address`, `contacts_new.email`.
///
/// Nothing if it is no such body. Only what looks like a name is kept, since a key might be somebody's data.
pub(crate) fn field_names(body: Option<&Value>) -> Vec<String> {
    let mut names = Vec::new();
    if let Some(body) = body {
        collect(body, "", 0, &mut names);
    }
    names
}

fn collect(value: &Value, prefix: &str, depth: usize, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) if depth < DEEPEST => {
            for (name, inside) in fields.iter().filter(|(name, _)| is_name(name)) {
                let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                collect(inside, &path, depth + 1, names);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.iter().filter(|item| item.is_object()).for_each(|item| collect(item, prefix, depth, names));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            let is_new = !prefix.is_empty() && !names.iter().any(|name| name == prefix);
            if is_new && names.len() < MOST_NAMES {
                names.push(prefix.to_owned());
            }
        }
    }
}

fn is_name(key: &str) -> bool {
    let plain = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let begins_as_one = key.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    plain && begins_as_one && key.len() <= 40 && !NO_FIELDS.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_kept_and_values_are_not() {
        let cases = [
            (json!({"detail": "Request was throttled."}), vec![]),
            (json!({"error": "not your project", "message": "ask somebody"}), vec![]),
            (json!({"address": ["This field may not be blank."]}), vec!["address"]),
            (json!({"contacts_new": [{"email": ["rudo@example.com is in use."]}]}), vec!["contacts_new.email"]),
            (
                json!({"contacts_new": [{}, {"email": ["…"], "phone": ["…"]}]}),
                vec!["contacts_new.email", "contacts_new.phone"],
            ),
            (
                json!({"contacts": ["Invalid hyperlink"], "non_field_errors": ["…"]}),
                vec!["contacts", "non_field_errors"],
            ),
            (json!({"rudo@example.com": ["…"], "+263770000001": ["…"], "263770000001": ["…"], "Rudo": 1}), vec![]),
            (json!("no object"), vec![]),
            (json!([{"address": ["…"]}, {"address": ["…"]}]), vec!["address"]),
        ];
        for (body, expected) in cases {
            assert_eq!(field_names(Some(&body)), expected, "{body}");
        }
        assert!(field_names(None).is_empty());
    }

    #[test]
    fn a_body_of_any_size_gives_few_short_names() {
        let wide: serde_json::Map<_, _> = (0..1_000).map(|i| (format!("field_{i}"), json!(["…"]))).collect();
        assert_eq!(field_names(Some(&Value::Object(wide))).len(), MOST_NAMES);
        let deep = (0..100).fold(json!(1), |inside, _| json!({"a": inside}));
        assert_eq!(field_names(Some(&deep)), ["a.a.a.a.a"]);
    }
}
