//! The fake OpenSolar's own control endpoints, for those who drive it from another process.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::delivery::Delivery;
use super::office::{Office, Snapshot};
use super::work::{Misuse, Work};
use super::{ORG_ID, TOKEN};

/// How long `GET /_fake/deliveries/settled` waits if not told.
const USUAL_WAIT: u64 = 10_000;

type Refusal = (StatusCode, Json<Value>);

pub(super) fn routes() -> Router<Arc<Office>> {
    Router::new()
        .route("/_fake/health", get(health))
        .route("/_fake/state", get(state))
        .route("/_fake/snapshot", get(snapshot).put(restore))
        .route("/_fake/projects", post(add_project))
        .route("/_fake/projects/{id}/work", post(work))
        .route("/_fake/projects/{id}/share-link-opened", post(share_link_opened))
        .route("/_fake/contacts", post(add_contact))
        .route("/_fake/deliveries", get(deliveries))
        .route("/_fake/deliveries/settled", get(deliveries_settled))
        .route("/_fake/deliveries/{number}/again", post(deliver_again))
        .route("/_fake/inbox", post(inbox))
}

async fn health() -> Json<Value> {
    Json(json!({"fake": "opensolar", "org_id": ORG_ID, "token": TOKEN}))
}

async fn state(State(office): State<Arc<Office>>) -> Json<Value> {
    Json(office.state())
}

async fn snapshot(State(office): State<Arc<Office>>) -> Json<Snapshot> {
    Json(office.snapshot())
}

async fn restore(State(office): State<Arc<Office>>, Json(snapshot): Json<Snapshot>) -> StatusCode {
    office.restore(snapshot);
    StatusCode::NO_CONTENT
}

async fn add_project(
    State(office): State<Arc<Office>>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<Value>, Refusal> {
    office.add_project(&body).map(|id| Json(json!({"id": id}))).map_err(refusal)
}

async fn add_contact(
    State(office): State<Arc<Office>>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<Value>, Refusal> {
    office.add_contact(&body).map(|id| Json(json!({"id": id}))).map_err(refusal)
}

async fn work(
    State(office): State<Arc<Office>>,
    Path(project): Path<u64>,
    Json(work): Json<Work>,
) -> Result<StatusCode, Refusal> {
    office.work(project, work).map(|()| StatusCode::NO_CONTENT).map_err(refusal)
}

async fn share_link_opened(
    State(office): State<Arc<Office>>,
    Path(project): Path<u64>,
) -> Result<Json<Value>, Refusal> {
    office.share_link_opened(project).map(|id| Json(json!({"id": id}))).map_err(refusal)
}

async fn deliveries(State(office): State<Arc<Office>>) -> Json<Vec<Delivery>> {
    Json(office.read(|org| org.deliveries.clone()))
}

/// The query of `GET /_fake/deliveries/settled`.
#[derive(Debug, Deserialize)]
struct Patience {
    timeout_ms: Option<u64>,
}

async fn deliveries_settled(
    State(office): State<Arc<Office>>,
    Query(patience): Query<Patience>,
) -> (StatusCode, Json<Value>) {
    let limit = Duration::from_millis(patience.timeout_ms.unwrap_or(USUAL_WAIT));
    match office.deliveries_settled(Some(limit)).await {
        Ok(()) => (StatusCode::OK, Json(json!({"pending": 0}))),
        Err(pending) => (StatusCode::GATEWAY_TIMEOUT, Json(json!({"pending": pending}))),
    }
}

async fn deliver_again(State(office): State<Arc<Office>>, Path(number): Path<usize>) -> Result<StatusCode, Refusal> {
    office.deliver_again(number).map(|()| StatusCode::NO_CONTENT).map_err(refusal)
}

/// An endpoint that takes every delivery, for tests that only want to look at them.
async fn inbox() -> StatusCode {
    StatusCode::OK
}

fn refusal(misuse: Misuse) -> Refusal {
    let status = match &misuse {
        Misuse::NoSuchProject(_) | Misuse::NoSuchDelivery(_) => StatusCode::NOT_FOUND,
        Misuse::NoSystem(_) | Misuse::NoSuchStage(_) => StatusCode::CONFLICT,
        Misuse::Refused(_) => StatusCode::BAD_REQUEST,
    };
    (status, Json(json!({"error": misuse.to_string()})))
}
