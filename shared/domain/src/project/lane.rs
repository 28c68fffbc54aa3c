//! In which of several lines a thing waits: so that many of one kind keep no other waiting.

use super::{Project, SyncState};
use crate::ids::OrgId;

/// Among what a thing that is due is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// What asks OpenSolar nothing: outboxes, ledger entries, deliveries, sweeps, and records about which only something
    /// is to be written down. Of all organisations.
    Own,
    /// The records of an organisation whose workers want this of OpenSolar.
    OpenSolar(OrgId, Errand),
}

impl Lane {
    /// The lane of a record.
    pub fn of(project: &Project) -> Self {
        Errand::of(project).map_or(Self::Own, |errand| Self::OpenSolar(project.org, errand))
    }
}

/// What a record's worker would want of OpenSolar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Errand {
    /// To create a project.
    Create,
    /// To change one.
    Update,
    /// To read one.
    Read,
    /// To look through its lists.
    Search,
}

impl Errand {
    /// Every errand.
    pub const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Read, Self::Search];

    /// Its name in keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Read => "read",
            Self::Search => "search",
        }
    }

    /// What a record's worker would want; nothing if it would only write something down.
    pub fn of(project: &Project) -> Option<Self> {
        let read = project.read.as_ref().map(|_| Self::Read);
        match (&project.sync, &project.remote) {
            // Who may be a witness is read before anything is created.
            (SyncState::Due { .. } | SyncState::Waiting { .. }, None) => read.or(Some(Self::Create)),
            (SyncState::Due { .. } | SyncState::Waiting { .. }, Some(_)) => Some(Self::Update),
            (SyncState::Unsettled { .. }, _) => Some(Self::Read),
            (SyncState::Verifying { .. }, _) => read.or(Some(Self::Search)),
            (
                SyncState::Creating { .. }
                | SyncState::Updating { .. }
                | SyncState::Skipped(_)
                | SyncState::InStep
                | SyncState::RemoteGone { .. }
                | SyncState::Parked { .. },
                _,
            ) => read,
        }
    }
}
