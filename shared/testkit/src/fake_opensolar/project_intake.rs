//! Projects as callers write them: read, checked as a whole, then applied or refused.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value, json};

use super::fields::{self, FieldErrors};
use super::links;
use super::model::{Organisation, Project, Proposal, System, SystemKind, made_identifier, take};
use super::quirks::{Coordinates, DateWrites, FirstSystem, IdentifierLength, IdentifierRule};
use super::workflow;

/// Where geocoding finds every address: the middle of Harare.
const GEOCODED: [(&str, f64); 2] = [("lat", -17.829_2), ("lon", 31.052_2)];
/// What stands on a roof that had a system before.
const EXISTING_KW: f64 = 3.0;

/// What a body says of a project, checked.
struct ProjectIntake {
    details: Map<String, Value>,
    identifier: Option<String>,
    /// Links to contacts that exist; they replace the project's set.
    contacts: Option<Vec<u64>>,
    /// Contacts to make and to attach.
    new_contacts: Vec<Map<String, Value>>,
    stage_id: Option<u64>,
    /// The dates that the body names, if the API writes any: none within takes the date away.
    contract_signed: Option<Option<NaiveDate>>,
    installation_date: Option<Option<NaiveDate>>,
}

impl Organisation {
    /// Makes a project with its new contacts.
    ///
    /// # Errors
    /// The body of the 400; nothing is made then, no contact either.
    pub(super) fn create_project(&mut self, body: &Map<String, Value>, now: DateTime<Utc>) -> Result<u64, Value> {
        let intake = self.read_project(body, None)?;
        let mut contacts = intake.contacts.unwrap_or_default();
        contacts.extend(self.make_contacts(intake.new_contacts, now));
        let id = take(&mut self.next.project);
        let mut details = fields::blank_project();
        details.extend(intake.details);
        self.geocode(&mut details);
        let systems = self.first_systems();
        let project = Project {
            id,
            identifier: intake.identifier.unwrap_or_else(|| made_identifier("project", id)),
            details,
            contacts,
            systems,
            stage_id: intake.stage_id.unwrap_or(workflow::NEW),
            proposal: Proposal::None,
            sale: None,
            contract_signed: intake.contract_signed.flatten(),
            installation_date: intake.installation_date.flatten(),
            system_installed: None,
            created_date: now,
            modified_date: now,
        };
        self.add_project(project, now);
        Ok(id)
    }

    /// Changes what the body names of a project that exists.
    ///
    /// # Errors
    /// The body of the 400; nothing is changed then.
    pub(super) fn update_project(
        &mut self,
        id: u64,
        body: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<(), Value> {
        let intake = self.read_project(body, Some(id))?;
        let made = self.make_contacts(intake.new_contacts, now);
        let stage_before = self.projects.get(&id).map(|project| project.stage_id);
        self.edit_project(id, now, |project| {
            project.details.extend(intake.details);
            if let Some(identifier) = intake.identifier {
                project.identifier = identifier;
            }
            if let Some(contacts) = intake.contacts {
                project.contacts = contacts;
            }
            project.contacts.extend(made);
            if let Some(stage_id) = intake.stage_id {
                project.stage_id = stage_id;
            }
            if let Some(date) = intake.contract_signed {
                project.contract_signed = date;
            }
            if let Some(date) = intake.installation_date {
                project.installation_date = date;
            }
        });
        if intake.stage_id.is_some_and(|stage_id| stage_before != Some(stage_id)) {
            self.add_event(id, 56, now);
        }
        Ok(())
    }

    /// What the body says; `own` is the project that it is for, if that exists already.
    fn read_project(&self, body: &Map<String, Value>, own: Option<u64>) -> Result<ProjectIntake, Value> {
        let mut errors = FieldErrors::new();
        let details = fields::of_project(body).unwrap_or_else(|wrong| collect(&mut errors, wrong));
        let contacts = match body.get("contacts") {
            None => None,
            Some(links) => self.read_links(links).map_err(|wrong| errors.insert("contacts".to_owned(), wrong)).ok(),
        };
        let new_contacts = match body.get("contacts_new") {
            None | Some(Value::Null) => Vec::new(),
            Some(new) => self.read_new_contacts(new).unwrap_or_else(|wrong| {
                errors.insert("contacts_new".to_owned(), wrong);
                Vec::new()
            }),
        };
        let stage_id = self.read_stage(body).unwrap_or_else(|wrong| {
            errors.insert("workflow".to_owned(), wrong);
            None
        });
        let identifier = match body.get("identifier") {
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        if let Some(wrong) = identifier.as_ref().and_then(|identifier| self.identifier_problem(identifier, own)) {
            errors.insert("identifier".to_owned(), json!([wrong]));
        }
        if !errors.is_empty() {
            return Err(Value::Object(errors));
        }
        let date = |name: &str| match self.quirks.projects.date_writes {
            DateWrites::Ignored => None,
            DateWrites::Taken => {
                body.get(name).map(|value| value.as_str().and_then(|text| text.get(..10)?.parse().ok()))
            }
        };
        let (contract_signed, installation_date) = (date("contract_date"), date("installation_date"));
        Ok(ProjectIntake { details, identifier, contacts, new_contacts, stage_id, contract_signed, installation_date })
    }

    fn identifier_problem(&self, identifier: &str, own: Option<u64>) -> Option<&'static str> {
        let rules = &self.quirks.projects;
        let taken = |project: &Project| Some(project.id) != own && project.identifier == identifier;
        if rules.identifier == IdentifierRule::Unique && self.projects.values().any(taken) {
            return Some("project with this identifier already exists.");
        }
        let long = rules.identifier_length == IdentifierLength::AtMost36 && 36 < identifier.chars().count();
        long.then_some("Ensure this field has no more than 36 characters.")
    }

    fn geocode(&self, details: &mut Map<String, Value>) {
        let known = details.get("address").is_some_and(Value::is_string);
        if self.quirks.projects.coordinates == Coordinates::AsWritten || !known {
            return;
        }
        for (name, value) in GEOCODED {
            if details.get(name).is_none_or(Value::is_null) {
                details.insert(name.to_owned(), json!(value));
            }
        }
    }

    fn first_systems(&mut self) -> Vec<System> {
        let (kw_stc, kind) = match self.quirks.projects.first_system {
            FirstSystem::None => return Vec::new(),
            FirstSystem::Existing => (EXISTING_KW, SystemKind::Existing),
            FirstSystem::Empty => (0.0, SystemKind::Design),
        };
        vec![System { id: take(&mut self.next.system), kw_stc, kind }]
    }

    /// The stage that a body asks for, in either of the two places that OpenSolar's sample fills.
    fn read_stage(&self, body: &Map<String, Value>) -> Result<Option<u64>, Value> {
        let within = body.get("workflow").and_then(|workflow| workflow.get("active_stage_id"));
        let Some(asked) = within.or_else(|| body.get("active_stage_id")) else { return Ok(None) };
        let open = |id: &u64| self.workflows.is_open(*id, self.quirks.projects.workflows);
        asked.as_u64().filter(open).map(Some).ok_or_else(|| json!(["Invalid stage."]))
    }

    fn read_links(&self, links: &Value) -> Result<Vec<u64>, Value> {
        let links = links.as_array().ok_or_else(|| json!(["Expected a list of items."]))?;
        let mut ids = Vec::new();
        for link in links {
            let id = links::contact_id(link, self.id)?;
            if !self.contacts.contains_key(&id) {
                return Err(json!(["Invalid hyperlink - Object does not exist."]));
            }
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }
}

fn collect(errors: &mut FieldErrors, wrong: FieldErrors) -> Map<String, Value> {
    errors.extend(wrong);
    Map::new()
}
