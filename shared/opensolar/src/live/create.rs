//! A create: its payload and its answer.

use domain::configuration::Account;
use domain::ids::ContactId;
use domain::phone::EmailAddress;
use domain::remote::{CreatedProject, NewContact, NewProject};
use serde_json::{Map, Value, json};

use crate::lenient::id;
use crate::live::{contact, site};

/// The payload (dev docs, "projects"). What we do not know is left out, so that OpenSolar's own defaults hold.
pub(super) fn payload(account: &Account, new: &NewProject) -> Value {
    let mut payload = site::written(new.site.iter().map(|(field, value)| (field, Some(value))));
    payload.insert("identifier".to_owned(), json!(new.identifier.hyphenated().to_string()));
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
    Some(CreatedProject { id: id(body.get("id"))?, contact: contact::first_of(body) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::tests::{account, new_project};
    use domain::fields::ProjectField;

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
                "custom_project_info_1": "HAN-77",
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
        let kept = |field: &ProjectField| matches!(field, ProjectField::IsResidential | ProjectField::Title);
        new.site = new.site.iter().filter(|(field, _)| kept(field)).map(|(f, v)| (f, Some(v.clone()))).collect();
        let NewContact::Created { family_name, email, .. } = &mut new.contact else { unreachable!("a new contact") };
        (*family_name, *email) = (String::new(), None);
        let payload = payload(&account(), &new);
        let keys: Vec<&str> = payload.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys, ["contacts_new", "identifier", "is_residential", "title"]);
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
}
