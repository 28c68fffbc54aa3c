//! OpenSolar's log of deliveries and its queue (developers.opensolar.com, webhooks-logs and webhooks-queue).

use domain::ids::ProjectId;
use domain::remote_log::{QueuedDelivery, SentDelivery};
use domain::webhook::DeliveryName;
use serde_json::Value;

use crate::exchange::{End, Page, rows};
use crate::lenient::moment;
use crate::live::list::is_last;

/// A page of the log. A row that does not say what it is about is passed over.
pub(super) fn sent(body: &Value) -> Option<Page<SentDelivery>> {
    let rows = rows(body)?;
    Some(Page {
        rows: rows.iter().filter_map(attempt).collect(),
        is_last: is_last(rows.len()),
        end: End::Shown,
        total: None,
    })
}

/// A page of the queue.
pub(super) fn queued(body: &Value) -> Option<Page<QueuedDelivery>> {
    let rows = rows(body)?;
    Some(Page {
        rows: rows.iter().filter_map(waiting).collect(),
        is_last: is_last(rows.len()),
        end: End::Shown,
        total: None,
    })
}

/// The project that an event read by itself names; nothing if it names none.
pub(super) fn project_of_event(body: &Value) -> Option<Option<ProjectId>> {
    let project = body.as_object()?.get("project").and_then(word);
    Some(project.and_then(|link| link.trim_end_matches('/').rsplit('/').next()?.parse().ok()))
}

fn attempt(row: &Value) -> Option<SentDelivery> {
    let name = DeliveryName::new(
        Some(&word(row.get("model_name")?)?),
        Some(&word(row.get("model_pk")?)?),
        row.get("event_name").and_then(word).as_deref(),
        row.get("event_id").and_then(word).as_deref(),
    );
    let is_successful = row.get("successful").and_then(Value::as_bool).unwrap_or_default();
    Some(SentDelivery { name, is_successful, at: moment(row.get("event_timestamp")) })
}

fn waiting(row: &Value) -> Option<QueuedDelivery> {
    let word = |name: &str| row.get(name).and_then(word);
    let name =
        DeliveryName::new(word("model_name").as_deref(), word("model_pk").as_deref(), word("event").as_deref(), None);
    Some(QueuedDelivery { model: name.model, record: name.record, event: name.event })
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_attempt_is_called_as_the_delivery_is() {
        let body = json!({"model": "Project", "model_id": 9_000_001, "event": "UPDATE", "event_id": 77});
        let envelope = domain::webhook::Envelope::parse(body.to_string().as_bytes()).expect("a delivery");
        let row = json!({"model_name": "Project", "model_pk": 9_000_001, "event_name": "UPDATE", "event_id": 77,
            "successful": true, "event_timestamp": "2026-11-20T12:00:00Z"});
        let page = sent(&json!([row, {"successful": true}, null])).expect("a page");
        let [attempt] = page.rows.as_slice() else { panic!("one row can be read") };
        assert_eq!(DeliveryName::of_key(&envelope.key("00")).as_ref(), Some(&attempt.name));
        assert_eq!((attempt.is_successful, attempt.at), (true, "2026-11-20T12:00:00Z".parse().ok()));
    }

    #[test]
    fn an_event_names_its_project_by_path_address_or_number() {
        for link in
            [json!("/api/orgs/1/projects/5/"), json!("https://api.example.com/projects/5/"), json!(5), json!("5")]
        {
            assert_eq!(project_of_event(&json!({"id": 1, "project": link})), Some("5".parse().ok()), "{link}");
        }
        assert_eq!(project_of_event(&json!({"id": 1})), Some(None));
        assert_eq!(project_of_event(&json!([])), None);
    }
}
