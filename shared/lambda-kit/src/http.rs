//! Answers of functions behind API Gateway.

use lambda_http::Response;
use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use lambda_http::http::{HeaderValue, StatusCode};
use serde::Serialize;
use tracing::error;

/// An answer with a JSON body. A value that is no JSON, which is our own mistake, becomes a 500.
pub fn json<B: From<String>>(status: StatusCode, value: &impl Serialize) -> Response<B> {
    match serde_json::to_string(value) {
        Ok(body) => answer(status, "application/json", body),
        Err(unwritable) => {
            error!(error = %unwritable, "an answer could not be written");
            problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the answer could not be written")
        }
    }
}

/// A refusal as problem details (RFC 9457): `code` is for programs and stays, `detail` is for people.
pub fn problem<B: From<String>>(status: StatusCode, code: &str, detail: &str) -> Response<B> {
    problem_with(status, code, detail, &[])
}

/// The same, naming what is wrong with each field.
pub fn problem_with<B: From<String>>(
    status: StatusCode,
    code: &str,
    detail: &str,
    errors: &[FieldError],
) -> Response<B> {
    let title = status.canonical_reason().unwrap_or("Unknown");
    let problem = Problem { kind: "about:blank", title, status: status.as_u16(), code, detail, errors };
    let body = serde_json::to_string(&problem).expect("text, a number and a list of texts are JSON");
    answer(status, "application/problem+json", body)
}

/// What is wrong with a field that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Its name; `body` for the body as a whole.
    pub field: String,
    /// What it has to be.
    pub detail: String,
}

#[derive(Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
}

fn answer<B: From<String>>(status: StatusCode, content_type: &'static str, body: String) -> Response<B> {
    let mut answer = Response::new(B::from(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use lambda_http::Body;
    use serde_json::{Value, json};

    use super::*;

    fn body(answer: &Response<Body>) -> Value {
        serde_json::from_slice(answer.body()).expect("JSON")
    }

    #[test]
    fn a_value_is_answered_as_json_that_nobody_caches() {
        let answer = json(StatusCode::ACCEPTED, &json!({"queued": true}));
        assert_eq!((answer.status(), body(&answer)), (StatusCode::ACCEPTED, json!({"queued": true})));
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/json");
        assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
    }

    #[test]
    fn a_refusal_has_a_code_for_programs_and_a_sentence_for_people() {
        let answer = problem(StatusCode::UNAUTHORIZED, "unauthorized", "a valid token is required");
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
        let expected = json!({
            "type": "about:blank",
            "title": "Unauthorized",
            "status": 401,
            "code": "unauthorized",
            "detail": "a valid token is required",
        });
        assert_eq!((answer.status(), body(&answer)), (StatusCode::UNAUTHORIZED, expected));
    }

    #[test]
    fn what_cannot_be_written_is_an_internal_error() {
        let answer = json(StatusCode::OK, &BTreeMap::from([(vec![1], 1)]));
        assert_eq!((answer.status(), &body(&answer)["code"]), (StatusCode::INTERNAL_SERVER_ERROR, &json!("internal")));
    }

    #[test]
    fn each_field_that_is_wrong_is_named() {
        let errors = ["limit", "cursor"].map(|field| FieldError { field: field.to_owned(), detail: "try".to_owned() });
        let answer = problem_with(StatusCode::BAD_REQUEST, "invalid_fields", "look at errors", &errors);
        let expected = json!([{"field": "limit", "detail": "try"}, {"field": "cursor", "detail": "try"}]);
        assert_eq!((answer.status(), &body(&answer)["errors"]), (StatusCode::BAD_REQUEST, &expected));
    }
}
