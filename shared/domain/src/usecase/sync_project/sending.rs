//! What is sent as one write, committed before it is.

use std::fmt;

use super::Sync;
use crate::fields::{ContactFields, ContactPatch, names};
use crate::ids::{ContactId, ProjectId};
use crate::log::SyncType;
use crate::ports::{OpenSolarError, Write};
use crate::project::UpdateOf;
use crate::remote::{NewPerson, ProjectChange};

/// A write, with what it needs beside what is committed of it.
pub(super) enum Sending {
    /// A project's change.
    Project { id: ProjectId, change: ProjectChange },
    /// A contact's change.
    Contact {
        id: ContactId,
        patch: ContactPatch,
        /// What it holds, as it was just read: nobody documents that the write keeps what it does not name.
        there: ContactFields,
    },
    /// A contact that is made by itself.
    NewContact(NewPerson),
}

impl Sending {
    /// What is committed of it.
    pub(super) fn change(&self) -> UpdateOf {
        match self {
            Self::Project { change, .. } => UpdateOf::Project(change.patch.clone()),
            Self::Contact { id, patch, .. } => UpdateOf::Contact { id: id.clone(), patch: patch.clone() },
            Self::NewContact(person) => UpdateOf::NewContact(person.clone()),
        }
    }

    /// What OpenSolar counts it as.
    pub(super) fn write(&self) -> Write {
        match self {
            Self::Project { .. } => Write::UpdateProject,
            Self::Contact { .. } => Write::UpdateContact,
            Self::NewContact(_) => Write::CreateContact,
        }
    }
}

/// As the timeline has it: names of fields, no values.
impl fmt::Display for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project { id, change } => write!(f, "project {id}: {}", names(change.patch.fields())),
            Self::Contact { id, patch, .. } => write!(f, "contact {id}: {}", names(patch.fields())),
            Self::NewContact(person) => {
                write!(f, "new contact: {}", names(person.fields.iter().map(|(field, _)| field)))
            }
        }
    }
}

/// The sync log's word for a write.
pub(super) fn sync_type(change: &UpdateOf) -> SyncType {
    match change {
        UpdateOf::Project(_) => SyncType::UpdateProject,
        UpdateOf::Contact { .. } => SyncType::UpdateContact,
        UpdateOf::NewContact(_) => SyncType::CreateContact,
    }
}

impl Sync<'_> {
    /// Sends it once; the contact that was made, if one was.
    pub(super) async fn carry_out(&self, sending: &Sending) -> Result<Option<ContactId>, OpenSolarError> {
        let account = &self.config.account;
        // The reads and the commit took their time: a write that could be cut off is not begun.
        if !self.deadline.allows(account.api_timeout, self.core.now()) {
            let (operation, source) = ("update", "the invocation is about to end".into());
            return Err(OpenSolarError::NotSent { operation, source });
        }
        match sending {
            Sending::Project { id, change } => self.opensolar.update_project(account, id, change).await.map(|()| None),
            Sending::Contact { id, patch, there } => {
                self.opensolar.update_contact(account, id, &there.beside(patch)).await.map(|()| None)
            }
            Sending::NewContact(person) => self.opensolar.create_contact(account, person).await.map(Some),
        }
    }
}
