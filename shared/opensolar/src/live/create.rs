//! A create: its payload, its answer, and the one refusal that it is known for.

use domain::configuration::Account;
use domain::ids::ContactId;
use domain::phone::EmailAddress;
use domain::remote::{CreatedProject, NewContact, NewProject};
use serde_json::{Map, Value, json};

use crate::lenient::{id, last_id};

/// The payload (dev docs, "projects"). What we do not know is left out, so that OpenSolar's own defaults hold.
pub(super) fn payload(account: &Account, new: &NewProject) -> Value {
    let mut payload = without_blanks(json!({
        "identifier": new.identifier.hyphenated().to_string(),
        "is_residential": new.is_residential,
        "title": new.title,
        "lead_source": new.lead_source,
        "address": new.address,
        "locality": new.locality,
        "state": new.state,
        "zip": new.zip,
        "country_iso2": new.country_iso2,
        "lat": new.position.map(|position| position.latitude),
        "lon": new.position.map(|position| position.longitude),
        "notes": new.notes,
    }));
    let (key, contact) = match &new.contact {
        NewContact::Existing(id) => ("contacts", Value::String(contact_url(account, id))),
        NewContact::Created { first_name, family_name, email, phone } => {
            let contact = without_blanks(json!({
                "first_name": first_name,
                "family_name": family_name,
                "email": email.as_ref().map(EmailAddress::as_str),
                "phone": phone.e164(),
            }));
            ("contacts_new", Value::Object(contact))
        }
    };
    payload.insert(key.to_owned(), Value::Array(vec![contact]));
    Value::Object(payload)
}

/// Relations are written as whole addresses.
fn contact_url(account: &Account, id: &ContactId) -> String {
    let base = account.api_base_url.as_str().trim_end_matches('/');
    format!("{base}/api/orgs/{}/contacts/{id}/", account.org)
}

fn without_blanks(fields: Value) -> Map<String, Value> {
    let Value::Object(mut fields) = fields else { return Map::new() };
    fields.retain(|_, value| !value.is_null() && value.as_str() != Some(""));
    fields
}

/// The answer: nothing without the project's id, since then nobody knows what was made.
pub(super) fn answer(body: &Value) -> Option<CreatedProject> {
    Some(CreatedProject { id: id(body.get("id"))?, contact: first_contact(body) })
}

/// A project's first contact: embedded, else by its address.
pub(super) fn first_contact(project: &Value) -> Option<ContactId> {
    let embedded = project.get("contacts_data").and_then(|contacts| id(contacts.get(0)?.get("id")));
    embedded.or_else(|| last_id(project.get("contacts")?.get(0)))
}

/// Words that tell "another contact has it" from "that is no address"; the exact wording is not documented.
const TAKEN: [&str; 5] = ["already", "in use", "taken", "unique", "duplicate"];

/// Whether a refusal says that another contact has the e-mail address: `{"contacts_new": [{"email": ["…"]}]}`.
pub(super) fn says_email_in_use(body: &Value) -> bool {
    body.get("contacts_new").is_some_and(|complaint| says_taken(complaint, About::Unknown))
}

#[derive(Clone, Copy)]
enum About {
    Email,
    AnotherField,
    Unknown,
}

fn says_taken(complaint: &Value, about: About) -> bool {
    match complaint {
        Value::Array(items) => items.iter().any(|item| says_taken(item, about)),
        Value::Object(fields) => fields.iter().any(|(name, inside)| {
            let about = match about {
                About::Unknown if name == "email" => About::Email,
                About::Unknown if name == "non_field_errors" => About::Unknown,
                About::Unknown => About::AnotherField,
                About::Email | About::AnotherField => about,
            };
            says_taken(inside, about)
        }),
        Value::String(text) => {
            let text = text.to_lowercase();
            let is_about_email = match about {
                About::Email => true,
                About::AnotherField => false,
                About::Unknown => text.contains("email") || text.contains("e-mail"),
            };
            is_about_email && TAKEN.iter().any(|word| text.contains(word))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::tests::{account, new_project};

    #[test]
    fn a_new_contact_goes_with_its_project() {
        assert_eq!(
            payload(&account(), &new_project()),
            json!({
                "identifier": "6f0f4f0e-0000-5000-8000-000000000001",
                "is_residential": true,
                "title": "Rudo Example, Avondale",
                "lead_source": "WhatsApp",
                "address": "12 Example Street",
                "locality": "Avondale",
                "state": "Harare",
                "country_iso2": "ZW",
                "lat": -17.8,
                "lon": 31.05,
                "notes": "Asked for 6 kW and a battery.",
                "contacts_new": [{
                    "first_name": "Rudo",
                    "family_name": "Example",
                    "email": "rudo@example.com",
                    "phone": "+263770000001",
                }],
            })
        );
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let mut new = new_project();
        (new.address, new.locality, new.state, new.position) = (None, None, Some(String::new()), None);
        new.notes = String::new();
        let NewContact::Created { family_name, email, .. } = &mut new.contact else { unreachable!("a new contact") };
        (*family_name, *email) = (String::new(), None);
        let payload = payload(&account(), &new);
        let keys: Vec<&str> = payload.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys, ["contacts_new", "country_iso2", "identifier", "is_residential", "lead_source", "title"]);
        assert_eq!(payload["contacts_new"], json!([{"first_name": "Rudo", "phone": "+263770000001"}]));
    }

    #[test]
    fn a_known_contact_is_named_by_its_whole_address() {
        let mut new = new_project();
        new.contact = NewContact::Existing(777.into());
        let payload = payload(&account(), &new);
        assert_eq!(payload["contacts"], json!(["https://api.opensolar.com/api/orgs/1234/contacts/777/"]));
        assert_eq!(payload.get("contacts_new"), None);
    }

    #[test]
    fn the_answer_names_the_project_and_if_it_can_the_contact() {
        let url = "https://api.opensolar.com/api/orgs/1234/contacts/777/";
        let created =
            |contact: Option<u64>| Some(CreatedProject { id: 9_000_001.into(), contact: contact.map(Into::into) });
        let cases = [
            (json!({"id": 9000001, "contacts": [url], "contacts_data": [{"id": 777}]}), created(Some(777))),
            (json!({"id": "9000001", "contacts": [url], "contacts_data": []}), created(Some(777))),
            (json!({"id": 9000001, "contacts": ["/api/orgs/1234/contacts/777/"]}), created(Some(777))),
            (json!({"id": 9000001, "contacts": [], "contacts_data": null}), created(None)),
            (json!({"id": 9000001, "contacts": "?", "contacts_data": {"a": 1}}), created(None)),
            (json!({"id": null}), None),
            (json!({"title": "no id"}), None),
            (json!([{"id": 9000001}]), None),
        ];
        for (body, expected) in cases {
            assert_eq!(answer(&body), expected, "{body}");
        }
    }

    #[test]
    fn only_a_taken_address_is_an_address_in_use() {
        for taken in [
            json!({"contacts_new": [{"email": ["Email address is already in use."]}]}),
            json!({"contacts_new": [{}, {"email": "This field must be unique."}]}),
            json!({"contacts_new": {"email": ["contact with this email already exists."]}}),
            json!({"contacts_new": [{"email": [{"message": "…", "code": "unique"}]}]}),
            json!({"contacts_new": ["A contact with this Email already exists."]}),
            json!({"contacts_new": [{"non_field_errors": ["E-mail taken"]}]}),
        ] {
            assert!(says_email_in_use(&taken), "{taken}");
        }
        for other in [
            json!({"contacts_new": [{"email": ["Enter a valid email address."]}]}),
            json!({"contacts_new": [{"phone": ["This phone is already in use."]}]}),
            json!({"email": ["Email address is already in use."]}),
            json!({"identifier": ["project with this identifier already exists."]}),
            json!({"detail": "already in use"}),
            json!("already in use"),
        ] {
            assert!(!says_email_in_use(&other), "{other}");
        }
    }
}
