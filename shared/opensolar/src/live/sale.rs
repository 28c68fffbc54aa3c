//! Whether a project is sold, since when, and when its proposal was first sent: fields first, then its history.

use chrono::{DateTime, Utc};
use domain::remote::Sale;
use serde_json::Value;

use crate::lenient::{is_set, moment, whole};

/// OpenSolar e-mailed the customer an invitation to the proposal (dev docs, "events").
const PROPOSAL_SENT: [i64; 1] = [0];
/// Accepted online; DocuSign signed, envelope signed, completed, envelope complete; project marked as sold.
const SOLD: [i64; 6] = [3, 63, 67, 52, 68, 103];
/// Project marked as installed.
const INSTALLED: [i64; 1] = [104];
/// Each is null until the project is sold.
const SALE_FIELDS: [&str; 4] = ["system_sold", "sold_date", "payment_option_sold", "contract_date"];

/// Whether the project is sold.
///
/// A sale can be undone in the app, and then the fields are null again while the events of the sale stay (OpenSolar's
/// help centre, article 4410428111385). So the fields decide as soon as the answer has one of them, null included:
/// sold if any is set. Only an answer without all of them is judged by its events, and those cannot tell an undone sale.
/// The time is `contract_date`, else `sold_date`, else the earliest event of the sale.
pub(super) fn sale(project: &Value) -> Sale {
    let first_event = earliest(project, &SOLD);
    let fields_tell = SALE_FIELDS.iter().any(|field| project.get(field).is_some());
    let is_sold = match fields_tell {
        true => SALE_FIELDS.iter().any(|field| is_set(project.get(field))),
        false => has_event(project, &SOLD),
    };
    if !is_sold {
        return Sale::Unsold;
    }
    let at = moment(project.get("contract_date")).or_else(|| moment(project.get("sold_date"))).or(first_event);
    Sale::Sold { at }
}

/// When the proposal was first sent. There is no field for it: only an embedded event tells.
pub(super) fn proposal_sent_at(project: &Value) -> Option<DateTime<Utc>> {
    earliest(project, &PROPOSAL_SENT)
}

/// Whether the history says that the system is installed.
pub(super) fn was_marked_installed(project: &Value) -> bool {
    has_event(project, &INSTALLED)
}

fn has_event(project: &Value, types: &[i64]) -> bool {
    events(project, types).next().is_some()
}

fn earliest(project: &Value, types: &[i64]) -> Option<DateTime<Utc>> {
    let written =
        |event: &Value| ["created_date", "start", "completion_date"].iter().find_map(|key| moment(event.get(key)));
    events(project, types).filter_map(written).min()
}

/// The embedded events of these types. `events` lists addresses of events and tells nothing by itself.
fn events<'a>(project: &'a Value, types: &[i64]) -> impl Iterator<Item = &'a Value> {
    let embedded = project.get("events_data").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    embedded.iter().filter(|event| whole(event.get("event_type_id")).is_some_and(|kind| types.contains(&kind)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(kind: i64, created: &str) -> Value {
        json!({"event_type_id": kind, "created_date": created, "start": null})
    }

    fn sold_at(at: &str) -> Sale {
        Sale::Sold { at: Some(at.parse().expect("a time")) }
    }

    #[test]
    fn any_field_of_the_sale_makes_it_sold() {
        let signed = event(63, "2026-10-03 08:00:00+00:00");
        let cases = [
            (json!({"sold_date": "2026-10-02T03:04:05.000000Z"}), sold_at("2026-10-02T03:04:05Z")),
            (
                json!({"contract_date": "2026-10-01", "sold_date": "2026-10-02T03:04:05Z"}),
                sold_at("2026-10-01T00:00:00Z"),
            ),
            (json!({"system_sold": 501, "events_data": [signed]}), sold_at("2026-10-03T08:00:00Z")),
            (json!({"system_sold": "https://api.opensolar.com/api/orgs/1234/systems/501/"}), Sale::Sold { at: None }),
            (json!({"payment_option_sold": {"id": 4}, "sold_date": "soon"}), Sale::Sold { at: None }),
        ];
        for (project, expected) in cases {
            assert_eq!(sale(&project), expected, "{project}");
        }
    }

    #[test]
    fn an_undone_sale_is_none_whatever_its_history() {
        let history = json!([event(3, "2026-10-01T00:00:00Z"), event(103, "2026-10-02T00:00:00Z")]);
        for project in [
            json!({"system_sold": null, "sold_date": null, "events_data": history}),
            json!({"sold_date": null, "events_data": history}),
            json!({"contract_date": "", "events_data": history}),
        ] {
            assert_eq!(sale(&project), Sale::Unsold, "{project}");
        }
    }

    #[test]
    fn without_any_field_the_history_decides() {
        for kind in SOLD {
            let project =
                json!({"events_data": [event(kind, "2026-10-02T00:00:00Z"), event(kind, "2026-10-01T00:00:00Z")]});
            assert_eq!(sale(&project), sold_at("2026-10-01T00:00:00Z"), "{kind}");
        }
        for events in
            [json!([]), json!([event(2, "2026-10-01T00:00:00Z")]), json!(["https://api.opensolar.com/x/1/"]), json!(7)]
        {
            assert_eq!(sale(&json!({"events_data": events})), Sale::Unsold, "{events}");
        }
    }

    #[test]
    fn the_proposal_was_sent_when_the_first_invitation_was() {
        let project = json!({"events_data": [
            event(2, "2026-09-01T00:00:00Z"),
            event(0, "2026-09-20T10:00:00.000000Z"),
            {"event_type_id": "0", "created_date": null, "start": "2026-09-19 10:00:00+00:00"},
            {"event_type_id": 0},
            {"event_type_id": null, "created_date": "2026-01-01T00:00:00Z"},
        ]});
        assert_eq!(proposal_sent_at(&project), "2026-09-19T10:00:00Z".parse().ok());
        assert_eq!(proposal_sent_at(&json!({"events": ["https://api.opensolar.com/api/orgs/1234/events/1/"]})), None);
    }
}
