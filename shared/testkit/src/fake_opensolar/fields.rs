//! The fields that callers write, and how leniently they are read.
//!
//! Django REST Framework takes `"35.12"` for a number and ignores names that it does not know or that are
//! read-only, without an error (developers.opensolar.com/api/projects shows the coercion).

use serde_json::{Map, Value, json};

/// What a field holds.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Number,
    Integer,
    YesOrNo,
    /// Stored as it came.
    Anything,
}

const PROJECT: [(&str, Kind); 32] = [
    ("title", Kind::Text),
    ("business_name", Kind::Text),
    ("business_identifier", Kind::Text),
    ("is_residential", Kind::YesOrNo),
    ("address", Kind::Text),
    ("locality", Kind::Text),
    ("county", Kind::Text),
    ("state", Kind::Text),
    ("zip", Kind::Text),
    ("country_iso2", Kind::Text),
    ("lat", Kind::Number),
    ("lon", Kind::Number),
    ("lead_source", Kind::Text),
    ("notes", Kind::Text),
    ("site_notes", Kind::Text),
    ("number_of_phases", Kind::Integer),
    ("number_of_wires", Kind::Integer),
    ("number_of_storeys", Kind::Integer),
    ("roof_type", Kind::Text),
    ("assigned_role", Kind::Text),
    ("assigned_salesperson_role", Kind::Text),
    ("assigned_designer_role", Kind::Text),
    ("assigned_installer_role", Kind::Text),
    ("assigned_site_inspector_role", Kind::Text),
    ("priority", Kind::Integer),
    ("usage", Kind::Anything),
    ("language", Kind::Text),
    ("custom_project_info_1", Kind::Text),
    ("custom_project_info_2", Kind::Text),
    ("custom_project_info_3", Kind::Text),
    ("custom_project_info_4", Kind::Text),
    ("custom_project_info_5", Kind::Text),
];

const CONTACT: [(&str, Kind); 12] = [
    ("first_name", Kind::Text),
    ("middle_name", Kind::Text),
    ("family_name", Kind::Text),
    ("email", Kind::Text),
    ("phone", Kind::Text),
    ("date_of_birth", Kind::Text),
    ("gender", Kind::Integer),
    ("passport_number", Kind::Text),
    ("licence_number", Kind::Text),
    ("custom_contact_info_1", Kind::Text),
    ("custom_contact_info_2", Kind::Text),
    ("custom_data", Kind::Anything),
];

/// Errors by field, in the shape of an answer's body: `{"lat": ["A valid number is required."]}`.
pub(super) type FieldErrors = Map<String, Value>;

/// Every free field of a new project, with its value from before anybody writes it.
pub(super) fn blank_project() -> Map<String, Value> {
    blank(&PROJECT)
}

/// Every free field of a new contact.
pub(super) fn blank_contact() -> Map<String, Value> {
    blank(&CONTACT)
}

/// The free fields of a project that the body names, as they will be stored.
pub(super) fn of_project(body: &Map<String, Value>) -> Result<Map<String, Value>, FieldErrors> {
    read(&PROJECT, body)
}

/// The free fields of a contact that the body names, as they will be stored.
pub(super) fn of_contact(body: &Map<String, Value>) -> Result<Map<String, Value>, FieldErrors> {
    read(&CONTACT, body)
}

fn blank(known: &[(&str, Kind)]) -> Map<String, Value> {
    let value = |kind: &Kind| match kind {
        Kind::YesOrNo => json!(true),
        Kind::Text | Kind::Number | Kind::Integer | Kind::Anything => Value::Null,
    };
    known.iter().map(|(name, kind)| ((*name).to_owned(), value(kind))).collect()
}

fn read(known: &[(&str, Kind)], body: &Map<String, Value>) -> Result<Map<String, Value>, FieldErrors> {
    let mut fields = Map::new();
    let mut errors = FieldErrors::new();
    for (name, kind) in known {
        let Some(value) = body.get(*name) else { continue };
        match kind.read(value) {
            Ok(value) => fields.insert((*name).to_owned(), value),
            Err(problem) => errors.insert((*name).to_owned(), json!([problem])),
        };
    }
    if errors.is_empty() { Ok(fields) } else { Err(errors) }
}

impl Kind {
    fn read(self, value: &Value) -> Result<Value, &'static str> {
        match (self, value) {
            (Self::Anything, value) => Ok(value.clone()),
            (Self::YesOrNo, Value::Null) => Err("This field may not be null."),
            (_, Value::Null) => Ok(Value::Null),
            (Self::Text, Value::String(text)) => Ok(json!(text.trim())),
            (Self::Text, Value::Number(number)) => Ok(json!(number.to_string())),
            (Self::Text, _) => Err("Not a valid string."),
            (Self::Number, value) => as_text(value)
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
                .map(Value::from)
                .ok_or("A valid number is required."),
            (Self::Integer, value) => {
                as_text(value).parse::<i64>().map(Value::from).map_err(|_| "A valid integer is required.")
            }
            (Self::YesOrNo, value) => match as_text(value).to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" => Ok(json!(true)),
                "false" | "0" | "no" => Ok(json!(false)),
                _ => Err("Must be a valid boolean."),
            },
        }
    }
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}
