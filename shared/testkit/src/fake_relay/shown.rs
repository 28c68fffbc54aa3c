//! Records as callers see them.

use serde_json::{Map, Value, json};

use super::quirks::{Ids, Quirks, ShownFields};
use super::records::{Contact, Project, Webhook};

/// What an id that is a word begins with.
const WORD: &str = "rec-";

/// An id as it is shown.
pub(super) fn id(number: u64, quirks: &Quirks) -> Value {
    match quirks.ids {
        Ids::Number => json!(number),
        Ids::NumberAsText => json!(number.to_string()),
        Ids::Word => json!(format!("{WORD}{number}")),
    }
}

/// The number behind an id in a path.
pub(super) fn number(shown: &str) -> Option<u64> {
    shown.strip_prefix(WORD).unwrap_or(shown).parse().ok()
}

/// The number behind an id in a body.
pub(super) fn number_of(shown: &Value) -> Option<u64> {
    shown.as_u64().or_else(|| number(shown.as_str()?))
}

/// A project.
pub(super) fn project(project: &Project, quirks: &Quirks) -> Value {
    let mut shown = project.fields.clone();
    if quirks.shown == ShownFields::DocumentedOnly {
        shown.retain(|name, _| ["name", "custom_fields"].contains(&name.as_str()));
    } else {
        shown.insert("created_at".to_owned(), json!(project.created_at));
        shown.insert("updated_at".to_owned(), json!(project.updated_at));
        if let Some(contact) = shown.get("contact_id").and_then(number_of) {
            shown.insert("contact_id".to_owned(), id(contact, quirks));
        }
    }
    shown.insert("id".to_owned(), id(project.id, quirks));
    shown.insert("status".to_owned(), json!(project.status));
    shown.insert("system_size_kw".to_owned(), json!(project.system_size_kw));
    shown.insert("proposal_url".to_owned(), json!(project.proposal_url));
    Value::Object(shown)
}

/// A contact.
pub(super) fn contact(contact: &Contact, quirks: &Quirks) -> Value {
    let mut shown: Map<String, Value> = contact.fields.clone();
    shown.insert("id".to_owned(), id(contact.id, quirks));
    Value::Object(shown)
}

/// A webhook, without its key.
pub(super) fn webhook(id: u64, webhook: &Webhook) -> Value {
    json!({"id": id, "url": webhook.endpoint, "is_active": true})
}
