//! Contacts: their fields on the wire, and which of a project's is the customer.

use domain::fields::{ContactField, ContactFields, ContactPatch, Field, FieldValue};
use domain::ids::ContactId;
use domain::phone::EmailAddress;
use domain::remote::RemoteContact;
use serde_json::{Map, Value, json};

use crate::lenient::{id, last_id, text, text_or_number};

/// The field's name and its nothing (dev docs, "contacts"): only the address may be null, and empty text would be an
/// address that two contacts cannot both have.
fn wire(field: ContactField) -> (&'static str, Value) {
    match field {
        ContactField::FirstName => ("first_name", json!("")),
        ContactField::FamilyName => ("family_name", json!("")),
        ContactField::Email => ("email", Value::Null),
        ContactField::Phone => ("phone", json!("")),
    }
}

/// The body of a change: the patch's fields and no other.
pub(super) fn changes(patch: &ContactPatch) -> Value {
    let written = patch.iter().map(|(field, value)| {
        let (name, nothing) = wire(field);
        let value = match value {
            Some(FieldValue::Text(text)) => json!(text),
            Some(FieldValue::Flag(_) | FieldValue::Place(_)) | None => nothing,
        };
        (name.to_owned(), value)
    });
    Value::Object(written.collect::<Map<_, _>>())
}

/// A contact; nothing without an id.
pub(super) fn read(body: &Value) -> Option<RemoteContact> {
    let value = |field| FieldValue::text(&text_or_number(body.get(wire(field).0))?);
    Some(RemoteContact {
        id: id(body.get("id"))?,
        email: text(body.get("email")).and_then(EmailAddress::parse),
        fields: ContactFields::from_iter(ContactField::ALL.iter().map(|field| (*field, value(*field)))),
    })
}

/// A project's customer: its first contact, embedded or by its address.
///
/// One that OpenSolar made up when somebody opened the share link may be attached too; it is nobody.
pub(super) fn first_of(project: &Value) -> Option<ContactId> {
    let embedded = project.get("contacts_data").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut readable = embedded.iter().filter_map(read).peekable();
    if readable.peek().is_some() {
        return readable.find(|contact| !contact.is_synthetic()).map(|contact| contact.id);
    }
    last_id(project.get("contacts")?.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_read_with_whatever_it_has() {
        let whole = json!({
            "id": 777, "first_name": "Rudo", "family_name": " Example ", "email": "Rudo@example.com",
            "phone": 263_770_000_001_i64, "user": null, "projects": [],
        });
        let contact = read(&whole).expect("a contact");
        assert_eq!((contact.id, contact.email), (777.into(), EmailAddress::parse("rudo@example.com")));
        let expected = [
            (ContactField::FirstName, FieldValue::text("Rudo")),
            (ContactField::FamilyName, FieldValue::text("Example")),
            (ContactField::Email, FieldValue::text("Rudo@example.com")),
            (ContactField::Phone, FieldValue::text("263770000001")),
        ];
        assert_eq!(contact.fields, ContactFields::from_iter(expected));

        for odd in [json!(null), json!(""), json!([]), json!({}), json!(true)] {
            let body = json!({"id": "777", "first_name": odd, "family_name": odd, "email": odd, "phone": odd});
            let expected = RemoteContact { id: 777.into(), email: None, fields: ContactFields::default() };
            assert_eq!(read(&body), Some(expected), "{odd}");
        }
        for body in [json!({}), json!({"id": null, "email": "rudo@example.com"}), json!([]), json!("page")] {
            assert_eq!(read(&body), None, "{body}");
        }
    }

    #[test]
    fn a_text_that_is_no_address_still_stands_in_its_field() {
        let contact = read(&json!({"id": 777, "email": "none"})).expect("a contact");
        assert_eq!(contact.email, None);
        assert_eq!(contact.fields.get(ContactField::Email), FieldValue::text("none").as_ref());
    }

    #[test]
    fn a_change_names_what_changes_and_nothing_else() {
        let patch = ContactPatch::from_iter([(ContactField::FamilyName, FieldValue::text("Moyo"))]);
        assert_eq!(changes(&patch), json!({"family_name": "Moyo"}));
        let blanked = ContactPatch::from_iter(ContactField::ALL.iter().map(|field| (*field, None)));
        assert_eq!(changes(&blanked), json!({"first_name": "", "family_name": "", "email": null, "phone": ""}));
        assert_eq!(read(&json!({"id": 1, "first_name": "", "email": null})).expect("a contact").fields, {
            ContactFields::default()
        });
    }

    #[test]
    fn the_customer_is_the_first_contact_that_is_a_person() {
        let url = "https://api.opensolar.com/api/orgs/1234/contacts/777/";
        let opener = json!({"id": 5, "email": "12345@os.code"});
        let cases = [
            (json!({"contacts": [url], "contacts_data": [{"id": 777}, {"id": 778}]}), Some(777)),
            (json!({"contacts": [url], "contacts_data": []}), Some(777)),
            (json!({"contacts": ["/api/orgs/1234/contacts/777/"], "contacts_data": null}), Some(777)),
            (json!({"contacts": [777]}), Some(777)),
            (json!({"contacts_data": [opener, {"id": 777, "email": null}]}), Some(777)),
            (json!({"contacts": ["/api/orgs/1234/contacts/5/"], "contacts_data": [opener]}), None),
            (json!({"contacts": [url], "contacts_data": [{"email": "rudo@example.com"}]}), Some(777)),
            (json!({"contacts": "?", "contacts_data": {"a": 1}}), None),
            (json!({"contacts": []}), None),
            (json!({}), None),
        ];
        for (project, expected) in cases {
            assert_eq!(first_of(&project), expected.map(ContactId::from), "{project}");
        }
    }
}
