//! What the CRM sends.

use domain::jobs::sync_request::{InstallationRequestMessage, MESSAGE_TYPE, SCHEMA_VERSION, SyncRequestMessage};
use domain::phone::{EmailAddress, PhoneNumber};
use domain::request::{CrmStatus, Customer, InstallationRequest, InstallationType, Position, RequestVersion};

use super::{MINUTE, NOON};

/// A number of nobody: +263 77 000 0001 to +263 77 000 0999.
pub fn phone(number: u32) -> PhoneNumber {
    PhoneNumber::from_e164(&format!("+263770000{:03}", number % 1000)).expect("a number")
}

/// A request with every field filled in, some with letters beyond ASCII.
pub fn installation_request(id: &str) -> InstallationRequest {
    let text = |text: &str| Some(text.to_owned());
    InstallationRequest {
        id: id.parse().expect("an id"),
        version: RequestVersion { revision: Some(3), at: Some(NOON) },
        installation_type: InstallationType::Solar,
        status: CrmStatus::Pending,
        order_number: text("HAN-77"),
        assessment_number: text("ASM-12"),
        address: text("12 Example Street"),
        suburb: text("Borrowdale"),
        position: Position::new(-17.829_166_666_666_667, 31.0),
        notes: text("Tile roof, faces north.\nDogs: \"Büro\" & ☀️ – mind the gate"),
        preferred_datetime: text("a weekday morning"),
        created_at: Some(NOON - MINUTE),
        customer: Customer {
            id: text("55"),
            first_name: text("Tariro"),
            last_name: text("Example"),
            email: EmailAddress::parse("tariro@example.com"),
            phone: phone(1),
            city: text("Harare"),
            state_province: text("Harare Province"),
            postal_code: text("00263"),
            country: text("ZW"),
            language: text("en"),
            is_blocked: true,
            last_inbound_at: Some(NOON),
        },
    }
}

/// A request with nothing that may be left out.
pub fn sparse_request(id: &str) -> InstallationRequest {
    InstallationRequest {
        id: id.parse().expect("an id"),
        version: RequestVersion { revision: None, at: Some(NOON) },
        installation_type: InstallationType::Hybrid,
        status: CrmStatus::Pending,
        order_number: None,
        assessment_number: None,
        address: None,
        suburb: None,
        position: None,
        notes: None,
        preferred_datetime: None,
        created_at: None,
        customer: Customer {
            id: None,
            first_name: None,
            last_name: None,
            email: None,
            phone: phone(2),
            city: None,
            state_province: None,
            postal_code: None,
            country: None,
            language: None,
            is_blocked: false,
            last_inbound_at: None,
        },
    }
}

/// One of each type, one that nobody knows included.
pub fn every_installation_type() -> Vec<InstallationType> {
    vec![
        InstallationType::Solar,
        InstallationType::Hybrid,
        InstallationType::Residential,
        InstallationType::Commercial,
        InstallationType::Other("starlink".to_owned()),
    ]
}

/// The CRM's message with this snapshot, sent at [`NOON`].
pub fn sync_request(request: &InstallationRequest) -> SyncRequestMessage {
    SyncRequestMessage {
        schema_version: SCHEMA_VERSION,
        message_type: MESSAGE_TYPE.to_owned(),
        message_id: Some(format!("message-{}-{}", request.id, request.version.revision.unwrap_or_default())),
        occurred_at: Some(NOON),
        trigger: Some("created".to_owned()),
        force: false,
        requested_by: None,
        installation_request: InstallationRequestMessage::of(request),
    }
}
