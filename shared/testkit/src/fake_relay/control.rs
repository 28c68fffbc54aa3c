//! The fake relay's own control endpoints, for those who drive it from another process.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::delivery::Delivery;
use super::quirks::Quirks;
use super::shelf::Shelf;
use super::work::Work;
use super::{ORG_ID, shown};

pub(super) fn routes() -> Router<Arc<Shelf>> {
    Router::new()
        .route("/_fake/health", get(health))
        .route("/_fake/state", get(state))
        .route("/_fake/projects/{id}/work", post(work))
        .route("/_fake/deliveries", get(deliveries))
        .route("/_fake/deliveries/settled", get(deliveries_settled))
        .route("/_fake/inbox", post(inbox))
        .route("/_fake/quirks", get(quirks).put(behave))
        .route("/_fake/webhook", put(register))
}

async fn health(State(shelf): State<Arc<Shelf>>) -> Json<Value> {
    let token = shelf.with(|records| records.token.clone());
    Json(json!({"fake": "relay", "org_id": ORG_ID, "token": token}))
}

async fn state(State(shelf): State<Arc<Shelf>>) -> Json<Value> {
    shelf.with(|records| {
        let quirks = &records.quirks;
        let projects: Vec<Value> = records.projects.values().map(|project| shown::project(project, quirks)).collect();
        let contacts: Vec<Value> = records.contacts.values().map(|contact| shown::contact(contact, quirks)).collect();
        Json(json!({"org_id": ORG_ID, "projects": projects, "contacts": contacts, "billed": records.billed}))
    })
}

async fn work(State(shelf): State<Arc<Shelf>>, Path(project): Path<String>, Json(work): Json<Work>) -> StatusCode {
    let Some(project) = shown::number(&project) else { return StatusCode::NOT_FOUND };
    match shelf.change(|records, now| records.work(project, work, now)) {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::NOT_FOUND,
    }
}

async fn deliveries(State(shelf): State<Arc<Shelf>>) -> Json<Vec<Delivery>> {
    Json(shelf.with(|records| records.deliveries.clone()))
}

async fn deliveries_settled(State(shelf): State<Arc<Shelf>>) -> StatusCode {
    shelf.deliveries_settled().await;
    StatusCode::OK
}

async fn inbox() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn quirks(State(shelf): State<Arc<Shelf>>) -> Json<Quirks> {
    Json(shelf.with(|records| records.quirks.clone()))
}

async fn behave(State(shelf): State<Arc<Shelf>>, Json(quirks): Json<Quirks>) -> StatusCode {
    shelf.with(|records| records.quirks = quirks);
    StatusCode::NO_CONTENT
}

/// `{"url", "secret"}`: who is told of events from now on.
async fn register(State(shelf): State<Arc<Shelf>>, Json(webhook): Json<Value>) -> StatusCode {
    let given = |name: &str| webhook.get(name).and_then(Value::as_str).map(str::to_owned);
    let (Some(url), Some(secret)) = (given("url"), given("secret")) else { return StatusCode::UNPROCESSABLE_ENTITY };
    shelf.with(|records| records.register(url, secret));
    StatusCode::NO_CONTENT
}
