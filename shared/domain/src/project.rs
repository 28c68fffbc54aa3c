//! The record that ties an installation request to its project in OpenSolar. It is the truth; queues only wake us.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use crate::fields::{ContactFields, ContactPatch, ProjectFields, ProjectPatch};
use crate::ids::{Claim, ContactId, DeliveryKey, OrgId, ProjectId, RequestId, Revision};
use crate::jobs::{SyncJob, Wake, WebhookJob};
use crate::notification::Milestone;
use crate::remote::{EmailPlace, NewProject, Phase, ProjectEvent, ProposalLink, SystemSize};
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
    /// What OpenSolar was last made to hold; with the project, once there is one.
    pub pushed: Option<Pushed>,
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

/// What OpenSolar was last made to hold, and what a person put in its place: both count as ours to compare with.
#[derive(Debug, Clone, PartialEq)]
pub struct Pushed {
    /// Of the project.
    pub site: ProjectFields,
    /// Of its contact.
    pub contact: ContactFields,
    /// Where the e-mail address went.
    pub email_place: EmailPlace,
}

/// Where the request stands towards OpenSolar, with what is true there.
#[derive(Debug, Clone, PartialEq)]
pub enum SyncState {
    /// Recorded, and deliberately not synced.
    Skipped(SkipReason),
    /// To be created, or, once linked, to be compared with what is wanted; a worker is at it, or ended in the middle
    /// (then a sweep looks after `look_again`).
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
    /// A change of the linked project, or of its contact, is being sent.
    Updating {
        /// What is sent.
        update: Update,
        /// Who sends it. Past its lease, the change is in doubt.
        claim: Claim,
        /// Failures before this try.
        failures: u32,
    },
    /// A change may have been applied: a read that begins at `settle_at` or later tells; until then nothing is sent.
    Unsettled {
        /// What was sent.
        update: Update,
        /// Earliest moment for the read that settles it.
        settle_at: DateTime<Utc>,
        /// Failures so far, of the reads that were to settle it included.
        failures: u32,
    },
    /// OpenSolar holds what is wanted, or what a person preferred to it.
    InStep,
    /// The linked project cannot be had from OpenSolar any more: an operator has to look.
    RemoteGone {
        /// What OpenSolar says.
        why: GoneBecause,
        /// Since when.
        since: DateTime<Utc>,
    },
    /// An operator has to act.
    Parked {
        /// What happened and what to do, without anything personal.
        reason: String,
        /// The create that may have happened, if that is why: no other is sent while it stands.
        in_doubt: Option<Intent>,
    },
}

/// A change that is going to be sent, committed before it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// Of what, and to what.
    pub change: UpdateOf,
    /// Its row of the sync log.
    pub log_id: String,
    /// When it was committed.
    pub committed_at: DateTime<Utc>,
}

/// What a change is of, with the new values.
#[derive(Debug, Clone, PartialEq)]
pub enum UpdateOf {
    /// The project.
    Project(ProjectPatch),
    /// Its contact.
    Contact {
        /// Which.
        id: ContactId,
        /// New values.
        patch: ContactPatch,
    },
}

/// Why a linked project cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoneBecause {
    /// 404: it was deleted.
    Deleted,
    /// 403: it is not ours to see, by permission or by plan; it may still be there.
    OutOfReach,
}

impl GoneBecause {
    /// Its name towards the CRM.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::OutOfReach => "out_of_reach",
        }
    }

    /// For staff: what happened and what to do.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Deleted => "the project was deleted in opensolar: restore it there, or close the request",
            Self::OutOfReach => {
                "opensolar shows us the project no more (permission or plan): give our user access to it again"
            }
        }
    }

    /// What a status of an answer to a read says; nothing for one that says something else.
    pub fn of_status(status: u16) -> Option<Self> {
        match status {
            404 | 410 => Some(Self::Deleted),
            403 => Some(Self::OutOfReach),
            _ => None,
        }
    }
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
    /// What staff call the stage, as far as the workflows are known.
    pub stage_title: Option<String>,
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
    /// When the customer was first seen to have looked at it.
    pub proposal_viewed_at: Option<DateTime<Utc>>,
    /// When the contract was first signed; kept when a sale is undone.
    pub first_signed_at: Option<DateTime<Utc>>,
    /// Whether it is sold now.
    pub is_sold: bool,
    /// Whether a read ever had fields of a sale: from then on one without them says that it is not sold.
    pub sale_has_fields: bool,
    /// The installation's day.
    pub installation_day: Option<NaiveDate>,
    /// Whether the day is only in the calendar, and not in the project's own field.
    pub day_is_from_calendar: bool,
    /// The last day that was seen: kept when the day is taken away, so that the same one is not told twice.
    pub announced_day: Option<NaiveDate>,
    /// Whether it is installed.
    pub is_installed: bool,
    /// Events that were read one by one, where OpenSolar does not embed them: so none is read twice.
    pub events_read: EventsRead,
}

/// What was learned of events that were read one by one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventsRead {
    /// The highest id that was read; events are numbered upwards.
    pub through: u64,
    /// Those that something follows from.
    pub events: Vec<ProjectEvent>,
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
            | SyncState::Updating { .. }
            | SyncState::Unsettled { .. }
            | SyncState::InStep
            | SyncState::RemoteGone { .. }
            | SyncState::Parked { in_doubt: None, .. } => None,
        }
    }

    /// The change that is being sent.
    pub fn open_update(&self) -> Option<(&Update, &Claim)> {
        match &self.sync {
            SyncState::Updating { update, claim, .. } => Some((update, claim)),
            SyncState::Skipped(_)
            | SyncState::Due { .. }
            | SyncState::Waiting { .. }
            | SyncState::Creating { .. }
            | SyncState::Verifying { .. }
            | SyncState::Unsettled { .. }
            | SyncState::InStep
            | SyncState::RemoteGone { .. }
            | SyncState::Parked { .. } => None,
        }
    }

    /// The status that outside people know; nothing for what is not synced.
    pub fn sync_status(&self) -> Option<SyncStatus> {
        match &self.sync {
            SyncState::Skipped(_) => None,
            SyncState::Due { .. }
            | SyncState::Waiting { .. }
            | SyncState::Creating { .. }
            | SyncState::Verifying { .. }
            | SyncState::Updating { .. }
            | SyncState::Unsettled { .. } => Some(SyncStatus::Pending),
            SyncState::InStep if self.was_worked_on() => Some(SyncStatus::Updated),
            SyncState::InStep => Some(SyncStatus::Synced),
            SyncState::RemoteGone { .. } | SyncState::Parked { .. } => Some(SyncStatus::SyncFailed),
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
            SyncState::Creating { claim, .. } | SyncState::Updating { claim, .. } => Some(claim.lease_end),
            SyncState::Unsettled { settle_at, .. } => Some(*settle_at),
            SyncState::Skipped(_) | SyncState::InStep | SyncState::RemoteGone { .. } | SyncState::Parked { .. } => None,
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

    /// Among which records at rest it is found again, and by which time; nothing for one that has a wake of its own.
    pub fn shelf(&self) -> Option<(Shelf, DateTime<Utc>)> {
        if self.wake().is_some() {
            return None;
        }
        match &self.sync {
            SyncState::Skipped(SkipReason::AutoSyncDisabled) => Some((Shelf::Paused, self.updated_at)),
            SyncState::RemoteGone { .. } => None,
            SyncState::Skipped(_) | SyncState::InStep | SyncState::Parked { .. } => {
                let remote = self.remote.as_ref()?;
                let seen = self.observed.as_ref();
                let is_open = !seen.is_some_and(|seen| seen.is_installed);
                is_open.then(|| (Shelf::Open, seen.map_or(remote.linked_at, |seen| seen.read_at)))
            }
            SyncState::Due { .. }
            | SyncState::Waiting { .. }
            | SyncState::Creating { .. }
            | SyncState::Verifying { .. }
            | SyncState::Updating { .. }
            | SyncState::Unsettled { .. } => None,
        }
    }

    /// Whether the epoch is the milestone's latest, so that its message still says what holds.
    pub fn is_current(&self, milestone: Milestone, epoch: u32) -> bool {
        self.epochs.get(&milestone) == Some(&epoch)
    }
}

/// Records at rest that something may want to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shelf {
    /// Skipped for a switch of the configuration; by the time of the decision.
    Paused,
    /// Linked and not installed yet: by night the ones that were not seen for longest are read; by the last read.
    Open,
}

/// The identifier that a request's project carries in OpenSolar: the same at every try of one generation.
pub fn identifier(namespace: Uuid, org: OrgId, request: &RequestId, generation: u32) -> Uuid {
    Uuid::new_v5(&namespace, format!("{org}/{request}/{generation}").as_bytes())
}
