//! What is written down for staff: each write attempt and fetch, and each decision with its reason.

use std::error::Error;

use chrono::{DateTime, Utc};

use crate::ids::{OrgId, RequestId};

/// A row of the sync log. Bounded, so that it can never fail the decision that it is committed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncLog {
    /// Whose.
    pub org: OrgId,
    /// Which request's.
    pub request: RequestId,
    /// A ULID; the row's order.
    pub id: String,
    /// What was tried.
    pub sync_type: SyncType,
    /// What came of it.
    pub status: SyncLogStatus,
    /// When it began.
    pub started_at: DateTime<Utc>,
}

/// What a row of the sync log is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncType {
    /// A project was to be created.
    CreateProject,
    /// A project was read.
    FetchStatus,
}

impl SyncType {
    /// Every type.
    pub const ALL: [Self; 2] = [Self::CreateProject, Self::FetchStatus];

    /// Its name as outside people know it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateProject => "create_project",
            Self::FetchStatus => "fetch_status",
        }
    }

    /// The type of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncLogStatus {
    /// Under way, or its end is unknown.
    Started,
    /// It worked.
    Success {
        /// When.
        completed_at: DateTime<Utc>,
    },
    /// It did not.
    Failed {
        /// When.
        completed_at: DateTime<Utc>,
        /// Why, without anything personal.
        error: String,
    },
}

impl SyncLogStatus {
    /// Its name as outside people know it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Success { .. } => "success",
            Self::Failed { .. } => "failed",
        }
    }
}

/// A decision, for whoever asks later why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whose.
    pub org: OrgId,
    /// Which request's.
    pub request: RequestId,
    /// A ULID; the row's order.
    pub id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The rule, in a few words.
    pub rule: &'static str,
    /// What was decided from what, without anything personal.
    pub outcome: String,
}

/// An error with all that led to it, for a line of a log.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
