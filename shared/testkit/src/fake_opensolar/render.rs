//! Records as the API shows them.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::links::Links;
use super::model::{Contact, Event, Organisation, Project, Proposal, System, made_identifier};
use super::workflow::{WORKFLOW_ID, milestone};

/// Where customers open proposals. OpenSolar's own links are https and on another path than the API's, so the fake
/// does not give its own loopback address.
const SHARE_BASE: &str = "https://opensolar.example.com/share";

/// The fields that a row of the project list has: neither `identifier` nor `share_link` is among them.
const ROW_FIELDS: [&str; 16] = [
    "id",
    "url",
    "org_id",
    "title",
    "business_name",
    "address",
    "contacts",
    "contacts_data",
    "stage",
    "workflow",
    "priority",
    "customer_proposal_data",
    "custom_data",
    "shared_with",
    "created_date",
    "modified_date",
];

/// The fields of the sparse answer to a PATCH.
const SPARSE_FIELDS: [&str; 6] = ["id", "identifier", "org", "org_id", "url", "workflow"];

/// ISO 8601 UTC with microseconds and `Z`.
pub(super) fn timestamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

impl Organisation {
    pub(super) fn links(&self) -> Links<'_> {
        Links::absolute(&self.base_url, self.id)
    }

    /// A project as `GET /projects/{id}/` shows it.
    pub(super) fn project_detail(&self, project: &Project) -> Map<String, Value> {
        let links = self.links();
        let contacts = project.contacts.iter().filter_map(|id| self.contacts.get(id));
        let contacts: Vec<Value> = contacts.map(|contact| self.embedded_contact(contact)).collect();
        let events: Vec<&Event> = self.events.values().filter(|event| event.project == project.id).collect();
        let event_ids: Vec<u64> = events.iter().map(|event| event.id).collect();
        let systems: Vec<Value> =
            project.systems.iter().enumerate().map(|(order, system)| self.system(project, order, system)).collect();
        let sold = project.sale.as_ref();
        let mut detail = object(json!({
            "id": project.id,
            "url": links.to("projects", project.id),
            "identifier": project.identifier,
            "org": links.org(),
            "org_id": self.id,
            "contacts": links.to_each("contacts", &project.contacts),
            "contacts_data": contacts,
            "stage": milestone(project.stage_id),
            "stage_warning": "stage is deprecated and holds the milestone; use workflow.active_stage_id.",
            "workflow": {"id": project.id, "workflow_id": WORKFLOW_ID, "active_stage_id": project.stage_id},
            "systems": systems,
            "system_sold": sold.map(|sale| links.to("systems", sale.system_id)),
            "payment_option_sold": null,
            "sold_date": sold.map(|sale| timestamp(sale.sold_date)),
            "contract_date": sold.map(|sale| sale.contract_date.to_string()),
            "installation_date": project.installation_date.map(|date| date.to_string()),
            "system_installed": project.system_installed.map(|id| links.to("systems", id)),
            "valid_until_date": null,
            "share_link": share_link(project),
            "customer_proposal_data": proposal_data(project.proposal),
            "events": links.to_each("events", &event_ids),
            "events_data": events.iter().map(|event| self.event(event, links)).collect::<Vec<_>>(),
            "actions": [],
            "private_files": [],
            "private_files_data": [],
            "custom_data": null,
            "tags": [],
            "shared_with": [],
            "created_date": timestamp(project.created_date),
            "modified_date": timestamp(project.modified_date),
        }));
        detail.extend(project.details.clone());
        if detail.get("title").is_none_or(Value::is_null) {
            let address = detail.get("address").cloned().unwrap_or_default();
            detail.insert("title".to_owned(), address);
        }
        detail
    }

    /// A project as the list shows it.
    pub(super) fn project_row(&self, project: &Project) -> Value {
        only(self.project_detail(project), &ROW_FIELDS)
    }

    /// A project as the answer to a PATCH shows it.
    pub(super) fn sparse_project(&self, project: &Project) -> Value {
        only(self.project_detail(project), &SPARSE_FIELDS)
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

    fn embedded_contact(&self, contact: &Contact) -> Value {
        let mut row = self.contact(contact, self.links());
        row.remove("projects");
        Value::Object(row)
    }

    /// A system as the systems list and its project show it.
    pub(super) fn system(&self, project: &Project, order: usize, system: &System) -> Value {
        json!({
            "id": system.id,
            "uuid": made_identifier("system", system.id).to_uppercase(),
            "url": self.links().to("systems", system.id),
            "project": self.links().to("projects", project.id),
            "name": "",
            "order": order,
            "kw_stc": system.kw_stc,
            "is_current": false,
            "show_customer": true,
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
        let happened = timestamp(event.created_date);
        object(json!({
            "id": event.id,
            "event_type_id": event.event_type_id,
            "title": event.title,
            "notes": null,
            "start": null,
            "end": null,
            "is_complete": true,
            "completion_date": happened,
            "is_archived": false,
            "project": links.to("projects", event.project),
            "project_id": event.project,
            "contact": event.contact.map(|id| links.to("contacts", id)),
            "who": {"display": who, "email": email, "portrait_image_public_url": null},
            "created_date": happened,
            "modified_date": happened,
        }))
    }
}

fn display_name(contact: &Contact) -> String {
    format!("{} {}", contact.text("first_name"), contact.text("family_name")).trim().to_owned()
}

fn share_link(project: &Project) -> String {
    let token = made_identifier("share", project.id);
    format!("{SHARE_BASE}/{}/?token={token}", project.id)
}

fn proposal_data(proposal: Proposal) -> Value {
    match proposal {
        Proposal::None => Value::Null,
        Proposal::Sent | Proposal::Viewed => json!({
            "ready": true,
            "has_customer_view": proposal == Proposal::Viewed,
            "has_customer_view_system": proposal == Proposal::Viewed,
            "has_contacts_active": true,
            "has_contacts_active_with_login": false,
        }),
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

fn only(mut detail: Map<String, Value>, fields: &[&str]) -> Value {
    detail.retain(|name, _| fields.contains(&name.as_str()));
    Value::Object(detail)
}
