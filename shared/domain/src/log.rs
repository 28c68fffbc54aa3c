//! What is written down for staff: each write attempt and fetch, and each decision with its reason.

use std::borrow::Cow;
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
    /// When it began; its duration is from here to its completion.
    pub started_at: DateTime<Utc>,
    /// What was asked for: names of fields and ids, no values.
    pub request_summary: Option<String>,
    /// What was answered: ids and outcomes, no values.
    pub response_summary: Option<String>,
}

/// So many characters of a summary or an error are kept.
const SUMMARY_LIMIT: usize = 1_000;

impl SyncLog {
    /// A row of something that begins now.
    pub fn begin(org: OrgId, request: &RequestId, id: String, sync_type: SyncType, now: DateTime<Utc>) -> Self {
        Self {
            org,
            request: request.clone(),
            id,
            sync_type,
            status: SyncLogStatus::Started,
            started_at: now,
            request_summary: None,
            response_summary: None,
        }
    }

    /// With what is asked for.
    #[must_use]
    pub fn asking(self, what: &str) -> Self {
        Self { request_summary: Some(what.chars().take(SUMMARY_LIMIT).collect()), ..self }
    }

    /// The row once it worked.
    #[must_use]
    pub fn succeeded(self, answer: String, now: DateTime<Utc>) -> Self {
        Self { status: SyncLogStatus::Success { completed_at: now }, response_summary: Some(answer), ..self }
    }

    /// The row once it did not.
    #[must_use]
    pub fn failed(self, error: &dyn Error, now: DateTime<Utc>) -> Self {
        let error = error.to_string().chars().take(SUMMARY_LIMIT).collect();
        Self { status: SyncLogStatus::Failed { completed_at: now, error }, ..self }
    }
}

/// What a row of the sync log is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncType {
    /// A project was to be created.
    CreateProject,
    /// A project was to be changed.
    UpdateProject,
    /// A contact was to be created, with its project.
    CreateContact,
    /// A contact was to be changed.
    UpdateContact,
    /// A project was read.
    FetchStatus,
}

impl SyncType {
    /// Every type.
    pub const ALL: [Self; 5] =
        [Self::CreateProject, Self::UpdateProject, Self::CreateContact, Self::UpdateContact, Self::FetchStatus];

    /// Its name as outside people know it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateProject => "create_project",
            Self::UpdateProject => "update_project",
            Self::CreateContact => "create_contact",
            Self::UpdateContact => "update_contact",
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
    pub rule: Cow<'static, str>,
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
