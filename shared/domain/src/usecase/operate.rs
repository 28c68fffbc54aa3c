//! `operator-api`: what operators ask of the system.

mod activate;
mod authenticate;
mod connection;
mod customer;
mod decide;
mod erase;
mod export;
mod health;
mod look;
mod refill;
mod registrations;
mod status_now;
mod sync;

pub use activate::{ActivationError, activate_configuration};
pub use authenticate::{Authentication, authenticate_operator};
pub use connection::{Check, CheckName, ConnectionTest, Verdict, test_connection, what_is_wrong};
pub use customer::Whose;
pub use decide::{Undecidable, declare_absent, link_project};
pub use erase::{Erased, Unerasable, erase_customer};
pub use export::{CustomerExport, RequestExport, export_customer};
pub use health::{ConfigurationHealth, Health, HealthStatus, TableHealth, health};
pub use look::{list_projects, show_project};
pub use refill::refilled;
pub use registrations::{Registered, list_registrations, register_webhook, unregister_webhook};
pub use status_now::{StatusNow, fetch_status_now};
pub use sync::{Obstacle, SyncWish, request_sync};

use super::UseCaseError;
use crate::ids::Revision;
use crate::phone::InvalidPhoneNumber;
use crate::ports::{OpenSolarError, StoreError};

/// Why an operator does not get what they asked for.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    /// The CRM never asked for it.
    #[error("there is no installation request with this id")]
    Unknown,
    /// No request named the number, or they were erased.
    #[error("no installation request names this number")]
    Nobody,
    /// What was given is no telephone number.
    #[error(transparent)]
    NoNumber(#[from] InvalidPhoneNumber),
    /// The customer cannot be erased now.
    #[error(transparent)]
    Unerasable(#[from] Unerasable),
    /// OpenSolar has nothing of it that could be read.
    #[error("the request has no project in opensolar yet")]
    NotLinked,
    /// What is asked for would change nothing now.
    #[error(transparent)]
    Obstacle(#[from] Obstacle),
    /// The operator looked at an earlier record: look again.
    #[error("the record is at revision {} by now", .current.0)]
    Stale {
        /// As it is stored.
        current: Revision,
    },
    /// What is to be decided is not open, or not so.
    #[error(transparent)]
    Undecidable(#[from] Undecidable),
    /// OpenSolar has to be asked for it, and does not answer.
    #[error("opensolar could not be asked: try again in a minute")]
    OpenSolar(#[source] OpenSolarError),
    /// OpenSolar does not do it, or not now.
    #[error("{what}")]
    Refused {
        /// What is wrong, and what to do about it.
        what: String,
        /// As it was answered.
        source: OpenSolarError,
    },
    /// What is no id is no registration's either.
    #[error("there is no webhook registration with this id")]
    NoRegistration,
    /// A signing key for a sender that signs nothing.
    #[error("opensolar signs nothing in the contract live: leave the signing key out")]
    NothingIsSigned,
    /// A cursor that no page of ours ended with.
    #[error("the cursor is none that a page ended with")]
    BadCursor,
    /// The system is not able to.
    #[error(transparent)]
    UseCase(#[from] UseCaseError),
}

impl From<StoreError> for OperateError {
    fn from(error: StoreError) -> Self {
        Self::UseCase(error.into())
    }
}
