//! The projects: parse, call a use case, convert.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use chrono::TimeDelta;
use domain::authentication::Operator;
use domain::ids::RequestId;
use domain::ports::Deadline;
use domain::usecase::operate::{
    self, OperateError, StatusNow, fetch_status_now, link_project, list_projects, request_sync, show_project,
};
use lambda_http::RequestExt;
use lambda_kit::deadline;
use lambda_kit::http::json;

use crate::dto::{Choice, ListDto, ProjectDto, QueuedDto, choice, looked_at, page, wish};
use crate::error::Refusal;
use crate::router::Ports;

/// Query parameters as they came, repeated ones too.
type Parameters = Query<Vec<(String, String)>>;

pub(crate) async fn list(State(ports): State<Ports>, Query(query): Parameters) -> Result<Response, Refusal> {
    let page = page(&query).map_err(Refusal::Fields)?;
    let list = list_projects(&ports.core, page).await?;
    Ok(json(StatusCode::OK, &ListDto::from(list)))
}

pub(crate) async fn show(State(ports): State<Ports>, Id(request): Id) -> Result<Response, Refusal> {
    let project = show_project(&ports.core, &request).await?;
    Ok(json(StatusCode::OK, &ProjectDto::from(&project)))
}

pub(crate) async fn sync(
    State(ports): State<Ports>,
    Extension(operator): Extension<Operator>,
    Id(request): Id,
    body: Bytes,
) -> Result<Response, Refusal> {
    let wish = wish(&body).map_err(Refusal::Fields)?;
    let project = request_sync(&ports.core, &request, wish, &operator).await?;
    Ok(json(StatusCode::ACCEPTED, &QueuedDto { queued: "sync", project: ProjectDto::from(&project) }))
}

pub(crate) async fn status(
    State(ports): State<Ports>,
    Extension(operator): Extension<Operator>,
    Id(request): Id,
    Ends(deadline): Ends,
) -> Result<Response, Refusal> {
    let opensolar = &*ports.opensolar;
    match fetch_status_now(&ports.core, opensolar, &request, &operator, deadline).await? {
        StatusNow::Fresh(project) => Ok(json(StatusCode::OK, &ProjectDto::from(&*project))),
        StatusNow::Queued(project) => {
            let queued = QueuedDto { queued: "fetch_status", project: ProjectDto::from(&*project) };
            Ok(json(StatusCode::ACCEPTED, &queued))
        }
    }
}

pub(crate) async fn link(
    State(ports): State<Ports>,
    Extension(operator): Extension<Operator>,
    Id(request): Id,
    Ends(deadline): Ends,
    body: Bytes,
) -> Result<Response, Refusal> {
    let Choice { project, read } = choice(&body).map_err(Refusal::Fields)?;
    let opensolar = &*ports.opensolar;
    let linked = link_project(&ports.core, opensolar, &request, &project, read, &operator, deadline).await?;
    Ok(json(StatusCode::OK, &ProjectDto::from(&linked)))
}

pub(crate) async fn declare_absent(
    State(ports): State<Ports>,
    Extension(operator): Extension<Operator>,
    Id(request): Id,
    body: Bytes,
) -> Result<Response, Refusal> {
    let read = looked_at(&body).map_err(Refusal::Fields)?;
    let project = operate::declare_absent(&ports.core, &request, read, &operator).await?;
    Ok(json(StatusCode::ACCEPTED, &QueuedDto { queued: "sync", project: ProjectDto::from(&project) }))
}

/// The installation request that the path names. What is no id is no request's either.
pub(crate) struct Id(RequestId);

impl FromRequestParts<Ports> for Id {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, ports: &Ports) -> Result<Self, Refusal> {
        let raw = Path::<String>::from_request_parts(parts, ports).await.ok();
        let id = raw.and_then(|Path(raw)| raw.parse().ok());
        id.map(Self).ok_or(Refusal::Operate(OperateError::Unknown))
    }
}

/// When this invocation is over.
pub(crate) struct Ends(Deadline);

/// What API Gateway waits for, less a second.
const LONGEST: TimeDelta = TimeDelta::seconds(29);

impl FromRequestParts<Ports> for Ends {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, ports: &Ports) -> Result<Self, Refusal> {
        let told = parts.lambda_context_ref().map(deadline);
        let end = told.unwrap_or_else(|| ports.core.ambient.now() + LONGEST);
        Ok(Self(Deadline::paced(end, ports.pace)))
    }
}
