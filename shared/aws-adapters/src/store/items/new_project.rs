use domain::phone::{EmailAddress, PhoneNumber};
use domain::remote::{NewContact, NewProject};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::BadField;
use super::fields::FieldsItem;

/// A create's payload.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NewProjectItem {
    identifier: Uuid,
    site: FieldsItem,
    contact: NewContactItem,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum NewContactItem {
    Existing { contact_id: String },
    Created { first_name: String, family_name: String, email: Option<String>, phone: String },
}

impl From<&NewProject> for NewProjectItem {
    fn from(project: &NewProject) -> Self {
        let contact = match &project.contact {
            NewContact::Existing(contact) => NewContactItem::Existing { contact_id: contact.to_string() },
            NewContact::Created { first_name, family_name, email, phone } => NewContactItem::Created {
                first_name: first_name.clone(),
                family_name: family_name.clone(),
                email: email.as_ref().map(|email| email.as_str().to_owned()),
                phone: phone.e164().to_owned(),
            },
        };
        Self { identifier: project.identifier, site: FieldsItem::of(&project.site), contact }
    }
}

impl TryFrom<NewProjectItem> for NewProject {
    type Error = BadField;

    fn try_from(item: NewProjectItem) -> Result<Self, BadField> {
        let (site, contact) = (item.site.fields("payload.site")?, item.contact.try_into()?);
        Ok(Self { identifier: item.identifier, site, contact })
    }
}

impl TryFrom<NewContactItem> for NewContact {
    type Error = BadField;

    fn try_from(item: NewContactItem) -> Result<Self, BadField> {
        Ok(match item {
            NewContactItem::Existing { contact_id } => {
                Self::Existing(contact_id.parse().map_err(|_| BadField("payload.contact.contact_id"))?)
            }
            NewContactItem::Created { first_name, family_name, email, phone } => Self::Created {
                first_name,
                family_name,
                email: email
                    .map(|email| EmailAddress::parse(&email).ok_or(BadField("payload.contact.email")))
                    .transpose()?,
                phone: PhoneNumber::from_e164(&phone).map_err(|_| BadField("payload.contact.phone"))?,
            },
        })
    }
}
