//! From what went wrong to status, code and public message. What is inside goes to the log, and only there.

use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::log::chain;
use domain::ports::StoreError;
use domain::usecase::UseCaseError;
use domain::usecase::operate::{OperateError, Undecidable};
use lambda_kit::http::{FieldError, problem, problem_with};
use tracing::error;

/// An answer that is not what was asked for.
pub(crate) enum Refusal {
    /// Something that was sent cannot be read.
    Fields(Vec<FieldError>),
    /// There is no valid token, whatever else is wrong.
    Unauthorized,
    /// Nobody can tell who asks.
    TryAgain,
    /// No such path.
    NothingHere,
    /// The path is there, and does not do this.
    MethodNotAllowed,
    /// The body is larger than anything that could be meant.
    TooLarge,
    /// The use case says no.
    Operate(OperateError),
}

impl Refusal {
    /// One field cannot be read.
    pub(crate) fn field(field: &str, detail: &str) -> Self {
        Self::Fields(vec![FieldError { field: field.to_owned(), detail: detail.to_owned() }])
    }
}

impl From<OperateError> for Refusal {
    fn from(error: OperateError) -> Self {
        Self::Operate(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Fields(errors) => {
                let detail = "something that was sent cannot be used: errors says what";
                problem_with(StatusCode::BAD_REQUEST, "invalid_fields", detail, &errors)
            }
            Self::Unauthorized => {
                let mut response =
                    problem(StatusCode::UNAUTHORIZED, "unauthorized", "a valid bearer token is required");
                response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
                response
            }
            Self::TryAgain => unavailable("try again in a minute"),
            Self::NothingHere => not_found("there is nothing at this path"),
            Self::MethodNotAllowed => {
                let detail = "this path does not answer to this method: Allow says to which";
                problem(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
            }
            Self::TooLarge => {
                problem(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "the body is larger than 64 KiB")
            }
            Self::Operate(error) => of_operator(&error),
        }
    }
}

fn of_operator(failure: &OperateError) -> Response {
    let conflict = |code| problem(StatusCode::CONFLICT, code, &failure.to_string());
    match failure {
        OperateError::Unknown => not_found(&failure.to_string()),
        OperateError::Nobody => not_found(&failure.to_string()),
        OperateError::NoNumber(_) => Refusal::field("phone_number", &failure.to_string()).into_response(),
        OperateError::Unerasable(_) => conflict("not_now"),
        OperateError::NotLinked => conflict("not_linked"),
        OperateError::Obstacle(_) => conflict("no_effect"),
        OperateError::Stale { .. } => conflict("stale_revision"),
        OperateError::Undecidable(Undecidable::NoSuchProject(_)) => {
            Refusal::field("opensolar_project_id", &failure.to_string()).into_response()
        }
        OperateError::Undecidable(_) => conflict("undecidable"),
        OperateError::OpenSolar(inside) => {
            error!(error = chain(inside), "opensolar could not be asked for an operator");
            unavailable(&failure.to_string())
        }
        OperateError::Refused { what, source } => {
            error!(error = chain(source), "opensolar did not do what an operator asked for");
            problem(StatusCode::BAD_GATEWAY, "opensolar", what)
        }
        OperateError::NoRegistration => not_found(&failure.to_string()),
        OperateError::NothingIsSigned => Refusal::field("signing_key", &failure.to_string()).into_response(),
        OperateError::BadCursor => Refusal::field("cursor", "give the next of a page as it was").into_response(),
        OperateError::UseCase(UseCaseError::Store(StoreError::Conflict)) => {
            problem(StatusCode::CONFLICT, "busy", "the record is being changed all the time: try again")
        }
        OperateError::UseCase(UseCaseError::NoConfiguration) => {
            problem(StatusCode::SERVICE_UNAVAILABLE, "not_configured", "no organisation is configured: activate one")
        }
        OperateError::UseCase(inside) => of_inside(inside),
    }
}

fn of_inside(inside: &UseCaseError) -> Response {
    error!(error = chain(inside), "an operator did not get what they asked for");
    match inside {
        UseCaseError::Store(StoreError::Unavailable { .. }) | UseCaseError::Queue(_) => {
            unavailable("the system is not able to do it now: try again in a minute")
        }
        UseCaseError::Store(StoreError::Unreadable { .. } | StoreError::Conflict)
        | UseCaseError::Unreadable { .. }
        | UseCaseError::NoConfiguration => {
            let detail = "something is wrong with the system: its log says what";
            problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
        }
    }
}

fn not_found(detail: &str) -> Response {
    problem(StatusCode::NOT_FOUND, "not_found", detail)
}

fn unavailable(detail: &str) -> Response {
    problem(StatusCode::SERVICE_UNAVAILABLE, "try_again", detail)
}
