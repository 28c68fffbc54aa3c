//! Webhook registrations (developers.opensolar.com, webhooks).

use domain::registration::{NewRegistration, Registration, RegistrationState};
use serde_json::{Value, json};

use crate::exchange::rows;
use crate::lenient::{flag, id, text};

/// What fires: documented paths only. Between stages of one milestone nothing of the project changes but its events.
const TRIGGERS: [&str; 10] = [
    "event.*",
    "contact.*",
    "project.stage",
    "project.systems.kw_stc",
    "project.system_sold",
    "project.sold_date",
    "project.contract_date",
    "project.installation_date",
    "project.system_installed",
    "project.contacts",
];

/// What is sent along: enough to know whose it is. The project is read back, and a model that is not named comes whole.
const PAYLOAD: [&str; 15] = [
    "event.*",
    "contact.*",
    "project.id",
    "project.identifier",
    "project.stage",
    "project.systems.kw_stc",
    "project.systems.url",
    "project.system_sold",
    "project.sold_date",
    "project.installation_date",
    "project.system_installed",
    "project.contacts_data.id",
    "project.contacts_data.phone",
    "quote.id",
    "quoteactivitylog.id",
];

/// The list. A row without an id or an address is passed over: nothing can be done with it.
pub(super) fn list(body: &Value) -> Option<Vec<Registration>> {
    Some(rows(body)?.iter().filter_map(row).collect())
}

fn row(row: &Value) -> Option<Registration> {
    let is_disabled = flag(row.get("enabled")) == Some(false);
    let state = if is_disabled { RegistrationState::Disabled } else { RegistrationState::Enabled };
    Some(Registration { id: id(row.get("id"))?, address: text(row.get("endpoint"))?.to_owned(), state })
}

/// A registration, whole: lists that are left blank mean something else in a change than in a new one.
pub(super) fn payload(new: &NewRegistration) -> Value {
    json!({
        "endpoint": new.address.as_str(),
        "headers": json!({ &*new.header: new.key.expose() }).to_string(),
        "enabled": true,
        "debug": false,
        "trigger_fields": TRIGGERS,
        "payload_fields": PAYLOAD,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_on_unless_it_says_otherwise_and_odd_ones_are_passed_over() {
        let body = json!([
            {"id": 1, "endpoint": "https://bridge.example.com/", "enabled": true},
            {"id": "2", "endpoint": "https://bridge.example.com/", "enabled": false},
            {"id": 3, "endpoint": "https://bridge.example.com/"},
            {"endpoint": "https://bridge.example.com/"}, {"id": 4}, null,
        ]);
        for body in [body.clone(), json!({ "results": body })] {
            let seen: Vec<_> = list(&body).expect("a list").iter().map(|row| (row.id.to_string(), row.state)).collect();
            let expected = [
                ("1".to_owned(), RegistrationState::Enabled),
                ("2".to_owned(), RegistrationState::Disabled),
                ("3".to_owned(), RegistrationState::Enabled),
            ];
            assert_eq!(seen, expected);
        }
        assert_eq!(list(&json!({})), None);
    }

    #[test]
    fn the_header_is_text_that_holds_json_and_no_list_is_blank() {
        let new = NewRegistration {
            address: "https://bridge.example.com/api/opensolar/webhook/".parse().expect("an address"),
            header: "X-Webhook-Token".to_owned(),
            key: "an invented key of ours".parse().expect("a key"),
            signing_key: None,
        };
        let body = payload(&new);
        assert_eq!(body["headers"], r#"{"X-Webhook-Token":"an invented key of ours"}"#);
        assert_eq!(body["endpoint"], "https://bridge.example.com/api/opensolar/webhook/");
        for fields in ["trigger_fields", "payload_fields"] {
            assert!(body[fields].as_array().is_some_and(|fields| !fields.is_empty()), "{fields}");
        }
    }
}
