//! Whether a project's fields say that it is sold, and since when.

use domain::remote::SaleFields;
use serde_json::Value;

use crate::lenient::{is_set, moment};

/// Each is null until the project is sold.
const SALE_FIELDS: [&str; 4] = ["system_sold", "sold_date", "payment_option_sold", "contract_date"];

/// What the fields say: nothing if the answer has none of them, sold if any is set. The time is `contract_date`, else
/// `sold_date`.
pub(super) fn fields(project: &Value) -> SaleFields {
    if SALE_FIELDS.iter().all(|field| project.get(field).is_none()) {
        return SaleFields::Untold;
    }
    if !SALE_FIELDS.iter().any(|field| is_set(project.get(field))) {
        return SaleFields::Unsold;
    }
    SaleFields::Sold { at: moment(project.get("contract_date")).or_else(|| moment(project.get("sold_date"))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sold_at(at: &str) -> SaleFields {
        SaleFields::Sold { at: Some(at.parse().expect("a time")) }
    }

    #[test]
    fn any_field_of_the_sale_makes_it_sold() {
        let cases = [
            (json!({"sold_date": "2026-10-02T03:04:05.000000Z"}), sold_at("2026-10-02T03:04:05Z")),
            (
                json!({"contract_date": "2026-10-01", "sold_date": "2026-10-02T03:04:05Z"}),
                sold_at("2026-10-01T00:00:00Z"),
            ),
            (json!({"contract_date": null, "sold_date": "2026-10-02"}), sold_at("2026-10-02T00:00:00Z")),
            (json!({"system_sold": 501, "sold_date": null}), SaleFields::Sold { at: None }),
            (
                json!({"system_sold": "https://api.opensolar.com/api/orgs/1234/systems/501/"}),
                SaleFields::Sold { at: None },
            ),
            (json!({"payment_option_sold": {"id": 4}, "sold_date": "soon"}), SaleFields::Sold { at: None }),
        ];
        for (project, expected) in cases {
            assert_eq!(fields(&project), expected, "{project}");
        }
    }

    #[test]
    fn an_undone_sale_is_none_whatever_the_history() {
        let history = json!([{"event_type_id": 103, "created_date": "2026-10-02T00:00:00Z"}]);
        for project in [
            json!({"system_sold": null, "sold_date": null, "events_data": history}),
            json!({"sold_date": null, "events_data": history}),
            json!({"contract_date": "", "events_data": history}),
            json!({"system_sold": "null"}),
            json!({"system_sold": {}, "payment_option_sold": [], "sold_date": 0}),
            json!({"system_sold": {"id": null}}),
        ] {
            assert_eq!(fields(&project), SaleFields::Unsold, "{project}");
        }
    }

    #[test]
    fn an_answer_without_any_of_the_fields_tells_nothing() {
        let history = json!([{"event_type_id": 103, "created_date": "2026-10-02T00:00:00Z"}]);
        assert_eq!(fields(&json!({"id": 9000001, "events_data": history})), SaleFields::Untold);
    }
}
