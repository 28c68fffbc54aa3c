//! The fields of a project that the CRM decides about, on the wire: one table for creating, changing and reading.

use domain::fields::{FieldValue, ProjectField, ProjectFields};
use domain::request::Position;
use serde_json::{Map, Value, json};

use crate::lenient::{decimal, flag, text_or_number};

/// How a field stands in a project's JSON (dev docs, "projects").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wire {
    /// A boolean.
    YesOrNo(&'static str),
    /// Text.
    Text(&'static str),
    /// Text or null.
    NullableText(&'static str),
    /// `lat` and `lon`, numbers or null.
    Position,
}

fn wire(field: ProjectField) -> Wire {
    match field {
        ProjectField::IsResidential => Wire::YesOrNo("is_residential"),
        ProjectField::Title => Wire::Text("title"),
        ProjectField::BusinessName => Wire::NullableText("business_name"),
        ProjectField::LeadSource => Wire::Text("lead_source"),
        ProjectField::Address => Wire::NullableText("address"),
        ProjectField::Locality => Wire::NullableText("locality"),
        ProjectField::State => Wire::NullableText("state"),
        ProjectField::Zip => Wire::NullableText("zip"),
        ProjectField::CountryIso2 => Wire::Text("country_iso2"),
        ProjectField::Position => Wire::Position,
        ProjectField::Notes => Wire::Text("notes"),
        ProjectField::CustomProjectInfo1 => Wire::Text("custom_project_info_1"),
        ProjectField::CustomProjectInfo2 => Wire::Text("custom_project_info_2"),
        ProjectField::CustomProjectInfo3 => Wire::Text("custom_project_info_3"),
        ProjectField::CustomProjectInfo4 => Wire::Text("custom_project_info_4"),
        ProjectField::CustomProjectInfo5 => Wire::Text("custom_project_info_5"),
    }
}

/// The fields as JSON, those without a value as OpenSolar's nothing: null where it takes null, else empty text.
///
/// A create names only fields with a value, so that OpenSolar's own defaults hold for the others. `is_residential` has
/// no nothing: without a value it is left out of a change too.
pub(super) fn written<'a>(values: impl Iterator<Item = (ProjectField, Option<&'a FieldValue>)>) -> Map<String, Value> {
    let keys = values.flat_map(|(field, value)| entries(wire(field), value));
    keys.map(|(key, value)| (key.to_owned(), value)).collect()
}

fn entries(wire: Wire, value: Option<&FieldValue>) -> Vec<(&'static str, Value)> {
    match (wire, value) {
        (Wire::YesOrNo(key), Some(FieldValue::Flag(yes))) => vec![(key, json!(yes))],
        (Wire::YesOrNo(_), _) => Vec::new(),
        (Wire::Text(key) | Wire::NullableText(key), Some(FieldValue::Text(text))) => vec![(key, json!(text))],
        (Wire::Text(key), _) => vec![(key, json!(""))],
        (Wire::NullableText(key), _) => vec![(key, Value::Null)],
        (Wire::Position, Some(FieldValue::Place(position))) => {
            vec![("lat", json!(position.latitude)), ("lon", json!(position.longitude))]
        }
        (Wire::Position, _) => vec![("lat", Value::Null), ("lon", Value::Null)],
    }
}

/// What a project holds of each field; one that is missing, null or of another kind is blank.
pub(super) fn read(project: &Value) -> ProjectFields {
    let fields = <ProjectField as domain::fields::Field>::ALL;
    fields.iter().map(|field| (*field, value(wire(*field), project))).collect()
}

fn value(wire: Wire, project: &Value) -> Option<FieldValue> {
    match wire {
        Wire::YesOrNo(key) => flag(project.get(key)).map(FieldValue::Flag),
        Wire::Text(key) => FieldValue::text(&text_or_number(project.get(key))?),
        // OpenSolar is known to write the word for nothing into texts that may be null.
        Wire::NullableText(key) => {
            let text = text_or_number(project.get(key)).filter(|text| text != "null")?;
            FieldValue::text(&text)
        }
        Wire::Position => {
            let position = Position::new(decimal(project.get("lat"))?, decimal(project.get("lon"))?)?;
            Some(FieldValue::place(position))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::tests::new_project;
    use domain::fields::{Field, ProjectPatch};

    const NULLABLE: [&str; 5] = ["business_name", "address", "locality", "state", "zip"];

    #[test]
    fn what_is_written_is_what_is_read() {
        let site = new_project().site;
        let body = written(site.iter().map(|(field, value)| (field, Some(value))));
        assert_eq!(read(&Value::Object(body)), site);
    }

    #[test]
    fn a_blanked_field_is_null_where_opensolar_takes_null() {
        for field in ProjectField::ALL {
            let patch = ProjectPatch::from_iter([(*field, None)]);
            let body = Value::Object(written(patch.iter()));
            let name = field.as_str();
            let expected = match field {
                ProjectField::IsResidential => json!({}),
                ProjectField::Position => json!({"lat": null, "lon": null}),
                _ if NULLABLE.contains(&name) => json!({name: null}),
                _ => json!({name: ""}),
            };
            assert_eq!(body, expected, "{name}");
            assert_eq!(read(&body), ProjectFields::default(), "{name}");
        }
    }

    #[test]
    fn every_form_of_a_value_is_read() {
        let place = Position::new(-17.8, 31.05).map(FieldValue::place);
        let cases = [
            (json!({"lat": -17.8, "lon": 31.05}), ProjectField::Position, place.clone()),
            (json!({"lat": "-17.8000000001", "lon": "\u{2212}31.05"}), ProjectField::Position, {
                Position::new(-17.8, -31.05).map(FieldValue::place)
            }),
            (json!({"lat": -17.8, "lon": null}), ProjectField::Position, None),
            (json!({"lat": 95, "lon": 31.05}), ProjectField::Position, None),
            (json!({"lat": "NaN", "lon": 31.05}), ProjectField::Position, None),
            (json!({"zip": 263}), ProjectField::Zip, FieldValue::text("263")),
            (json!({"zip": "null"}), ProjectField::Zip, None),
            (json!({"notes": "null"}), ProjectField::Notes, FieldValue::text("null")),
            (json!({"notes": " a\r\nb "}), ProjectField::Notes, FieldValue::text("a\nb")),
            (json!({"custom_project_info_5": 7}), ProjectField::CustomProjectInfo5, FieldValue::text("7")),
            (json!({"is_residential": "false"}), ProjectField::IsResidential, Some(FieldValue::Flag(false))),
            (json!({"is_residential": null}), ProjectField::IsResidential, None),
        ];
        for (body, field, expected) in cases {
            assert_eq!(read(&body), ProjectFields::from_iter([(field, expected)]), "{body}");
        }
    }

    #[test]
    fn what_is_no_value_is_blank() {
        let keys = written(ProjectField::ALL.iter().map(|field| (*field, None)));
        for odd in [json!(null), json!([]), json!({}), json!([null]), json!("  ")] {
            let body: Map<String, Value> = keys.keys().map(|key| (key.clone(), odd.clone())).collect();
            assert_eq!(read(&Value::Object(body)), ProjectFields::default(), "{odd}");
        }
        assert_eq!(read(&json!("page")), ProjectFields::default());
    }
}
