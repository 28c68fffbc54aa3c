//! The record that ties an installation request to its project in OpenSolar. It is the truth; queues only wake us.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use crate::ids::{Claim, ContactId, DeliveryKey, OrgId, ProjectId, RequestId, Revision};
use crate::jobs::{SyncJob, Wake, WebhookJob};
use crate::notification::Milestone;
use crate::remote::{NewProject, Phase, ProposalLink, SystemSize};
use crate::request::{CrmStatus, InstallationRequest, SkipReason};

/// An installation request and its project in OpenSolar.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// The organisation.
    pub org: OrgId,
    /// How often the record was written; [`Revision::NONE`] before the first time.
    pub revision: Revision,
    /// What the CRM wants.
    pub desired: InstallationRequest,
    /// How far OpenSolar is from it.
    pub sync: SyncState,
    /// Which contact a create will name.
    pub contact: ContactChoice,
    /// The project in OpenSolar, once there is one.
    pub remote: Option<Remote>,
    /// What OpenSolar was last made to hold.
    pub pushed: Option<NewProject>,
    /// What the last read-back showed.
    pub observed: Option<Observed>,
    /// A read-back that is due.
    pub read: Option<ReadDue>,
    /// How often each milestone happened; its ledger entries are numbered so.
    pub epochs: BTreeMap<Milestone, u32>,
    /// The request status last told to the CRM.
    pub told_status: Option<CrmStatus>,
    /// Number of the last update to the CRM.
    pub crm_revision: u64,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// When it was last written.
    pub updated_at: DateTime<Utc>,
    /// When OpenSolar and the record last agreed.
    pub last_synced_at: Option<DateTime<Utc>>,
}

/// Where the request stands towards OpenSolar, with what is true there.
#[derive(Debug, Clone, PartialEq)]
pub enum SyncState {
    /// Recorded, and deliberately not synced.
    Skipped(SkipReason),
    /// To be created; a worker is at it, or ended in the middle (then a sweep looks after `look_again`).
    Due {
        /// Failures so far.
        failures: u32,
        /// The end of the worker's time and a minute.
        look_again: DateTime<Utc>,
    },
    /// To be tried again by itself.
    Waiting {
        /// Why.
        reason: WaitReason,
        /// Failures so far.
        failures: u32,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// The intent is committed and a worker is sending it.
    Creating {
        /// What is sent.
        intent: Intent,
        /// Who sends it. Past its lease, the create is in doubt.
        claim: Claim,
        /// Failures before this try.
        failures: u32,
    },
    /// A create may have happened: only a witness settles it, never another POST.
    Verifying {
        /// What was sent.
        intent: Intent,
        /// Since when it is in doubt.
        since: DateTime<Utc>,
        /// Without a witness by then, an operator decides.
        until: DateTime<Utc>,
    },
    /// OpenSolar holds what was last pushed.
    InStep,
    /// An operator has to act.
    Parked {
        /// What happened and what to do, without anything personal.
        reason: String,
        /// The create that may have happened, if that is why: no other is sent while it stands.
        in_doubt: Option<Intent>,
    },
}

/// A create that is going to be sent, committed before it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// Raised only when an operator declares a project absent, or it was deleted.
    pub generation: u32,
    /// The exact payload, our identifier in it.
    pub payload: NewProject,
    /// When it was committed.
    pub committed_at: DateTime<Utc>,
}

impl Intent {
    /// Whether this is the other one, perhaps as it came back from the store.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.generation == other.generation && self.payload.identifier == other.payload.identifier
    }
}

/// Without a witness for so long, a create in doubt is an operator's.
pub const VERIFYING_LIMIT: TimeDelta = TimeDelta::hours(24);

/// Which contact the project to be created is given; kept, so that what OpenSolar refused once is not sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactChoice {
    /// Not looked up yet.
    Undecided,
    /// A new one, with the request's e-mail address.
    New,
    /// One that OpenSolar has.
    Existing(ContactId),
    /// A new one without e-mail: OpenSolar says the address is taken and shows no contact that has it.
    NewWithoutEmail,
}

/// Why a sync waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitReason {
    /// OpenSolar's throttle.
    Quota,
    /// A failure, described without anything personal.
    BackOff(String),
    /// OpenSolar's wallet is empty.
    Wallet,
    /// OpenSolar refuses our token.
    Token,
    /// Another request is creating this customer's contact.
    Contact,
}

impl WaitReason {
    /// Its name towards the CRM.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Quota => "quota",
            Self::BackOff(_) => "backoff",
            Self::Wallet => "wallet",
            Self::Token => "token",
            Self::Contact => "contact",
        }
    }

    /// For staff: what is being waited for.
    pub fn describe(&self) -> &str {
        match self {
            Self::Quota => "opensolar's throttle",
            Self::BackOff(failure) => failure,
            Self::Wallet => "opensolar's wallet is empty: refill it",
            Self::Token => "opensolar refuses the token: put a new one into the secret",
            Self::Contact => "another request is creating this customer's contact",
        }
    }
}

/// The project in OpenSolar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// OpenSolar's id.
    pub project: ProjectId,
    /// Its contact, once known.
    pub contact: Option<ContactId>,
    /// Whose work it is.
    pub origin: Origin,
    /// When it was linked.
    pub linked_at: DateTime<Utc>,
}

/// Who created a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// We did, by an intent of our own: all that is seen of it is news.
    CreatedByUs,
    /// Somebody else; what the first look shows is old.
    LinkedByOperator,
}

/// What the last read-back showed, as far as anything follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// When it was read.
    pub read_at: DateTime<Utc>,
    /// OpenSolar's `modified_date` then.
    pub modified_at: Option<DateTime<Utc>>,
    /// Its name.
    pub project_name: Option<String>,
    /// `workflow.active_stage_id`.
    pub stage: Option<u64>,
    /// Its milestone.
    pub phase: Option<Phase>,
    /// The system's size.
    pub system_size: Option<SystemSize>,
    /// The customer's link, once the proposal is sent.
    pub proposal_link: Option<ProposalLink>,
    /// Whether the design counts as complete, ever.
    pub design_complete: bool,
    /// When the proposal was first sent.
    pub proposal_sent_at: Option<DateTime<Utc>>,
    /// When the contract was first signed; kept when a sale is undone.
    pub first_signed_at: Option<DateTime<Utc>>,
    /// Whether it is sold now.
    pub is_sold: bool,
    /// The installation's day.
    pub installation_day: Option<NaiveDate>,
    /// The last day that was seen: kept when the day is taken away, so that the same one is not told twice.
    pub announced_day: Option<NaiveDate>,
    /// Whether it is installed.
    pub is_installed: bool,
}

impl Observed {
    /// When the contract was signed; nothing while the sale is undone.
    pub fn contract_signed_at(&self) -> Option<DateTime<Utc>> {
        self.first_signed_at.filter(|_| self.is_sold)
    }
}

/// Something says that OpenSolar's project may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadDue {
    /// What to read: the linked project, or the one that carries our identifier.
    pub project: ProjectId,
    /// Deliveries that this read settles, at most [`PENDING_LIMIT`].
    pub pending: Vec<DeliveryKey>,
    /// Failed reads so far; of those that only waited (throttle, wallet, token) at most one counts.
    pub failures: u32,
    /// Earliest next try; for a first one, the end of the worker's time and a minute.
    pub next_try: DateTime<Utc>,
}

/// So many deliveries wait on one record; more are settled at once as coalesced into the read that is due anyway.
pub const PENDING_LIMIT: usize = 50;

/// The sync status by the names that outside people know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SyncStatus {
    /// Something is still to be done.
    Pending,
    /// Created, and nothing is outstanding.
    Synced,
    /// An operator has to act.
    SyncFailed,
    /// Changed in OpenSolar since it was created.
    Updated,
}

impl SyncStatus {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Synced => "synced",
            Self::SyncFailed => "sync_failed",
            Self::Updated => "updated",
        }
    }
}

impl Project {
    /// A record of what the CRM wants, before anything was decided about it.
    pub fn new(org: OrgId, desired: InstallationRequest, sync: SyncState, now: DateTime<Utc>) -> Self {
        Self {
            org,
            revision: Revision::NONE,
            desired,
            sync,
            contact: ContactChoice::Undecided,
            remote: None,
            pushed: None,
            observed: None,
            read: None,
            epochs: BTreeMap::new(),
            told_status: None,
            crm_revision: 0,
            created_at: now,
            updated_at: now,
            last_synced_at: None,
        }
    }

    /// The request's id.
    pub fn request_id(&self) -> &RequestId {
        &self.desired.id
    }

    /// The create that is on its way or in doubt.
    pub fn open_intent(&self) -> Option<&Intent> {
        match &self.sync {
            SyncState::Creating { intent, .. }
            | SyncState::Verifying { intent, .. }
            | SyncState::Parked { in_doubt: Some(intent), .. } => Some(intent),
            SyncState::Skipped(_)
            | SyncState::Due { .. }
            | SyncState::Waiting { .. }
            | SyncState::InStep
            | SyncState::Parked { in_doubt: None, .. } => None,
        }
    }

    /// The status that outside people know; nothing for what is not synced.
    pub fn sync_status(&self) -> Option<SyncStatus> {
        match &self.sync {
            SyncState::Skipped(_) => None,
            SyncState::Due { .. }
            | SyncState::Waiting { .. }
            | SyncState::Creating { .. }
            | SyncState::Verifying { .. } => Some(SyncStatus::Pending),
            SyncState::InStep if self.was_worked_on() => Some(SyncStatus::Updated),
            SyncState::InStep => Some(SyncStatus::Synced),
            SyncState::Parked { .. } => Some(SyncStatus::SyncFailed),
        }
    }

    /// Whether somebody has done anything in OpenSolar; the echo of our own create is nothing.
    fn was_worked_on(&self) -> bool {
        let phase = self.observed.as_ref().and_then(|seen| seen.phase);
        !self.epochs.is_empty() || phase.is_some_and(|phase| phase != Phase::Presale)
    }

    /// What a sweep does about the record, and when: the earliest of all reasons still open, nothing if it rests.
    ///
    /// The one place that says so; every write of the record stores what it returns. No worker decides by it.
    pub fn wake(&self) -> Option<(DateTime<Utc>, Wake)> {
        let sync_at = match &self.sync {
            SyncState::Due { look_again, .. } => Some(*look_again),
            SyncState::Waiting { until, .. } | SyncState::Verifying { until, .. } => Some(*until),
            SyncState::Creating { claim, .. } => Some(claim.lease_end),
            SyncState::Skipped(_) | SyncState::InStep | SyncState::Parked { .. } => None,
        };
        let read_at = self.read.as_ref().map(|read| read.next_try);
        match (sync_at, &self.read) {
            (None, None) => None,
            // A read is all that is due: it goes to the queue where the project's deliveries are.
            (None, Some(read)) => Some((
                read.next_try,
                Wake::Webhooks {
                    group: read.project.to_string(),
                    job: WebhookJob::ReadBack { org_id: self.org, request_id: self.desired.id.clone() },
                },
            )),
            (Some(sync_at), _) => Some((
                read_at.map_or(sync_at, |read_at| read_at.min(sync_at)),
                Wake::Sync(SyncJob::Wake { org_id: self.org, request_id: self.desired.id.clone() }),
            )),
        }
    }

    /// Whether the epoch is the milestone's latest, so that its message still says what holds.
    pub fn is_current(&self, milestone: Milestone, epoch: u32) -> bool {
        self.epochs.get(&milestone) == Some(&epoch)
    }
}

/// The identifier that a request's project carries in OpenSolar: the same at every try of one generation.
pub fn identifier(namespace: Uuid, org: OrgId, request: &RequestId, generation: u32) -> Uuid {
    Uuid::new_v5(&namespace, format!("{org}/{request}/{generation}").as_bytes())
}
