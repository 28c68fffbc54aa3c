//! What becomes of what callers, or people, write.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::quirks::{CustomFields, Nested};
use super::records::Records;

/// The custom fields that the document names.
const DOCUMENTED: [&str; 3] = ["hanna_installation_id", "hanna_order_number", "installation_type"];

impl Records {
    /// What is kept of these fields.
    pub(super) fn kept(&self, mut fields: Map<String, Value>) -> Map<String, Value> {
        if self.quirks.custom_fields == CustomFields::DocumentedOnly
            && let Some(Value::Object(custom)) = fields.get_mut("custom_fields")
        {
            custom.retain(|name, _| DOCUMENTED.contains(&name.as_str()));
        }
        fields
    }

    /// Changes a project's fields.
    pub(super) fn edit(&mut self, id: u64, changes: &Map<String, Value>, now: DateTime<Utc>) {
        let (updated_at, nested) = (self.moment(now), self.quirks.nested);
        let Some(project) = self.projects.get_mut(&id) else { return };
        for (name, value) in changes {
            match (project.fields.get_mut(name), value, nested) {
                (Some(Value::Object(there)), Value::Object(new), Nested::Merged) => there.extend(new.clone()),
                _ => drop(project.fields.insert(name.clone(), value.clone())),
            }
        }
        project.updated_at = updated_at;
    }
}
