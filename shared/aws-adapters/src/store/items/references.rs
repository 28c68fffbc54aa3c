//! The small items: what belongs to which request, and what is left to be sent.

use chrono::{DateTime, Utc};
use domain::ids::{ContactId, DeliveryKey, OrgId, RequestId};
use domain::jobs::{OutboxEntry, QueueMessage};
use domain::phone::PhoneNumber;
use domain::ports::ContactEntry;
use serde::{Deserialize, Serialize};

use super::{BadField, Form};

/// Whose intent an identifier is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct IntentItem {
    pub(crate) request_id: RequestId,
    pub(crate) generation: u32,
}

/// Whose project a project in OpenSolar is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LinkItem {
    pub(crate) request_id: RequestId,
}

/// What is known of a contact: its id in OpenSolar, or who is creating it. Neither, once a claim was released.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ContactItem {
    pub(crate) contact_id: Option<ContactId>,
    pub(crate) claimed_by: Option<RequestId>,
}

/// That a request names a number: at either, to be found by the other.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NumberItem {
    pub(crate) request_id: RequestId,
    pub(crate) phone: String,
}

/// A pointer to a delivery: one that waits for its project to be linked, or one of its group.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HeldItem {
    pub(crate) delivery: DeliveryKey,
}

/// A message that is left to be sent.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OutboxItem {
    org_id: OrgId,
    request_id: RequestId,
    id: String,
    message: QueueMessage,
    created_at: DateTime<Utc>,
}

impl Form for IntentItem {
    const KIND: &'static str = "INTENT";
}

impl Form for LinkItem {
    const KIND: &'static str = "LINK";
}

impl Form for ContactItem {
    const KIND: &'static str = "CONTACT";
}

impl Form for NumberItem {
    const KIND: &'static str = "NUMBER";
}

impl Form for HeldItem {
    const KIND: &'static str = "UNLINKED";
}

impl Form for OutboxItem {
    const KIND: &'static str = "OUTBOX";
}

impl TryFrom<IntentItem> for RequestId {
    type Error = BadField;

    fn try_from(item: IntentItem) -> Result<Self, BadField> {
        Ok(item.request_id)
    }
}

impl TryFrom<LinkItem> for RequestId {
    type Error = BadField;

    fn try_from(item: LinkItem) -> Result<Self, BadField> {
        Ok(item.request_id)
    }
}

impl TryFrom<NumberItem> for RequestId {
    type Error = BadField;

    fn try_from(item: NumberItem) -> Result<Self, BadField> {
        Ok(item.request_id)
    }
}

impl TryFrom<NumberItem> for PhoneNumber {
    type Error = BadField;

    fn try_from(item: NumberItem) -> Result<Self, BadField> {
        Self::from_e164(&item.phone).map_err(|_| BadField("phone"))
    }
}

impl TryFrom<HeldItem> for DeliveryKey {
    type Error = BadField;

    fn try_from(item: HeldItem) -> Result<Self, BadField> {
        Ok(item.delivery)
    }
}

impl TryFrom<ContactItem> for Option<ContactEntry> {
    type Error = BadField;

    fn try_from(item: ContactItem) -> Result<Self, BadField> {
        Ok(match (item.contact_id, item.claimed_by) {
            (Some(contact), _) => Some(ContactEntry::Known(contact)),
            (None, Some(by)) => Some(ContactEntry::Claimed { by }),
            (None, None) => None,
        })
    }
}

impl From<&OutboxEntry> for OutboxItem {
    fn from(entry: &OutboxEntry) -> Self {
        Self {
            org_id: entry.org,
            request_id: entry.request.clone(),
            id: entry.id.clone(),
            message: entry.message.clone(),
            created_at: entry.created_at,
        }
    }
}

impl TryFrom<OutboxItem> for OutboxEntry {
    type Error = BadField;

    fn try_from(item: OutboxItem) -> Result<Self, BadField> {
        let (org, request, created_at) = (item.org_id, item.request_id, item.created_at);
        Ok(Self { org, request, id: item.id, message: item.message, created_at })
    }
}
