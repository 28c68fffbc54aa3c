//! Answers in the shapes of Django REST Framework, and reading what callers sent.

use serde_json::{Map, Value, json};

use super::Organisation;
use crate::fake_http::{Answer, Request};
use crate::fake_opensolar::quirks::{CreateStatus, DeleteAnswer};

/// The usual shape of a refusal.
pub(super) fn detail(status: u16, text: &str) -> Answer {
    Answer::json(status, json!({"detail": text}))
}

pub(super) fn not_found() -> Answer {
    detail(404, "Not found.")
}

pub(super) fn forbidden() -> Answer {
    detail(403, "You do not have permission to perform this action.")
}

pub(super) fn bad_request(errors: Value) -> Answer {
    Answer::json(400, errors)
}

pub(super) fn created(org: &Organisation, record: Value) -> Answer {
    let status = match org.quirks.answers.create_status {
        CreateStatus::Created => 201,
        CreateStatus::Ok => 200,
    };
    Answer::json(status, record)
}

pub(super) fn deleted(org: &Organisation) -> Answer {
    match org.quirks.answers.delete_answer {
        DeleteAnswer::NoContent => Answer::no_content(),
        DeleteAnswer::OkWithBody => Answer::ok(json!({})),
    }
}

/// The row with this id.
pub(super) fn one_of(rows: Vec<Value>, id: &str) -> Answer {
    let id = number(id);
    rows.into_iter().find(|row| row["id"].as_u64() == id).map_or_else(not_found, Answer::ok)
}

/// The body, if it is an object.
///
/// # Errors
/// The refusal.
pub(super) fn body(request: &Request) -> Result<Map<String, Value>, Answer> {
    match request.json() {
        Some(Value::Object(body)) => Ok(body),
        Some(_) => Err(bad_request(json!({"non_field_errors": ["Invalid data. Expected a dictionary."]}))),
        None => Err(detail(400, "JSON parse error")),
    }
}

/// The id in a path.
pub(super) fn number(segment: &str) -> Option<u64> {
    segment.parse().ok()
}
