//! What the use cases ask of the world outside. Each is small and in the domain's words; adapters implement them.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::configuration::{Account, Configuration, ConfigurationDocument, TemplateName, WhatsAppSender};
use crate::fields::{ContactPatch, ProjectPatch};
use crate::ids::{ContactId, DeliveryKey, OrgId, ProjectId, RequestId, Revision};
use crate::jobs::{OutboxEntry, QueueMessage, Wake};
use crate::log::{Decision, SyncLog};
use crate::notification::{Notice, NoticeKey};
use crate::phone::{EmailAddress, PhoneNumber};
use crate::project::{Project, Shelf, SyncStatus};
use crate::remote::{
    ContactPage, CreatedProject, NewProject, ProjectEvent, ProjectPage, RemoteContact, RemoteProject, Stage,
};
use crate::webhook::{DeliveryLog, DeliveryStatus, Payload};

/// An error from outside, as its adapter saw it; never with a URL, a body, a secret or a person in it.
pub type Cause = Box<dyn Error + Send + Sync>;

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
    /// The deliveries that are held for a project that is not linked, oldest first.
    async fn held(&self, org: OrgId, project: &ProjectId) -> Result<Vec<DeliveryKey>, StoreError>;
    /// A ledger entry.
    async fn notice(&self, org: OrgId, key: &NoticeKey) -> Result<Option<Notice>, StoreError>;
    /// What commits left to be sent for a request, oldest first.
    async fn outbox(&self, org: OrgId, request: &RequestId) -> Result<Vec<OutboxEntry>, StoreError>;
    /// At most `limit` of the things that are due by `by`, oldest first; read from an index that may lag by a moment.
    async fn due(&self, by: DateTime<Utc>, limit: usize) -> Result<Vec<DueItem>, StoreError>;
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

/// Something whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueItem {
    /// Which item; only the store reads it.
    pub key: DueKey,
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

/// One change of a commit.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Writes revision 1; there must be no record yet.
    CreateProject(Project),
    /// Writes the revision after `project.revision`, which must still be the stored one.
    UpdateProject(Project),
    /// The record must still be at this revision.
    CheckProject {
        /// Whose.
        org: OrgId,
        /// Which.
        request: RequestId,
        /// As it was read.
        read: Revision,
    },
    /// Makes an identifier findable; it must be new or this request's already.
    RecordIntent {
        /// Whose.
        org: OrgId,
        /// As sent to OpenSolar.
        identifier: Uuid,
        /// Which request's.
        request: RequestId,
        /// Which generation's.
        generation: u32,
    },
    /// Makes OpenSolar's id this request's; it must be nobody's or this request's already.
    LinkProject {
        /// Whose.
        org: OrgId,
        /// OpenSolar's id.
        project: ProjectId,
        /// Which request's.
        request: RequestId,
    },
    /// Nobody else creates this contact now; it must be unknown, or claimed by this request already.
    ClaimContact {
        /// Whose.
        org: OrgId,
        /// Which number.
        phone: PhoneNumber,
        /// Who claims it.
        request: RequestId,
    },
    /// OpenSolar has the contact. It must be unknown, claimed by this request, or known as this very contact.
    KeepContact {
        /// Whose.
        org: OrgId,
        /// Which number.
        phone: PhoneNumber,
        /// OpenSolar's id.
        contact: ContactId,
        /// Whose claim ends with it, if there is one.
        request: RequestId,
    },
    /// Ends this request's claim; there must be no other's. Without any claim nothing happens.
    ReleaseContact {
        /// Whose.
        org: OrgId,
        /// Which number.
        phone: PhoneNumber,
        /// Whose claim ends.
        request: RequestId,
    },
    /// Logs a delivery with its payload; the key must be new.
    RecordDelivery {
        /// The row.
        log: DeliveryLog,
        /// Body and headers.
        payload: Payload,
    },
    /// Moves a logged delivery on; it must be there.
    MoveDelivery {
        /// Whose.
        org: OrgId,
        /// Which.
        key: DeliveryKey,
        /// Where to.
        status: DeliveryStatus,
        /// The request that it turned out to belong to, if that is known now.
        request: Option<RequestId>,
        /// When.
        at: DateTime<Utc>,
    },
    /// Counts one more arrival of an unreadable body; it must be there.
    CountRepeat {
        /// Whose.
        org: OrgId,
        /// Which.
        key: DeliveryKey,
    },
    /// Holds a delivery for a project that must not be linked.
    HoldDelivery {
        /// Whose.
        org: OrgId,
        /// OpenSolar's id.
        project: ProjectId,
        /// Which.
        key: DeliveryKey,
        /// A ULID: held deliveries are replayed in its order.
        id: String,
    },
    /// Ends holding a delivery; none held under this key is fine.
    DropHeld {
        /// Whose.
        org: OrgId,
        /// OpenSolar's id.
        project: ProjectId,
        /// Which.
        key: DeliveryKey,
    },
    /// Adds a ledger entry; the key must be new.
    CreateNotice(Notice),
    /// Writes the revision after `notice.revision`, which must still be the stored one.
    UpdateNotice(Notice),
    /// Writes a row of the sync log, over the same row's earlier state.
    LogSync(SyncLog),
    /// Writes a row that says what was decided and why.
    LogDecision(Decision),
    /// Leaves a message to be sent.
    Send(OutboxEntry),
    /// Deletes a message that was sent; it may be gone already.
    Sent {
        /// Whose.
        org: OrgId,
        /// Which request's.
        request: RequestId,
        /// The entry's id.
        id: String,
    },
    /// Moves an item's `next_attempt_at`, which must still be what the sweep read. No revision changes.
    Postpone {
        /// Which item.
        item: DueKey,
        /// As it was read.
        read: DateTime<Utc>,
        /// When it is due again if nobody writes it before.
        to: DateTime<Utc>,
    },
    /// Makes this the organisation's configuration, and the organisation the active one.
    ActivateConfiguration {
        /// The settings.
        document: ConfigurationDocument,
        /// The version of the organisation's configuration that they were made from; writes the next one.
        read: Revision,
        /// When.
        at: DateTime<Utc>,
    },
    /// Keeps the stages that were read, over earlier ones.
    KeepStages {
        /// Whose.
        org: OrgId,
        /// They.
        stages: Stages,
    },
    /// Writes the revision after `checkpoint.revision`, which must still be the stored one.
    SaveCheckpoint {
        /// Whose.
        org: OrgId,
        /// It.
        checkpoint: Checkpoint,
    },
}

/// The queues.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Puts a message on its queue; once answered, it is safe there.
    async fn send(&self, message: &QueueMessage) -> Result<(), QueueError>;
}

/// The queue did not take a message, or did not say so: it may be sent again under the same deduplication id.
#[derive(Debug, thiserror::Error)]
#[error("the queue did not take the message")]
pub struct QueueError(#[source] pub Cause);

/// OpenSolar. Reads are repeated within the call, writes never are; each call, with its repeats, ends within the
/// account's `api_timeout`.
#[async_trait]
pub trait OpenSolar: Send + Sync {
    /// Creates a project, with its contact where that is new. Billed; there is no idempotency key.
    async fn create_project(&self, account: &Account, new: &NewProject) -> Result<CreatedProject, OpenSolarError>;
    /// Reads a project in detail.
    async fn project(&self, account: &Account, id: &ProjectId) -> Result<RemoteProject, OpenSolarError>;
    /// The contact that has this address, ignoring case, found by the server's filter; each row is compared.
    async fn contact_by_email(
        &self,
        account: &Account,
        email: &EmailAddress,
    ) -> Result<Option<RemoteContact>, OpenSolarError>;
    /// A page of all contacts (from 1).
    async fn contact_page(&self, account: &Account, page: u32) -> Result<ContactPage, OpenSolarError>;
    /// Changes a project. Only the patch's fields are sent.
    async fn update_project(
        &self,
        account: &Account,
        id: &ProjectId,
        patch: &ProjectPatch,
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
        /// HTTP status, 300 to 499: a redirect is a refusal too, nobody follows it.
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

/// WhatsApp. A send is never repeated within a call.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Sends one message; WhatsApp's id of it.
    async fn send(&self, sender: &WhatsAppSender, message: &OutboundMessage) -> Result<String, NotifierError>;
}

/// A message to a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboundMessage {
    /// To whom.
    pub to: PhoneNumber,
    /// What.
    pub content: MessageContent,
}

/// Free text, or an approved template with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageContent {
    /// Free text.
    Text(String),
    /// A template.
    Template {
        /// Which.
        template: TemplateName,
        /// Its body's parameters, in order.
        parameters: Vec<String>,
    },
}

/// How a send failed, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum NotifierError {
    /// Free text outside the 24-hour window. Nothing was sent; a template may be.
    #[error("whatsapp takes no free text outside the 24-hour window")]
    OutsideWindow,
    /// The token, or what it permits, is refused: only another one helps. Nothing was sent.
    #[error("whatsapp refused the token")]
    Unauthorized,
    /// Too many messages. Nothing was sent.
    #[error("whatsapp rate limited the message")]
    RateLimited {
        /// How long to leave it alone.
        wait: Duration,
    },
    /// The account, or its number, may not send at all: only an operator helps. Nothing was sent.
    #[error("whatsapp does not let us send (code {code}): {remedy}")]
    AccountBlocked {
        /// Meta's code.
        code: i64,
        /// For the operator: what to do.
        remedy: &'static str,
    },
    /// The template cannot be used, or not like this: only an operator helps. Nothing was sent.
    #[error("whatsapp does not take the template (code {code}): {remedy}")]
    UnusableTemplate {
        /// Meta's code.
        code: i64,
        /// For the operator: what to do.
        remedy: &'static str,
    },
    /// This customer cannot, does not want to, or is not to get it. Nothing was sent.
    #[error("whatsapp does not deliver it to this customer (code {code}): {why}")]
    Undeliverable {
        /// Meta's code.
        code: i64,
        /// For staff.
        why: &'static str,
    },
    /// It refuses for now, for a reason of its own. Nothing was sent.
    #[error("whatsapp cannot send it at the moment (status {status}, code {code})")]
    Unavailable {
        /// HTTP status.
        status: u16,
        /// Meta's code.
        code: i64,
    },
    /// Any other definite refusal. Nothing was sent.
    #[error("whatsapp rejected the message with status {status}, code {code:?}")]
    Rejected {
        /// HTTP status.
        status: u16,
        /// Meta's code.
        code: Option<i64>,
    },
    /// Nothing was sent: no token, no name, no connection, no TLS.
    #[error("whatsapp was not reached, nothing was sent")]
    NotSent(#[source] Cause),
    /// The message may be with the customer.
    #[error("whatsapp's answer is unknown")]
    InDoubt(#[source] Cause),
}

/// A secret that may be replaced while we run.
#[async_trait]
pub trait Credential: Send + Sync {
    /// Its value, at most a minute old.
    async fn current(&self) -> Result<SecretText, CredentialError>;
    /// Its value now, after the current one was refused; read again at most once in ten seconds, and otherwise the
    /// current one.
    async fn refreshed(&self) -> Result<SecretText, CredentialError>;
}

/// A secret's text. Nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// Wraps a secret, without the white space around it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The secret itself, for the wire or a comparison.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// Why there is no secret to be had.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// Nobody has put a value into it yet.
    #[error("the secret {name} has no value yet: put one")]
    Missing {
        /// The secret's name.
        name: String,
    },
    /// It could not be read.
    #[error("the secret {name} could not be read")]
    Unavailable {
        /// The secret's name.
        name: String,
        /// What went wrong.
        source: Cause,
    },
}

/// Time and chance: asked for where something happens, so that a test can say what they are.
pub trait Ambient: Send + Sync {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
    /// 128 random bits.
    fn random(&self) -> u128;
}

/// The end of an invocation. Nothing is begun that could not end before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(pub DateTime<Utc>);

impl Deadline {
    /// Whether a call of at most `timeout` can still be begun: ten seconds are kept for writing down what came of it.
    pub fn allows(self, timeout: Duration, now: DateTime<Utc>) -> bool {
        let timeout = TimeDelta::from_std(timeout).unwrap_or(TimeDelta::MAX);
        now.checked_add_signed(timeout + TimeDelta::seconds(10)).is_some_and(|end| end <= self.0)
    }

    /// When a claim made in this invocation has certainly no owner any more.
    pub fn lease_end(self) -> DateTime<Utc> {
        self.0 + TimeDelta::minutes(1)
    }
}
