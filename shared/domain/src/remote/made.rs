//! What is made in OpenSolar: a project, and the contact that it is made with or for.

use uuid::Uuid;

use crate::fields::{ContactFields, ProjectFields};
use crate::ids::{ContactId, ProjectId};
use crate::phone::{EmailAddress, PhoneNumber};

/// The exact payload of a create, kept with the intent so that a repeat would be the same.
#[derive(Debug, Clone, PartialEq)]
pub struct NewProject {
    /// Ours; comes back in each read and in each Project webhook.
    pub identifier: Uuid,
    /// What it says about the site.
    pub site: ProjectFields,
    /// Whom the project belongs to.
    pub contact: NewContact,
}

/// The contact of a project to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewContact {
    /// One that OpenSolar has.
    Existing(ContactId),
    /// One that it makes with the project.
    Created {
        /// Given name.
        first_name: String,
        /// Family name; OpenSolar's `family_name`.
        family_name: String,
        /// Unique in the organisation.
        email: Option<EmailAddress>,
        /// As E.164.
        phone: PhoneNumber,
    },
}

/// A contact to be made by itself, for a contract in which a project names one that is there.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPerson {
    /// Names, number and address.
    pub fields: ContactFields,
    /// The CRM's id of the customer.
    pub customer: Option<String>,
}

/// Where a request's e-mail address goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailPlace {
    /// Into the contact.
    Contact,
    /// Into the project's notes: no contact could be given it.
    Notes,
}

/// OpenSolar's answer to a create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedProject {
    /// The project's id.
    pub id: ProjectId,
    /// The contact that it was given, if the answer names one.
    pub contact: Option<ContactId>,
}
