//! What a delivery names, read leniently: its contract by its shape, its record and its project.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::configuration::ApiContract;
use crate::ids::{DeliveryKey, ProjectId};
use crate::json::{self, Unreadable};
use crate::remote::SYNTHETIC_EMAIL;

/// What a delivery names, without what it says of it.
///
/// `live`, OpenSolar's envelope: `timestamp`, `model`, `model_id`, `identifier`, `event`, `event_id`, `fields`
/// (developers.opensolar.com, webhooks-structure). It tells neither what changed nor who did it. `design`: `event_type`
/// and `project`, and perhaps `event_id` and `timestamp`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The contract that it speaks. A body says so by its shape, so that the log has each as what it is; whether that
    /// contract counts is the configuration's to say, and whether an event is believed is its signature's.
    pub contract: ApiContract,
    /// `Project`, `Contact`, `Event`, `Quote`, `QuoteActivityLog`, or one not known yet; nothing in an event of `design`, which is about a
    /// project.
    pub model: Option<String>,
    /// OpenSolar's id of the record.
    pub model_id: Option<ProjectId>,
    /// `CREATE`, `UPDATE` or `DELETE`; in `design` the type of the event.
    pub event: Option<String>,
    /// OpenSolar's id of this webhook event.
    pub event_id: Option<String>,
    /// When an event of `design` happened, as it says it.
    pub timestamp: Option<String>,
    /// The project that it is about, if the body names one.
    pub project: Option<ProjectId>,
    /// Our identifier, where a Project delivery carries one.
    pub identifier: Option<Uuid>,
}

/// Why a body is no delivery. The sender is told the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableBody {
    /// It would take more memory than there is.
    #[error("the body has more values than any delivery has")]
    TooManyValues,
    /// Not JSON.
    #[error("the body is not JSON")]
    NotJson,
    /// JSON, but no object.
    #[error("the body is not a JSON object")]
    NotAnObject,
    /// An id that is neither text nor a whole number, or not safe in a URL.
    #[error("an id in the body is of the wrong kind")]
    WrongIdKind,
}

impl UnreadableBody {
    /// The code in the answer.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::TooManyValues => "too_many_values",
            Self::NotAnObject => "not_an_object",
            Self::WrongIdKind => "wrong_id_kind",
        }
    }
}

impl Envelope {
    /// Reads a delivery's raw body.
    pub fn parse(body: &[u8]) -> Result<Self, UnreadableBody> {
        match json::read(body) {
            Ok(Value::Object(object)) => Self::from_object(&object),
            Ok(_) => Err(UnreadableBody::NotAnObject),
            Err(Unreadable::NotJson) => Err(UnreadableBody::NotJson),
            Err(Unreadable::TooManyValues) => Err(UnreadableBody::TooManyValues),
        }
    }

    fn from_object(object: &Map<String, Value>) -> Result<Self, UnreadableBody> {
        let there = |name| object.get(name).filter(|value| !value.is_null());
        match (there("event_type"), there("model")) {
            (Some(_), None) => Self::of_event(object),
            // A body that is both is taken for the hint, from which nothing follows by itself.
            (Some(_) | None, _) => Self::of_hint(object),
        }
    }

    fn of_event(object: &Map<String, Value>) -> Result<Self, UnreadableBody> {
        let project = id(object.get("project").and_then(Value::as_object).and_then(|project| project.get("id")))?;
        let event_id = match object.get("event_id") {
            None | Some(Value::Null) => None,
            Some(Value::Number(number)) => Some(shortened(&number.to_string(), 60)),
            Some(Value::String(text)) => Some(shortened(text.trim(), 60)).filter(|text| !text.is_empty()),
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => return Err(UnreadableBody::WrongIdKind),
        };
        let timestamp = match object.get("timestamp") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(shortened(text, 60)),
            Some(other) => Some(shortened(&other.to_string(), 60)),
        };
        Ok(Self {
            contract: ApiContract::Design,
            model: None,
            model_id: project.clone(),
            event: object.get("event_type").and_then(Value::as_str).map(|text| shortened(text, 60)),
            event_id,
            timestamp,
            project,
            identifier: None,
        })
    }

    fn of_hint(object: &Map<String, Value>) -> Result<Self, UnreadableBody> {
        let text = |name: &str| object.get(name).and_then(Value::as_str).map(|text| shortened(text, 60));
        let model = text("model");
        let model_id = id(object.get("model_id"))?;
        let fields = object.get("fields").and_then(Value::as_object);
        let is_project = model.as_deref() == Some("Project");
        let project = match model.as_deref() {
            Some("Project") => model_id.clone(),
            Some("Contact") => fields.and_then(project_of_contact),
            Some(_) | None => fields.and_then(|fields| last_id(fields.get("project")?)),
        };
        let identifier = is_project.then(|| object.get("identifier")?.as_str()?.parse().ok()).flatten();
        let event_id = match object.get("event_id") {
            Some(Value::Number(number)) => Some(shortened(&number.to_string(), 60)),
            Some(Value::String(text)) => Some(shortened(text, 60)),
            Some(_) | None => None,
        };
        let contract = ApiContract::Live;
        Ok(Self { contract, model, model_id, event: text("event"), event_id, timestamp: None, project, identifier })
    }

    /// Deliveries of one group are applied one after the other: by project where one is named, else by record.
    pub fn group(&self) -> String {
        match (&self.project, &self.model, &self.model_id) {
            (Some(project), _, _) => project.to_string(),
            (None, model, Some(id)) => Self::group_of(named(model), id.as_str()),
            (None, model, None) => safe(named(model)),
        }
    }

    /// The group of what names a record and no project.
    pub(crate) fn group_of(model: &str, id: &str) -> String {
        format!("{}-{id}", safe(model))
    }

    /// Whether nothing but its arrival tells it from another one with the same body: what happened may happen again.
    pub fn is_known_by_arrival(&self) -> bool {
        match self.contract {
            ApiContract::Live => false,
            ApiContract::Design => self.event_id.is_none() && self.timestamp.is_none(),
        }
    }

    /// The place in the log of a delivery that [`Envelope::is_known_by_arrival`].
    pub fn key_of_arrival(&self, body_sha256: &str, received_at: DateTime<Utc>) -> DeliveryKey {
        let arrival = Some(format!("at-{}", received_at.timestamp_millis()));
        Self { event_id: arrival, ..self.clone() }.key(body_sha256)
    }

    /// The delivery's place in the log.
    pub fn key(&self, body_sha256: &str) -> DeliveryKey {
        let record = self.model_id.as_ref().map(ProjectId::as_str);
        let DeliveryName { model, record, event, event_id } =
            DeliveryName::new(self.model.as_deref(), record, self.event.as_deref(), self.event_id.as_deref());
        DeliveryKey::of_parts(&[&model, &record, &event, &event_id, body_sha256])
    }
}

/// What both sides call a delivery, as keys have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeliveryName {
    /// The kind of record.
    pub model: String,
    /// The record's id.
    pub record: String,
    /// What happened to it.
    pub event: String,
    /// OpenSolar's id of the webhook event.
    pub event_id: String,
}

impl DeliveryName {
    /// The name of these parts; what is missing is `-`.
    pub fn new(model: Option<&str>, record: Option<&str>, event: Option<&str>, event_id: Option<&str>) -> Self {
        let part = |text: Option<&str>| safe(&shortened(text.unwrap_or("-"), 100));
        Self { model: part(model), record: part(record), event: part(event), event_id: part(event_id) }
    }

    /// The name in a delivery's key; nothing for what could not be read as one.
    pub fn of_key(key: &DeliveryKey) -> Option<Self> {
        let parts: Vec<&str> = key.as_str().split('#').collect();
        let [model, record, event, event_id, _] = parts.as_slice() else { return None };
        let own = |part: &str| part.to_owned();
        Some(Self { model: own(model), record: own(record), event: own(event), event_id: own(event_id) })
    }
}

/// The key of a body that is no delivery.
pub fn unreadable_key(body_sha256: &str) -> DeliveryKey {
    DeliveryKey::of_parts(&["unreadable", body_sha256])
}

/// SHA-256 of a body, in hex.
pub fn sha256_hex(body: &[u8]) -> String {
    Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn id(value: Option<&Value>) -> Result<Option<ProjectId>, UnreadableBody> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => text.parse().map(Some).map_err(|_| UnreadableBody::WrongIdKind),
        Some(Value::Number(number)) => {
            number.as_u64().map(|number| Some(ProjectId::from(number))).ok_or(UnreadableBody::WrongIdKind)
        }
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => Err(UnreadableBody::WrongIdKind),
    }
}

/// A contact's first project. One that OpenSolar made up when somebody opened a share link is nobody's.
pub(crate) fn project_of_contact(fields: &Map<String, Value>) -> Option<ProjectId> {
    let is_synthetic = |email: &str| email.trim().to_lowercase().ends_with(SYNTHETIC_EMAIL);
    if fields.get("email").and_then(Value::as_str).is_some_and(is_synthetic) {
        return None;
    }
    fields.get("projects")?.as_array()?.iter().find_map(last_id)
}

/// The id at the end of a relation: a path or a whole address (both occur), or a bare number.
fn last_id(value: &Value) -> Option<ProjectId> {
    match value {
        Value::String(path) => path.trim_end_matches('/').rsplit('/').next()?.parse().ok(),
        Value::Number(number) => number.as_u64().map(ProjectId::from),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

pub(super) fn shortened(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}

/// A group needs a name, and a model may be an empty text.
fn named(model: &Option<String>) -> &str {
    model.as_deref().filter(|model| !model.is_empty()).unwrap_or("none")
}

/// As a part of a key or a queue's message group: nothing that either could refuse or split at.
fn safe(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_delivery_names_its_project_and_our_identifier() {
        let body = br#"{"timestamp": "1790000000", "model": "Project", "model_id": 9000001, "event": "UPDATE",
            "identifier": "6f0f4f0e-0000-4000-8000-000000000001", "event_id": 4711, "fields": {"id": 9000001}}"#;
        let envelope = Envelope::parse(body).expect("readable");
        assert_eq!(envelope.group(), "9000001");
        assert_eq!(envelope.identifier, "6f0f4f0e-0000-4000-8000-000000000001".parse().ok());
        assert_eq!(envelope.key("ab").as_str(), "Project#9000001#UPDATE#4711#ab");
    }

    #[test]
    fn an_event_names_its_project_by_path_and_its_identifier_is_not_the_projects() {
        let body = br#"{"model": "Event", "model_id": 88001, "event": "CREATE", "event_id": 4712,
            "identifier": "6f0f4f0e-0000-4000-8000-000000000001",
            "fields": {"id": 88001, "project": "/api/orgs/1234/projects/9000001/"}}"#;
        let envelope = Envelope::parse(body).expect("readable");
        assert_eq!((envelope.group().as_str(), envelope.identifier), ("9000001", None));
    }

    #[test]
    fn a_contact_names_its_first_project_unless_it_is_made_up() {
        let project = |email: &str| {
            let body = serde_json::json!({"model": "Contact", "model_id": 700_001, "event": "UPDATE",
                "fields": {"email": email, "projects": [null, "/api/orgs/1234/projects/9000001/"]}});
            Envelope::parse(body.to_string().as_bytes()).expect("readable").project
        };
        assert_eq!(project("rudo@example.com"), Some(9_000_001.into()));
        assert_eq!(project("12345@OS.code"), None);
    }

    #[test]
    fn deliveries_without_a_project_go_by_their_record() {
        let group = |body: &str| Envelope::parse(body.as_bytes()).expect("readable").group();
        assert_eq!(group(r#"{"model": "Event", "model_id": 7, "event": "DELETE"}"#), "Event-7");
        assert_eq!(group(r#"{"model": "a#b c", "model_id": "7"}"#), "a_b_c-7");
        for nameless in ["{}", r#"{"model": ""}"#, r#"{"model": null}"#] {
            assert_eq!(group(nameless), "none", "{nameless}");
        }
    }

    #[test]
    fn an_event_of_the_design_contract_names_its_project_and_goes_by_its_id_or_its_arrival() {
        let body = br#"{"event_type": "project.contract_signed", "event_id": "e-1", "timestamp": 1790000000,
            "project": {"id": "9000001", "status": "contract"}}"#;
        let envelope = Envelope::parse(body).expect("readable");
        assert_eq!((envelope.contract, envelope.group().as_str()), (ApiContract::Design, "9000001"));
        assert_eq!(envelope.key("ab").as_str(), "-#9000001#project_contract_signed#e-1#ab");
        assert_eq!((envelope.timestamp.as_deref(), envelope.is_known_by_arrival()), (Some("1790000000"), false));

        let bare =
            Envelope::parse(br#"{"event_type": "project.contract_signed", "event_id": " ", "project": {"id": 1}}"#);
        let bare = bare.expect("readable");
        assert!(bare.is_known_by_arrival());
        let at = |raw: &str| bare.key_of_arrival("ab", raw.parse().expect("a time")).to_string();
        assert_eq!(at("2026-11-20T12:00:00Z"), "-#1#project_contract_signed#at-1795176000000#ab");
        assert_ne!(at("2026-11-20T12:00:00Z"), at("2026-11-20T12:00:01Z"));
    }

    #[test]
    fn what_says_nothing_says_nothing_of_the_shape_either() {
        let of = |body: &[u8]| Envelope::parse(body).expect("readable").contract;
        let event = br#"{"event_type": "project.contract_signed", "project": {"id": 1}, "model": null}"#;
        assert_eq!(of(event), ApiContract::Design);
        assert_eq!(of(br#"{"model": "Project", "model_id": 1, "event_type": null}"#), ApiContract::Live);
    }

    #[test]
    fn a_body_of_both_shapes_is_no_more_than_a_hint() {
        let body =
            br#"{"event_type": "project.contract_signed", "project": {"id": 2}, "model": "Project", "model_id": 1}"#;
        let envelope = Envelope::parse(body).expect("readable");
        assert_eq!((envelope.contract, envelope.group().as_str()), (ApiContract::Live, "1"));
    }

    #[test]
    fn what_is_no_delivery_has_a_code() {
        let code = |body: &[u8]| Envelope::parse(body).expect_err("unreadable").code();
        assert_eq!(code(b"\xff"), "not_json");
        assert_eq!(code(b"[]"), "not_an_object");
        assert_eq!(code(format!("[{}]", vec!["{}"; 200_000].join(",")).as_bytes()), "too_many_values");
        for body in [r#"{"model_id": {}}"#, r#"{"model_id": -1}"#, r#"{"model_id": 1.5}"#, r#"{"model_id": "a/b"}"#] {
            assert_eq!(code(body.as_bytes()), "wrong_id_kind", "{body}");
        }
        for part in
            [r#""project": {"id": []}"#, r#""project": {"id": "a/b"}"#, r#""project": {"id": 1}, "event_id": {}"#]
        {
            let body = format!(r#"{{"event_type": "project.contract_signed", {part}}}"#);
            assert_eq!(code(body.as_bytes()), "wrong_id_kind", "{body}");
        }
    }
}
