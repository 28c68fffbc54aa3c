//! What OpenSolar has, as people see it there.

use serde_json::{Map, Value};
use testkit::{fake_opensolar, fake_relay};

use super::Platform;

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// OpenSolar's id.
    pub id: u64,
    /// What our create called it; empty if it is nobody's.
    pub identifier: String,
    /// Its title.
    pub title: String,
    /// The street and number of the site.
    pub address: String,
    /// The suburb and the town.
    pub town: String,
    /// The site's postal code.
    pub postal_code: String,
    /// What is written in its notes.
    pub notes: String,
    /// Whether it is a home.
    pub is_residential: bool,
    /// The contacts that are attached to it, by their ids.
    pub contacts: Vec<u64>,
}

/// A contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// OpenSolar's id.
    pub id: u64,
    /// The given name.
    pub first_name: String,
    /// The family name.
    pub last_name: String,
    /// The e-mail address.
    pub email: String,
    /// The number.
    pub phone: String,
}

impl Platform {
    /// Its projects, oldest first.
    pub fn projects(&self) -> Vec<Project> {
        match self {
            Self::Live(live) => live.projects().into_iter().map(Project::from).collect(),
            Self::Design(relay) => relay.projects().into_iter().map(Project::from).collect(),
        }
    }

    /// One of its projects, which has to be there.
    pub fn project(&self, id: u64) -> Project {
        self.projects().into_iter().find(|project| project.id == id).expect("the project is there")
    }

    /// Its contacts, oldest first.
    pub fn contacts(&self) -> Vec<Contact> {
        match self {
            Self::Live(live) => live.contacts().into_iter().map(Contact::from).collect(),
            Self::Design(relay) => relay.contacts().into_iter().map(Contact::from).collect(),
        }
    }
}

impl From<fake_opensolar::Project> for Project {
    fn from(project: fake_opensolar::Project) -> Self {
        let shown = |field: &str| text(project.details.get(field));
        Self {
            id: project.id,
            title: shown("title"),
            address: shown("address"),
            town: shown("locality"),
            postal_code: shown("zip"),
            notes: shown("notes"),
            is_residential: project.details["is_residential"] == true,
            identifier: project.identifier,
            contacts: project.contacts,
        }
    }
}

impl From<fake_relay::Project> for Project {
    fn from(project: fake_relay::Project) -> Self {
        let fields = &project.fields;
        let below = |object: &str, field: &str| text(fields.get(object).and_then(|object| object.get(field)));
        let contact = text(fields.get("contact_id")).parse().ok();
        Self {
            id: project.id,
            identifier: below("custom_fields", "hanna_identifier"),
            title: text(fields.get("name")),
            address: below("address", "street"),
            town: below("address", "city"),
            postal_code: below("address", "postal_code"),
            notes: text(fields.get("notes")),
            is_residential: text(fields.get("type")) == "residential",
            contacts: Vec::from_iter(contact),
        }
    }
}

impl From<fake_opensolar::Contact> for Contact {
    fn from(contact: fake_opensolar::Contact) -> Self {
        let shown = |field: &str| contact.text(field).to_owned();
        Self {
            id: contact.id,
            first_name: shown("first_name"),
            last_name: shown("family_name"),
            email: shown("email"),
            phone: shown("phone"),
        }
    }
}

impl From<fake_relay::Contact> for Contact {
    fn from(contact: fake_relay::Contact) -> Self {
        let shown = |field: &str| contact.text(field).to_owned();
        Self {
            id: contact.id,
            first_name: shown("first_name"),
            last_name: shown("last_name"),
            email: shown("email"),
            phone: shown("phone"),
        }
    }
}

/// A field as people read it: blank if there is nothing.
fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => String::new(),
    }
}

/// The fields of a record.
pub(super) fn fields(fields: Value) -> Map<String, Value> {
    let Value::Object(fields) = fields else { panic!("an object") };
    fields
}
