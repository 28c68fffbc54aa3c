//! Records with invented contents: complete ones, and one in each state that the domain knows.
//!
//! Everything is dated around [`NOON`]. Names, addresses and numbers are nobody's.

mod configuration;
mod deliveries;
mod lanes;
mod notices;
mod operators;
mod projects;
mod requests;

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{Claim, ClaimId, OrgId};
use uuid::Uuid;

pub use configuration::{configuration, configuration_document};
pub use deliveries::{delivery_key, delivery_log, envelope, event_log, every_delivery_status, every_fact, payload};
pub use lanes::{due_in_every_lane, every_lane};
pub use notices::{every_news, every_notice_state, notice};
pub use operators::operator;
pub use projects::{
    complete_project, decision, every_contact_choice, every_sync_state, intent, new_project, observed, outbox_entry,
    pending_project, pushed, remote, sync_log,
};
pub use requests::{every_installation_type, installation_request, phone, sparse_request, sync_request};

/// When tests begin: 2026-11-20T12:00:00Z, two in the afternoon in Harare.
pub const NOON: DateTime<Utc> = match DateTime::from_timestamp(1_795_176_000, 0) {
    Some(noon) => noon,
    None => DateTime::UNIX_EPOCH,
};

/// A minute.
pub const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// The organisation that most records belong to.
pub const ORG: OrgId = OrgId(1234);

/// A claim of this number, with a lease of five minutes from [`NOON`].
pub fn claim(number: u128) -> Claim {
    Claim { id: ClaimId(Uuid::from_u128(number)), lease_end: NOON + MINUTE * 5 }
}
