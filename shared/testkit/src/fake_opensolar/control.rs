//! The fake OpenSolar's own control endpoints, for those who drive it from another process.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, patch, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::delivery::Delivery;
use super::office::{Office, Snapshot};
use super::work::{Misuse, Work};
use super::{ORG_ID, settings};

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
        .route("/_fake/projects/{id}/duplicate", post(duplicate))
        .route("/_fake/contacts", post(add_contact))
        .route("/_fake/contacts/{id}", patch(edit_contact).delete(delete_contact))
        .route("/_fake/stages", post(add_stage))
        .route("/_fake/stages/{id}", delete(archive_stage))
        .route("/_fake/deliveries", get(deliveries))
        .route("/_fake/deliveries/settled", get(deliveries_settled))
        .route("/_fake/deliveries/{number}/again", post(deliver_again))
        .route("/_fake/inbox", post(inbox))
        .merge(settings::routes())
}

async fn health(State(office): State<Arc<Office>>) -> Json<Value> {
    let token = office.read(|org| org.access.token().map(str::to_owned));
    Json(json!({"fake": "opensolar", "org_id": ORG_ID, "token": token}))
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
    office
        .change_at_now(|org, now| org.share_link_opened(project, now))
        .map(|id| Json(json!({"id": id})))
        .map_err(refusal)
}

async fn duplicate(State(office): State<Arc<Office>>, Path(project): Path<u64>) -> Result<Json<Value>, Refusal> {
    let copied = office.change_at_now(|org, now| org.duplicate_project(project, now));
    copied.map(|id| Json(json!({"id": id}))).map_err(refusal)
}

async fn edit_contact(
    State(office): State<Arc<Office>>,
    Path(contact): Path<u64>,
    Json(fields): Json<Map<String, Value>>,
) -> Result<StatusCode, Refusal> {
    let edited = office.change_at_now(|org, now| org.rewrite_contact(contact, &fields, now));
    edited.map(|()| StatusCode::NO_CONTENT).map_err(refusal)
}

async fn delete_contact(State(office): State<Arc<Office>>, Path(contact): Path<u64>) -> Result<StatusCode, Refusal> {
    let deleted = office.change_at_now(|org, now| org.remove_contact(contact, now));
    deleted.map(|()| StatusCode::NO_CONTENT).ok_or_else(|| refusal(Misuse::NoSuchContact(contact)))
}

/// The body of `POST /_fake/stages`.
#[derive(Debug, Deserialize)]
struct NewStage {
    title: String,
    milestone: u64,
}

async fn add_stage(State(office): State<Arc<Office>>, Json(stage): Json<NewStage>) -> Json<Value> {
    Json(json!({"id": office.change(|org| org.workflows.add_stage(&stage.title, stage.milestone))}))
}

/// A stage is never deleted, only archived.
async fn archive_stage(State(office): State<Arc<Office>>, Path(stage): Path<u64>) -> Result<StatusCode, Refusal> {
    let archived = office.change(|org| org.workflows.archive_stage(stage));
    archived.map(|()| StatusCode::NO_CONTENT).ok_or_else(|| refusal(Misuse::NoSuchStage(stage)))
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
        Misuse::NoSuchProject(_) | Misuse::NoSuchContact(_) | Misuse::NoSuchDelivery(_) => StatusCode::NOT_FOUND,
        Misuse::NoSystem(_) | Misuse::NoSuchStage(_) => StatusCode::CONFLICT,
        Misuse::Refused(_) => StatusCode::BAD_REQUEST,
    };
    (status, Json(json!({"error": misuse.to_string()})))
}
