//! The schemas in `events/schemas/` are those of the Rust types, and say what the parser does.

use domain::jobs::schema;
use domain::jobs::sync_request::SyncRequestMessage;
use domain::phone::CallingCode;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::kept;

/// Says whether something is what the CRM sends.
pub(crate) fn of_sync_request() -> Validator {
    validator(&schema::of_sync_request())
}

/// Says whether something is what the CRM gets.
pub(crate) fn of_crm_update() -> Validator {
    validator(&schema::of_crm_update())
}

fn validator(schema: &Value) -> Validator {
    if let Err(error) = jsonschema::meta::validate(schema) {
        panic!("this is no JSON Schema: {error}");
    }
    jsonschema::options().should_validate_formats(true).build(schema).expect("a schema that can be used")
}

/// Fails with all that is wrong.
pub(crate) fn assert_valid(validator: &Validator, value: &Value, what: &str) {
    let wrong: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{what} is not as its schema says:\n{}", wrong.join("\n"));
}

#[test]
fn the_schemas_are_current() {
    kept::json_is("events/schemas/installation-request-sync.schema.json", &schema::of_sync_request());
    kept::json_is("events/schemas/installation-request-updated.schema.json", &schema::of_crm_update());
}

#[test]
fn every_field_of_the_messages_is_described() {
    for schema in [schema::of_sync_request(), schema::of_crm_update()] {
        for (path, field) in fields(&schema, "") {
            assert!(field["description"].is_string(), "{path} says nothing of itself");
        }
    }
}

/// The fields of an object's schema and of the objects in it, by their paths.
pub(crate) fn fields(schema: &Value, under: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{under}{name}");
        match field["properties"].is_object() && field["additionalProperties"].is_null() {
            true => found.extend(fields(field, &format!("{path}."))),
            false => found.push((path, field.clone())),
        }
    }
    found
}

/// Whether the parser can use the message.
fn is_usable(message: &Value) -> bool {
    let home = CallingCode::parse("263").expect("a calling code");
    SyncRequestMessage::parse(&message.to_string()).and_then(|message| message.request(&home)).is_ok()
}

fn least() -> Value {
    json!({"schema_version": 1, "type": "installation_request.sync", "occurred_at": "2026-11-20T08:00:00Z",
        "installation_request": {"id": "1042", "installation_type": "solar",
            "customer": {"phone_number": "+263770000101"}}})
}

/// The least that is demanded, with one value put at a place, or taken away from it.
fn with(pointer: &str, value: Option<Value>) -> Value {
    let mut message = least();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let object = message.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    match value {
        Some(value) => object.insert(name.to_owned(), value),
        None => object.remove(name),
    };
    message
}

#[test]
fn what_the_parser_demands_the_schema_demands() {
    let schema = of_sync_request();
    assert_valid(&schema, &least(), "the least");
    assert!(is_usable(&least()));
    let refused = [
        ("/schema_version", Some(json!(2))),
        ("/schema_version", Some(json!("1"))),
        ("/schema_version", None),
        ("/type", Some(json!("installation_request.other"))),
        ("/type", None),
        ("/occurred_at", None),
        ("/installation_request", None),
        ("/installation_request/id", None),
        ("/installation_request/id", Some(json!(null))),
        ("/installation_request/id", Some(json!(-1))),
        ("/installation_request/id", Some(json!(1.5))),
        ("/installation_request/id", Some(json!("a/b"))),
        ("/installation_request/id", Some(json!("9".repeat(101)))),
        ("/installation_request/installation_type", None),
        ("/installation_request/installation_type", Some(json!(4))),
        ("/installation_request/customer", None),
        ("/installation_request/customer", Some(json!("55"))),
        ("/installation_request/customer/phone_number", None),
        ("/installation_request/customer/phone_number", Some(json!(null))),
    ];
    for (pointer, value) in refused {
        let message = with(pointer, value.clone());
        assert!(!is_usable(&message), "the parser takes {pointer} {value:?}");
        assert!(!schema.is_valid(&message), "the schema takes {pointer} {value:?}");
    }
}

#[test]
fn what_the_parser_reads_the_schema_allows() {
    let schema = of_sync_request();
    let read = [
        ("/installation_request/id", json!(1042)),
        ("/installation_request/revision", json!("3")),
        ("/installation_request/revision", json!(3.0)),
        ("/installation_request/latitude", json!("-17.8")),
        ("/installation_request/order_number", json!(77)),
        ("/installation_request/contact_phone", json!("077 000 0101")),
        ("/installation_request/status", json!("something new")),
        ("/installation_request/customer/id", json!(55)),
        ("/installation_request/customer/email", json!(null)),
        ("/installation_request/customer/is_blocked", json!(null)),
        ("/installation_request/customer/whatsapp_id", json!(263_770_000_101_u64)),
        ("/trigger", json!("something new")),
        ("/a_new_field", json!({"of": "the CRM"})),
    ];
    for (pointer, value) in read {
        let message = with(pointer, Some(value));
        assert!(is_usable(&message), "{pointer}");
        assert_valid(&schema, &message, pointer);
    }
}

#[test]
fn what_the_parser_would_drop_the_schema_warns_of() {
    let schema = of_sync_request();
    let dropped = [
        ("/installation_request/revision", json!(-3)),
        ("/installation_request/latitude", json!(170)),
        ("/installation_request/notes", json!(["a", "b"])),
        ("/installation_request/customer/is_blocked", json!("yes")),
    ];
    for (pointer, value) in dropped {
        let message = with(pointer, Some(value));
        assert!(is_usable(&message), "one odd field keeps a customer from being served: {pointer}");
        assert!(!schema.is_valid(&message), "{pointer}");
    }
}
