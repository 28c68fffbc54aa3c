//! What a commit is made of.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Checkpoint, DueKey, Limit, Stages};
use crate::configuration::ConfigurationDocument;
use crate::ids::{ContactId, DeliveryKey, OrgId, ProjectId, RequestId, Revision};
use crate::jobs::OutboxEntry;
use crate::log::{Decision, SyncLog};
use crate::notification::Notice;
use crate::phone::PhoneNumber;
use crate::project::Project;
use crate::webhook::{DeliveryLog, DeliveryStatus, Payload};

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
    /// The number is no longer this contact's; it must be unknown, or known as this very contact's.
    ForgetContact {
        /// Whose.
        org: OrgId,
        /// Which number.
        phone: PhoneNumber,
        /// Whose it was.
        contact: ContactId,
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
    /// The request names this number: [`CustomerFiles`](super::CustomerFiles) finds each by the other.
    NoteNumber {
        /// Whose.
        org: OrgId,
        /// Which number.
        phone: PhoneNumber,
        /// Which request.
        request: RequestId,
    },
    /// The request is not found by this number any more, nor the number by the request.
    EraseNumber {
        /// Whose.
        org: OrgId,
        /// Which number.
        phone: PhoneNumber,
        /// Which request.
        request: RequestId,
    },
    /// Nothing is known of the contact with this number any more; nobody must be creating it.
    EraseContact {
        /// Whose.
        org: OrgId,
        /// Which number.
        phone: PhoneNumber,
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
    /// Deletes a logged delivery's body and headers, and what it tells; its row must be there, and stays.
    EraseDelivery {
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
    /// Writes the revision after `limit.revision`, which must still be the stored one.
    SaveLimit {
        /// Whose.
        org: OrgId,
        /// It.
        limit: Limit,
    },
}
