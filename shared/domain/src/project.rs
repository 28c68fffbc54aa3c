//! The record that ties an installation request to its project in OpenSolar. It is the truth; queues only wake us.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::configuration::Configuration;
use crate::fields::{ContactFields, ProjectFields};
use crate::ids::{Claim, ContactId, DeliveryKey, OrgId, ProjectId, RequestId, Revision};
use crate::jobs::{SyncJob, Wake, WebhookJob};
use crate::notification::{Milestone, NoticeState, SkippedBecause};
use crate::remote::{EmailPlace, NewPerson, Phase, RemoteProject};
use crate::request::{CrmStatus, Insistence, InstallationRequest, SkipReason, skip_reason};

mod erasure;
mod lane;
mod observed;
mod sync_state;
mod told;

pub use lane::{Errand, Lane};
pub use observed::{EventsRead, Observed};
pub use sync_state::{GoneBecause, Intent, Search, SyncState, Update, UpdateOf, VERIFYING_LIMIT, WaitReason};
pub use told::{Dated, Told, Word};

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
    /// Which project of the request's this is about: raised when an operator declares one absent or deleted.
    pub generation: u32,
    /// When a create was sent although one was in doubt before: its absence was proven. That happens once.
    pub resent_at: Option<DateTime<Utc>>,
    /// Which contact a create will name.
    pub contact: ContactChoice,
    /// The project in OpenSolar, once there is one.
    pub remote: Option<Remote>,
    /// What OpenSolar was last made to hold; with the project, once there is one.
    pub pushed: Option<Pushed>,
    /// What the last read-back showed, and events told.
    pub observed: Option<Observed>,
    /// By which moments events told what may change.
    pub told: Told,
    /// A read-back that is due.
    pub read: Option<ReadDue>,
    /// How often each milestone happened; its ledger entries are numbered so.
    pub epochs: BTreeMap<Milestone, u32>,
    /// Those whose latest message was not sent because the fact was taken back first: should it hold again, it is news.
    pub untold: BTreeSet<Milestone>,
    /// The furthest request status that OpenSolar ever showed.
    pub shown_status: Option<CrmStatus>,
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

/// Which contact the project to be created is given; kept, so that what OpenSolar refused once is not sent again.
#[derive(Debug, Clone, PartialEq)]
pub enum ContactChoice {
    /// Not looked up yet.
    Undecided,
    /// A new one, with the request's e-mail address.
    New,
    /// One that OpenSolar has.
    Existing(ContactId),
    /// One that was made for this request by itself. Its project is told of these facts: what the CRM corrected since is a
    /// change like others.
    Made {
        /// OpenSolar's id of it.
        contact: ContactId,
        /// What it was made with.
        fields: ContactFields,
        /// Where its e-mail address went.
        email_place: EmailPlace,
    },
    /// A new one without e-mail: OpenSolar says the address is taken and shows no contact that has it.
    NewWithoutEmail,
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
    /// It was there before this record was: found by our identifier, since the request is older than what the table knows.
    /// What the first look shows is old.
    Found,
    /// Somebody else; what the first look shows is old.
    LinkedByOperator,
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
            generation: FIRST_GENERATION,
            resent_at: None,
            contact: ContactChoice::Undecided,
            remote: None,
            pushed: None,
            observed: None,
            told: Told::default(),
            read: None,
            epochs: BTreeMap::new(),
            untold: BTreeSet::new(),
            shown_status: None,
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

    /// Why it is not synced now. What has its project is kept in step, whatever it was made for.
    pub fn reason_to_skip(&self, insists: Insistence, config: &Configuration) -> Option<SkipReason> {
        let reason = skip_reason(&self.desired, insists, config)?;
        match (&reason, &self.remote) {
            (SkipReason::InstallationType(_), Some(_)) => {
                (!config.auto_sync_enabled).then_some(SkipReason::AutoSyncDisabled)
            }
            (
                SkipReason::InstallationType(_)
                | SkipReason::Status(_)
                | SkipReason::AutoSyncDisabled
                | SkipReason::Erased(_),
                _,
            ) => Some(reason),
        }
    }

    /// The request status that the CRM is told: what OpenSolar showed, and never less than the CRM's own. Nothing while
    /// the request is cancelled: that is for the CRM alone to say, and to take back.
    pub fn status(&self) -> Option<CrmStatus> {
        let shown = self.shown_status?;
        match self.desired.status {
            CrmStatus::Cancelled => None,
            own => Some(shown.max(own)),
        }
    }

    /// Whether a project in OpenSolar is this request's, by what it carries: the identifier as it was sent, or as any
    /// generation has it by this namespace. Only of one that shows no identifier at all does it count that it says
    /// itself which request it is for: other stacks may have a request of that id.
    pub fn is_carried_by(&self, read: &RemoteProject, namespace: Uuid) -> bool {
        let Some(carried) = &read.identifier else {
            return read.request.as_deref() == Some(self.request_id().as_str());
        };
        let Ok(carried) = carried.parse::<Uuid>() else { return false };
        // What was sent counts, whatever the namespace is by now.
        let is_sent = self.open_intent().is_some_and(|intent| intent.payload.identifier == carried);
        let mut generations = FIRST_GENERATION..=self.generation;
        is_sent || generations.any(|number| identifier(namespace, self.org, self.request_id(), number) == carried)
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

    /// The contact that is being made by itself, or may have been.
    pub fn open_contact(&self) -> Option<&NewPerson> {
        match &self.sync {
            SyncState::Updating { update, .. } | SyncState::Unsettled { update, .. } => match &update.change {
                UpdateOf::NewContact(person) => Some(person),
                UpdateOf::Project(_) | UpdateOf::Contact { .. } => None,
            },
            SyncState::Skipped(_)
            | SyncState::Due { .. }
            | SyncState::Waiting { .. }
            | SyncState::Creating { .. }
            | SyncState::Verifying { .. }
            | SyncState::InStep
            | SyncState::RemoteGone { .. }
            | SyncState::Parked { .. } => None,
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
        let Some(seen) = &self.observed else { return !self.epochs.is_empty() };
        let is_moved = seen.phase.is_some_and(|phase| phase != Phase::Presale)
            || seen.status.as_ref().is_some_and(|status| !status.as_str().eq_ignore_ascii_case(FIRST_STATUS));
        !self.epochs.is_empty() || is_moved
    }

    /// What a sweep does about the record, and when: the earliest of all reasons still open, nothing if it rests.
    ///
    /// The one place that says so; every write of the record stores what it returns. No worker decides by it.
    pub fn wake(&self) -> Option<(DateTime<Utc>, Wake)> {
        let sync_at = match &self.sync {
            SyncState::Due { look_again, .. } => Some(*look_again),
            SyncState::Waiting { until, .. } => Some(*until),
            SyncState::Verifying { until, search, .. } => Some(search.next_at.min(*until)),
            SyncState::Creating { claim, .. } | SyncState::Updating { claim, .. } => Some(claim.lease_end),
            SyncState::Unsettled { settle_at, .. } => Some(*settle_at),
            // Whether the switch is on again when it is read, only project-sync looks.
            SyncState::Skipped(SkipReason::AutoSyncDisabled) => self.read.as_ref().map(|read| read.next_try),
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
            SyncState::RemoteGone { .. } | SyncState::Skipped(SkipReason::Erased(_)) => None,
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

    /// Counts a milestone; its message's epoch.
    pub fn next_epoch(&mut self, milestone: Milestone) -> u32 {
        let epoch = self.epochs.entry(milestone).or_insert(0);
        *epoch += 1;
        *epoch
    }

    /// What became of the milestone's latest message: one that was taken back first leaves its fact untold.
    pub fn note_telling(&mut self, milestone: Milestone, state: &NoticeState) {
        if *state == NoticeState::Skipped(SkippedBecause::TakenBack) {
            self.untold.insert(milestone);
        } else {
            self.untold.remove(&milestone);
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

/// The status that a project is created with, where it has one: from then on it is OpenSolar's own.
pub const FIRST_STATUS: &str = "lead";

/// The generation of a request's first intent.
pub const FIRST_GENERATION: u32 = 1;

/// The identifier that a request's project carries in OpenSolar: the same at every try of one generation.
pub fn identifier(namespace: Uuid, org: OrgId, request: &RequestId, generation: u32) -> Uuid {
    Uuid::new_v5(&namespace, format!("{org}/{request}/{generation}").as_bytes())
}
