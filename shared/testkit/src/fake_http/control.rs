//! The control endpoints that every fake has, for those who drive it from another process.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::backstage::{Api, receive};
use super::calls::Call;
use super::faults::WaitingFault;

/// `/_fake/calls`, `/_fake/faults` and `/_fake/clock`; every other path is the API's.
pub(super) fn routes<A: Api>() -> Router<Arc<A>> {
    Router::new()
        .route("/_fake/calls", get(calls::<A>))
        .route("/_fake/faults", get(waiting::<A>).post(add_fault::<A>).delete(clear_faults::<A>))
        .route("/_fake/clock", post(change_clock::<A>))
        .fallback(receive::<A>)
}

async fn calls<A: Api>(State(api): State<Arc<A>>) -> Json<Vec<Call>> {
    Json(api.backstage().calls())
}

async fn waiting<A: Api>(State(api): State<Arc<A>>) -> Json<Vec<WaitingFault>> {
    Json(api.backstage().faults.waiting())
}

async fn add_fault<A: Api>(State(api): State<Arc<A>>, Json(fault): Json<WaitingFault>) -> StatusCode {
    api.backstage().faults.add(fault);
    StatusCode::NO_CONTENT
}

async fn clear_faults<A: Api>(State(api): State<Arc<A>>) -> StatusCode {
    api.backstage().faults.clear();
    StatusCode::NO_CONTENT
}

/// The body of `POST /_fake/clock`.
#[derive(Debug, Deserialize)]
struct NewTime {
    /// Where the clock stops; null lets it run again.
    now: Option<DateTime<Utc>>,
}

async fn change_clock<A: Api>(State(api): State<Arc<A>>, Json(time): Json<NewTime>) -> StatusCode {
    match time.now {
        Some(now) => api.backstage().clock.stop_at(now),
        None => api.backstage().clock.run(),
    }
    api.catch_up();
    StatusCode::NO_CONTENT
}
