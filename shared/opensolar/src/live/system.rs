//! A project's systems: which one its size is taken from.

use domain::remote::{Said, SystemSize};
use serde_json::Value;

use crate::lenient::{decimal, flag, said, whole};

/// The size of the sold system where `system_sold` names one of the project's or says its own size. Else that of a
/// proposed one: the first (by `order`) that customers are shown, or if they are shown none yet, the first. A sold
/// system without a size has none: another's would be wrong; and so it is with one whose size cannot be read.
pub(super) fn size(project: &Value) -> Said<SystemSize> {
    let listed = said(project.get("systems"), |systems| systems?.as_array());
    let systems = listed.value().map(Vec::as_slice).unwrap_or_default();
    let sold = project.get("system_sold").unwrap_or(&Value::Null);
    if let Some(named) = systems.iter().find(|system| names(sold, system)) {
        return kw(named);
    }
    let mut proposed: Vec<&Value> = systems.iter().filter(|system| !is_on_site(system)).collect();
    proposed.sort_by_key(|system| (is_hidden(system), whole(system.get("order")).unwrap_or(i64::MAX)));
    let sizes = std::iter::once(sold).chain(proposed).map(kw);
    let unlisted = if listed.is_unreadable() { Said::Unreadable } else { Said::Nothing };
    sizes.into_iter().find(|size| *size != Said::Nothing).unwrap_or(unlisted)
}

fn kw(system: &Value) -> Said<SystemSize> {
    said(system.get("kw_stc"), |kw| decimal(kw).and_then(SystemSize::from_kw))
}

/// `is_current` marks the system that the customer already has, as far as the documentation lets one guess.
fn is_on_site(system: &Value) -> bool {
    flag(system.get("is_current")) == Some(true)
}

fn is_hidden(system: &Value) -> bool {
    flag(system.get("show_customer")) == Some(false)
}

/// What `system_sold` looks like is not documented: an id, an address, a UUID or an embedded system are all understood.
fn names(sold: &Value, system: &Value) -> bool {
    match sold {
        Value::Number(_) => whole(Some(sold)).is_some_and(|id| whole(system.get("id")) == Some(id)),
        Value::String(name) => {
            let last = name.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let is_uuid = |uuid: &str| uuid.eq_ignore_ascii_case(last);
            !last.is_empty()
                && (system.get("uuid").and_then(Value::as_str).is_some_and(is_uuid)
                    || whole(system.get("id")).is_some_and(|id| id.to_string() == last))
        }
        Value::Object(embedded) => ["id", "uuid", "url"]
            .into_iter()
            .any(|key| embedded.get(key).is_some_and(|value| !value.is_null() && names(value, system))),
        Value::Null | Value::Bool(_) | Value::Array(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kw_of(sold: &Value) -> Option<String> {
        let project = json!({"system_sold": sold, "systems": [
            {"id": 503, "uuid": "0A1B2C3D-0000-0000-0000-000000000003", "order": 2, "kw_stc": 9.9},
            {"id": 500, "uuid": "0A1B2C3D-0000-0000-0000-000000000000", "order": 0, "kw_stc": 2.2, "is_current": true},
            {"id": 501, "uuid": "0A1B2C3D-0000-0000-0000-000000000001", "order": 1, "kw_stc": "6.6", "is_current": false},
            {"id": 502, "uuid": "0A1B2C3D-0000-0000-0000-000000000002", "order": 0, "kw_stc": 0},
        ]});
        size(&project).value().map(|size| size.to_string())
    }

    #[test]
    fn the_sold_system_is_found_however_it_is_named() {
        for sold in [
            json!(503),
            json!("503"),
            json!("https://api.opensolar.com/api/orgs/1234/systems/503/"),
            json!("/api/orgs/1234/systems/503/"),
            json!("0a1b2c3d-0000-0000-0000-000000000003"),
            json!({"id": 503}),
            json!({"uuid": "0A1B2C3D-0000-0000-0000-000000000003"}),
            json!({"url": "/api/orgs/1234/systems/503/"}),
        ] {
            assert_eq!(kw_of(&sold).as_deref(), Some("9.90"), "{sold}");
        }
    }

    #[test]
    fn unsold_it_is_the_first_proposed_one_with_a_size() {
        for sold in [json!(null), json!(99), json!(""), json!({"id": null}), json!(true)] {
            assert_eq!(kw_of(&sold).as_deref(), Some("6.60"), "{sold}");
        }
    }

    #[test]
    fn what_customers_are_not_shown_counts_only_if_they_are_shown_nothing() {
        let kw_of = |systems: Value| size(&json!({"systems": systems})).value().map(|size| size.to_string());
        let hidden = json!({"id": 501, "order": 0, "kw_stc": 5.5, "show_customer": false});
        let shown = json!({"id": 502, "order": 1, "kw_stc": 6.6, "show_customer": true});
        assert_eq!(kw_of(json!([hidden, shown])).as_deref(), Some("6.60"));
        assert_eq!(kw_of(json!([hidden])).as_deref(), Some("5.50"));
    }

    #[test]
    fn a_sold_system_that_the_project_does_not_list_may_say_its_own_size() {
        for systems in [json!(null), json!([{"id": 501, "kw_stc": 5.5}])] {
            let project = json!({"systems": systems, "system_sold": {"id": 503, "kw_stc": 9.9}});
            assert_eq!(size(&project).value().map(|size| size.to_string()).as_deref(), Some("9.90"), "{project}");
        }
    }

    #[test]
    fn a_sold_system_without_a_size_has_none() {
        assert_eq!(kw_of(&json!(502)), None);
    }

    #[test]
    fn systems_without_a_size_have_none_and_others_cannot_be_read() {
        let link = "https://api.opensolar.com/x/1/";
        for systems in
            [json!(null), json!([]), json!({}), json!([link]), json!([{"kw_stc": 0}]), json!([{"kw_stc": []}])]
        {
            assert_eq!(size(&json!({"systems": systems})), Said::Nothing, "{systems}");
        }
        for systems in [json!("x"), json!(-1.5), json!([{"kw_stc": "large"}]), json!([{"kw_stc": -6.6}])] {
            assert_eq!(size(&json!({"systems": systems})), Said::Unreadable, "{systems}");
        }
    }
}
