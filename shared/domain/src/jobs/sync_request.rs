//! What the CRM sends: `installation_request.sync`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

#[cfg(feature = "schema")]
use super::schema;
use crate::ids::RequestId;
use crate::phone::{CallingCode, EmailAddress, PhoneNumber};
use crate::request::{
    CrmStatus, Customer, InstallationRequest, InstallationType, NOTES_LIMIT, Position, RequestVersion,
};

/// The message type that the CRM puts on the queue.
pub const MESSAGE_TYPE: &str = "installation_request.sync";

/// The one version of the message that is known.
pub const SCHEMA_VERSION: u64 = 1;

/// What the CRM sends. Unknown fields are ignored. Of the fields that may be missing, one that cannot be read counts as
/// missing, and numbers may come as text: one odd field must not keep a customer from being served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "installation_request.sync, version 1"))]
#[cfg_attr(feature = "schema", schemars(transform = schema::lenient, extend("anyOf" = schema::some_order())))]
pub struct SyncRequestMessage {
    /// The version of this message; others are refused.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::request_version"))]
    pub schema_version: u64,
    /// The type of this message.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::request_type"))]
    pub message_type: String,
    /// Deduplicates on the queue.
    #[serde(default, deserialize_with = "text")]
    pub message_id: Option<String>,
    /// When the CRM sent it; orders the messages of a request that have neither `revision` nor `updated_at`.
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
    /// The snapshot of the request.
    pub installation_request: InstallationRequestMessage,
}

/// The installation request on the wire, and as the store keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "schema",
    schemars(description = "The whole request as it is now; with a phone number somewhere.")
)]
#[cfg_attr(feature = "schema", schemars(transform = schema::lenient, extend("anyOf" = schema::some_phone())))]
pub struct InstallationRequestMessage {
    /// The CRM's id, as text or as a whole number: 1 to 100 ASCII letters, digits, `-` or `_`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::id_as_text_or_number"))]
    pub id: RequestId,
    /// Rises with each change of the request; an older one than what is known is never applied.
    #[serde(default, deserialize_with = "whole_number")]
    pub revision: Option<u64>,
    /// When the request last changed; orders messages where there is no revision.
    #[serde(default, deserialize_with = "time")]
    pub updated_at: Option<DateTime<Utc>>,
    /// What is to be installed. `solar` and `hybrid` are synced by themselves, and so are the older names `residential`,
    /// `commercial`, `install_residential` and `install_commercial`.
    pub installation_type: String,
    /// `pending`, `scheduled`, `in_progress`, `completed` or `cancelled`; anything else is `pending`.
    #[serde(default, deserialize_with = "text")]
    pub status: Option<String>,
    /// Order number; cut after 100 characters.
    #[serde(default, deserialize_with = "text")]
    pub order_number: Option<String>,
    /// Number of the site assessment; cut after 100 characters.
    #[serde(default, deserialize_with = "text")]
    pub assessment_number: Option<String>,
    /// The customer's whole name, for where the profile has not both names; each part is cut after 100 characters.
    #[serde(default, deserialize_with = "text")]
    pub full_name: Option<String>,
    /// A phone number for this request, for where the customer has none that can be used.
    #[serde(default, deserialize_with = "text")]
    pub contact_phone: Option<String>,
    /// Street address of the site; cut after 500 characters.
    #[serde(default, deserialize_with = "text")]
    pub address: Option<String>,
    /// The CRM's other name for `address`, taken where that is missing.
    #[serde(default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub installation_address: Option<String>,
    /// Suburb of the site; cut after 200 characters.
    #[serde(default, deserialize_with = "text")]
    pub suburb: Option<String>,
    /// Degrees; of no use without the other.
    #[serde(default, deserialize_with = "number")]
    #[cfg_attr(feature = "schema", schemars(range(min = -90, max = 90)))]
    pub latitude: Option<f64>,
    /// Degrees; of no use without the other.
    #[serde(default, deserialize_with = "number")]
    #[cfg_attr(feature = "schema", schemars(range(min = -180, max = 180)))]
    pub longitude: Option<f64>,
    /// Free text; cut after 10,000 characters.
    #[serde(default, deserialize_with = "text")]
    pub notes: Option<String>,
    /// When the customer would like it, in any words; cut after 100 characters.
    #[serde(default, deserialize_with = "text")]
    pub preferred_datetime: Option<String>,
    /// When the CRM made the request.
    #[serde(default, deserialize_with = "time")]
    pub created_at: Option<DateTime<Utc>>,
    /// The customer.
    pub customer: CustomerMessage,
}

/// The customer on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(description = "Who asked for it.", transform = schema::lenient))]
pub struct CustomerMessage {
    /// The CRM's id.
    #[serde(default, deserialize_with = "text")]
    pub id: Option<String>,
    /// Given name; cut after 100 characters.
    #[serde(default, deserialize_with = "text")]
    pub first_name: Option<String>,
    /// Family name; cut after 100 characters.
    #[serde(default, deserialize_with = "text")]
    pub last_name: Option<String>,
    /// E-mail address.
    #[serde(default, deserialize_with = "text")]
    pub email: Option<String>,
    /// The customer's number: `+263…`, `00263…`, `263…`, or `077…` within the configured country.
    #[serde(default, deserialize_with = "text")]
    pub phone_number: Option<String>,
    /// The number as WhatsApp names it; taken where `phone_number` cannot be used.
    #[serde(default, deserialize_with = "text")]
    pub whatsapp_id: Option<String>,
    /// Town; cut after 200 characters.
    #[serde(default, deserialize_with = "text")]
    pub city: Option<String>,
    /// Province; cut after 200 characters.
    #[serde(default, deserialize_with = "text")]
    pub state_province: Option<String>,
    /// Postal code; cut after 20 characters.
    #[serde(default, deserialize_with = "text")]
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2; a country's name counts as missing.
    #[serde(default, deserialize_with = "text")]
    pub country: Option<String>,
    /// ISO 639-1.
    #[serde(default, deserialize_with = "text")]
    pub language: Option<String>,
    /// Whether messages are forbidden; `"true"` and 1 are true too.
    #[serde(default, deserialize_with = "flag")]
    pub is_blocked: bool,
    /// When the customer last wrote; opens WhatsApp's 24-hour window.
    #[serde(default, deserialize_with = "time")]
    pub last_inbound_at: Option<DateTime<Utc>>,
}

/// So many characters of a name are kept.
const NAME_LIMIT: usize = 100;

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
    /// No version that is a whole number.
    #[error("not a sync request: schema_version is missing or no whole number")]
    NoVersion,
    /// A version that is not known.
    #[error("schema_version {version} is not known, {SCHEMA_VERSION} is")]
    UnknownVersion {
        /// The message's.
        version: u64,
    },
    /// A message of a type that nobody here reads.
    #[error("not a sync request: type is not {MESSAGE_TYPE}")]
    OtherType,
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
            None => return Err(UnusableRequest::NoVersion),
        }
        // Read again from the text: only so the error knows the place.
        let message: Self = serde_json::from_str(body).map_err(not_the_schema)?;
        match message.message_type == MESSAGE_TYPE {
            true => Ok(message),
            false => Err(UnusableRequest::OtherType),
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
        let (first_name, last_name) = self.names();
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
            created_at: self.created_at,
            customer: Customer {
                id: bounded_field(&customer.id, 100),
                first_name: bounded(first_name, NAME_LIMIT),
                last_name: bounded(last_name, NAME_LIMIT),
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

    /// Given and family name, blank where there is none: the profile's if it has both, else the full name's if that has
    /// both, else what there is of each. So nobody gets a name made of two people's.
    fn names(&self) -> (&str, &str) {
        fn trimmed(field: &Option<String>) -> &str {
            field.as_deref().unwrap_or_default().trim()
        }
        fn either<'a>(name: &'a str, other: &'a str) -> &'a str {
            if name.is_empty() { other } else { name }
        }
        let profile = (trimmed(&self.customer.first_name), trimmed(&self.customer.last_name));
        let full_name = trimmed(&self.full_name);
        let (first, rest) = full_name.split_once(char::is_whitespace).unwrap_or((full_name, ""));
        let full = (first, rest.trim());
        let has_both = |(first, last): &(&str, &str)| !first.is_empty() && !last.is_empty();
        let whole = [profile, full].into_iter().find(has_both);
        whole.unwrap_or((either(profile.0, full.0), either(profile.1, full.1)))
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
            created_at: request.created_at,
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
        Value::String(text) => ["true", "1"].contains(&text.trim().to_ascii_lowercase().as_str()),
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
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

/// 3.0 is the same number as 3 in JSON.
fn whole(number: f64) -> Option<u64> {
    (number.fract() == 0.0).then(|| number.to_string().parse().ok()).flatten()
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
        assert_eq!((message.force, message.message_id.as_deref()), (false, None));
        assert_eq!(request.address.as_deref(), Some("14 Example Street"));
        assert_eq!((request.customer.country, request.status), (None, CrmStatus::Cancelled));
    }

    #[test]
    fn everything_that_can_be_read_is_read_whatever_its_kind() {
        let kinds = MESSAGE
            .replace(
                "\"id\": 1042",
                "\"id\": \"1042\", \"revision\": \"3\", \"created_at\": \"2026-11-20T09:58:00+02:00\"",
            )
            .replace("\"email\": \"none\"", "\"id\": 55, \"is_blocked\": \"True\", \"country\": \"zw\"");
        let request = SyncRequestMessage::parse(&kinds).expect("readable").request(&home()).expect("usable");
        assert_eq!((request.id.as_str(), request.version.revision), ("1042", Some(3)));
        assert_eq!(request.created_at, "2026-11-20T07:58:00Z".parse().ok());
        assert_eq!((request.customer.id.as_deref(), request.customer.country.as_deref()), (Some("55"), Some("ZW")));
        assert!(request.customer.is_blocked);
        let revision = |written: &str| {
            let message = MESSAGE.replace("\"id\": 1042", &format!("\"id\": 1042, \"revision\": {written}"));
            SyncRequestMessage::parse(&message).expect("readable").installation_request.revision
        };
        assert_eq!(["3", "3.0", "\" 3\""].map(revision), [Some(3); 3]);
        assert_eq!(["3.5", "-3", "1e30", "true", "\"three\""].map(revision), [None; 5]);
    }

    #[test]
    fn a_name_is_taken_whole_from_one_place() {
        let named = |first: &str, last: &str, full: &str| {
            let mut message = SyncRequestMessage::parse(MESSAGE).expect("readable").installation_request;
            message.full_name = Some(full.to_owned());
            message.customer.first_name = Some(first.to_owned());
            message.customer.last_name = Some(last.to_owned());
            let customer = message.request(&home(), Some(DateTime::UNIX_EPOCH)).expect("usable").customer;
            [customer.first_name.unwrap_or_default(), customer.last_name.unwrap_or_default()]
        };
        assert_eq!(named("Rudo", "Moyo", "Tendai Example"), ["Rudo", "Moyo"]);
        assert_eq!(named("Rudo", " ", "Tendai Example"), ["Tendai", "Example"]);
        assert_eq!(named("", "Moyo", "Rudo"), ["Rudo", "Moyo"]);
        assert_eq!(named("Rudo", "", ""), ["Rudo", ""]);
        assert_eq!(named("", "", "  Rudo   Example Moyo "), ["Rudo", "Example Moyo"]);
    }

    #[test]
    fn long_text_is_cut_between_letters() {
        let long = "ü".repeat(20_000);
        let mut message = SyncRequestMessage::parse(MESSAGE).expect("readable");
        let request = &mut message.installation_request;
        let every = [
            &mut request.notes,
            &mut request.address,
            &mut request.suburb,
            &mut request.order_number,
            &mut request.assessment_number,
            &mut request.preferred_datetime,
            &mut request.full_name,
            &mut request.customer.id,
            &mut request.customer.city,
            &mut request.customer.state_province,
            &mut request.customer.postal_code,
            &mut request.customer.language,
        ];
        every.into_iter().for_each(|field| *field = Some(long.clone()));
        let request = message.request(&home()).expect("usable");
        let length = |field: &Option<String>| field.as_ref().expect("some are kept").chars().count();
        assert_eq!((length(&request.notes), length(&request.address), length(&request.suburb)), (10_000, 500, 200));
        let numbers = [&request.order_number, &request.assessment_number, &request.preferred_datetime];
        assert_eq!(numbers.map(length), [100; 3]);
        let customer = &request.customer;
        assert_eq!([&customer.id, &customer.first_name].map(length), [100; 2]);
        assert_eq!([&customer.city, &customer.state_province].map(length), [200; 2]);
        assert_eq!([&customer.postal_code, &customer.language].map(length), [20, 10]);
    }

    #[test]
    fn a_snapshots_own_time_orders_it_before_the_messages() {
        let own = MESSAGE.replace("\"id\": 1042", "\"id\": 1042, \"updated_at\": \"2026-11-20T07:59:00Z\"");
        let at = |message: &str| {
            SyncRequestMessage::parse(message).expect("readable").request(&home()).expect("usable").version.at
        };
        assert_eq!(Some(at(&own)), "2026-11-20T07:59:00Z".parse().ok());
        assert_eq!(Some(at(MESSAGE)), "2026-11-20T08:00:00Z".parse().ok());
        let numbered = MESSAGE
            .replace("\"occurred_at\": \"2026-11-20T08:00:00Z\",", "")
            .replace("\"id\": 1042", "\"id\": 1042, \"revision\": 1");
        assert_eq!(at(&numbered), DateTime::UNIX_EPOCH);
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
        for version in ["\"1\"", "-1", "null"] {
            assert_eq!(
                refused("\"schema_version\": 1", &format!("\"schema_version\": {version}")),
                UnusableRequest::NoVersion
            );
        }
        assert_eq!(refused("_request.sync", "_request.other"), UnusableRequest::OtherType);
        let required = [
            ("{\"schema", "schema"),
            ("\"id\": 1042", "\"id\": []"),
            ("\"id\": 1042", "\"id\": \"a/b\""),
            ("\"id\": 1042,", ""),
            ("\"installation_type\": \"Solar\",", ""),
            ("\"customer\"", "\"client\""),
        ];
        for (from, to) in required {
            assert!(matches!(refused(from, to), UnusableRequest::NotTheSchema { .. }), "{to}");
        }
        let read = |error: UnusableRequest| error.to_string();
        assert!(!read(refused("\"id\": 1042", "\"id\": \"Rudo Example\"")).contains("Rudo"));
    }
}
