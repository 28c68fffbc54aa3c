//! Every path on one page.

use std::sync::Arc;

use axum::Extension;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Method, StatusCode, header::CACHE_CONTROL};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post};
use domain::authentication::Operator;
use domain::ports::{Credential, CustomerFiles, OpenSolar, Pace, Registrations};
use domain::usecase::Core;
use domain::usecase::operate::{OperateError, TableHealth, health, refilled};
use lambda_kit::http::json;

use crate::authentication::operators_only;
use crate::error::Refusal;
use crate::{connection, customers, projects};

/// What the API works with.
#[derive(Clone)]
pub(crate) struct Ports {
    pub(crate) core: Core,
    pub(crate) files: Arc<dyn CustomerFiles>,
    pub(crate) opensolar: Arc<dyn OpenSolar>,
    pub(crate) registrations: Arc<dyn Registrations>,
    /// The header that carries the key of a delivery.
    pub(crate) webhook_header: String,
    pub(crate) operator_tokens: Arc<dyn Credential>,
    pub(crate) pace: Pace,
}

/// A larger body is not read: no request of ours needs a hundredth of it.
const BODY_LIMIT: usize = 64 * 1024;

/// What the API answers to. Health is for everyone: it tells nothing but whether the system can work. All else, what is
/// not there included, is for operators.
pub(crate) fn router(ports: Ports) -> Router {
    let open = paths([("/api/opensolar/health", get(tell_health))]);
    let closed = paths([
        ("/api/opensolar/projects", get(projects::list)),
        ("/api/opensolar/projects/{id}", get(projects::show)),
        ("/api/opensolar/projects/{id}/sync", post(projects::sync)),
        ("/api/opensolar/projects/{id}/status", get(projects::status)),
        ("/api/opensolar/projects/{id}/link", post(projects::link)),
        ("/api/opensolar/projects/{id}/declare-absent", post(projects::declare_absent)),
        ("/api/opensolar/customers/export", post(customers::export)),
        ("/api/opensolar/customers/erase", post(customers::erase)),
        ("/api/opensolar/wallet/refilled", post(wallet_refilled)),
        ("/api/opensolar/connection/test", post(connection::test)),
        ("/api/opensolar/webhook-registrations", get(connection::list).put(connection::register)),
        ("/api/opensolar/webhook-registrations/{id}", delete(connection::unregister)),
    ]);
    let closed = closed.fallback(async || Refusal::NothingHere);
    let bounded = |router: Router<Ports>| router.method_not_allowed_fallback(other_method).layer(from_fn(bounded));
    let closed = bounded(closed).layer(from_fn_with_state(ports.clone(), operators_only));
    bounded(open).merge(closed).layer(map_response(hardened)).with_state(ports)
}

/// Each path is there with and without its last slash.
fn paths<const N: usize>(paths: [(&str, MethodRouter<Ports>); N]) -> Router<Ports> {
    paths.into_iter().fold(Router::new(), |router, (path, methods)| {
        router.route(path, methods.clone()).route(&format!("{path}/"), methods)
    })
}

/// An operator says that OpenSolar's wallet was refilled: creates are tried again at once.
async fn wallet_refilled(
    State(ports): State<Ports>,
    Extension(operator): Extension<Operator>,
) -> Result<StatusCode, Refusal> {
    refilled(&ports.core, &operator).await.map_err(OperateError::from)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn tell_health(State(ports): State<Ports>) -> Response {
    let health = health(&ports.core).await;
    let status = match health.table {
        TableHealth::Ok => StatusCode::OK,
        TableHealth::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    json(status, &health)
}

/// Who asks what a path answers to is told; the header `Allow` says it in both cases.
async fn other_method(method: Method) -> Response {
    match method {
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => Refusal::MethodNotAllowed.into_response(),
    }
}

/// Refuses a body that is too large, before anybody looks at it.
async fn bounded(request: Request, next: Next) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| Refusal::TooLarge)?;
    Ok(next.run(Request::from_parts(parts, Body::from(body))).await)
}

/// Nobody keeps an answer, and no browser does anything with it but read it.
async fn hardened(mut response: Response) -> Response {
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (REFERRER_POLICY, "no-referrer"),
        (STRICT_TRANSPORT_SECURITY, "max-age=63072000"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests;
