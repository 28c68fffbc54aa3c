//! What API Gateway hands to the door.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use domain::jobs::{QueueMessage, WebhookJob};
use domain::webhook::BODY_LIMIT;
use lambda_http::http::HeaderName;
use lambda_http::{Body, Response};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::setting::{Secret, Sent, Stopped};
use crate::tally::Reached;
use handler::{Door, handle};

// The door's own handler: functions are programs, and nobody can depend on one. Formatted where it is at home.
#[rustfmt::skip]
#[path = "../../../../functions/webhook-ingest/src/handler.rs"]
mod handler;

/// The key in the example.
const KEYS: &str = r#"[{"key": "an-invented-webhook-key", "org_id": 1234}]"#;

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().build().expect("a runtime");
}

/// A message may be as large as SQS takes it.
const MESSAGE_LIMIT: usize = 1_048_576;

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let second: Value =
        serde_json::from_slice(include_bytes!("../../../../events/invoke/webhook-ingest.json")).expect("an example");
    let mut encoded = second.clone();
    encoded["body"] = json!(BASE64_STANDARD.encode(second["body"].as_str().expect("a body")));
    encoded["isBase64Encoded"] = json!(true);
    let headers = second["headers"].as_object().expect("headers").clone();
    let several: BTreeMap<_, _> = headers.iter().map(|(name, value)| (name.to_uppercase(), json!([value]))).collect();
    let first = json!({
        "version": "1.0", "httpMethod": "POST", "path": "/api/opensolar/webhook/", "headers": headers,
        "multiValueHeaders": several, "queryStringParameters": null, "multiValueQueryStringParameters": null,
        "isBase64Encoded": false, "body": second["body"],
    });
    [second, encoded, first].iter().map(|event| event.to_string().into_bytes()).collect()
}

/// Whatever is handed over is answered, never with a 5xx; who has no right leaves nothing behind, and what anybody else
/// sent is on the queue, byte by byte.
pub(super) fn read(input: &[u8]) -> Reached {
    let request = lambda_kit::gateway::request(&String::from_utf8_lossy(input));
    let sent = request.body().to_vec();
    let queue = Arc::new(Sent::default());
    let door = Door {
        keys: Arc::new(Secret(KEYS)),
        queue: queue.clone(),
        ambient: Arc::new(Stopped),
        header: HeaderName::from_static("x-webhook-token"),
    };
    let answer = RUNTIME.with(|runtime| runtime.block_on(handle(&door, request))).expect("an answer");
    let waiting = queue.messages();
    if answer.status() == 401 {
        assert!(waiting.is_empty(), "nothing is kept of what nobody may send");
        return Reached::Door;
    }
    let [message] = waiting.as_slice() else { panic!("{} messages of one delivery", waiting.len()) };
    assert!(message.body.len() < MESSAGE_LIMIT);
    match sent.len() {
        0..=BODY_LIMIT => assert_eq!(kept(message), sent, "what was sent is what is kept"),
        // Of a larger one its envelope, or of what nobody can read its beginning.
        _ => assert!(kept(message).len() <= BODY_LIMIT),
    }
    match (answer.status().as_u16(), code(&answer).as_deref()) {
        (413, Some("too_large")) if BODY_LIMIT < sent.len() => Reached::Understood,
        (200, _) => Reached::Understood,
        (400, Some("not_json")) => Reached::Parser,
        (400, Some(_)) => Reached::Json,
        (other, _) => panic!("answered {other}"),
    }
}

fn kept(message: &QueueMessage) -> Vec<u8> {
    let job = serde_json::from_str(&message.body).expect("a job");
    let WebhookJob::Delivery(delivery) = job else { panic!("not a delivery") };
    BASE64_STANDARD.decode(delivery.body_base64).expect("base64")
}

fn code(answer: &Response<Body>) -> Option<String> {
    let body: Value = serde_json::from_slice(answer.body()).ok()?;
    Some(body["code"].as_str()?.to_owned())
}
