//! The connection to OpenSolar: whether it works, and where OpenSolar sends its deliveries.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::uri::{Authority, Uri};
use axum::response::Response;
use domain::authentication::Operator;
use domain::ids::RegistrationId;
use domain::registration::{NewRegistration, Registration, RegistrationState, WEBHOOK_PATH};
use domain::usecase::operate::{
    OperateError, Registered, list_registrations, register_webhook, test_connection, unregister_webhook,
};
use lambda_kit::http::json;
use serde::Serialize;

use crate::dto::registration;
use crate::error::Refusal;
use crate::router::Ports;

/// The registrations.
#[derive(Serialize)]
struct RegistrationsDto {
    results: Vec<RegistrationDto>,
}

/// A registration.
#[derive(Serialize)]
struct RegistrationDto {
    id: RegistrationId,
    address: String,
    enabled: bool,
}

impl From<Registration> for RegistrationDto {
    fn from(registration: Registration) -> Self {
        let Registration { id, address, state } = registration;
        Self { id, address, enabled: state == RegistrationState::Enabled }
    }
}

/// What was registered.
#[derive(Serialize)]
struct RegisteredDto<'a> {
    address: &'a str,
    /// Those that were there before and have the new key.
    renewed: &'a [RegistrationId],
}

pub(crate) async fn test(State(ports): State<Ports>, asked: Uri) -> Result<Response, Refusal> {
    let host = asked.authority().map(Authority::as_str);
    let tested = test_connection(&ports.core, &*ports.opensolar, &*ports.registrations, host).await?;
    Ok(json(StatusCode::OK, &tested))
}

pub(crate) async fn list(State(ports): State<Ports>) -> Result<Response, Refusal> {
    let all = list_registrations(&ports.core, &*ports.registrations).await?;
    Ok(json(StatusCode::OK, &RegistrationsDto { results: all.into_iter().map(RegistrationDto::from).collect() }))
}

pub(crate) async fn register(
    State(ports): State<Ports>,
    Extension(operator): Extension<Operator>,
    asked: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    // API Gateway routes by the name that it is asked under, so that is the bridge's own.
    let ours = asked.authority().map(|host| format!("https://{host}{WEBHOOK_PATH}"));
    let wanted = registration(&body, ours.as_deref()).map_err(Refusal::Fields)?;
    let header = ports.webhook_header.clone();
    let new = NewRegistration { address: wanted.address, header, key: wanted.key, signing_key: wanted.signing_key };
    let registered = register_webhook(&ports.core, &*ports.registrations, &new, &operator).await?;
    let address = new.address.as_str();
    Ok(match registered {
        Registered::New => json(StatusCode::CREATED, &RegisteredDto { address, renewed: &[] }),
        Registered::Renewed(renewed) => json(StatusCode::OK, &RegisteredDto { address, renewed: &renewed }),
    })
}

pub(crate) async fn unregister(
    State(ports): State<Ports>,
    Extension(operator): Extension<Operator>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let id = id.parse().map_err(|_| Refusal::Operate(OperateError::NoRegistration))?;
    unregister_webhook(&ports.core, &*ports.registrations, &id, &operator).await?;
    Ok(StatusCode::NO_CONTENT)
}
