//! Registered webhooks: what triggers them and what they carry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::change::{Change, Model};
use super::quirks::{BlankTriggers, UnprovenPayload, UnprovenTriggers, WebhookQuirks};

/// What OpenSolar fills in when a new webhook's field lists are blank. Neither `project.workflow` nor
/// `project.contract_date` is among them.
const DEFAULT_FIELDS: [&str; 8] = [
    "contact.*",
    "event.*",
    "project.stage",
    "project.sold_date",
    "project.system_sold",
    "project.installation_date",
    "project.systems.kw_stc",
    "quote.*",
];

/// A registration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Webhook {
    pub(super) id: u64,
    pub(super) endpoint: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) enabled: bool,
    /// None once an update left it blank: then any change fires.
    pub(super) trigger_fields: Option<Vec<String>>,
    /// None once an update left it blank: then everything is sent whole.
    pub(super) payload_fields: Option<Vec<String>>,
    /// Deliveries in a row that were given up.
    #[serde(default)]
    pub(super) failures: usize,
}

impl Webhook {
    /// Reads the body of a registration.
    ///
    /// # Errors
    /// The body of the 400.
    pub(super) fn create(id: u64, body: &Map<String, Value>, quirks: &WebhookQuirks) -> Result<Self, Value> {
        for required in ["endpoint", "enabled", "debug"] {
            if !body.contains_key(required) {
                return Err(json!({required: ["This field is required."]}));
            }
        }
        let mut webhook = Self {
            id,
            endpoint: String::new(),
            headers: BTreeMap::new(),
            enabled: true,
            trigger_fields: None,
            payload_fields: None,
            failures: 0,
        };
        webhook.update(body, quirks)?;
        for fields in [&mut webhook.trigger_fields, &mut webhook.payload_fields] {
            fields.get_or_insert_with(|| DEFAULT_FIELDS.map(str::to_owned).to_vec());
        }
        Ok(webhook)
    }

    /// Takes over what the body names. A blank field list becomes none: that is no return to the defaults.
    ///
    /// # Errors
    /// The body of the 400; the webhook may then be half changed and has to be thrown away.
    pub(super) fn update(&mut self, body: &Map<String, Value>, quirks: &WebhookQuirks) -> Result<(), Value> {
        if let Some(endpoint) = body.get("endpoint") {
            let valid = endpoint.as_str().filter(|text| url::Url::parse(text).is_ok());
            valid.ok_or_else(|| json!({"endpoint": ["Enter a valid URL."]}))?.clone_into(&mut self.endpoint);
        }
        if let Some(headers) = body.get("headers") {
            self.headers = read_headers(headers)?;
        }
        if let Some(enabled) = body.get("enabled") {
            self.enabled = enabled.as_bool().ok_or_else(|| json!({"enabled": ["Must be a valid boolean."]}))?;
            self.failures = 0;
        }
        if let Some(fields) = body.get("trigger_fields") {
            self.trigger_fields = read_fields("trigger_fields", fields)?;
            if quirks.unproven_triggers == UnprovenTriggers::Refused
                && self.trigger_fields.iter().flatten().any(|field| is_unproven(field))
            {
                return Err(json!({"trigger_fields": ["Not a valid field."]}));
            }
        }
        if let Some(fields) = body.get("payload_fields") {
            self.payload_fields = read_fields("payload_fields", fields)?;
        }
        Ok(())
    }

    /// The headers as they were registered: text holding JSON.
    pub(super) fn headers_text(&self) -> Value {
        json!(json!(self.headers).to_string())
    }

    /// As the list shows it, without the headers, which hold a secret.
    pub(super) fn row(&self, url: String) -> Value {
        json!({
            "id": self.id,
            "url": url,
            "endpoint": self.endpoint,
            "enabled": self.enabled,
            "debug": false,
            "trigger_fields": self.trigger_fields,
            "payload_fields": self.payload_fields,
        })
    }

    /// Whether a change of this model is delivered: an update if it touched a field that a trigger begins with, a
    /// creation or deletion if the triggers name the model at all.
    pub(super) fn fires(&self, model: Model, change: &Change, quirks: &WebhookQuirks) -> bool {
        let Some(triggers) = &self.trigger_fields else {
            return self.enabled && quirks.blank_triggers == BlankTriggers::AnyChange;
        };
        let works = |field: &&String| quirks.unproven_triggers == UnprovenTriggers::Work || !is_unproven(field);
        let mut named = triggers.iter().filter(works).filter_map(|field| field_of(field, model));
        let counts = |field: &&String| {
            let path = format!("{}.{field}", model.field_prefix());
            works(&&path) || model != Model::Project
        };
        self.enabled
            && match change {
                Change::Created(_) | Change::Deleted => named.next().is_some(),
                Change::Updated { fields, .. } => {
                    named.any(|name| fields.iter().filter(counts).any(|field| name == "*" || field == name))
                }
            }
    }

    /// The fields of a record, without those that the registration leaves out. A model that is not named is whole.
    pub(super) fn limit(&self, model: Model, record: Value, quirks: &WebhookQuirks) -> Value {
        let named = self.payload_fields.iter().flatten().filter(|path| path_of(path, model).is_some());
        let named: Vec<&String> = named.collect();
        if named.is_empty() {
            return record;
        }
        let shown = |path: &&String| quirks.unproven_payload == UnprovenPayload::Shown || !is_unproven(path);
        let paths: Vec<Vec<&str>> = named.into_iter().filter(shown).filter_map(|path| path_of(path, model)).collect();
        keep(record, &paths)
    }
}

/// Paths that no documentation shows as a trigger or in a payload.
fn is_unproven(path: &str) -> bool {
    path.starts_with("project.workflow") || ["project.share_link", "event.event_type_id"].contains(&path)
}

/// `project.systems.kw_stc` as its path below the model, if it is this model's.
fn path_of(path: &str, model: Model) -> Option<Vec<&str>> {
    let mut parts = path.split('.');
    (parts.next() == Some(model.field_prefix())).then(|| parts.collect())
}

/// The record's own field that a path begins with.
fn field_of(path: &str, model: Model) -> Option<&str> {
    path_of(path, model)?.first().copied()
}

/// Keeps what the paths lead to; in a list, of each member.
fn keep(value: Value, paths: &[Vec<&str>]) -> Value {
    if paths.iter().any(|path| path.is_empty() || path[0] == "*") {
        return value;
    }
    match value {
        Value::Array(members) => members.into_iter().map(|member| keep(member, paths)).collect(),
        Value::Object(fields) => {
            let kept = fields.into_iter().filter_map(|(name, field)| {
                let below: Vec<Vec<&str>> =
                    paths.iter().filter(|path| path[0] == name).map(|path| path[1..].to_vec()).collect();
                (!below.is_empty()).then(|| (name, keep(field, &below)))
            });
            Value::Object(kept.collect())
        }
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => plain,
    }
}

fn read_headers(value: &Value) -> Result<BTreeMap<String, String>, Value> {
    let text = match value {
        Value::Null => return Ok(BTreeMap::new()),
        Value::String(text) if text.is_empty() => return Ok(BTreeMap::new()),
        Value::String(text) => text,
        _ => return Err(json!({"headers": ["Not a valid string."]})),
    };
    serde_json::from_str(text).map_err(|_| json!({"headers": ["Value must be valid JSON."]}))
}

fn read_fields(name: &str, value: &Value) -> Result<Option<Vec<String>>, Value> {
    let fields: Option<Vec<String>> =
        serde_json::from_value(value.clone()).map_err(|_| json!({name: ["Expected a list of items."]}))?;
    Ok(fields.filter(|fields| !fields.is_empty()))
}
