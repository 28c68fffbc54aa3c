//! Adding, changing and removing records: each stamps the time and tells the webhooks.

use chrono::{DateTime, Utc};

use super::change::{Change, Model, Subject};
use super::links::Links;
use super::model::{Contact, Event, Organisation, Project, made_identifier, take};

impl Organisation {
    pub(super) fn add_project(&mut self, mut project: Project, now: DateTime<Utc>) {
        project.created_date = self.stamp(now);
        project.modified_date = project.created_date;
        let created = Change::Created(self.project_detail(&project));
        self.announce(&project_subject(&project), &created, now);
        self.projects.insert(project.id, project);
    }

    /// Changes a project. Every save moves `modified_date` on; webhooks are told only of what became different.
    pub(super) fn edit_project(&mut self, id: u64, now: DateTime<Utc>, edit: impl FnOnce(&mut Project)) {
        let Some(mut project) = self.projects.get(&id).cloned() else { return };
        let before = self.project_detail(&project);
        edit(&mut project);
        project.modified_date = self.stamp(now);
        let after = self.project_detail(&project);
        let subject = project_subject(&project);
        self.projects.insert(id, project);
        if let Some(updated) = Change::between(&before, after) {
            self.announce(&subject, &updated, now);
        }
    }

    /// Removes a project and its timeline; its contacts stay.
    pub(super) fn remove_project(&mut self, id: u64, now: DateTime<Utc>) -> Option<Project> {
        let project = self.projects.remove(&id)?;
        self.events.retain(|_, event| event.project != id);
        self.announce(&project_subject(&project), &Change::Deleted, now);
        Some(project)
    }

    pub(super) fn add_contact(&mut self, contact: Contact, now: DateTime<Utc>) {
        let created = Change::Created(self.contact(&contact, Links::paths(self.id)));
        self.announce(&contact_subject(&contact), &created, now);
        self.contacts.insert(contact.id, contact);
    }

    pub(super) fn edit_contact(&mut self, id: u64, now: DateTime<Utc>, edit: impl FnOnce(&mut Contact)) {
        let Some(mut contact) = self.contacts.get(&id).cloned() else { return };
        let before = self.contact(&contact, Links::paths(self.id));
        edit(&mut contact);
        let after = self.contact(&contact, Links::paths(self.id));
        let subject = contact_subject(&contact);
        self.contacts.insert(id, contact);
        if let Some(updated) = Change::between(&before, after) {
            self.announce(&subject, &updated, now);
        }
    }

    /// Removes a contact, from its projects too.
    pub(super) fn remove_contact(&mut self, id: u64, now: DateTime<Utc>) -> Option<Contact> {
        let contact = self.contacts.remove(&id)?;
        for project in self.projects.values_mut() {
            project.contacts.retain(|contact| *contact != id);
        }
        self.announce(&contact_subject(&contact), &Change::Deleted, now);
        Some(contact)
    }

    /// Adds an entry to a project's timeline. The project itself is not saved by that.
    pub(super) fn add_event(&mut self, project: u64, event_type_id: u64, now: DateTime<Utc>) {
        let Some(contact) = self.projects.get(&project).map(|project| project.contacts.first().copied()) else {
            return;
        };
        let id = take(&mut self.next.event);
        let event = Event {
            id,
            identifier: made_identifier("event", id),
            event_type_id,
            title: event_title(event_type_id).to_owned(),
            project,
            contact,
            created_date: self.stamp(now),
        };
        let created = Change::Created(self.event(&event, Links::paths(self.id)));
        let subject = Subject { model: Model::Event, id, identifier: event.identifier.clone() };
        self.events.insert(id, event);
        self.announce(&subject, &created, now);
    }
}

fn project_subject(project: &Project) -> Subject {
    Subject { model: Model::Project, id: project.id, identifier: project.identifier.clone() }
}

fn contact_subject(contact: &Contact) -> Subject {
    Subject { model: Model::Contact, id: contact.id, identifier: contact.identifier.clone() }
}

/// What the types that the fake makes are called, after developers.opensolar.com/api/events.
fn event_title(event_type_id: u64) -> &'static str {
    match event_type_id {
        0 => "Email invitation sent",
        2 => "Customer viewed online proposal",
        3 => "Customer accepted proposal",
        44 => "System changed",
        56 => "Project stage changed",
        103 => "Project marked sold",
        104 => "Project marked installed",
        132 => "System option added",
        _ => "Event",
    }
}
