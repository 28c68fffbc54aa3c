//! The fake WhatsApp's own control endpoints, for those who drive it from another process.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::account::{OutsideWindow, Refusals, Refused, Window};
use super::message::Message;
use super::{PHONE_NUMBER_ID, Phone, Snapshot, TOKEN};

pub(super) fn routes() -> Router<Arc<Phone>> {
    Router::new()
        .route("/_fake/health", get(health))
        .route("/_fake/messages", get(messages))
        .route("/_fake/snapshot", get(snapshot).put(restore))
        .route("/_fake/templates", post(approve))
        .route("/_fake/windows", post(change_windows))
        .route("/_fake/unreachable", post(make_unreachable))
        .route("/_fake/refusals", post(refuse).delete(refuse_nothing))
}

async fn health() -> Json<Value> {
    Json(json!({"fake": "whatsapp", "phone_number_id": PHONE_NUMBER_ID, "token": TOKEN}))
}

async fn messages(State(phone): State<Arc<Phone>>) -> Json<Vec<Message>> {
    Json(phone.with(|account| account.messages.clone()))
}

async fn snapshot(State(phone): State<Arc<Phone>>) -> Json<Snapshot> {
    Json(Snapshot(phone.with(|account| account.clone())))
}

async fn restore(State(phone): State<Arc<Phone>>, Json(snapshot): Json<Snapshot>) -> StatusCode {
    phone.with(|account| *account = snapshot.0);
    StatusCode::NO_CONTENT
}

/// The body of `POST /_fake/templates`.
#[derive(Debug, Deserialize)]
struct Template {
    name: String,
    language: String,
    /// How many its body has.
    parameters: usize,
}

async fn approve(State(phone): State<Arc<Phone>>, Json(template): Json<Template>) -> StatusCode {
    phone.with(|account| account.approve(&template.name, &template.language, template.parameters));
    StatusCode::NO_CONTENT
}

/// The body of `POST /_fake/windows`; what it leaves out stays.
#[derive(Debug, Deserialize)]
struct Windows {
    /// Whose window; without it, that of all who are not spoken of.
    number: Option<String>,
    window: Option<Window>,
    outside_window: Option<OutsideWindow>,
}

async fn change_windows(State(phone): State<Arc<Phone>>, Json(windows): Json<Windows>) -> StatusCode {
    phone.with(|account| {
        match (windows.number, windows.window) {
            (Some(number), Some(window)) => account.set_window(&number, window),
            (None, Some(window)) => account.usual_window = window,
            (_, None) => {}
        }
        if let Some(outside_window) = windows.outside_window {
            account.outside_window = outside_window;
        }
    });
    StatusCode::NO_CONTENT
}

/// The body of `POST /_fake/unreachable`.
#[derive(Debug, Deserialize)]
struct Unreachable {
    number: String,
}

async fn make_unreachable(State(phone): State<Arc<Phone>>, Json(body): Json<Unreachable>) -> StatusCode {
    phone.with(|account| account.make_unreachable(&body.number));
    StatusCode::NO_CONTENT
}

/// The body of `POST /_fake/refusals`: `{"refused": {"number": "..."}, "code": 131050}`.
#[derive(Debug, Deserialize)]
struct Refusal {
    refused: Refused,
    code: u64,
}

async fn refuse(State(phone): State<Arc<Phone>>, Json(refusal): Json<Refusal>) -> StatusCode {
    phone.with(|account| account.refusals.add(refusal.refused, refusal.code));
    StatusCode::NO_CONTENT
}

async fn refuse_nothing(State(phone): State<Arc<Phone>>) -> StatusCode {
    phone.with(|account| account.refusals = Refusals::default());
    StatusCode::NO_CONTENT
}
