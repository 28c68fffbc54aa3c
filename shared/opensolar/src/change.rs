//! The answer to a change, which may be sparse or empty: its status says that the change was taken.

use domain::ids::Id;
use serde_json::Value;

/// The record that the answer names, if it names one; nothing if it is no answer of the API (a page, a list).
pub(crate) fn answer<K>(body: &Value) -> Option<Option<Id<K>>> {
    match body {
        Value::Object(record) => Some(crate::lenient::id(record.get("id"))),
        Value::Null => Some(None),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::ProjectId;
    use serde_json::json;

    #[test]
    fn an_answer_may_name_its_record_and_need_not() {
        let named: ProjectId = 9_000_001.into();
        let cases = [
            (json!({"id": 9000001, "identifier": "…"}), Some(Some(named.clone()))),
            (json!({"id": "9000001"}), Some(Some(named))),
            (json!({"title": "12 Example Street"}), Some(None)),
            (json!({}), Some(None)),
            (json!(null), Some(None)),
            (json!([{"id": 9000001}]), None),
            (json!("OK"), None),
        ];
        for (body, expected) in cases {
            assert_eq!(answer(&body), expected, "{body}");
        }
    }
}
