//! JSON Schemas (draft 2020-12) of the messages that go between the CRM and the bridge, made from their Rust types.
//!
//! Only tests ask for them; `events/schemas/` has what they write down.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Value, json};

use super::{crm_update, sync_request};
use crate::notification::{Channel, Milestone};
use crate::project::SyncStatus;
use crate::remote::Phase;
use crate::request::CrmStatus;

/// What the CRM sends: all that the parser demands, and of the rest what it reads.
///
/// What is valid is read; what is not valid, but lacks nothing that is demanded, loses the fields that are odd.
pub fn of_sync_request() -> Value {
    written::<sync_request::SyncRequestMessage>(SchemaSettings::draft2020_12().for_deserialize())
}

/// What the CRM gets.
pub fn of_crm_update() -> Value {
    written::<crm_update::CrmUpdate>(SchemaSettings::draft2020_12().for_serialize())
}

fn written<T: JsonSchema>(settings: SchemaSettings) -> Value {
    let settings = settings.with(|settings| settings.inline_subschemas = true);
    let settings = settings.with_transform(RecursiveTransform(plain));
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// Without the line breaks of our comments, and without formats that name Rust's types.
fn plain(schema: &mut Schema) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace('\n', " ");
    }
    if schema.get("format").is_some_and(|format| ["uint32", "uint64", "double"].iter().any(|rust| format == rust)) {
        schema.remove("format");
    }
}

/// An id is 1 to 100 of these.
const ID: &str = "^[A-Za-z0-9_-]{1,100}$";

/// Lets the fields that may be missing be what the parser takes for them too, and null.
pub(super) fn lenient(schema: &mut Schema) {
    let required = schema.get("required").cloned().unwrap_or_default();
    let is_required = |name: &String| required.as_array().is_some_and(|names| names.contains(&json!(name)));
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (_, property) in properties.iter_mut().filter(|(name, _)| !is_required(name)) {
        let Some(property) = property.as_object_mut() else { continue };
        let is_time = property.get("format").is_some_and(|format| format == "date-time");
        let kinds = match property.get("type") {
            Some(kind) if *kind == json!("boolean") => json!(["boolean", "null"]),
            Some(kind) if *kind == json!(["string", "null"]) && !is_time => json!(["string", "number", "null"]),
            Some(kind) if *kind == json!(["integer", "null"]) => json!(["integer", "string", "null"]),
            Some(kind) if *kind == json!(["number", "null"]) => json!(["number", "string", "null"]),
            Some(_) | None => continue,
        };
        property.insert("type".to_owned(), kinds);
    }
    // That null stands for a field that is missing, the types say.
    properties.values_mut().filter_map(Value::as_object_mut).for_each(|property| {
        property.retain(|keyword, value| keyword != "default" || !value.is_null());
    });
}

/// One of the fields by which messages are ordered has to be there.
pub(super) fn some_order() -> Value {
    let in_request = |field: &str, kinds: Value| {
        let request = json!({"properties": {field: {"type": kinds}}, "required": [field]});
        json!({"properties": {"installation_request": request}})
    };
    json!([
        {"properties": {"occurred_at": {"type": "string"}}, "required": ["occurred_at"]},
        in_request("revision", json!(["integer", "string"])),
        in_request("updated_at", json!("string")),
    ])
}

/// One of the fields for phone numbers has to be there.
pub(super) fn some_phone() -> Value {
    let given = |field: &str| json!({"properties": {field: {"type": ["string", "number"]}}, "required": [field]});
    let of_customer = |field: &str| json!({"properties": {"customer": given(field)}});
    json!([of_customer("phone_number"), of_customer("whatsapp_id"), given("contact_phone")])
}

pub(super) fn request_version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"const": sync_request::SCHEMA_VERSION})
}

pub(super) fn request_type(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"const": sync_request::MESSAGE_TYPE})
}

pub(super) fn update_version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"const": crm_update::SCHEMA_VERSION})
}

pub(super) fn update_type(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"const": crm_update::MESSAGE_TYPE})
}

pub(super) fn id_as_text_or_number(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "integer"], "pattern": ID, "minimum": 0, "maximum": u64::MAX})
}

pub(super) fn id_as_text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "pattern": ID})
}

pub(super) fn optional_id_as_text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "pattern": ID})
}

pub(super) fn decimal(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "pattern": r"^[0-9]+\.[0-9]{2}$"})
}

pub(super) fn https_address(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "format": "uri", "pattern": "^https://"})
}

/// Only the CRM cancels a request: it is never told so.
pub(super) fn told_status(_: &mut SchemaGenerator) -> Schema {
    one_of(
        CrmStatus::ALL.into_iter().filter(|status| *status != CrmStatus::Cancelled).map(CrmStatus::as_str),
        Absent::Null,
    )
}

pub(super) fn sync_status(_: &mut SchemaGenerator) -> Schema {
    let every = [SyncStatus::Pending, SyncStatus::Synced, SyncStatus::SyncFailed, SyncStatus::Updated];
    one_of(every.into_iter().map(SyncStatus::as_str), Absent::Null)
}

pub(super) fn milestone_of_stage(_: &mut SchemaGenerator) -> Schema {
    one_of(Phase::ALL.into_iter().map(Phase::as_str), Absent::Null)
}

pub(super) fn milestone(_: &mut SchemaGenerator) -> Schema {
    one_of(Milestone::ALL.into_iter().map(Milestone::as_str), Absent::Never)
}

pub(super) fn message_state(_: &mut SchemaGenerator) -> Schema {
    one_of(["sent", "held", "failed"].into_iter(), Absent::Never)
}

pub(super) fn channel(_: &mut SchemaGenerator) -> Schema {
    one_of([Channel::Text, Channel::Template].into_iter().map(Channel::as_str), Absent::Null)
}

pub(super) fn changes(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "properties": {"message": generator.subschema_for::<crm_update::CustomerMessage>()},
        "additionalProperties": {
            "type": "object",
            "properties": {"from": true, "to": true},
            "required": ["from", "to"],
        },
    })
}

/// Whether a value may be missing.
#[derive(PartialEq)]
enum Absent {
    Never,
    Null,
}

fn one_of(names: impl Iterator<Item = &'static str>, absent: Absent) -> Schema {
    let mut values: Vec<Value> = names.map(Value::from).collect();
    if absent == Absent::Null {
        values.push(Value::Null);
    }
    json_schema!({"enum": values})
}
