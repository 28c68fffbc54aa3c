//! OpenSolar.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Cause;
use crate::configuration::Account;
use crate::fields::ContactPatch;
use crate::governor::Limited;
use crate::ids::{ContactId, ProjectId};
use crate::phone::{EmailAddress, PhoneNumber};
use crate::remote::{
    ContactPage, CreatedProject, NewPerson, NewProject, ProjectChange, ProjectEvent, ProjectPage, RemoteContact,
    RemoteProject, Stage,
};
use crate::remote_log::{QueuedDelivery, SentPage};

/// OpenSolar. Reads are repeated within the call, writes never are; each call, with its repeats, ends within the
/// account's `api_timeout`.
#[async_trait]
pub trait OpenSolar: Send + Sync {
    /// Asks whether a write of this kind may be sent now: a denial then comes before anything is written down of it. Who
    /// is let through sends it at once. What keeps no count of its own denies nothing here, and may later.
    async fn may_send(&self, account: &Account, write: Write) -> Result<(), OpenSolarError> {
        let (_, _) = (account, write);
        Ok(())
    }
    /// Creates a project, with its contact where that is new and made with it. Billed; there is no idempotency key.
    async fn create_project(&self, account: &Account, new: &NewProject) -> Result<CreatedProject, OpenSolarError>;
    /// Reads a project in detail.
    async fn project(&self, account: &Account, id: &ProjectId) -> Result<RemoteProject, OpenSolarError>;
    /// The contact that has this address, ignoring case, found by the server's filter; each row is compared.
    async fn contact_by_email(
        &self,
        account: &Account,
        email: &EmailAddress,
    ) -> Result<Option<RemoteContact>, OpenSolarError>;
    /// A page (from 1) of the contacts that the server's filter gives for this number, or of all if it has none: the
    /// caller compares each row.
    async fn contacts_by_phone(
        &self,
        account: &Account,
        phone: &PhoneNumber,
        page: u32,
    ) -> Result<ContactPage, OpenSolarError>;
    /// Creates a contact by itself.
    async fn create_contact(&self, account: &Account, new: &NewPerson) -> Result<ContactId, OpenSolarError>;
    /// A page of all contacts (from 1).
    async fn contact_page(&self, account: &Account, page: u32) -> Result<ContactPage, OpenSolarError>;
    /// Changes a project: the patch's fields, and what stands in one object with them as it was.
    async fn update_project(
        &self,
        account: &Account,
        id: &ProjectId,
        change: &ProjectChange,
    ) -> Result<(), OpenSolarError>;
    /// Reads a contact.
    async fn contact(&self, account: &Account, id: &ContactId) -> Result<RemoteContact, OpenSolarError>;
    /// Changes a contact. Only the patch's fields are sent; whether the others are kept was only ever observed, so a
    /// caller names what they hold too.
    async fn update_contact(
        &self,
        account: &Account,
        id: &ContactId,
        patch: &ContactPatch,
    ) -> Result<(), OpenSolarError>;
    /// Reads one event of a project's history; nothing if nothing follows from events of its kind.
    async fn event(&self, account: &Account, id: u64) -> Result<Option<ProjectEvent>, OpenSolarError>;
    /// The stages of all workflows, archived ones included.
    async fn stages(&self, account: &Account) -> Result<Vec<Stage>, OpenSolarError>;
    /// A page of the project list (from 1), said to begin with what changed last.
    async fn project_page(&self, account: &Account, page: u32) -> Result<ProjectPage, OpenSolarError>;
    /// A page of OpenSolar's log of the deliveries that it made (from 1); nothing where the contract has no such log.
    async fn sent_deliveries(&self, account: &Account, page: u32) -> Result<Option<SentPage>, OpenSolarError>;
    /// The deliveries that OpenSolar is still going to make.
    async fn queued_deliveries(&self, account: &Account) -> Result<Vec<QueuedDelivery>, OpenSolarError>;
    /// The project that an event belongs to; nothing if it names none.
    async fn project_of_event(&self, account: &Account, id: u64) -> Result<Option<ProjectId>, OpenSolarError>;
}

/// A write, by what OpenSolar counts it as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// A project is to be created.
    CreateProject,
    /// A project is to be changed.
    UpdateProject,
    /// A contact is to be created by itself.
    CreateContact,
    /// A contact is to be changed.
    UpdateContact,
    /// A webhook registration is to be made, changed or ended.
    ChangeRegistration,
}

/// How a call to OpenSolar failed, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum OpenSolarError {
    /// 401: only another token helps.
    #[error("opensolar refused the token at the {operation}")]
    Unauthorized {
        /// What was asked.
        operation: &'static str,
    },
    /// 402: the plan or the wallet does not cover it.
    #[error("opensolar wants payment for the {operation}")]
    PaymentRequired {
        /// What was asked.
        operation: &'static str,
    },
    /// A write names an e-mail address that another contact has. Nothing was done.
    #[error("opensolar has another contact with the e-mail address at the {operation}")]
    EmailInUse {
        /// What was asked.
        operation: &'static str,
    },
    /// Any other definite refusal. Nothing was done.
    #[error("opensolar rejected the {operation} with status {status}{}", named(.fields))]
    Rejected {
        /// What was asked.
        operation: &'static str,
        /// HTTP status, 300 to 499: a redirect is a refusal too, nobody follows it. Of a write it is none of those that
        /// leave open whether it was done (302, 303, 304, 408, 460, 499).
        status: u16,
        /// Names of the fields that it complained of.
        fields: Vec<String>,
    },
    /// 429. Nothing was done.
    #[error("opensolar rate limited the {operation}")]
    RateLimited {
        /// What was asked.
        operation: &'static str,
        /// What `Retry-After` said.
        retry_after: Option<Duration>,
    },
    /// Our own governor kept it back: nothing was sent, and nobody failed.
    #[error("opensolar was not asked for the {operation}: {}", .why.describe())]
    NotGranted {
        /// What was asked.
        operation: &'static str,
        /// Why.
        why: Limited,
        /// When to ask again.
        until: DateTime<Utc>,
    },
    /// Nothing was sent: no token, no name, no connection, no TLS.
    #[error("opensolar was not reached for the {operation}, nothing was sent")]
    NotSent {
        /// What was asked.
        operation: &'static str,
        /// What went wrong.
        source: Cause,
    },
    /// It may have happened: a read is repeated, a write has to be verified.
    #[error("opensolar's answer to the {operation} is unknown")]
    InDoubt {
        /// What was asked.
        operation: &'static str,
        /// What went wrong.
        source: Cause,
    },
}

fn named(fields: &[String]) -> String {
    if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) }
}
