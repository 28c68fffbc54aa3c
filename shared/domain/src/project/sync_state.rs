//! Where a request stands towards OpenSolar, and what comes next.

use chrono::{DateTime, TimeDelta, Utc};

use super::Origin;
use crate::fields::{ContactPatch, ProjectPatch};
use crate::ids::{Claim, ContactId};
use crate::remote::{NewPerson, NewProject};
use crate::request::SkipReason;

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
    /// A create may have happened: a witness settles it, or the proof that there is no project.
    Verifying {
        /// What was sent.
        intent: Intent,
        /// Since when it is in doubt.
        since: DateTime<Utc>,
        /// Without a conclusion by then, an operator decides.
        until: DateTime<Utc>,
        /// The searches for the project.
        search: Search,
    },
    /// A change of the linked project, or of its contact, is being sent; or a contact that is made by itself.
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

/// A change that is going to be sent, committed before it is. The create of a contact is one: whether it was made is
/// settled as what became of a change is, by a look at what is there.
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
    /// A contact that is not there yet, for a project that is to be created.
    NewContact(NewPerson),
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
    /// The record's when it was committed.
    pub generation: u32,
    /// The exact payload, our identifier in it.
    pub payload: NewProject,
    /// Whose the project is that carries the identifier: ours, unless the create was never sent by this record.
    pub origin: Origin,
    /// When it was first committed: the project may have been made since.
    pub committed_at: DateTime<Utc>,
    /// When it was last going to be sent.
    pub sent_at: DateTime<Utc>,
    /// Its rows of the sync log: the project's, and the contact's that is made with it; none if it was never sent.
    pub log_ids: Vec<String>,
}

impl Intent {
    /// Whether this is the other one, perhaps as it came back from the store.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.generation == other.generation && self.payload.identifier == other.payload.identifier
    }
}

/// How a project in doubt is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// When next; an earlier wake-up leaves it.
    pub next_at: DateTime<Utc>,
    /// How often so far.
    pub done: u32,
    /// How many projects were read in detail so far: the next search goes on behind them.
    pub read: u32,
    /// A search that begins earlier can find the project and cannot prove that there is none: OpenSolar may be at it.
    pub proves_from: DateTime<Utc>,
    /// When the first one began that looked everywhere and found nothing.
    pub absent_at: Option<DateTime<Utc>>,
}

impl Search {
    /// Searches from then on, each of which counts.
    pub fn from(next_at: DateTime<Utc>) -> Self {
        Self { next_at, done: 0, read: 0, proves_from: next_at, absent_at: None }
    }
}

/// Without a conclusion for so long, a create in doubt is an operator's.
pub const VERIFYING_LIMIT: TimeDelta = TimeDelta::hours(24);

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
