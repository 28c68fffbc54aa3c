//! What a fake answers to one call.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, Response, StatusCode};
use serde_json::Value;

use super::Spoil;

/// A status and, mostly, a JSON body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    body: AnswerBody,
    retry_after: Option<u64>,
}

#[derive(Debug, Clone, PartialEq)]
enum AnswerBody {
    Empty,
    Json(Value),
    Page(String),
    /// Sent as JSON, though it is none.
    Truncated(String),
    MovedTo(String),
}

impl Answer {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self { status, body: AnswerBody::Json(body), retry_after: None }
    }

    pub(crate) fn ok(body: Value) -> Self {
        Self::json(200, body)
    }

    pub(crate) fn no_content() -> Self {
        Self::bare(204)
    }

    /// A status without a body.
    pub(crate) fn bare(status: u16) -> Self {
        Self { status, body: AnswerBody::Empty, retry_after: None }
    }

    /// An HTML page, as web frameworks give for what they did not expect.
    pub(crate) fn page(status: u16, html: &str) -> Self {
        Self { status, body: AnswerBody::Page(html.to_owned()), retry_after: None }
    }

    pub(crate) fn moved_permanently(location: String) -> Self {
        Self { status: 301, body: AnswerBody::MovedTo(location), retry_after: None }
    }

    pub(crate) fn retry_after(mut self, seconds: Option<u64>) -> Self {
        self.retry_after = seconds;
        self
    }

    /// The same status with a body that says nothing to who expects JSON of a certain shape.
    pub(crate) fn spoilt(&self, how: Spoil) -> Self {
        let body = match (how, &self.body) {
            (Spoil::Truncated, AnswerBody::Json(value)) => {
                let text = value.to_string();
                // Half of it, and not in the middle of a character.
                AnswerBody::Truncated(text.chars().take(text.chars().count().div_ceil(2)).collect())
            }
            (Spoil::Truncated, _) => AnswerBody::Truncated("{\"id\": 90".to_owned()),
            (Spoil::Garbage, _) => AnswerBody::Truncated("\u{fffd}\u{1}\u{2}{]".to_owned()),
            (Spoil::Html, _) => AnswerBody::Page("<!doctype html><title>One moment, please</title>".to_owned()),
            (Spoil::Empty, _) => AnswerBody::Empty,
            (Spoil::OtherJson, _) => AnswerBody::Json(Value::String("a text where an object is expected".to_owned())),
        };
        Self { status: self.status, body, retry_after: None }
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let (content_type, body) = match &self.body {
            AnswerBody::Empty => (None, String::new()),
            AnswerBody::Json(value) => (Some("application/json"), value.to_string()),
            AnswerBody::Truncated(text) => (Some("application/json"), text.clone()),
            AnswerBody::Page(html) => (Some("text/html; charset=utf-8"), html.clone()),
            AnswerBody::MovedTo(_) => (Some("text/html; charset=utf-8"), String::new()),
        };
        let mut response = Response::new(Body::from(body));
        // A status that HTTP does not know can only come from a fault; 500 is what a proxy would make of it.
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if let Some(content_type) = content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        if let AnswerBody::MovedTo(location) = &self.body
            && let Ok(location) = HeaderValue::from_str(location)
        {
            headers.insert(LOCATION, location);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
