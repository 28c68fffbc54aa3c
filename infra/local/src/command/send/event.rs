//! Which door an event comes through, told from what is in its file.

use domain::ids::RequestId;
use domain::jobs::{crm_update, sync_request};
use reqwest::Method;
use serde_json::Value;

/// An event, and its door.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// OpenSolar's delivery: posted to the API.
    Webhook { body: String },
    /// The CRM's message: put on its queue.
    SyncRequest { request_id: RequestId, message_id: String },
    /// The schedules' payload: the function is invoked with it.
    Sweep { function: &'static str },
    /// An operator's request: sent to the API, with the stack's own token.
    Operator { method: Method, path: String, body: String },
}

/// Recognises the text of a file; else says why nothing here takes it.
pub(super) fn event(text: &str) -> Result<Event, String> {
    let event: Value = serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
    if event.get("model").is_some() || event.get("event_type").is_some() {
        return Ok(Event::Webhook { body: text.to_owned() });
    }
    if event.get("Records").is_some() {
        return Err(of_a_queue(&event));
    }
    if event.pointer("/requestContext/http").is_some() {
        return of_api_gateway(&event);
    }
    if event.get("$schema").is_some() {
        return Err("is a schema, not an event".to_owned());
    }
    match event.get("type").and_then(Value::as_str) {
        Some(sync_request::MESSAGE_TYPE) => return sync_request(&event),
        Some(crm_update::MESSAGE_TYPE) => {
            return Err(
                "is what the CRM gets: it is read from the queue crm-updates, and nothing takes it in".to_owned()
            );
        }
        Some(_) | None => {}
    }
    match event.get("sweep").and_then(Value::as_str) {
        Some("retry") => Ok(Event::Sweep { function: "retry-sweep" }),
        Some("status") => Ok(Event::Sweep { function: "status-sweep" }),
        _ => Err("is no webhook (model or event_type), no sync request (type), no sweep (sweep) and no request of an operator \
             (requestContext)"
            .to_owned()),
    }
}

fn sync_request(event: &Value) -> Result<Event, String> {
    let request_id = text(event, "/installation_request/id")?.parse().map_err(|error| format!("{error}"))?;
    Ok(Event::SyncRequest { request_id, message_id: text(event, "/message_id")? })
}

/// What API Gateway hands to a function is what somebody sent to the API.
fn of_api_gateway(event: &Value) -> Result<Event, String> {
    if event.get("isBase64Encoded") == Some(&Value::Bool(true)) {
        return Err("has its body in base64: write it as text".to_owned());
    }
    let (method, path) = (text(event, "/requestContext/http/method")?, text(event, "/rawPath")?);
    let body = event.get("body").and_then(Value::as_str).unwrap_or_default().to_owned();
    if path.trim_end_matches('/') == "/api/opensolar/webhook" {
        return Ok(Event::Webhook { body });
    }
    let query = event.get("rawQueryString").and_then(Value::as_str).filter(|query| !query.is_empty());
    let path = query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
    let method = method.parse().map_err(|_| "has no method that there is".to_owned())?;
    Ok(Event::Operator { method, path, body })
}

/// A batch is made by Lambda out of messages on a queue: what is sent is the message.
fn of_a_queue(event: &Value) -> String {
    let queue = event.pointer("/Records/0/eventSourceARN").and_then(Value::as_str).unwrap_or_default();
    let queue = queue.rsplit(':').next().unwrap_or_default();
    format!(
        "is a batch of the queue {queue} as Lambda hands it to a function: `cargo lambda invoke` takes it; send what the \
         world outside sends, such as events/sync-request.json"
    )
}

fn text(event: &Value, pointer: &str) -> Result<String, String> {
    match event.pointer(pointer) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => Err(format!("has no {}", pointer.trim_start_matches('/').replace('/', "."))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;
    use crate::workspace::Workspace;

    /// The doors of all files of a folder below `events/`, by the files' names.
    fn shipped(folder: &str) -> BTreeMap<String, Result<Event, String>> {
        let folder = Workspace::of_this_build().root().join("events").join(folder);
        let files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        let json = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
        let door = |file: std::path::PathBuf| {
            let name = file.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
            (name, event(&fs::read_to_string(&file).expect("a text")))
        };
        json.map(door).collect()
    }

    #[test]
    fn each_example_finds_its_door_by_what_is_in_it() {
        let doors = shipped("");
        for (name, door) in &doors {
            match (name.split('-').next().expect("a word"), door) {
                ("webhook", Ok(Event::Webhook { .. })) | ("retry" | "status", Ok(Event::Sweep { .. })) => {}
                ("sync", Ok(Event::SyncRequest { request_id, .. })) => assert_eq!(request_id.as_str(), "1042"),
                ("crm", Err(reason)) => assert!(reason.contains("crm-updates"), "{reason}"),
                (_, door) => panic!("{name}: {door:?}"),
            }
        }
        assert!(10 <= doors.len(), "{doors:?}");
    }

    #[test]
    fn what_api_gateway_hands_over_is_sent_to_the_api_and_a_queues_batch_is_refused() {
        let doors = shipped("invoke");
        let Ok(Event::Webhook { body }) = &doors["webhook-ingest"] else { panic!("{doors:?}") };
        assert!(body.starts_with('{'), "the delivery, as it was posted");
        let listed = "/api/opensolar/projects/?sync_status=pending&limit=20".to_owned();
        let list = Event::Operator { method: Method::GET, path: listed, body: String::new() };
        assert_eq!(doors["operator-api-list-projects"], Ok(list));
        let Ok(Event::Operator { method: Method::POST, body, .. }) = &doors["operator-api-sync-project"] else {
            panic!("{doors:?}")
        };
        assert_eq!(body, r#"{"force": true}"#);
        for (worker, queue) in
            [("webhook-apply", "webhooks"), ("project-sync", "sync-requests"), ("notify", "notifications")]
        {
            let Err(reason) = &doors[worker] else { panic!("{doors:?}") };
            assert!(reason.contains(&format!("the queue {queue}.fifo")), "{reason}");
        }
    }

    #[test]
    fn what_is_no_event_is_refused_with_the_reason() {
        assert!(event("[]").is_err());
        assert!(event("{").is_err());
        let unnamed = r#"{"type": "installation_request.sync", "installation_request": {"id": 7}}"#;
        assert_eq!(event(unnamed), Err("has no message_id".to_owned()));
        for (name, door) in shipped("schemas") {
            assert_eq!(door, Err("is a schema, not an event".to_owned()), "{name}");
        }
    }
}
