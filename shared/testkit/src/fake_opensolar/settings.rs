//! The control endpoints that change how the fake behaves; the handle's counterpart is in `switches.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::Wallet;
use super::office::Office;
use super::post::PostState;
use super::{Absence, Quirks, QuotaBreach, Quotas, ReleaseOrder};

pub(super) fn routes() -> Router<Arc<Office>> {
    Router::new()
        .route("/_fake/quirks", get(quirks).put(behave))
        .route("/_fake/quirks/alternatives", get(alternatives))
        .route("/_fake/projects/{id}/reach", put(reach))
        .route("/_fake/withheld", put(withhold))
        .route("/_fake/token", post(new_token).delete(expire_token))
        .route("/_fake/wallet", put(wallet))
        .route("/_fake/quotas", put(quotas))
        .route("/_fake/quotas/breaches", get(breaches))
        .route("/_fake/deliveries/hold", post(hold))
        .route("/_fake/deliveries/release", post(release))
}

async fn quirks(State(office): State<Arc<Office>>) -> Json<Quirks> {
    Json(office.read(|org| org.quirks.clone()))
}

/// What the document leaves out has its default.
async fn behave(State(office): State<Arc<Office>>, Json(quirks): Json<Quirks>) -> StatusCode {
    office.change(|org| org.quirks = quirks);
    StatusCode::NO_CONTENT
}

async fn alternatives() -> Json<Vec<&'static str>> {
    Json(Quirks::alternatives().into_iter().map(|(name, _)| name).collect())
}

/// The body of `PUT /_fake/projects/{id}/reach`.
#[derive(Debug, Deserialize)]
struct Reach {
    plan: Coverage,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Coverage {
    Covers,
    DoesNotCover,
}

async fn reach(State(office): State<Arc<Office>>, Path(project): Path<u64>, Json(reach): Json<Reach>) -> StatusCode {
    office.change(|org| match reach.plan {
        Coverage::Covers => org.access.out_of_reach.remove(&project),
        Coverage::DoesNotCover => org.access.out_of_reach.insert(project),
    });
    StatusCode::NO_CONTENT
}

/// Fields by name; an empty object withholds nothing.
async fn withhold(State(office): State<Arc<Office>>, Json(fields): Json<BTreeMap<String, Absence>>) -> StatusCode {
    office.change(|org| org.veil.0 = fields.into_iter().collect());
    StatusCode::NO_CONTENT
}

async fn new_token(State(office): State<Arc<Office>>) -> Json<Value> {
    let token = office.change(|org| {
        org.access.expire_tokens();
        org.access.issue_token()
    });
    Json(json!({"token": token}))
}

async fn expire_token(State(office): State<Arc<Office>>) -> StatusCode {
    office.change(|org| org.access.expire_tokens());
    StatusCode::NO_CONTENT
}

/// The body of `PUT /_fake/wallet`.
#[derive(Debug, Deserialize)]
struct NewWallet {
    wallet: Wallet,
}

async fn wallet(State(office): State<Arc<Office>>, Json(new): Json<NewWallet>) -> StatusCode {
    office.change(|org| org.access.wallet = new.wallet);
    StatusCode::NO_CONTENT
}

/// The body of `PUT /_fake/quotas`; what it leaves out stays.
#[derive(Debug, Deserialize)]
struct NewQuotas {
    quotas: Option<Quotas>,
    other_per_minute: Option<usize>,
}

async fn quotas(State(office): State<Arc<Office>>, Json(new): Json<NewQuotas>) -> StatusCode {
    office.change(|org| {
        org.quotas.quotas = new.quotas.unwrap_or(org.quotas.quotas);
        org.quotas.other_per_minute = new.other_per_minute.unwrap_or(org.quotas.other_per_minute);
    });
    StatusCode::NO_CONTENT
}

async fn breaches(State(office): State<Arc<Office>>) -> Json<Vec<QuotaBreach>> {
    Json(office.read(|org| org.quotas.breaches.clone()))
}

async fn hold(State(office): State<Arc<Office>>) -> StatusCode {
    office.change(|org| org.post.state = PostState::Held);
    StatusCode::NO_CONTENT
}

/// The body of `POST /_fake/deliveries/release`.
#[derive(Debug, Deserialize)]
struct Release {
    order: ReleaseOrder,
}

async fn release(State(office): State<Arc<Office>>, Json(release): Json<Release>) -> StatusCode {
    office.change(|org| org.release(release.order));
    StatusCode::NO_CONTENT
}
