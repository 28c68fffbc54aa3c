//! What the table holds of a customer beside the record that work is done with: for export and erasure.

use async_trait::async_trait;

use super::{Store, StoreError};
use crate::ids::{DeliveryKey, OrgId, RequestId};
use crate::log::{Decision, SyncLog};
use crate::notification::Notice;
use crate::phone::PhoneNumber;
use crate::webhook::Payload;

/// The table, as a customer's file. All reads are strongly consistent, and show nothing that has expired.
#[async_trait]
pub trait CustomerFiles: Store {
    /// The requests that ever named the number, by [`Change::NoteNumber`](super::Change::NoteNumber).
    async fn requests_of(&self, org: OrgId, phone: &PhoneNumber) -> Result<Vec<RequestId>, StoreError>;
    /// A request's rows.
    async fn rows(&self, org: OrgId, request: &RequestId) -> Result<RequestRows, StoreError>;
    /// The deliveries of a group ([`Envelope::group`](crate::webhook::Envelope::group)), in the order of their keys.
    async fn deliveries_about(&self, org: OrgId, group: &str) -> Result<Vec<DeliveryKey>, StoreError>;
    /// A delivery's body and headers, while they are kept and not erased.
    async fn payload(&self, org: OrgId, delivery: &DeliveryKey) -> Result<Option<Payload>, StoreError>;
}

/// What is written down of a request beside its record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestRows {
    /// Every number that it ever named.
    pub numbers: Vec<PhoneNumber>,
    /// The ledger, by milestone and epoch.
    pub notices: Vec<Notice>,
    /// The sync log, oldest first.
    pub sync_log: Vec<SyncLog>,
    /// What was decided, oldest first.
    pub decisions: Vec<Decision>,
}
