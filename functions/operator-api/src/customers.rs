//! Customers: parse, call a use case, convert. Who is meant stands in the body: a path is in access logs.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::authentication::Operator;
use domain::usecase::operate::{erase_customer, export_customer};
use lambda_kit::http::json;

use crate::dto::{ErasedDto, exported, whose};
use crate::error::Refusal;
use crate::router::Ports;

pub(crate) async fn export(
    State(ports): State<Ports>,
    Extension(operator): Extension<Operator>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let whose = whose(&body).map_err(Refusal::Fields)?;
    let held = export_customer(&ports.core, &*ports.files, &whose, &operator).await?;
    Ok(json(StatusCode::OK, &exported(&held)))
}

pub(crate) async fn erase(
    State(ports): State<Ports>,
    Extension(operator): Extension<Operator>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let whose = whose(&body).map_err(Refusal::Fields)?;
    let erased = erase_customer(&ports.core, &*ports.files, &whose, &operator).await?;
    Ok(json(StatusCode::OK, &ErasedDto::from(erased)))
}
