//! Adding, changing and removing records: each stamps the time and tells the webhooks.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::change::{Change, Model, Subject};
use super::model::{Contact, Organisation, Project, made_identifier, take};
use super::quirks::{ModifiedDate, ProjectDeletion};

impl Organisation {
    pub(super) fn add_project(&mut self, mut project: Project, now: DateTime<Utc>) {
        project.created_date = self.stamp(now);
        project.modified_date = project.created_date;
        let created = Change::Created(self.told_project(&project));
        self.announce(&project_subject(&project), &created, now);
        self.projects.insert(project.id, project);
    }

    /// Changes a project. Every save moves `modified_date` on; webhooks are told only of what became different.
    pub(super) fn edit_project(&mut self, id: u64, now: DateTime<Utc>, edit: impl FnOnce(&mut Project)) {
        let Some(before) = self.projects.get(&id).cloned() else { return };
        let mut project = before.clone();
        edit(&mut project);
        let unmoved = before.systems != project.systems || before.proposal != project.proposal;
        if !(unmoved && self.quirks.projects.modified_date == ModifiedDate::OwnFieldsOnly) {
            project.modified_date = self.stamp(now);
        }
        let updated = Change::between(&self.told_project(&before), self.told_project(&project));
        let subject = project_subject(&project);
        self.projects.insert(id, project);
        if let Some(updated) = updated {
            self.announce(&subject, &updated, now);
        }
    }

    /// Removes a project and its timeline; its contacts stay.
    pub(super) fn remove_project(&mut self, id: u64, now: DateTime<Utc>) -> Option<()> {
        let told_as = self.quirks.events.deletion;
        if told_as != ProjectDeletion::Delete {
            self.add_event(id, 100, now);
        }
        let project = self.projects.remove(&id)?;
        self.events.retain(|_, event| event.project != id);
        if told_as != ProjectDeletion::Event {
            self.announce(&project_subject(&project), &Change::Deleted, now);
        }
        self.access.out_of_reach.remove(&id);
        Some(())
    }

    pub(super) fn add_contact(&mut self, contact: Contact, now: DateTime<Utc>) {
        let created = Change::Created(self.told_contact(&contact));
        self.announce(&contact_subject(&contact), &created, now);
        self.contacts.insert(contact.id, contact);
    }

    pub(super) fn edit_contact(&mut self, id: u64, now: DateTime<Utc>, edit: impl FnOnce(&mut Contact)) {
        let Some(mut contact) = self.contacts.get(&id).cloned() else { return };
        let before = self.told_contact(&contact);
        edit(&mut contact);
        let updated = Change::between(&before, self.told_contact(&contact));
        let subject = contact_subject(&contact);
        self.contacts.insert(id, contact);
        if let Some(updated) = updated {
            self.announce(&subject, &updated, now);
        }
    }

    /// Removes a contact, from its projects too.
    pub(super) fn remove_contact(&mut self, id: u64, now: DateTime<Utc>) -> Option<()> {
        let contact = self.contacts.remove(&id)?;
        for project in self.projects.values_mut() {
            project.contacts.retain(|contact| *contact != id);
        }
        self.announce(&contact_subject(&contact), &Change::Deleted, now);
        Some(())
    }

    /// Somebody works on a project's quote. The fake holds no quotes; it tells of them.
    pub(super) fn touch_quote(&mut self, project: u64, now: DateTime<Utc>) {
        for model in [Model::Quote, Model::QuoteActivityLog] {
            let id = take(&mut self.next.system);
            let record = json!({"id": id, "project": self.told_links(model).to("projects", project)});
            let record = record.as_object().cloned().unwrap_or_default();
            let identifier = made_identifier("quote", id);
            let subject = Subject { model, id, identifier, project: Some(project) };
            self.announce(&subject, &Change::Created(record), now);
        }
    }

    fn told_project(&self, project: &Project) -> Map<String, Value> {
        self.project_detail(project, self.told_links(Model::Project))
    }

    fn told_contact(&self, contact: &Contact) -> Map<String, Value> {
        self.contact(contact, self.told_links(Model::Contact))
    }
}

fn project_subject(project: &Project) -> Subject {
    let identifier = project.identifier.clone();
    Subject { model: Model::Project, id: project.id, identifier, project: Some(project.id) }
}

fn contact_subject(contact: &Contact) -> Subject {
    let identifier = contact.identifier.clone();
    Subject { model: Model::Contact, id: contact.id, identifier, project: None }
}
