//! Answers of functions behind API Gateway.

use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use serde::Serialize;
use serde_json::json;
use tracing::error;

/// An answer with a JSON body. A value that is no JSON, which is our own mistake, becomes a 500.
pub fn json<T: Serialize>(status: StatusCode, value: &T) -> Response<Body> {
    match serde_json::to_string(value) {
        Ok(body) => answer(status, "application/json", body),
        Err(unwritable) => {
            error!(error = %unwritable, "an answer could not be written");
            problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the answer could not be written")
        }
    }
}

/// A refusal as problem details (RFC 9457): `code` is for programs and stays, `detail` is for people.
pub fn problem(status: StatusCode, code: &str, detail: &str) -> Response<Body> {
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or("Unknown"),
        "status": status.as_u16(),
        "code": code,
        "detail": detail,
    });
    answer(status, "application/problem+json", body.to_string())
}

fn answer(status: StatusCode, content_type: &'static str, body: String) -> Response<Body> {
    let mut answer = Response::new(Body::Text(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

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
}
