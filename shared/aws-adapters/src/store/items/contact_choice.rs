use domain::project::ContactChoice;
use serde::{Deserialize, Serialize};

use super::BadField;
use super::fields::FieldsItem;
use super::project::EmailPlaceItem;

/// Which contact a create will name.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "choice", rename_all = "snake_case")]
pub(crate) enum ContactChoiceItem {
    Undecided,
    New,
    Existing { contact_id: String },
    Made { contact_id: String, fields: FieldsItem, email_place: EmailPlaceItem },
    NewWithoutEmail,
}

impl From<&ContactChoice> for ContactChoiceItem {
    fn from(choice: &ContactChoice) -> Self {
        match choice {
            ContactChoice::Undecided => Self::Undecided,
            ContactChoice::New => Self::New,
            ContactChoice::Existing(contact) => Self::Existing { contact_id: contact.to_string() },
            ContactChoice::Made { contact, fields, email_place } => Self::Made {
                contact_id: contact.to_string(),
                fields: FieldsItem::of(fields),
                email_place: (*email_place).into(),
            },
            ContactChoice::NewWithoutEmail => Self::NewWithoutEmail,
        }
    }
}

impl TryFrom<ContactChoiceItem> for ContactChoice {
    type Error = BadField;

    fn try_from(item: ContactChoiceItem) -> Result<Self, BadField> {
        Ok(match item {
            ContactChoiceItem::Undecided => Self::Undecided,
            ContactChoiceItem::New => Self::New,
            ContactChoiceItem::Existing { contact_id } => {
                Self::Existing(contact_id.parse().map_err(|_| BadField("contact.contact_id"))?)
            }
            ContactChoiceItem::Made { contact_id, fields, email_place } => Self::Made {
                contact: contact_id.parse().map_err(|_| BadField("contact.contact_id"))?,
                fields: fields.fields("contact.fields")?,
                email_place: email_place.into(),
            },
            ContactChoiceItem::NewWithoutEmail => Self::NewWithoutEmail,
        })
    }
}
