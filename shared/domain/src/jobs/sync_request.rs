//! What the CRM sends: `installation_request.sync`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[cfg(feature = "schema")]
use super::schema;
use crate::ids::RequestId;
use crate::phone::{CallingCode, EmailAddress, PhoneNumber};
use crate::request::{
    CrmStatus, Customer, InstallationRequest, InstallationType, NOTES_LIMIT, Position, RequestVersion,
};

mod lenient;

use lenient::{flag, number, text, time, whole_number};

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
        let at = self.updated_at.or(occurred_at);
        if at.is_none() && self.revision.is_none() {
            return Err(UnusableRequest::NoOrder);
        }
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
            updated_at: request.version.at,
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

#[cfg(test)]
mod tests;
