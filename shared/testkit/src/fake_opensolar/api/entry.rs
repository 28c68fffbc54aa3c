//! Who is let in, and how: the last slash, tokens, quotas, login.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Organisation;
use super::replies::{bad_request, body, detail, forbidden, not_found};
use crate::fake_http::{Answer, Request};
use crate::fake_opensolar::access::{PASSWORD, USER_ID, USERNAME};
use crate::fake_opensolar::quirks::{MissingSlash, Throttled};

/// Lets a call in, and counts it.
///
/// # Errors
/// What the caller is told.
pub(in crate::fake_opensolar) fn admit(
    org: &mut Organisation,
    request: &Request,
    now: DateTime<Utc>,
) -> Result<(), Answer> {
    let segments = request.segments();
    // Django redirects before it looks at who calls. A client that follows re-sends a write as a GET and takes the
    // 200 for success, though nothing was written.
    if request.method != "GET" && !request.path.ends_with('/') {
        return Err(match org.quirks.answers.missing_slash {
            MissingSlash::Redirected => Answer::moved_permanently(format!("{}/{}", request.path, query_part(request))),
            MissingSlash::NotFound => not_found(),
        });
    }
    let known = matches!(segments.first(), Some(&("api" | "api-token-auth" | "auth")));
    if !known {
        return Err(not_found());
    }
    if segments.as_slice() != ["api-token-auth"] {
        match request.bearer() {
            None => return Err(detail(401, "Authentication credentials were not provided.")),
            Some(token) if !org.access.lets_in(token) => return Err(detail(401, "Invalid token.")),
            Some(_) => {}
        }
    }
    if let ["api", "orgs", id, ..] = segments.as_slice() {
        match id.parse::<u64>() {
            Ok(id) if id == org.id => {}
            Ok(_) => return Err(forbidden()),
            Err(_) => return Err(not_found()),
        }
    }
    org.quotas.count(request, now).map_err(|seconds| throttled(org.quirks.answers.throttled, seconds))
}

fn throttled(shape: Throttled, seconds: u64) -> Answer {
    let words = format!("Request was throttled. Expected available in {seconds} seconds.");
    match shape {
        Throttled::WithRetryAfter => detail(429, &words).retry_after(Some(seconds)),
        Throttled::WithoutRetryAfter => detail(429, &words),
        Throttled::WithoutBody => Answer::bare(429),
    }
}

/// A multi-factor code (`token`) may be there and is not looked at.
pub(super) fn log_in(org: &mut Organisation, request: &Request) -> Answer {
    let body = match body(request) {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let given = |name: &str| body.get(name).and_then(Value::as_str);
    if (given("username"), given("password")) == (Some(USERNAME), Some(PASSWORD)) {
        Answer::ok(org.login_answer())
    } else {
        bad_request(json!({"non_field_errors": ["Unable to log in with provided credentials."]}))
    }
}

/// A further token for who has one that is valid.
pub(super) fn fetch_token(org: &mut Organisation, request: &Request) -> Answer {
    if request.query("org_id").and_then(|id| id.parse::<u64>().ok()) != Some(org.id) {
        return forbidden();
    }
    Answer::ok(json!({"token": org.access.issue_token(), "org_id": org.id}))
}

/// `{"is_machine_user": true}`, by the user's id and not the role's.
pub(super) fn change_user(id: &str, request: &Request) -> Answer {
    if id.parse() != Ok(USER_ID) {
        return not_found();
    }
    match body(request) {
        Ok(body) => Answer::ok(json!({"id": USER_ID, "is_machine_user": body.get("is_machine_user")})),
        Err(refusal) => refusal,
    }
}

fn query_part(request: &Request) -> String {
    if request.raw_query.is_empty() { String::new() } else { format!("?{}", request.raw_query) }
}
