//! What happens for each way in: one public function each. Every one may run twice for the same thing.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};
use ulid::Ulid;

use crate::configuration::Configuration;
use crate::ids::OrgId;
use crate::ports::{Ambient, Queue, QueueError, Store, StoreError};

mod announce;
pub mod apply_webhook;
mod draft;
pub mod governed;
pub mod ingest_webhook;
pub mod notify;
pub mod operate;
pub mod outbox;
pub mod read_back;
pub mod retry_sweep;
mod settle_create;
pub mod status_sweep;
mod surroundings;
pub mod sync_project;

/// What every use case behind the door works with.
#[derive(Clone)]
pub struct Core {
    /// The table.
    pub store: Arc<dyn Store>,
    /// The queues.
    pub queue: Arc<dyn Queue>,
    /// Time and chance.
    pub ambient: Arc<dyn Ambient>,
}

impl Core {
    /// Now, to the millisecond: as exact as the store keeps it, so that what comes back from there is the same.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.ambient.now().trunc_subsecs(3)
    }

    /// A row's id: rows sort by the moment they were begun.
    pub(crate) fn ulid(&self) -> String {
        self.row_id().to_string()
    }

    /// The same, for who makes several in a row.
    pub(crate) fn row_id(&self) -> Ulid {
        let millis = u64::try_from(self.now().timestamp_millis()).unwrap_or_default();
        Ulid::from_parts(millis, self.ambient.random())
    }

    /// The active configuration, if it is this organisation's.
    pub(crate) async fn configuration_of(&self, org: OrgId) -> Result<Option<Configuration>, UseCaseError> {
        Ok(Some(self.active_configuration().await?).filter(|config| config.account.org == org))
    }

    /// The active configuration.
    pub async fn active_configuration(&self) -> Result<Configuration, UseCaseError> {
        self.store.configuration().await?.ok_or(UseCaseError::NoConfiguration)
    }
}

/// Why a use case could not do its work; a refusal from outside is none, it is recorded.
#[derive(Debug, thiserror::Error)]
pub enum UseCaseError {
    /// The message can never be read: it belongs to the dead letters, with this reason.
    #[error("the message cannot be read: {reason}")]
    Unreadable {
        /// Why, without anything personal.
        reason: String,
    },
    /// There is no active configuration: activate one; until then the message stays on its queue.
    #[error("there is no active configuration: activate one")]
    NoConfiguration,
    /// The store did not do it; the message has to come again.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The queue did not take a message; what led here has to come again.
    #[error("a queue failed")]
    Queue(#[from] QueueError),
}

impl UseCaseError {
    /// Whether something changed since it was read: what was decided has to be decided anew.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(StoreError::Conflict))
    }

    /// Why the message can never be read, if that is what is wrong.
    pub fn unreadable(&self) -> Option<&str> {
        match self {
            Self::Unreadable { reason } => Some(reason),
            Self::NoConfiguration | Self::Store(_) | Self::Queue(_) => None,
        }
    }
}

/// So often a decision is made anew because its record changed meanwhile; after that the message comes again later.
pub(crate) const CONFLICT_LIMIT: usize = 5;
