//! The small items: what belongs to which request, what is left to be sent, and the settings.

use chrono::{DateTime, Utc};
use domain::configuration::{Configuration, ConfigurationDocument};
use domain::ids::{ContactId, DeliveryKey, OrgId, RequestId};
use domain::jobs::{OutboxEntry, QueueMessage};
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

/// A delivery that waits for its project to be linked.
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

/// An organisation's settings, as operators wrote them: in JSON, where what is left out and `null` stay two things.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ConfigurationItem {
    org_id: OrgId,
    document: String,
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

impl Form for HeldItem {
    const KIND: &'static str = "UNLINKED";
}

impl Form for OutboxItem {
    const KIND: &'static str = "OUTBOX";
}

impl Form for ConfigurationItem {
    const KIND: &'static str = "CONFIG";
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

impl From<&ConfigurationDocument> for ConfigurationItem {
    fn from(document: &ConfigurationDocument) -> Self {
        let json = serde_json::to_string(document).expect("a document has text for keys");
        Self { org_id: document.org_id, document: json }
    }
}

impl TryFrom<ConfigurationItem> for Configuration {
    type Error = BadField;

    fn try_from(item: ConfigurationItem) -> Result<Self, BadField> {
        let document: ConfigurationDocument = serde_json::from_str(&item.document).map_err(|_| BadField("document"))?;
        Self::try_from(&document).map_err(|invalid| BadField(invalid.field))
    }
}
