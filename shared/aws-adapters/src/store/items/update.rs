use chrono::{DateTime, Utc};
use domain::project::{Update, UpdateOf};
use domain::remote::NewPerson;
use serde::{Deserialize, Serialize};

use super::BadField;
use super::fields::{FieldsItem, PatchItem};

/// A change of what OpenSolar holds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct UpdateItem {
    change: UpdateOfItem,
    log_id: String,
    committed_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
enum UpdateOfItem {
    Project { patch: PatchItem },
    Contact { contact_id: String, patch: PatchItem },
    NewContact { fields: FieldsItem, customer_id: Option<String> },
}

impl From<&Update> for UpdateItem {
    fn from(update: &Update) -> Self {
        let change = match &update.change {
            UpdateOf::Project(patch) => UpdateOfItem::Project { patch: PatchItem::of(patch) },
            UpdateOf::Contact { id, patch } => {
                UpdateOfItem::Contact { contact_id: id.to_string(), patch: PatchItem::of(patch) }
            }
            UpdateOf::NewContact(NewPerson { fields, customer }) => {
                UpdateOfItem::NewContact { fields: FieldsItem::of(fields), customer_id: customer.clone() }
            }
        };
        Self { change, log_id: update.log_id.clone(), committed_at: update.committed_at }
    }
}

impl TryFrom<UpdateItem> for Update {
    type Error = BadField;

    fn try_from(item: UpdateItem) -> Result<Self, BadField> {
        let change = match item.change {
            UpdateOfItem::Project { patch } => UpdateOf::Project(patch.patch("update.change.patch")?),
            UpdateOfItem::Contact { contact_id, patch } => UpdateOf::Contact {
                id: contact_id.parse().map_err(|_| BadField("update.change.contact_id"))?,
                patch: patch.patch("update.change.patch")?,
            },
            UpdateOfItem::NewContact { fields, customer_id } => UpdateOf::NewContact(NewPerson {
                fields: fields.fields("update.change.fields")?,
                customer: customer_id,
            }),
        };
        Ok(Self { change, log_id: item.log_id, committed_at: item.committed_at })
    }
}
