//! From the CRM's message to OpenSolar: one field at a time is changed, and what OpenSolar is to hold is compared.

use std::collections::{BTreeMap, BTreeSet};

use domain::compose;
use domain::configuration::Configuration;
use domain::fields::{ContactField, ContactFields, Field, ProjectField, ProjectFields};
use domain::jobs::schema;
use domain::jobs::sync_request::SyncRequestMessage;
use domain::remote::EmailPlace;
use serde_json::{Value, json};

use super::{Situations, configuration, configured};
use crate::schemas;

/// Where a field of the message goes.
#[derive(Debug)]
pub(super) struct Row {
    /// Its path in the message.
    pub(super) field: String,
    /// The project's fields that change with it, and in which of [`SITUATIONS`].
    pub(super) project: BTreeMap<ProjectField, Situations>,
    /// The contact's.
    pub(super) contact: BTreeMap<ContactField, Situations>,
    /// Why it goes nowhere.
    pub(super) why_not: Option<&'static str>,
}

/// A message that a field is changed in, and where its e-mail address goes.
struct Situation {
    message: fn() -> Value,
    email: EmailPlace,
}

/// All there is, of a home and of a business; the least there may be, of both; and an e-mail address that is taken.
const SITUATIONS: [Situation; 5] = [
    Situation { message: || whole("solar"), email: EmailPlace::Contact },
    Situation { message: || whole("commercial"), email: EmailPlace::Contact },
    Situation { message: || least("solar"), email: EmailPlace::Contact },
    Situation { message: || least("commercial"), email: EmailPlace::Contact },
    Situation { message: || whole("solar"), email: EmailPlace::Notes },
];

/// When something happens that does not happen always; nothing for always.
pub(super) fn only(situations: &Situations) -> Option<&'static str> {
    let are = |numbers: &[usize]| *situations == numbers.iter().copied().collect();
    if are(&[0, 1, 2, 3, 4]) || are(&[0, 1, 2, 3]) {
        None
    } else if are(&[1, 3]) {
        Some("of a business")
    } else if are(&[2, 3]) {
        Some("if nothing better is there")
    } else if are(&[3]) {
        Some("of a business, if nothing better is there")
    } else if are(&[4]) {
        Some("if OpenSolar has the address and shows nobody who has it")
    } else {
        panic!("there is no word for {situations:?}")
    }
}

fn whole(installation_type: &str) -> Value {
    let mut message = crate::kept::json("events/sync-request-forced.json");
    let request = &mut message["installation_request"];
    request["installation_type"] = json!(installation_type);
    request["updated_at"] = json!("2026-11-20T08:00:00Z");
    request["installation_address"] = json!("16 Example Street");
    request["customer"]["whatsapp_id"] = json!("263770000102");
    request["customer"]["postal_code"] = json!("00263");
    message
}

fn least(installation_type: &str) -> Value {
    json!({"schema_version": 1, "type": "installation_request.sync", "occurred_at": "2026-11-20T08:00:00Z",
        "installation_request": {"id": "1042", "installation_type": installation_type, "revision": 1,
            "latitude": 1, "longitude": 1, "contact_phone": "+263770000109", "customer": {}}})
}

/// Other values than those above, in their order of trying; more than one where one might be there already.
fn markers(path: &str) -> Vec<Value> {
    let name = path.rsplit('.').next().unwrap_or(path);
    let one = match (path, name) {
        ("installation_request.id", _) => json!("another-request"),
        (_, "installation_type") => return vec![json!("hybrid"), json!("solar"), json!("commercial")],
        (_, "status") => json!("in_progress"),
        (_, "revision") => json!(9),
        (_, "latitude" | "longitude") => json!(9.5),
        (_, "force" | "is_blocked") => return vec![json!(true), json!(false)],
        (_, "contact_phone" | "phone_number" | "whatsapp_id") => json!("+263770000999"),
        (_, "email") => json!("another@example.com"),
        (_, "country") => json!("ZM"),
        (_, "language") => json!("sn"),
        (_, name) if name.ends_with("_at") => json!("2026-11-19T00:00:00Z"),
        _ => json!("Another Word"),
    };
    vec![one]
}

/// Where each field of the schema goes.
pub(super) fn derive() -> Vec<Row> {
    let known = schemas::fields(&schema::of_sync_request(), "");
    known.into_iter().map(|(field, schema)| row(field, &schema, &configuration())).collect()
}

fn row(field: String, schema: &Value, config: &Configuration) -> Row {
    let mut row = Row { why_not: why_not(&field), field, project: BTreeMap::new(), contact: BTreeMap::new() };
    for (number, situation) in SITUATIONS.iter().enumerate() {
        // Of a field that can only be one thing, no other can be tried.
        if schema.get("const").is_some() {
            break;
        }
        let before = (situation.message)();
        let (site, contact) = composed(&before, situation.email, config);
        for marker in markers(&row.field) {
            let mut after = before.clone();
            put(&mut after, &row.field, marker);
            let (other_site, other_contact) = composed(&after, situation.email, config);
            for changed in site.differing(&other_site) {
                row.project.entry(changed).or_default().insert(number);
            }
            for changed in contact.differing(&other_contact) {
                row.contact.entry(changed).or_default().insert(number);
            }
        }
    }
    let goes_nowhere = row.project.is_empty() && row.contact.is_empty();
    assert_eq!(goes_nowhere, row.why_not.is_some(), "{}: it is sent, or there is a reason why not", row.field);
    row
}

fn put(message: &mut Value, path: &str, value: Value) {
    let mut place = message;
    for name in path.split('.') {
        place = &mut place[name];
    }
    *place = value;
}

fn composed(message: &Value, email: EmailPlace, config: &Configuration) -> (ProjectFields, ContactFields) {
    let message = SyncRequestMessage::parse(&message.to_string()).expect("readable");
    let request = message.request(&config.calling_code).expect("usable");
    (compose::site(&request, email, config), compose::contact(&request, email))
}

fn why_not(field: &str) -> Option<&'static str> {
    Some(match field {
        "schema_version" | "type" => "others are refused",
        "message_id" => "repeats are known by it; updates name it as their cause",
        "occurred_at" => "orders messages that have neither `revision` nor `updated_at`",
        "trigger" | "requested_by" => "for people who look at the queue",
        "force" => "syncs what type and switch would skip, and repeats an equal revision",
        "installation_request.revision" => "an older one is never applied",
        "installation_request.updated_at" => "orders messages that have no `revision`",
        "installation_request.status" => "a cancelled or completed request is not synced; the stage is OpenSolar's own",
        "installation_request.created_at" => "whether a project may be there already, by `trusted_since`",
        "installation_request.customer.id" => "OpenSolar's contact is known by phone number and e-mail address",
        "installation_request.customer.language" => "chooses the template of a WhatsApp message",
        "installation_request.customer.is_blocked" => "a blocked customer is told nothing",
        "installation_request.customer.last_inbound_at" => "chooses text or template",
        _ => return None,
    })
}

#[test]
fn what_has_no_free_field_of_its_own_is_in_the_notes() {
    let without = configured(|document| document.custom_project_info.clear());
    for (field, in_free_field) in [
        ("installation_request.order_number", ProjectField::CustomProjectInfo1),
        ("installation_request.assessment_number", ProjectField::CustomProjectInfo2),
        ("installation_request.preferred_datetime", ProjectField::CustomProjectInfo3),
        ("installation_request.installation_type", ProjectField::CustomProjectInfo4),
        ("installation_request.id", ProjectField::CustomProjectInfo5),
    ] {
        let changed = |config: &Configuration| row(field.to_owned(), &Value::Null, config).project;
        assert!(changed(&configuration()).contains_key(&in_free_field), "{field}");
        let in_notes = changed(&without);
        assert!(in_notes.contains_key(&ProjectField::Notes) && !in_notes.contains_key(&in_free_field), "{field}");
    }
}

#[test]
fn every_field_that_opensolar_is_sent_has_a_source() {
    let rows = derive();
    let projects: BTreeSet<ProjectField> = rows.iter().flat_map(|row| row.project.keys().copied()).collect();
    let contacts: BTreeSet<ContactField> = rows.iter().flat_map(|row| row.contact.keys().copied()).collect();
    let unchanging: Vec<&ProjectField> = ProjectField::ALL.iter().filter(|field| !projects.contains(field)).collect();
    assert_eq!(unchanging, [&ProjectField::LeadSource]);
    assert_eq!(contacts.len(), ContactField::ALL.len());
}
