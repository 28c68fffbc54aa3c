//! Contacts: their fields on the wire.

use domain::fields::{ContactField, ContactFields, ContactPatch, Field, FieldValue};
use domain::ids::ContactId;
use domain::phone::EmailAddress;
use domain::remote::{NewPerson, RemoteContact};
use serde_json::{Map, Value, json};

use crate::lenient::{id, text, text_or_number};

/// Where every contact of ours says that it comes from.
const SOURCE: &str = "whatsapp_crm";

fn wire(field: ContactField) -> &'static str {
    match field {
        ContactField::FirstName => "first_name",
        ContactField::FamilyName => "last_name",
        ContactField::Email => "email",
        ContactField::Phone => "phone",
    }
}

/// The payload of a create. What is not known is left out.
pub(super) fn payload(new: &NewPerson) -> Value {
    let mut payload = written(new.fields.iter().map(|(field, value)| (field, Some(value))));
    let mut custom = json!({"source": SOURCE});
    if let Some(customer) = &new.customer {
        custom["hanna_customer_id"] = json!(customer);
    }
    payload.insert("custom_fields".to_owned(), custom);
    Value::Object(payload)
}

/// The body of a change: the patch's fields and no other.
pub(super) fn changes(patch: &ContactPatch) -> Value {
    Value::Object(written(patch.iter()))
}

fn written<'a>(values: impl Iterator<Item = (ContactField, Option<&'a FieldValue>)>) -> Map<String, Value> {
    let written = values.map(|(field, value)| {
        let text = match value {
            Some(FieldValue::Text(text)) => text.as_str(),
            Some(FieldValue::Flag(_) | FieldValue::Place(_)) | None => "",
        };
        (wire(field).to_owned(), json!(text))
    });
    written.collect()
}

/// The answer to a create: nothing without an id.
pub(super) fn created(body: &Value) -> Option<ContactId> {
    id(body.get("id"))
}

/// A contact; nothing without an id. What an answer leaves out is told apart from what is blank.
pub(super) fn read(body: &Value) -> Option<RemoteContact> {
    let value = |field| FieldValue::text(&text_or_number(body.get(wire(field)))?);
    let fields: ContactFields = ContactField::ALL.iter().map(|field| (*field, value(*field))).collect();
    let unshown = ContactField::ALL.iter().copied().filter(|field| body.get(wire(*field)).is_none());
    Some(RemoteContact {
        id: id(body.get("id"))?,
        email: text(body.get("email")).and_then(EmailAddress::parse),
        fields: fields.without_sight_of(unshown),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rudo() -> ContactFields {
        ContactFields::from_iter([
            (ContactField::FirstName, FieldValue::text("Rudo")),
            (ContactField::FamilyName, FieldValue::text("Example")),
            (ContactField::Phone, FieldValue::text("+263770000001")),
        ])
    }

    #[test]
    fn a_contact_is_written_as_the_design_document_has_it() {
        let expected = json!({
            "first_name": "Rudo", "last_name": "Example", "phone": "+263770000001",
            "custom_fields": {"hanna_customer_id": "55", "source": "whatsapp_crm"},
        });
        assert_eq!(payload(&NewPerson { fields: rudo(), customer: Some("55".to_owned()) }), expected);
        let nobodys = payload(&NewPerson { fields: rudo(), customer: None });
        assert_eq!(nobodys["custom_fields"], json!({"source": "whatsapp_crm"}));
    }

    #[test]
    fn a_change_names_what_changes_and_nothing_else() {
        let patch = ContactPatch::from_iter([
            (ContactField::FamilyName, FieldValue::text("Moyo")),
            (ContactField::Email, None),
        ]);
        assert_eq!(changes(&patch), json!({"last_name": "Moyo", "email": ""}));
    }

    #[test]
    fn a_contact_is_read_with_whatever_it_has() {
        let body = json!({"id": "c-7", "first_name": "Rudo", "last_name": "Example", "phone": 263_770_000_001_i64});
        let contact = read(&body).expect("a contact");
        assert_eq!((contact.id.as_str(), &contact.email), ("c-7", &None));
        assert_eq!(contact.fields.get(ContactField::Phone), FieldValue::text("263770000001").as_ref());
        assert_eq!(contact.fields.differing(&rudo()), [ContactField::Phone], "the address is not shown");
        let blank = read(&json!({"id": 7, "email": null, "phone": ""})).expect("a contact");
        assert_eq!(blank.fields.differing(&rudo()), [ContactField::Phone]);
        for body in [json!({}), json!({"id": null, "phone": "+263770000001"}), json!([]), json!("page")] {
            assert_eq!((read(&body), created(&body)), (None, None), "{body}");
        }
    }
}
