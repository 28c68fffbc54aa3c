//! What the log says of a delivery: how far it got, and why.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Envelope, Telling};
use crate::ids::{DeliveryKey, OrgId, RequestId};
use crate::jobs::{Wake, WebhookJob};

/// What the log says of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryLog {
    /// The organisation of the credential that it came with.
    pub org: OrgId,
    /// Its place in the log.
    pub key: DeliveryKey,
    /// What it names; nothing for a body that could not be read.
    pub envelope: Option<Envelope>,
    /// What it tells by itself, where it is an event: kept here, since it may have to wait for its project to be linked.
    pub tells: Option<Telling>,
    /// The request that it belongs to, once known.
    pub request: Option<RequestId>,
    /// How far it got.
    pub status: DeliveryStatus,
    /// When the door took it.
    pub received_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// How often the same unreadable body came again.
    pub repeats: u32,
}

/// How far a delivery got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// Logged; its project is due for a read.
    Received,
    /// Logged; its project is nobody's yet, and it waits for a link until then.
    Held {
        /// When it is given up.
        until: DateTime<Utc>,
    },
    /// The truth that it hinted at is in the record.
    Processed,
    /// Nothing follows from it.
    Ignored(IgnoredBecause),
    /// It could not be read, or the truth could not.
    Failed {
        /// Why, without anything personal.
        reason: String,
    },
}

impl DeliveryStatus {
    /// Its name as outside people know it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Received | Self::Held { .. } => "received",
            Self::Processed => "processed",
            Self::Ignored(_) => "ignored",
            Self::Failed { .. } => "failed",
        }
    }

    /// Whether nothing more follows.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Received | Self::Held { .. } => false,
            Self::Processed | Self::Ignored(_) | Self::Failed { .. } => true,
        }
    }
}

/// Why nothing follows from a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IgnoredBecause {
    /// No model or no id.
    NoModelOrId,
    /// A model that nothing is derived from.
    UnknownModel,
    /// An event that nothing follows from.
    UnknownEvent,
    /// It names no project.
    NoProject,
    /// The configuration switches webhooks off.
    WebhooksDisabled,
    /// Its project was not linked to a request within [`HELD_LIMIT`].
    Unlinked,
    /// It came with a credential of an organisation that is not the active one.
    OtherOrganisation,
    /// It speaks another contract than the organisation's configuration.
    OtherContract,
    /// An event whose body nobody signed: a key in a header does not prove who wrote it.
    Unsigned,
    /// The same as the last event of its project, with nothing that says that it happened again.
    Repeat,
    /// Its request's customer was erased; the body is not kept.
    Erased,
}

impl IgnoredBecause {
    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::NoModelOrId,
        Self::UnknownModel,
        Self::UnknownEvent,
        Self::NoProject,
        Self::WebhooksDisabled,
        Self::Unlinked,
        Self::OtherOrganisation,
        Self::OtherContract,
        Self::Unsigned,
        Self::Repeat,
        Self::Erased,
    ];

    /// Whether it is so by how the bridge was set when the delivery came, and not by what it says: an operator may have
    /// corrected that when it comes again.
    pub fn is_of_the_settings(self) -> bool {
        match self {
            Self::WebhooksDisabled | Self::OtherOrganisation | Self::OtherContract | Self::Unsigned => true,
            Self::NoModelOrId
            | Self::UnknownModel
            | Self::UnknownEvent
            | Self::NoProject
            | Self::Unlinked
            | Self::Repeat
            | Self::Erased => false,
        }
    }

    /// Its name for staff.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoModelOrId => "no_model_or_id",
            Self::UnknownModel => "unknown_model",
            Self::UnknownEvent => "unknown_event",
            Self::NoProject => "no_project",
            Self::WebhooksDisabled => "webhooks_disabled",
            Self::Unlinked => "unlinked",
            Self::OtherOrganisation => "other_organisation",
            Self::OtherContract => "other_contract",
            Self::Unsigned => "unsigned",
            Self::Repeat => "repeat",
            Self::Erased => "erased",
        }
    }

    /// The reason of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

/// So long a delivery waits for its project to be linked.
pub const HELD_LIMIT: TimeDelta = TimeDelta::days(7);

/// A delivery's body and headers, kept apart so that a change of status rewrites no body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// The raw body, or the envelope alone of one beyond [`BODY_LIMIT`].
    pub body: Vec<u8>,
    /// Allow-listed headers, names in lower case.
    pub headers: BTreeMap<String, String>,
}

impl Payload {
    /// One of which nothing is kept.
    pub fn empty() -> Self {
        Self { body: Vec::new(), headers: BTreeMap::new() }
    }
}

impl DeliveryLog {
    /// What a sweep does about the delivery, and when; nothing unless it is held (else its project's record waits).
    pub fn wake(&self) -> Option<(DateTime<Utc>, Wake)> {
        let DeliveryStatus::Held { until } = self.status else { return None };
        let envelope = self.envelope.as_ref()?;
        let job = WebhookJob::Replay { org_id: self.org, delivery: self.key.clone() };
        Some((until, Wake::Webhooks { group: envelope.group(), job }))
    }
}
