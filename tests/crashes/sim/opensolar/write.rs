//! Writes: what may be done, and what becomes of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::configuration::ApiContract;
use domain::fields::{ContactField, ContactFields, ContactPatch, Field, FieldValue, Fields, Patch, ProjectPatch};
use domain::ids::ContactId;
use domain::phone::{EmailAddress, PhoneNumber};
use domain::ports::OpenSolarError;
use domain::remote::{CreatedProject, NewContact, NewPerson, NewProject};

use super::{LATE_AT_CONTACTS, SimContact, SimProject, State, Write, WriteKind, number};
use crate::sim::outcome::Outcome;

#[derive(Debug, Clone)]
pub(super) enum Effect {
    Create(NewProject),
    CreateContact(NewPerson),
    UpdateProject { id: u64, patch: ProjectPatch, seen: u64 },
    UpdateContact { id: u64, patch: ContactPatch, seen: u64 },
}

/// What a write made.
pub(super) enum Made {
    Project(CreatedProject),
    Contact(ContactId),
    Nothing,
}

impl Effect {
    fn kind(&self) -> (WriteKind, &'static str) {
        match self {
            Self::Create(_) => (WriteKind::Create, "create"),
            Self::CreateContact(_) => (WriteKind::CreateContact, "create of the contact"),
            Self::UpdateProject { .. } => (WriteKind::UpdateProject, "update"),
            Self::UpdateContact { .. } => (WriteKind::UpdateContact, "update"),
        }
    }
}

impl State {
    pub(super) fn hear(
        &mut self,
        effect: Effect,
        outcome: Outcome,
        now: DateTime<Utc>,
    ) -> Result<Made, OpenSolarError> {
        let (kind, operation) = effect.kind();
        if outcome != Outcome::ConnectRefused {
            self.writes.push(Write { at: now, kind });
        }
        let told = outcome.opensolar(operation);
        let Some(wait) = outcome.effect() else { return told.map(|()| Made::Nothing) };
        self.objection(&effect)?;
        if wait.is_zero() {
            let made = self.apply(effect, now);
            return told.map(|()| made);
        }
        let is_beyond = LATE_AT_CONTACTS < wait;
        self.late_contacts += u32::from(kind == WriteKind::CreateContact && is_beyond);
        self.late.push((now + wait, effect));
        told.map(|()| Made::Nothing)
    }

    /// What lands late.
    pub(super) fn lands(&mut self, effect: Effect, at: DateTime<Utc>) {
        if let Effect::UpdateProject { id, .. } = &effect {
            let changed = self.projects.get(id).map(|project| project.identifier.clone());
            self.late_changes.extend(changed);
        }
        self.apply(effect, at);
    }

    /// What refuses a write before anything is done.
    fn objection(&self, effect: &Effect) -> Result<(), OpenSolarError> {
        let rejected = |operation, status| Err(OpenSolarError::Rejected { operation, status, fields: Vec::new() });
        match effect {
            Effect::Create(new) => match (&new.contact, self.speech.contract()) {
                (NewContact::Existing(id), _) if !self.contacts.contains_key(&number(id.as_str())) => {
                    rejected("create", 400)
                }
                (NewContact::Created { .. }, ApiContract::Design) => rejected("create", 400),
                (NewContact::Created { email: Some(email), .. }, ApiContract::Live)
                    if self.contact_with(email).is_some() =>
                {
                    Err(OpenSolarError::EmailInUse { operation: "create" })
                }
                (NewContact::Existing(_) | NewContact::Created { .. }, _) => Ok(()),
            },
            Effect::UpdateProject { id, .. } if !self.projects.contains_key(id) => rejected("update", 404),
            Effect::UpdateContact { id, .. } if !self.contacts.contains_key(id) => rejected("update", 404),
            Effect::CreateContact(_) if self.speech.contract() == ApiContract::Live => {
                rejected("create of the contact", 405)
            }
            Effect::CreateContact(_) | Effect::UpdateProject { .. } | Effect::UpdateContact { .. } => Ok(()),
        }
    }

    fn apply(&mut self, effect: Effect, at: DateTime<Utc>) -> Made {
        match effect {
            Effect::Create(new) => Made::Project(self.create(new, at)),
            Effect::CreateContact(person) => Made::Contact(self.add_contact(person.fields).into()),
            Effect::UpdateProject { id, patch, seen } => {
                let modified_at = self.touch(at);
                let Some(project) = self.projects.get_mut(&id) else { return Made::Nothing };
                let undone = undone(&project.site, &patch, &project.edits, seen);
                project.site = project.site.with(&patch);
                project.modified_at = modified_at;
                self.misdeeds.extend(undone.map(|field| format!("a person's {field} of project {id} was overwritten")));
                self.tell_of_project(id, "UPDATE", at);
                Made::Nothing
            }
            Effect::UpdateContact { id, patch, seen } => {
                let Some(contact) = self.contacts.get_mut(&id) else { return Made::Nothing };
                let undone = undone(&contact.fields, &patch, &contact.edits, seen);
                contact.fields = contact.fields.with(&patch);
                self.misdeeds.extend(undone.map(|field| format!("a person's {field} of contact {id} was overwritten")));
                Made::Nothing
            }
        }
    }

    fn create(&mut self, new: NewProject, at: DateTime<Utc>) -> CreatedProject {
        let contact = match &new.contact {
            NewContact::Existing(id) => number(id.as_str()),
            NewContact::Created { first_name, family_name, email, phone } => self.add_contact(Fields::from_iter([
                (ContactField::FirstName, FieldValue::text(first_name)),
                (ContactField::FamilyName, FieldValue::text(family_name)),
                (ContactField::Email, email.as_ref().and_then(|email| FieldValue::text(email.as_str()))),
                (ContactField::Phone, FieldValue::text(phone.e164())),
            ])),
        };
        self.made += 1;
        let id = 9_000_000 + self.made;
        let made_at = self.touch(at);
        let project = SimProject {
            identifier: new.identifier.to_string(),
            site: new.site,
            edits: BTreeMap::new(),
            ..SimProject::by_hand(contact, made_at)
        };
        self.projects.insert(id, project);
        self.tell_of_project(id, "CREATE", at);
        CreatedProject { id: id.into(), contact: Some(contact.into()) }
    }

    fn add_contact(&mut self, fields: ContactFields) -> u64 {
        self.made_contacts += 1;
        let id = 700_000 + self.made_contacts;
        self.contacts.insert(id, SimContact { fields, is_ours: true, edits: BTreeMap::new() });
        id
    }

    pub(super) fn contact_with(&self, email: &EmailAddress) -> Option<u64> {
        let is_it = |contact: &SimContact| match contact.fields.get(ContactField::Email) {
            Some(FieldValue::Text(text)) => text.eq_ignore_ascii_case(email.as_str()),
            Some(_) | None => false,
        };
        self.contacts.iter().find(|(_, contact)| is_it(contact)).map(|(id, _)| *id)
    }
}

impl SimContact {
    /// Whether it shows this number, written as everybody writes it.
    pub(super) fn has_number(&self, phone: &PhoneNumber) -> bool {
        self.fields.get(ContactField::Phone) == FieldValue::text(phone.e164()).as_ref()
    }
}

/// A field whose value a person wrote, and the writer saw before it sent another.
fn undone<F: Field>(
    there: &Fields<F>,
    patch: &Patch<F>,
    edits: &BTreeMap<F, (Option<FieldValue>, u64)>,
    seen: u64,
) -> Option<&'static str> {
    let is_undone = |(field, (value, edited)): &(&F, &(Option<FieldValue>, u64))| {
        let new = patch.iter().find(|(patched, _)| patched == *field);
        let still_there = there.get(**field) == value.as_ref();
        still_there && *edited <= seen && new.is_some_and(|(_, new)| new != value.as_ref())
    };
    edits.iter().find(is_undone).map(|(field, _)| field.as_str())
}
