//! A project's systems: which one its size is taken from.

use domain::remote::SystemSize;
use serde_json::Value;

use crate::lenient::{decimal, whole};

/// The size of the sold system where `system_sold` names one of the project's, else of the first (by `order`) that has a
/// size and is not already on site. A sold system without a size has none: another's would be wrong.
pub(super) fn size(project: &Value) -> Option<SystemSize> {
    let systems = project.get("systems")?.as_array()?;
    if let Some(sold) = project.get("system_sold").and_then(|sold| systems.iter().find(|system| names(sold, system))) {
        return kw(sold);
    }
    let mut proposed: Vec<&Value> = systems.iter().filter(|system| !is_on_site(system)).collect();
    proposed.sort_by_key(|system| whole(system.get("order")).unwrap_or(i64::MAX));
    proposed.into_iter().find_map(kw)
}

fn kw(system: &Value) -> Option<SystemSize> {
    decimal(system.get("kw_stc")).and_then(SystemSize::from_kw)
}

/// `is_current` marks the system that the customer already has, as far as the documentation lets one guess.
fn is_on_site(system: &Value) -> bool {
    system.get("is_current").and_then(Value::as_bool) == Some(true)
}

/// What `system_sold` looks like is not documented: an id, an address, a UUID or an embedded system are all understood.
fn names(sold: &Value, system: &Value) -> bool {
    match sold {
        Value::Number(_) => Some(sold) == system.get("id"),
        Value::String(name) => {
            let last = name.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let is_uuid = |uuid: &str| uuid.eq_ignore_ascii_case(last);
            !last.is_empty()
                && (system.get("uuid").and_then(Value::as_str).is_some_and(is_uuid)
                    || whole(system.get("id")).is_some_and(|id| id.to_string() == last))
        }
        Value::Object(embedded) => ["id", "uuid"]
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
        size(&project).map(|size| size.to_string())
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
    fn a_sold_system_without_a_size_has_none() {
        assert_eq!(kw_of(&json!(502)), None);
    }

    #[test]
    fn systems_of_another_kind_have_no_size() {
        for systems in
            [json!(null), json!("x"), json!([]), json!(["https://api.opensolar.com/x/1/"]), json!([{"kw_stc": []}])]
        {
            assert_eq!(size(&json!({"systems": systems})), None, "{systems}");
        }
    }
}
