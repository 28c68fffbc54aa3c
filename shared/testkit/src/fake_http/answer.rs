//! What a fake answers to one call.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, Response, StatusCode};
use serde_json::Value;

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
        Self { status: 204, body: AnswerBody::Empty, retry_after: None }
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

    /// The same status with a body that ends in the middle.
    pub(crate) fn garbled(&self) -> Self {
        Self { status: self.status, body: AnswerBody::Page("{\"id\": 90".to_owned()), retry_after: None }
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let (content_type, body) = match &self.body {
            AnswerBody::Empty => (None, String::new()),
            AnswerBody::Json(value) => (Some("application/json"), value.to_string()),
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
