//! Projects as callers write them: read, checked as a whole, then applied or refused.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::fields::{self, FieldErrors};
use super::links;
use super::model::{Organisation, Project, Proposal, made_identifier, take};
use super::workflow::{self, Availability};

/// What a body says of a project, checked.
struct ProjectIntake {
    details: Map<String, Value>,
    identifier: Option<String>,
    /// Links to contacts that exist; they replace the project's set.
    contacts: Option<Vec<u64>>,
    /// Contacts to make and to attach.
    new_contacts: Vec<Map<String, Value>>,
    stage_id: Option<u64>,
}

impl Organisation {
    /// Makes a project with its new contacts.
    ///
    /// # Errors
    /// The body of the 400; nothing is made then, no contact either.
    pub(super) fn create_project(&mut self, body: &Map<String, Value>, now: DateTime<Utc>) -> Result<u64, Value> {
        let intake = self.read_project(body)?;
        let mut contacts = intake.contacts.unwrap_or_default();
        contacts.extend(self.make_contacts(intake.new_contacts, now));
        let id = take(&mut self.next.project);
        let mut details = fields::blank_project();
        details.extend(intake.details);
        let project = Project {
            id,
            identifier: intake.identifier.unwrap_or_else(|| made_identifier("project", id)),
            details,
            contacts,
            systems: Vec::new(),
            stage_id: intake.stage_id.unwrap_or(workflow::NEW),
            proposal: Proposal::None,
            sale: None,
            installation_date: None,
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
        let intake = self.read_project(body)?;
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
        });
        if intake.stage_id.is_some_and(|stage_id| stage_before != Some(stage_id)) {
            self.add_event(id, 56, now);
        }
        Ok(())
    }

    fn read_project(&self, body: &Map<String, Value>) -> Result<ProjectIntake, Value> {
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
        let stage_id = read_stage(body).unwrap_or_else(|wrong| {
            errors.insert("workflow".to_owned(), wrong);
            None
        });
        if !errors.is_empty() {
            return Err(Value::Object(errors));
        }
        let identifier = match body.get("identifier") {
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        Ok(ProjectIntake { details, identifier, contacts, new_contacts, stage_id })
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

/// The stage that a body asks for, in either of the two places that OpenSolar's sample fills.
fn read_stage(body: &Map<String, Value>) -> Result<Option<u64>, Value> {
    let within = body.get("workflow").and_then(|workflow| workflow.get("active_stage_id"));
    let Some(asked) = within.or_else(|| body.get("active_stage_id")) else { return Ok(None) };
    let stage = asked.as_u64().and_then(workflow::stage).filter(|stage| stage.availability == Availability::Open);
    stage.map(|stage| Some(stage.id)).ok_or_else(|| json!(["Invalid stage."]))
}

fn collect(errors: &mut FieldErrors, wrong: FieldErrors) -> Map<String, Value> {
    errors.extend(wrong);
    Map::new()
}
