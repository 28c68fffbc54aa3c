//! What a project leaves out wherever it is shown, or shows as null.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::model::Organisation;
use super::quirks::{DesignField, EmptyFields};

/// About what the design of a small house takes, observed live.
const DESIGN_LENGTH: usize = 170 * 1024;

/// How a field is withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// It is there, and null.
    Null,
    /// It is not there.
    Missing,
}

/// The fields that are withheld from every project, whatever is in them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Veil(pub(super) Vec<(String, Absence)>);

impl Organisation {
    /// The project as callers and webhooks see it, in detail or, of that, a part.
    pub(super) fn veiled(&self, mut detail: Map<String, Value>) -> Map<String, Value> {
        match self.quirks.answers.design {
            DesignField::Omitted => {}
            DesignField::Null => drop(detail.insert("design".to_owned(), Value::Null)),
            DesignField::Blob => drop(detail.insert("design".to_owned(), json!("H4sI".repeat(DESIGN_LENGTH / 4)))),
        }
        match self.quirks.answers.empty_fields {
            EmptyFields::AsUsual => {}
            EmptyFields::Null => {
                detail.values_mut().filter(|value| is_empty(value)).for_each(|value| *value = Value::Null);
            }
            EmptyFields::Missing => detail.retain(|_, value| !is_empty(value)),
        }
        for (field, absence) in &self.veil.0 {
            match (absence, detail.get_mut(field)) {
                (Absence::Null, Some(value)) => *value = Value::Null,
                (Absence::Missing, Some(_)) => drop(detail.remove(field)),
                (Absence::Null | Absence::Missing, None) => {}
            }
        }
        detail
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}
