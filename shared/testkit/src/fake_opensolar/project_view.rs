//! Projects as the API shows them.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::links::Links;
use super::model::{Event, Organisation, Project, Proposal, SystemKind, made_identifier};
use super::quirks::{DateForm, EventsInProjects, ProjectRows, ProposalData, Reference, ShareLink};
use super::render::{object, system_uuid, timestamp};

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

impl Organisation {
    /// A project with all that is true of it.
    pub(super) fn project_detail(&self, project: &Project, links: Links<'_>) -> Map<String, Value> {
        let shows = &self.quirks.projects;
        let contacts = project.contacts.iter().filter_map(|id| self.contacts.get(id));
        let contacts: Vec<Value> = contacts.map(|contact| self.embedded_contact(contact, links)).collect();
        let events: Vec<&Event> = self.events.values().filter(|event| event.project == project.id).collect();
        let event_ids: Vec<u64> = events.iter().map(|event| event.id).collect();
        let systems: Vec<Value> =
            project.systems.iter().enumerate().map(|(order, one)| self.system(project, order, one, links)).collect();
        let sold = project.sale.as_ref();
        let contract_date = sold.map(|sale| sale.contract_date).or(project.contract_signed);
        let mut detail = object(json!({
            "id": project.id,
            "url": links.to("projects", project.id),
            "identifier": project.identifier,
            "org": links.org(),
            "org_id": self.id,
            "contacts": links.to_each("contacts", &project.contacts),
            "contacts_data": contacts,
            "stage": self.workflows.milestone(project.stage_id),
            "stage_warning": "stage is deprecated and holds the milestone; use workflow.active_stage_id.",
            "workflow": {
                "id": project.id,
                "workflow_id": self.workflows.of_stage(project.stage_id),
                "active_stage_id": project.stage_id,
            },
            "systems": systems,
            "system_sold": sold.map(|sale| reference(shows.sold_system, sale.system_id, links)),
            "payment_option_sold": null,
            "sold_date": sold.map(|sale| moment(shows.sold_date, sale.sold_date)),
            "contract_date": contract_date.map(|date| day(shows.contract_date, date)),
            "installation_date": project.installation_date.map(|date| day(shows.installation_date, date)),
            "system_installed": project.system_installed.map(|id| reference(shows.installed_system, id, links)),
            "valid_until_date": null,
            "share_link": self.share_link(project),
            "customer_proposal_data": self.proposal_data(project),
            "events": links.to_each("events", &event_ids),
            "events_data": events.iter().map(|event| self.embedded_event(event, links)).collect::<Vec<_>>(),
            "actions": [],
            "private_files": [],
            "private_files_data": [],
            "custom_data": null,
            "tags": [],
            "shared_with": [],
            "created_date": timestamp(project.created_date),
            "modified_date": timestamp(project.modified_date),
        }));
        if self.quirks.events.in_projects == EventsInProjects::LinksOnly {
            detail.remove("events_data");
        }
        detail.extend(project.details.clone());
        if detail.get("title").is_none_or(Value::is_null) {
            let address = detail.get("address").cloned().unwrap_or_default();
            detail.insert("title".to_owned(), address);
        }
        detail
    }

    /// A project as `GET /projects/{id}/` shows it.
    pub(super) fn shown_project(&self, project: &Project) -> Value {
        Value::Object(self.shown_detail(project))
    }

    fn shown_detail(&self, project: &Project) -> Map<String, Value> {
        self.veiled(self.project_detail(project, self.links()))
    }

    /// A project as the list shows it.
    pub(super) fn project_row(&self, project: &Project) -> Value {
        let detail = self.shown_detail(project);
        match self.quirks.lists.project_rows {
            ProjectRows::Sparse => only(detail, &ROW_FIELDS),
            ProjectRows::WithIdentifier => only(detail, &[&ROW_FIELDS[..], &["identifier"]].concat()),
            ProjectRows::Whole => Value::Object(detail),
        }
    }

    /// A project as the sparse answer to a PATCH shows it.
    pub(super) fn sparse_project(&self, project: &Project) -> Value {
        only(self.shown_detail(project), &SPARSE_FIELDS)
    }

    fn share_link(&self, project: &Project) -> Option<String> {
        let since = self.quirks.projects.share_link;
        let there = since == ShareLink::FromTheStart || project.proposal != Proposal::None;
        let token = made_identifier("share", project.id);
        there.then(|| format!("{SHARE_BASE}/{}/?token={token}", project.id))
    }

    fn proposal_data(&self, project: &Project) -> Value {
        let out = project.proposal != Proposal::None;
        let designed = project.systems.iter().any(|system| system.kind == SystemKind::Design && 0.0 < system.kw_stc);
        let ready = match self.quirks.projects.proposal_data {
            ProposalData::NullUntilSent if !out => return Value::Null,
            ProposalData::NullUntilSent | ProposalData::NotReadyUntilSent => out,
            ProposalData::ReadyOnceDesigned => out || designed,
        };
        json!({
            "ready": ready,
            "has_customer_view": project.proposal == Proposal::Viewed,
            "has_customer_view_system": project.proposal == Proposal::Viewed,
            "has_contacts_active": out,
            "has_contacts_active_with_login": false,
        })
    }
}

/// The moment that stands for a day: half past midnight in Harare, which is the evening before in UTC.
fn moment_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc() - TimeDelta::minutes(90)
}

fn day(form: DateForm, day: NaiveDate) -> String {
    match form {
        DateForm::Day => day.to_string(),
        DateForm::Moment => timestamp(moment_of(day)),
    }
}

fn moment(form: DateForm, at: DateTime<Utc>) -> String {
    match form {
        DateForm::Day => at.date_naive().to_string(),
        DateForm::Moment => timestamp(at),
    }
}

fn reference(form: Reference, system: u64, links: Links<'_>) -> Value {
    let url = links.to("systems", system);
    match form {
        Reference::Url => json!(url),
        Reference::Id => json!(system),
        Reference::Object => json!({"id": system, "uuid": system_uuid(system), "url": url}),
    }
}

fn only(mut detail: Map<String, Value>, fields: &[&str]) -> Value {
    detail.retain(|name, _| fields.contains(&name.as_str()));
    Value::Object(detail)
}
