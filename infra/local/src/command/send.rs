//! `cargo local send FILE`: an event on its way in, by the door that it would come through.

mod outcome;

use std::fs;
use std::path::Path;

use domain::ids::RequestId;
use serde_json::Value;

use super::running;
use crate::aws::Aws;
use crate::endpoints::Endpoints;
use crate::error::LocalError;
use crate::http;
use outcome::Records;

/// Which door an event comes through.
#[derive(Debug, PartialEq, Eq)]
enum Event {
    /// OpenSolar's delivery: posted to the API.
    Webhook,
    /// The CRM's message: put on its queue.
    SyncRequest { request_id: RequestId, message_id: String },
    /// The schedules' payload: the function is invoked with it.
    Sweep { function: &'static str },
}

/// Sends the file as it is, waits for what comes of it and says that in a line.
///
/// # Errors
/// If it is no event that anything here takes, or if it was not taken.
pub async fn send(file: &Path) -> Result<String, LocalError> {
    let text = fs::read_to_string(file).map_err(LocalError::file("read", file))?;
    let event = event(&text).map_err(|reason| LocalError::Input { file: file.to_owned(), reason })?;
    let endpoints = running()?;
    let aws = Aws::at(&endpoints.aws_endpoint_url)?;
    let records = Records::of(&endpoints, &aws);
    match event {
        Event::Webhook => {
            let answer = post(&endpoints, text.clone()).await?;
            let outcome = records.after_delivery(&text).await?;
            Ok(format!("{answer}; {outcome}"))
        }
        Event::SyncRequest { request_id, message_id } => {
            let queue = endpoints.queue("sync-requests")?;
            let before = records.request(&request_id).await?;
            aws.send(&queue.url, request_id.as_str(), &message_id, &text).await?;
            records.after_request(&request_id, before.as_ref()).await
        }
        Event::Sweep { function } => {
            let invocation = aws.invoke(endpoints.function(function)?, &text).await?;
            match invocation.failed {
                true => Err(LocalError::Answer { operation: "invoking the function", reason: invocation.answer }),
                false => Ok(format!("{function} answers {}", invocation.answer)),
            }
        }
    }
}

fn event(text: &str) -> Result<Event, String> {
    let event: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let text = |pointer: &str| match event.pointer(pointer) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => Err(format!("has no {}", pointer.trim_start_matches('/').replace('/', "."))),
    };
    if event.get("model").is_some() {
        return Ok(Event::Webhook);
    }
    if event.get("type").and_then(Value::as_str) == Some("installation_request.sync") {
        let request_id = text("/installation_request/id")?.parse().map_err(|error| format!("{error}"))?;
        return Ok(Event::SyncRequest { request_id, message_id: text("/message_id")? });
    }
    match event.get("sweep").and_then(Value::as_str) {
        Some("retry") => Ok(Event::Sweep { function: "retry-sweep" }),
        Some("status") => Ok(Event::Sweep { function: "status-sweep" }),
        _ => Err("is no webhook (model), no sync request (type) and no sweep (sweep)".to_owned()),
    }
}

async fn post(endpoints: &Endpoints, body: String) -> Result<String, LocalError> {
    let operation = "sending the webhook";
    let request = http::client()?.post(&endpoints.webhook_url).header("content-type", "application/json");
    let request = request.header(&endpoints.webhook_header, &endpoints.webhook_key).body(body);
    let answer = request.send().await.map_err(LocalError::call(operation))?;
    let status = answer.status();
    let text = answer.text().await.map_err(LocalError::call(operation))?;
    match status.is_success() {
        true => Ok(format!("the door answers {status}")),
        false => Err(LocalError::Answer { operation, reason: format!("{status} {text}") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped(name: &str) -> Result<Event, String> {
        let file = crate::workspace::Workspace::of_this_build().root().join("events").join(name);
        event(&fs::read_to_string(file).expect("events/ has it"))
    }

    #[test]
    fn each_event_file_finds_its_door() {
        assert_eq!(shipped("webhook-project-update.json"), Ok(Event::Webhook));
        assert_eq!(shipped("webhook-event-stage.json"), Ok(Event::Webhook));
        assert_eq!(shipped("retry-sweep.json"), Ok(Event::Sweep { function: "retry-sweep" }));
        assert_eq!(shipped("status-sweep.json"), Ok(Event::Sweep { function: "status-sweep" }));
        let Ok(Event::SyncRequest { request_id, .. }) = shipped("sync-request.json") else {
            panic!("the sync request is for the queue");
        };
        assert_eq!(request_id.as_str(), "1042");
    }

    #[test]
    fn what_is_no_event_is_refused_with_the_reason() {
        assert!(event("[]").is_err());
        assert!(event("{").is_err());
        let unnamed = r#"{"type": "installation_request.sync", "installation_request": {"id": 7}}"#;
        assert_eq!(event(unnamed), Err("has no message_id".to_owned()));
    }
}
