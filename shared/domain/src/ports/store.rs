//! The table.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Cause, Change};
use crate::configuration::{Configuration, ConfigurationDocument};
use crate::ids::{ContactId, DeliveryKey, OrgId, ProjectId, RequestId, Revision};
use crate::jobs::{OutboxEntry, Wake};
use crate::notification::{Notice, NoticeKey};
use crate::phone::PhoneNumber;
use crate::project::{Lane, Project, Shelf, SyncStatus};
use crate::remote::Stage;
use crate::webhook::DeliveryLog;

/// The table. All reads are strongly consistent, except where a method says otherwise.
#[async_trait]
pub trait Store: Send + Sync {
    /// The active configuration, if there is one; an error if it is no longer valid. At most [`CONFIGURATION_KEPT`] old.
    async fn configuration(&self) -> Result<Option<Configuration>, StoreError>;
    /// An organisation's configuration as it was last activated, active or not, as it stands now.
    async fn configuration_of(&self, org: OrgId) -> Result<Option<StoredConfiguration>, StoreError>;
    /// The stages of the organisation's workflows, as they were last read from OpenSolar.
    async fn stages(&self, org: OrgId) -> Result<Option<Stages>, StoreError>;
    /// How far a sweep's run has come.
    async fn checkpoint(&self, org: OrgId, sweep: SweepName) -> Result<Option<Checkpoint>, StoreError>;
    /// How one of OpenSolar's limits stands.
    async fn limit(&self, org: OrgId, name: LimitName) -> Result<Option<Limit>, StoreError>;
    /// A page of the records, newest first, of one sync status or of all; reads no more items than it returns, from an
    /// index that may lag by a moment.
    async fn projects(&self, org: OrgId, page: ProjectsPage) -> Result<ProjectList, StoreError>;
    /// At most `limit` of the records on a shelf with a time before `before`, earliest first; from an index that may lag.
    async fn shelved(
        &self,
        org: OrgId,
        shelf: Shelf,
        before: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<RequestId>, StoreError>;
    /// A request's record.
    async fn project(&self, org: OrgId, request: &RequestId) -> Result<Option<Project>, StoreError>;
    /// The request whose intent has this identifier.
    async fn intended_by(&self, org: OrgId, identifier: Uuid) -> Result<Option<RequestId>, StoreError>;
    /// The request that OpenSolar's project is linked to.
    async fn linked_to(&self, org: OrgId, project: &ProjectId) -> Result<Option<RequestId>, StoreError>;
    /// What is known of the contact with this number.
    async fn contact(&self, org: OrgId, phone: &PhoneNumber) -> Result<Option<ContactEntry>, StoreError>;
    /// A delivery's log row.
    async fn delivery(&self, org: OrgId, key: &DeliveryKey) -> Result<Option<DeliveryLog>, StoreError>;
    /// The deliveries that were received from `since` on and before `until`, with when; from an index that may lag.
    async fn arrivals(
        &self,
        org: OrgId,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<(DeliveryKey, DateTime<Utc>)>, StoreError>;
    /// The deliveries that are held for a project that is not linked, oldest first.
    async fn held(&self, org: OrgId, project: &ProjectId) -> Result<Vec<DeliveryKey>, StoreError>;
    /// A ledger entry.
    async fn notice(&self, org: OrgId, key: &NoticeKey) -> Result<Option<Notice>, StoreError>;
    /// What commits left to be sent for a request, oldest first.
    async fn outbox(&self, org: OrgId, request: &RequestId) -> Result<Vec<OutboxEntry>, StoreError>;
    /// What is due of each lane that is asked for, the oldest of all first; read from an index that may lag by a moment.
    /// It costs as much as it returns, however much more is due.
    async fn due(&self, wanted: &[DueIn]) -> Result<Vec<DueItem>, StoreError>;
    /// All of `changes` or none; [`StoreError::Conflict`] if something is no longer what a change was decided on.
    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError>;
}

/// So long a configuration that was read is used before it is read again.
pub const CONFIGURATION_KEPT: TimeDelta = TimeDelta::seconds(60);

/// A configuration as the store has it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredConfiguration {
    /// What the operators wrote.
    pub document: ConfigurationDocument,
    /// How often the organisation's configuration was activated.
    pub version: Revision,
    /// When it was last.
    pub activated_at: DateTime<Utc>,
}

/// The stages of all workflows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stages {
    /// When they were read.
    pub read_at: DateTime<Utc>,
    /// They.
    pub stages: Vec<Stage>,
}

/// A sweep whose runs take several turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SweepName {
    /// By night: what OpenSolar changed without telling us.
    Status,
    /// After a switch was turned: what was skipped for it.
    Resume,
}

impl SweepName {
    /// Its name in keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Resume => "resume",
        }
    }
}

/// What is kept of OpenSolar's limits, each by itself: so a call's grant is a write of one small item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LimitName {
    /// Project creates: their quota, and the wallet.
    Creates,
    /// Changes of projects.
    Updates,
    /// Reads of projects.
    Reads,
    /// All other calls.
    Others,
    /// Whether OpenSolar answers, and takes our token.
    Health,
}

impl LimitName {
    /// Every limit.
    pub const ALL: [Self; 5] = [Self::Creates, Self::Updates, Self::Reads, Self::Others, Self::Health];

    /// Its name in keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Creates => "creates",
            Self::Updates => "updates",
            Self::Reads => "reads",
            Self::Others => "others",
            Self::Health => "health",
        }
    }
}

/// How a limit stands; what it means is the governor's own business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Which.
    pub name: LimitName,
    /// How often it was written.
    pub revision: Revision,
    /// JSON, at most 8 KB.
    pub state: String,
}

/// How far a sweep's run has come; what it means is the sweep's own business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which sweep's.
    pub sweep: SweepName,
    /// How often it was written.
    pub revision: Revision,
    /// JSON, at most 8 KB.
    pub progress: String,
    /// When a sweep is to go on with it by itself, if nobody else wakes it.
    pub wake: Option<(DateTime<Utc>, Wake)>,
}

/// Which page of the records is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectsPage {
    /// Of which sync status; nothing for all.
    pub status: Option<ListedStatus>,
    /// Where the last page ended, as [`ProjectList::next`] said; nothing for the first.
    pub after: Option<String>,
    /// The most rows.
    pub limit: usize,
}

/// What a list of records can be narrowed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListedStatus {
    /// Synced, or to be.
    Synced(SyncStatus),
    /// Deliberately not synced.
    Skipped,
}

/// A page of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectList {
    /// Its rows.
    pub rows: Vec<ProjectListing>,
    /// Where the next page begins, opaque; nothing on the last one. [`StoreError::Unreadable`] is what a made-up one gets.
    pub next: Option<String>,
}

/// A record as lists show it: nothing personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectListing {
    /// The CRM's id.
    pub request: RequestId,
    /// The CRM's order number.
    pub order_number: Option<String>,
    /// How it stands.
    pub status: ListedStatus,
    /// OpenSolar's id, once linked.
    pub project: Option<ProjectId>,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// When it was last written.
    pub updated_at: DateTime<Utc>,
}

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something changed since it was read: read again and decide anew.
    #[error("the record changed since it was read")]
    Conflict,
    /// The store did not answer, or its answer is unknown: the same commit may be tried again.
    #[error("the store did not answer the {operation}")]
    Unavailable {
        /// What was asked.
        operation: &'static str,
        /// What went wrong.
        source: Cause,
    },
    /// An item is not what this version of the program writes.
    #[error("the store has an item that cannot be read: {problem}")]
    Unreadable {
        /// Which, and what is wrong with it.
        problem: String,
    },
}

/// What is known of the contact with a phone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactEntry {
    /// A request is creating it.
    Claimed {
        /// Which.
        by: RequestId,
    },
    /// OpenSolar has it.
    Known(ContactId),
}

/// What of a lane is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueIn {
    /// Which lane.
    pub lane: Lane,
    /// What is due by then.
    pub by: DateTime<Utc>,
    /// The most, of which the oldest.
    pub limit: usize,
}

/// Something whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueItem {
    /// Which item; only the store reads it.
    pub key: DueKey,
    /// In which lane it waits.
    pub lane: Lane,
    /// Its `next_attempt_at` as the sweep read it.
    pub at: DateTime<Utc>,
    /// What to do about it.
    pub wake: Wake,
}

/// A due item's place in the store.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DueKey {
    /// Partition key.
    pub partition: String,
    /// Sort key.
    pub sort: String,
}
