//! What the CRM sends: `installation_request.sync`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::ids::RequestId;
use crate::phone::{CallingCode, EmailAddress, PhoneNumber};
use crate::request::{
    CrmStatus, Customer, InstallationRequest, InstallationType, NOTES_LIMIT, Position, RequestVersion,
};

/// The message type that the CRM puts on the queue.
pub const MESSAGE_TYPE: &str = "installation_request.sync";

/// The one version of the message that is known.
pub const SCHEMA_VERSION: u64 = 1;

/// The message as it is on the wire. Unknown fields are kept out of the way, a field of the wrong kind counts as
/// absent where it is optional: one odd field must not keep a customer from being served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SyncRequestMessage {
    /// 1.
    pub schema_version: u64,
    /// [`MESSAGE_TYPE`].
    #[serde(rename = "type")]
    pub message_type: String,
    /// Deduplicates on the queue.
    #[serde(default, deserialize_with = "text")]
    pub message_id: Option<String>,
    /// When the CRM sent it; orders messages that have neither revision nor `updated_at`.
    #[serde(default, deserialize_with = "time")]
    pub occurred_at: Option<DateTime<Utc>>,
    /// `created`, `updated`, `manual` or `backfill`.
    #[serde(default, deserialize_with = "text")]
    pub trigger: Option<String>,
    /// Overrides type and switch, and repeats an equal revision.
    #[serde(default, deserialize_with = "flag")]
    pub force: bool,
    /// Who asked, if a person did.
    #[serde(default, deserialize_with = "text")]
    pub requested_by: Option<String>,
    /// The snapshot.
    pub installation_request: InstallationRequestMessage,
}

/// The installation request on the wire, and as the store keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstallationRequestMessage {
    /// Text or number.
    pub id: RequestId,
    /// Rises with each change.
    #[serde(default, deserialize_with = "whole_number")]
    pub revision: Option<u64>,
    /// Orders messages where there is no revision.
    #[serde(default, deserialize_with = "time")]
    pub updated_at: Option<DateTime<Utc>>,
    /// The CRM's word for what is to be installed.
    pub installation_type: String,
    /// The CRM's status; absent is `pending`.
    #[serde(default, deserialize_with = "text")]
    pub status: Option<String>,
    /// Order number.
    #[serde(default, deserialize_with = "text")]
    pub order_number: Option<String>,
    /// Assessment number.
    #[serde(default, deserialize_with = "text")]
    pub assessment_number: Option<String>,
    /// The customer's whole name.
    #[serde(default, deserialize_with = "text")]
    pub full_name: Option<String>,
    /// A phone number for this request.
    #[serde(default, deserialize_with = "text")]
    pub contact_phone: Option<String>,
    /// Street address.
    #[serde(default, deserialize_with = "text")]
    pub address: Option<String>,
    /// The CRM's other name for it, taken where `address` is missing.
    #[serde(default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub installation_address: Option<String>,
    /// Suburb.
    #[serde(default, deserialize_with = "text")]
    pub suburb: Option<String>,
    /// Degrees.
    #[serde(default, deserialize_with = "number")]
    pub latitude: Option<f64>,
    /// Degrees.
    #[serde(default, deserialize_with = "number")]
    pub longitude: Option<f64>,
    /// Free text.
    #[serde(default, deserialize_with = "text")]
    pub notes: Option<String>,
    /// When the customer would like it.
    #[serde(default, deserialize_with = "text")]
    pub preferred_datetime: Option<String>,
    /// The customer.
    pub customer: CustomerMessage,
}

/// The customer on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerMessage {
    /// The CRM's id.
    #[serde(default, deserialize_with = "text")]
    pub id: Option<String>,
    /// Given name.
    #[serde(default, deserialize_with = "text")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(default, deserialize_with = "text")]
    pub last_name: Option<String>,
    /// E-mail address.
    #[serde(default, deserialize_with = "text")]
    pub email: Option<String>,
    /// The customer's number.
    #[serde(default, deserialize_with = "text")]
    pub phone_number: Option<String>,
    /// The number as WhatsApp names it.
    #[serde(default, deserialize_with = "text")]
    pub whatsapp_id: Option<String>,
    /// Town.
    #[serde(default, deserialize_with = "text")]
    pub city: Option<String>,
    /// Province.
    #[serde(default, deserialize_with = "text")]
    pub state_province: Option<String>,
    /// Postal code.
    #[serde(default, deserialize_with = "text")]
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(default, deserialize_with = "text")]
    pub country: Option<String>,
    /// ISO 639-1.
    #[serde(default, deserialize_with = "text")]
    pub language: Option<String>,
    /// Whether messages are forbidden.
    #[serde(default, deserialize_with = "flag")]
    pub is_blocked: bool,
    /// When the customer last wrote.
    #[serde(default, deserialize_with = "time")]
    pub last_inbound_at: Option<DateTime<Utc>>,
}

/// Why a message cannot be used. Goes with it to the DLQ, so it says nothing personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableRequest {
    /// Not the JSON that was agreed on; the place, not the content.
    #[error("not a sync request: line {line}, column {column} is not as the schema says")]
    NotTheSchema {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A version that is not known.
    #[error("schema_version {version} is not known, {SCHEMA_VERSION} is")]
    UnknownVersion {
        /// The message's.
        version: u64,
    },
    /// Nothing tells whether it is newer than another message of the same request.
    #[error("the request has no revision, updated_at or occurred_at: messages cannot be ordered without")]
    NoOrder,
    /// No number that a message could go to.
    #[error("the customer has no usable phone number in phone_number, whatsapp_id or contact_phone")]
    NoPhone,
}

impl SyncRequestMessage {
    /// Reads a message's body.
    pub fn parse(body: &str) -> Result<Self, UnusableRequest> {
        let not_the_schema =
            |error: serde_json::Error| UnusableRequest::NotTheSchema { line: error.line(), column: error.column() };
        let value: Value = serde_json::from_str(body).map_err(not_the_schema)?;
        match value.get("schema_version").and_then(Value::as_u64) {
            Some(SCHEMA_VERSION) => {}
            Some(version) => return Err(UnusableRequest::UnknownVersion { version }),
            None => return Err(UnusableRequest::NotTheSchema { line: 1, column: 1 }),
        }
        // Read again from the text: only so the error knows the place.
        let message: Self = serde_json::from_str(body).map_err(not_the_schema)?;
        match message.message_type == MESSAGE_TYPE {
            true => Ok(message),
            false => Err(UnusableRequest::NotTheSchema { line: 1, column: 1 }),
        }
    }

    /// The request in the domain's terms; numbers without a country are read within `home`.
    pub fn request(&self, home: &CallingCode) -> Result<InstallationRequest, UnusableRequest> {
        self.installation_request.request(home, self.occurred_at)
    }
}

impl InstallationRequestMessage {
    /// The request in the domain's terms.
    pub fn request(
        &self,
        home: &CallingCode,
        occurred_at: Option<DateTime<Utc>>,
    ) -> Result<InstallationRequest, UnusableRequest> {
        let customer = &self.customer;
        let phone = [&customer.phone_number, &customer.whatsapp_id, &self.contact_phone]
            .into_iter()
            .flatten()
            .find_map(|raw| PhoneNumber::parse(raw, home).ok())
            .ok_or(UnusableRequest::NoPhone)?;
        let full_name = self.full_name.as_deref().unwrap_or_default().trim();
        let (first_of_full, rest_of_full) = full_name.split_once(char::is_whitespace).unwrap_or((full_name, ""));
        let name = |profile: &Option<String>, fallback: &str| {
            let name = profile.as_deref().unwrap_or_default().trim();
            bounded(if name.is_empty() { fallback } else { name }, 100)
        };
        let at = match (self.updated_at.or(occurred_at), self.revision) {
            (Some(at), _) => at,
            // Older than anything that has a time; among revisions the revision decides.
            (None, Some(_)) => DateTime::UNIX_EPOCH,
            (None, None) => return Err(UnusableRequest::NoOrder),
        };
        Ok(InstallationRequest {
            id: self.id.clone(),
            version: RequestVersion { revision: self.revision, at },
            installation_type: InstallationType::parse(&self.installation_type),
            status: self.status.as_deref().and_then(CrmStatus::parse).unwrap_or(CrmStatus::Pending),
            order_number: bounded_field(&self.order_number, 100),
            assessment_number: bounded_field(&self.assessment_number, 100),
            address: bounded_field(&self.address, 500).or_else(|| bounded_field(&self.installation_address, 500)),
            suburb: bounded_field(&self.suburb, 200),
            position: self.latitude.zip(self.longitude).and_then(|(lat, lon)| Position::new(lat, lon)),
            notes: bounded_field(&self.notes, NOTES_LIMIT),
            preferred_datetime: bounded_field(&self.preferred_datetime, 100),
            customer: Customer {
                id: bounded_field(&customer.id, 100),
                first_name: name(&customer.first_name, first_of_full),
                last_name: name(&customer.last_name, rest_of_full.trim()),
                email: customer.email.as_deref().and_then(EmailAddress::parse),
                phone,
                city: bounded_field(&customer.city, 200),
                state_province: bounded_field(&customer.state_province, 200),
                postal_code: bounded_field(&customer.postal_code, 20),
                country: customer.country.as_deref().and_then(country_code),
                language: bounded_field(&customer.language, 10),
                is_blocked: customer.is_blocked,
                last_inbound_at: customer.last_inbound_at,
            },
        })
    }

    /// The wire form of a request; reading it back gives the same request.
    pub fn of(request: &InstallationRequest) -> Self {
        let customer = &request.customer;
        Self {
            id: request.id.clone(),
            revision: request.version.revision,
            updated_at: Some(request.version.at),
            installation_type: request.installation_type.as_str().to_owned(),
            status: Some(request.status.as_str().to_owned()),
            order_number: request.order_number.clone(),
            assessment_number: request.assessment_number.clone(),
            full_name: None,
            contact_phone: None,
            address: request.address.clone(),
            installation_address: None,
            suburb: request.suburb.clone(),
            latitude: request.position.map(|position| position.latitude),
            longitude: request.position.map(|position| position.longitude),
            notes: request.notes.clone(),
            preferred_datetime: request.preferred_datetime.clone(),
            customer: CustomerMessage {
                id: customer.id.clone(),
                first_name: customer.first_name.clone(),
                last_name: customer.last_name.clone(),
                email: customer.email.as_ref().map(|email| email.as_str().to_owned()),
                phone_number: Some(customer.phone.e164().to_owned()),
                whatsapp_id: None,
                city: customer.city.clone(),
                state_province: customer.state_province.clone(),
                postal_code: customer.postal_code.clone(),
                country: customer.country.clone(),
                language: customer.language.clone(),
                is_blocked: customer.is_blocked,
                last_inbound_at: customer.last_inbound_at,
            },
        }
    }
}

/// Two letters, as ISO 3166-1 has them; a country's name is none.
fn country_code(raw: &str) -> Option<String> {
    let code = raw.trim();
    (code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic())).then(|| code.to_ascii_uppercase())
}

fn bounded_field(field: &Option<String>, limit: usize) -> Option<String> {
    bounded(field.as_deref().unwrap_or_default().trim(), limit)
}

fn bounded(text: &str, limit: usize) -> Option<String> {
    let cut: String = text.chars().take(limit).collect();
    let cut = cut.trim_end();
    (!cut.is_empty()).then(|| cut.to_owned())
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(flag) => flag,
        Value::String(text) => text.trim().eq_ignore_ascii_case("true"),
        Value::Number(number) => number.as_u64() == Some(1),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    })
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_f64(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_u64(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    Ok(text(deserializer)?.and_then(|text| text.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = r#"{"schema_version": 1, "type": "installation_request.sync", "message_id": "m-1",
        "occurred_at": "2026-11-20T08:00:00Z", "trigger": "created", "a_new_field": {"of": "the CRM"},
        "installation_request": {"id": 1042, "installation_type": "Solar", "full_name": "Rudo Example Moyo",
          "installation_address": "12 Example Street", "latitude": "-17.8", "longitude": 31.05, "order_number": 77,
          "contact_phone": "077 000 0001", "customer": {"phone_number": "unknown", "email": "none"}}}"#;

    fn home() -> CallingCode {
        CallingCode::parse("263").expect("a calling code")
    }

    #[test]
    fn a_sparse_message_is_enough() {
        let request = SyncRequestMessage::parse(MESSAGE).expect("readable").request(&home()).expect("usable");
        assert_eq!(request.id.as_str(), "1042");
        assert_eq!(request.customer.first_name.as_deref(), Some("Rudo"));
        assert_eq!(request.customer.last_name.as_deref(), Some("Example Moyo"));
        assert_eq!(request.customer.phone.e164(), "+263770000001");
        assert_eq!(request.customer.email, None);
        assert_eq!(request.address.as_deref(), Some("12 Example Street"));
        assert_eq!(request.order_number.as_deref(), Some("77"));
        assert_eq!(request.position, Position::new(-17.8, 31.05));
    }

    #[test]
    fn the_wire_form_of_a_request_is_the_same_request() {
        let message = SyncRequestMessage::parse(MESSAGE).expect("readable");
        let request = message.request(&home()).expect("usable");
        let json = serde_json::to_string(&InstallationRequestMessage::of(&request)).expect("json");
        let again: InstallationRequestMessage = serde_json::from_str(&json).expect("readable");
        assert_eq!(again.request(&home(), None), Ok(request));
    }

    #[test]
    fn an_odd_field_that_may_be_missing_counts_as_missing() {
        let odd = MESSAGE
            .replace("\"message_id\": \"m-1\",", "\"force\": null,")
            .replace("\"trigger\": \"created\"", "\"trigger\": 5")
            .replace("\"email\": \"none\"", "\"is_blocked\": null, \"country\": \"Zimbabwe\"")
            .replace("\"order_number\": 77", "\"address\": \"14 Example Street\", \"status\": \" Cancelled\"");
        let message = SyncRequestMessage::parse(&odd).expect("readable");
        let request = message.request(&home()).expect("usable");
        assert_eq!((message.force, message.message_id), (false, None));
        assert_eq!(request.address.as_deref(), Some("14 Example Street"));
        assert_eq!((request.customer.country, request.status), (None, CrmStatus::Cancelled));
    }

    #[test]
    fn without_any_order_a_message_cannot_be_used() {
        let message = MESSAGE.replace("\"occurred_at\": \"2026-11-20T08:00:00Z\",", "");
        let unordered = SyncRequestMessage::parse(&message).expect("readable").request(&home());
        assert_eq!(unordered, Err(UnusableRequest::NoOrder));
    }

    #[test]
    fn what_cannot_be_used_says_why_without_saying_who() {
        let refused = |from: &str, to: &str| {
            let message = SyncRequestMessage::parse(&MESSAGE.replace(from, to));
            message.and_then(|message| message.request(&home())).expect_err(to)
        };
        assert_eq!(
            refused("\"schema_version\": 1", "\"schema_version\": 2"),
            UnusableRequest::UnknownVersion { version: 2 }
        );
        assert_eq!(refused("077 000 0001", "nobody"), UnusableRequest::NoPhone);
        for (from, to) in [("{\"schema", "schema"), ("\"id\": 1042", "\"id\": []"), ("_request.sync", "_request.other")]
        {
            assert!(matches!(refused(from, to), UnusableRequest::NotTheSchema { .. }));
        }
    }
}
