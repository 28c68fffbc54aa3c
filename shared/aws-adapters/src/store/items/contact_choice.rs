use domain::project::ContactChoice;
use serde::{Deserialize, Serialize};

use super::BadField;

/// Which contact a create will name.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "choice", rename_all = "snake_case")]
pub(crate) enum ContactChoiceItem {
    Undecided,
    New,
    Existing { contact_id: String },
    NewWithoutEmail,
}

impl From<&ContactChoice> for ContactChoiceItem {
    fn from(choice: &ContactChoice) -> Self {
        match choice {
            ContactChoice::Undecided => Self::Undecided,
            ContactChoice::New => Self::New,
            ContactChoice::Existing(contact) => Self::Existing { contact_id: contact.to_string() },
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
            ContactChoiceItem::NewWithoutEmail => Self::NewWithoutEmail,
        })
    }
}
