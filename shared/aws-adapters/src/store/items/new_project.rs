use domain::phone::{EmailAddress, PhoneNumber};
use domain::remote::{NewContact, NewProject};
use domain::request::Position;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::BadField;

/// A create's payload.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NewProjectItem {
    identifier: Uuid,
    is_residential: bool,
    title: String,
    lead_source: String,
    address: Option<String>,
    locality: Option<String>,
    state: Option<String>,
    zip: Option<String>,
    country_iso2: String,
    position: Option<PositionItem>,
    notes: String,
    contact: NewContactItem,
}

#[derive(Debug, Serialize, Deserialize)]
struct PositionItem {
    latitude: f64,
    longitude: f64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum NewContactItem {
    Existing { contact_id: String },
    Created { first_name: String, family_name: String, email: Option<String>, phone: String },
}

/// DynamoDB refuses a number that is smaller than 1e-130 and not zero; this much below a nanometre, it is zero.
pub(crate) fn storable(degrees: f64) -> f64 {
    if degrees.abs() < 1e-100 { 0.0 } else { degrees }
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
        Self {
            identifier: project.identifier,
            is_residential: project.is_residential,
            title: project.title.clone(),
            lead_source: project.lead_source.clone(),
            address: project.address.clone(),
            locality: project.locality.clone(),
            state: project.state.clone(),
            zip: project.zip.clone(),
            country_iso2: project.country_iso2.clone(),
            position: project.position.map(|position| PositionItem {
                latitude: storable(position.latitude),
                longitude: storable(position.longitude),
            }),
            notes: project.notes.clone(),
            contact,
        }
    }
}

impl TryFrom<NewProjectItem> for NewProject {
    type Error = BadField;

    fn try_from(item: NewProjectItem) -> Result<Self, BadField> {
        let position = |position: PositionItem| {
            Position::new(position.latitude, position.longitude).ok_or(BadField("payload.position"))
        };
        Ok(Self {
            identifier: item.identifier,
            is_residential: item.is_residential,
            title: item.title,
            lead_source: item.lead_source,
            address: item.address,
            locality: item.locality,
            state: item.state,
            zip: item.zip,
            country_iso2: item.country_iso2,
            position: item.position.map(position).transpose()?,
            notes: item.notes,
            contact: NewContact::try_from(item.contact)?,
        })
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
