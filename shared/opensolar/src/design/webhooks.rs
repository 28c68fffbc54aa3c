//! Webhook registrations, as the relays word them: an address, a secret that signs, and the events.

use domain::registration::{NewRegistration, Registration, RegistrationState};
use domain::webhook::Fact;
use serde_json::{Value, json};

use crate::exchange::rows;
use crate::lenient::{flag, id, text};

/// The list. A row without an id or an address is passed over: nothing can be done with it.
pub(super) fn list(body: &Value) -> Option<Vec<Registration>> {
    Some(rows(body)?.iter().filter_map(row).collect())
}

fn row(row: &Value) -> Option<Registration> {
    let is_disabled = flag(row.get("is_active")) == Some(false);
    let state = if is_disabled { RegistrationState::Disabled } else { RegistrationState::Enabled };
    Some(Registration { id: id(row.get("id"))?, address: text(row.get("url"))?.to_owned(), state })
}

/// A registration, whole. With two keys the second one signs, and the first stands in a header.
pub(super) fn payload(new: &NewRegistration) -> Value {
    let mut payload = json!({
        "url": new.address.as_str(),
        "secret": new.signing_key.as_ref().unwrap_or(&new.key).expose(),
        "events": Fact::TYPES,
        "is_active": true,
    });
    if new.signing_key.is_some() {
        payload["headers"] = json!({ &*new.header: new.key.expose() });
    }
    payload
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registration(signing_key: Option<&str>) -> NewRegistration {
        NewRegistration {
            address: "https://bridge.example.com/api/opensolar/webhook/".parse().expect("an address"),
            header: "X-Webhook-Token".to_owned(),
            key: "an invented key of ours".parse().expect("a key"),
            signing_key: signing_key.map(|key| key.parse().expect("a key")),
        }
    }

    #[test]
    fn one_key_signs_and_of_two_the_second() {
        let body = payload(&registration(None));
        assert_eq!((&body["secret"], body.get("headers")), (&json!("an invented key of ours"), None));
        assert_eq!(body["events"].as_array().map(Vec::len), Some(5));
        let body = payload(&registration(Some("another key that signs")));
        assert_eq!(body["secret"], "another key that signs");
        assert_eq!(body["headers"], json!({"X-Webhook-Token": "an invented key of ours"}));
    }

    #[test]
    fn a_row_is_on_unless_it_says_otherwise() {
        let rows = json!({"results": [
            {"id": "w-1", "url": "https://bridge.example.com/"},
            {"id": 2, "url": "https://bridge.example.com/", "is_active": false},
            {"id": 3},
        ]});
        let seen: Vec<_> = list(&rows).expect("a list").iter().map(|row| (row.id.to_string(), row.state)).collect();
        let expected = [("w-1".to_owned(), RegistrationState::Enabled), ("2".to_owned(), RegistrationState::Disabled)];
        assert_eq!(seen, expected);
    }
}
