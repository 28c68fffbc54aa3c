//! The ledger: one entry for each message, and what became of it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Channel, Milestone, News};
use crate::ids::{Claim, OrgId, RequestId, Revision};
use crate::remote::ProposalLink;

/// Names a ledger entry: one message per request, milestone and epoch.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NoticeKey {
    /// Whose.
    pub request_id: RequestId,
    /// What about.
    pub milestone: Milestone,
    /// Which time that the fact really changed, from 1.
    pub epoch: u32,
}

/// A ledger entry: one message to one customer, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The organisation.
    pub org: OrgId,
    /// Which message.
    pub key: NoticeKey,
    /// How often the entry was written.
    pub revision: Revision,
    /// What it says.
    pub news: News,
    /// What became of it.
    pub state: NoticeState,
    /// How often it was tried; a try that met a throttle, a refused token or a blocked account does not count.
    pub attempts: u32,
    /// When the fact was seen.
    pub created_at: DateTime<Utc>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeState {
    /// To be sent, not before `until`.
    Due {
        /// Earliest moment.
        until: DateTime<Utc>,
        /// Why it waits, for staff.
        reason: Option<String>,
    },
    /// Somebody is sending it.
    Sending {
        /// Who.
        claim: Claim,
        /// How.
        channel: Channel,
    },
    /// WhatsApp took it.
    Sent {
        /// WhatsApp's id of the message.
        message_id: String,
        /// How it was sent.
        channel: Channel,
        /// When.
        at: DateTime<Utc>,
    },
    /// Deliberately not sent.
    Skipped(SkippedBecause),
    /// A later fact took its place before it was sent.
    Superseded,
    /// Nobody knows whether it was sent; only an operator may send it again.
    Held {
        /// What happened.
        reason: String,
    },
    /// It was not sent, and never is by itself.
    Failed {
        /// What happened and what to do, without anything personal.
        reason: String,
    },
}

impl NoticeState {
    /// Its name for staff.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Due { .. } => "due",
            Self::Sending { .. } => "sending",
            Self::Sent { .. } => "sent",
            Self::Skipped(_) => "skipped",
            Self::Superseded => "superseded",
            Self::Held { .. } => "held",
            Self::Failed { .. } => "failed",
        }
    }

    /// For staff: why it is not with the customer, or not known to be; nothing for one that is, or is on its way.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Due { reason, .. } => reason.as_deref(),
            Self::Sending { .. } | Self::Sent { .. } => None,
            Self::Skipped(because) => Some(because.describe()),
            Self::Superseded => Some("a later fact took its place before it was sent"),
            Self::Held { reason } | Self::Failed { reason } => Some(reason),
        }
    }

    /// Name and reason in one line, for staff.
    pub fn describe(&self) -> String {
        match self.reason() {
            Some(reason) => format!("{}, {reason}", self.as_str()),
            None => self.as_str().to_owned(),
        }
    }
}

/// Why a message was deliberately not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkippedBecause {
    /// The project was not created by us, and this is what the first look at it showed.
    FirstObservation,
    /// The fact was older than [`NEWS_MAX_AGE`] when it was seen.
    OldNews,
    /// The request is cancelled.
    Cancelled,
    /// The CRM says that the request is completed.
    Completed,
    /// The CRM forbids messages to the customer.
    Blocked,
    /// The configuration does not tell this milestone.
    SwitchedOff,
    /// The moment for it had passed.
    AlreadyPast,
    /// OpenSolar shows it no more: the day was taken away, the sale undone.
    TakenBack,
    /// The system is installed.
    Installed,
    /// The customer had what it announces, or more, before it was seen.
    Overtaken,
    /// The project cannot be had from OpenSolar any more.
    RemoteGone,
    /// The customer's data was erased.
    Erased,
}

impl SkippedBecause {
    /// Every reason.
    pub const ALL: [Self; 12] = [
        Self::FirstObservation,
        Self::OldNews,
        Self::Cancelled,
        Self::Completed,
        Self::Blocked,
        Self::SwitchedOff,
        Self::AlreadyPast,
        Self::TakenBack,
        Self::Installed,
        Self::Overtaken,
        Self::RemoteGone,
        Self::Erased,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstObservation => "first_observation",
            Self::OldNews => "old_news",
            Self::Cancelled => "cancelled",
            Self::Completed => "completed",
            Self::Blocked => "blocked",
            Self::SwitchedOff => "switched_off",
            Self::AlreadyPast => "already_past",
            Self::TakenBack => "taken_back",
            Self::Installed => "installed",
            Self::Overtaken => "overtaken",
            Self::RemoteGone => "remote_gone",
            Self::Erased => "erased",
        }
    }

    /// The reason of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }

    /// For staff: what the reason is.
    pub fn describe(self) -> &'static str {
        match self {
            Self::FirstObservation => "the project was not created by us, and had it when we first looked",
            Self::OldNews => "it had happened more than two days before we saw it",
            Self::Cancelled => "the request is cancelled",
            Self::Completed => "the request is completed",
            Self::Blocked => "the customer is blocked in the crm",
            Self::SwitchedOff => "the configuration does not tell this milestone",
            Self::AlreadyPast => "the moment for it had passed",
            Self::TakenBack => "it was taken back in opensolar before it was told",
            Self::Installed => "the system is installed",
            Self::Overtaken => "the customer had what it announces before it was seen",
            Self::RemoteGone => "opensolar does not show us the project any more",
            Self::Erased => "the customer's data was erased",
        }
    }
}

/// Stands where WhatsApp's id of a message was erased.
const ERASED: &str = "erased";

/// Facts older than this are recorded, not told.
pub const NEWS_MAX_AGE: TimeDelta = TimeDelta::hours(48);

impl Notice {
    /// The entry without its customer: that it was told, or is not going to be, stays. WhatsApp's id of a message has the
    /// telephone number in it.
    #[must_use]
    pub fn erased(&self) -> Self {
        let news = match &self.news {
            News::ProposalSent(_) => News::ProposalSent(ProposalLink::erased()),
            News::DesignComplete
            | News::ContractSigned
            | News::InstallationScheduled(_)
            | News::InstallationReminder(_) => self.news.clone(),
        };
        let state = match &self.state {
            NoticeState::Due { .. } => NoticeState::Skipped(SkippedBecause::Erased),
            NoticeState::Sent { channel, at, .. } => {
                NoticeState::Sent { message_id: ERASED.to_owned(), channel: *channel, at: *at }
            }
            NoticeState::Sending { .. }
            | NoticeState::Skipped(_)
            | NoticeState::Superseded
            | NoticeState::Held { .. }
            | NoticeState::Failed { .. } => self.state.clone(),
        };
        Self { news, state, ..self.clone() }
    }

    /// When a sweep has to look at it again, whoever works on it: nothing once it is final.
    pub fn next_attempt_at(&self) -> Option<DateTime<Utc>> {
        match &self.state {
            NoticeState::Due { until, reason: Some(_) } => Some(*until),
            // Its commit wakes the worker; the sweep is only there if that is lost.
            NoticeState::Due { until, reason: None } => Some(*until + TimeDelta::minutes(1)),
            NoticeState::Sending { claim, .. } => Some(claim.lease_end),
            NoticeState::Sent { .. }
            | NoticeState::Skipped(_)
            | NoticeState::Superseded
            | NoticeState::Held { .. }
            | NoticeState::Failed { .. } => None,
        }
    }
}
