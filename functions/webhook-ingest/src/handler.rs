//! A raw request in, an answer out. Nothing slow or fallible happens while the sender waits, but one `SendMessage`.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use domain::ports::{Ambient, Credential, Queue};
use domain::usecase::ingest_webhook::{Answer, Knock, SIGNATURE_HEADER, ingest_webhook};
use lambda_http::http::{HeaderMap, HeaderName, StatusCode};
use lambda_http::{Body, Request, Response};
use lambda_kit::http::{json, problem};
use serde_json::json;

/// Headers that are kept with a delivery, for whoever asks later where it came from.
const KEPT_HEADERS: [&str; 3] = ["content-type", "user-agent", "x-amzn-trace-id"];

/// A kept header's value is cut after this many characters.
const HEADER_LIMIT: usize = 300;

/// What the door works with.
pub(crate) struct Door {
    pub(crate) keys: Arc<dyn Credential>,
    pub(crate) queue: Arc<dyn Queue>,
    pub(crate) ambient: Arc<dyn Ambient>,
    pub(crate) header: HeaderName,
}

pub(crate) async fn handle(door: &Door, request: Request) -> Result<Response<Body>, Infallible> {
    let headers = request.headers();
    let knock = Knock {
        credential: only(headers, door.header.as_str()),
        signature: only(headers, SIGNATURE_HEADER),
        headers: kept(headers),
        body: request.body(),
    };
    let answer = ingest_webhook(&*door.keys, &*door.queue, &*door.ambient, knock).await;
    Ok(match answer {
        Answer::Accepted => json(StatusCode::OK, &json!({ "status": "accepted" })),
        Answer::Unreadable(unreadable) => problem(StatusCode::BAD_REQUEST, unreadable.code(), &unreadable.to_string()),
        Answer::TooLarge => problem(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "an event is smaller than that"),
        Answer::Refused => problem(StatusCode::UNAUTHORIZED, "unauthorized", "a valid credential is required"),
        Answer::TryAgain => problem(StatusCode::SERVICE_UNAVAILABLE, "try_again", "try again in a minute"),
    })
}

/// The header's value, if it is there just once: of two, nobody knows which one was meant.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value.as_bytes()),
        (Some(_) | None, _) => None,
    }
}

fn kept(headers: &HeaderMap) -> BTreeMap<String, String> {
    let value = |name: &str| headers.get(name)?.to_str().ok();
    let short = |text: &str| text.chars().take(HEADER_LIMIT).collect();
    KEPT_HEADERS.into_iter().filter_map(|name| Some((name.to_owned(), short(value(name)?)))).collect()
}

#[cfg(test)]
mod tests;
