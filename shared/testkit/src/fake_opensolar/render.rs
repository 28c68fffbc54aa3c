//! Records as the API shows them.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::links::Links;
use super::model::{Contact, Event, Organisation, Project, System, SystemKind, made_identifier};
use super::quirks::EventDates;

/// ISO 8601 UTC with microseconds and `Z`.
pub(super) fn timestamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

impl Organisation {
    pub(super) fn links(&self) -> Links<'_> {
        Links::absolute(&self.base_url, self.id)
    }

    /// A contact as the API (absolute links) or a webhook (paths) shows it.
    pub(super) fn contact(&self, contact: &Contact, links: Links<'_>) -> Map<String, Value> {
        let projects = self.projects.values().filter(|project| project.contacts.contains(&contact.id));
        let projects: Vec<u64> = projects.map(|project| project.id).collect();
        let mut row = contact.details.clone();
        row.extend(object(json!({
            "id": contact.id,
            "url": links.to("contacts", contact.id),
            "org": links.org(),
            "org_id": self.id,
            "identifier": contact.identifier,
            "display": display_name(contact),
            "type": contact.kind,
            "user": null,
            "user_id": null,
            "projects": links.to_each("projects", &projects),
        })));
        row
    }

    pub(super) fn embedded_contact(&self, contact: &Contact, links: Links<'_>) -> Value {
        let mut row = self.contact(contact, links);
        row.remove("projects");
        Value::Object(row)
    }

    /// A system as the systems list and its project show it.
    pub(super) fn system(&self, project: &Project, order: usize, system: &System, links: Links<'_>) -> Value {
        json!({
            "id": system.id,
            "uuid": system_uuid(system.id),
            "url": links.to("systems", system.id),
            "project": links.to("projects", project.id),
            "name": "",
            "order": order,
            "kw_stc": system.kw_stc,
            "is_current": system.kind == SystemKind::Existing,
            "show_customer": system.kind == SystemKind::Design,
            "modules": [],
            "inverters": [],
            "batteries": [],
            "others": [],
        })
    }

    /// An event as the API (absolute links) or a webhook (paths) shows it.
    pub(super) fn event(&self, event: &Event, links: Links<'_>) -> Map<String, Value> {
        let contact = event.contact.and_then(|id| self.contacts.get(&id));
        let who = contact.map_or("Unknown User".to_owned(), display_name);
        let email = contact.map(|contact| contact.text("email"));
        let written = |at| self.event_date(at);
        let happened = written(event.created_date);
        object(json!({
            "id": event.id,
            "event_type_id": event.event_type_id,
            "title": event.title,
            "notes": null,
            "start": event.start.map(written),
            "end": event.start.map(|start| written(start + TimeDelta::hours(8))),
            "is_complete": event.start.is_none(),
            "completion_date": happened,
            "is_archived": event.is_archived,
            "project": links.to("projects", event.project),
            "project_id": event.project,
            "contact": event.contact.map(|id| links.to("contacts", id)),
            "who": {"display": who, "email": email, "portrait_image_public_url": null},
            "created_date": happened,
            "modified_date": happened,
        }))
    }

    /// An event inside its project.
    pub(super) fn embedded_event(&self, event: &Event, links: Links<'_>) -> Value {
        let mut row = self.event(event, links);
        row.extend(object(json!({"action_id": null, "contact_data": null, "is_read": false})));
        Value::Object(row)
    }

    fn event_date(&self, at: DateTime<Utc>) -> String {
        match self.quirks.events.dates {
            EventDates::Iso => timestamp(at),
            EventDates::SpaceAndOffset => at.format("%Y-%m-%d %H:%M:%S%.6f+00:00").to_string(),
        }
    }
}

fn display_name(contact: &Contact) -> String {
    format!("{} {}", contact.text("first_name"), contact.text("family_name")).trim().to_owned()
}

pub(super) fn system_uuid(id: u64) -> String {
    made_identifier("system", id).to_uppercase()
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}
