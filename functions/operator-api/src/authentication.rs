//! The one layer that everything for operators is behind.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use domain::usecase::operate::{Authentication, authenticate_operator};

use crate::error::Refusal;
use crate::router::Ports;

/// Lets operators through, and tells the handlers who it is.
pub(crate) async fn operators_only(
    State(ports): State<Ports>,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let presented = bearer(request.headers());
    match authenticate_operator(&*ports.operator_tokens, &*ports.core.ambient, presented).await {
        Authentication::Valid(operator) => {
            request.extensions_mut().insert(operator);
            Ok(next.run(request).await)
        }
        Authentication::Invalid => Err(Refusal::Unauthorized),
        Authentication::Unknown => Err(Refusal::TryAgain),
    }
}

/// The bearer token (RFC 6750), if there is just one: of two, nobody knows which one was meant.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.as_bytes().split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii_start())
}
