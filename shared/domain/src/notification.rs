//! What a customer is told: the milestones, their words, and the ledger that keeps each to one message.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{Claim, OrgId, RequestId, Revision};
use crate::remote::ProposalLink;

/// What is worth a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Milestone {
    /// The design is complete.
    DesignComplete,
    /// The proposal was sent.
    ProposalSent,
    /// The contract is signed.
    ContractSigned,
    /// An installation date is set.
    InstallationScheduled,
}

impl Milestone {
    /// Every milestone.
    pub const ALL: [Self; 4] =
        [Self::DesignComplete, Self::ProposalSent, Self::ContractSigned, Self::InstallationScheduled];

    /// Its name in keys, messages and the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DesignComplete => "design_complete",
            Self::ProposalSent => "proposal_sent",
            Self::ContractSigned => "contract_signed",
            Self::InstallationScheduled => "installation_scheduled",
        }
    }

    /// The milestone of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|milestone| milestone.as_str() == name)
    }
}

/// A milestone with the facts that its message tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The design is complete.
    DesignComplete,
    /// The proposal can be read here.
    ProposalSent(ProposalLink),
    /// The contract is signed.
    ContractSigned,
    /// It is installed on this day.
    InstallationScheduled(NaiveDate),
}

impl News {
    /// Which milestone this is.
    pub fn milestone(&self) -> Milestone {
        match self {
            Self::DesignComplete => Milestone::DesignComplete,
            Self::ProposalSent(_) => Milestone::ProposalSent,
            Self::ContractSigned => Milestone::ContractSigned,
            Self::InstallationScheduled(_) => Milestone::InstallationScheduled,
        }
    }

    /// The message as free text, for within WhatsApp's 24-hour window.
    pub fn text(&self, first_name: &str) -> String {
        match self {
            Self::DesignComplete => format!(
                "Good news, {first_name}: the design of your solar system is complete. \
                 You will get a detailed proposal from us next."
            ),
            Self::ProposalSent(link) => format!(
                "☀️ {first_name}, your solar proposal is ready: {}\n\
                 Please look through it and ask us anything that is unclear.",
                link.as_str()
            ),
            Self::ContractSigned => format!(
                "🎉 Thank you for signing, {first_name}! We look forward to installing your system. \
                 Our team will be in touch to agree on a date."
            ),
            Self::InstallationScheduled(day) => format!(
                "📅 {first_name}, your installation is scheduled for {}. \
                 Our technicians will be there on time.",
                spelled_out(*day)
            ),
        }
    }

    /// The body parameters of the template that says the same, in this order: first name, then the fact if there is one.
    pub fn template_parameters(&self, first_name: &str) -> Vec<String> {
        let mut parameters = vec![on_one_line(first_name)];
        match self {
            Self::DesignComplete | Self::ContractSigned => {}
            Self::ProposalSent(link) => parameters.push(link.as_str().to_owned()),
            Self::InstallationScheduled(day) => parameters.push(spelled_out(*day)),
        }
        parameters
    }
}

/// WhatsApp refuses a parameter with a line break, a tab or several spaces in a row (error 132018).
fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn spelled_out(day: NaiveDate) -> String {
    day.format("%A, %-d %B %Y").to_string()
}

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
    /// How often it was tried; a try that met a throttle or a refused token does not count.
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
    /// WhatsApp refused it for good.
    Failed {
        /// What it said, without anything personal.
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
}

/// Text or template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Free text, within WhatsApp's 24-hour window.
    Text,
    /// An approved template.
    Template,
}

impl Channel {
    /// Its name in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Template => "template",
        }
    }

    /// The channel of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Text, Self::Template].into_iter().find(|channel| channel.as_str() == name)
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
    /// The CRM forbids messages to the customer.
    Blocked,
    /// The configuration does not tell this milestone.
    SwitchedOff,
}

impl SkippedBecause {
    /// Every reason.
    pub const ALL: [Self; 5] =
        [Self::FirstObservation, Self::OldNews, Self::Cancelled, Self::Blocked, Self::SwitchedOff];

    /// Its name for staff.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstObservation => "first_observation",
            Self::OldNews => "old_news",
            Self::Cancelled => "cancelled",
            Self::Blocked => "blocked",
            Self::SwitchedOff => "switched_off",
        }
    }

    /// The reason of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

/// Facts older than this are recorded, not told.
pub const NEWS_MAX_AGE: TimeDelta = TimeDelta::hours(48);

/// WhatsApp takes free text this long after the customer's last message
/// (Meta, "customer service window"), less five minutes for clocks and queues.
pub const TEXT_WINDOW: TimeDelta = TimeDelta::minutes(24 * 60 - 5);

/// Text while the window is known to be open, else template.
pub fn channel_for(last_inbound_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Channel {
    match last_inbound_at {
        Some(at) if now - at < TEXT_WINDOW => Channel::Text,
        Some(_) | None => Channel::Template,
    }
}

impl Notice {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_spelled_out_in_text_and_template() {
        let news = News::InstallationScheduled(NaiveDate::from_ymd_opt(2026, 12, 4).expect("a day"));
        assert!(news.text("Tariro").contains("Friday, 4 December 2026"));
        assert_eq!(news.template_parameters("Tariro"), ["Tariro", "Friday, 4 December 2026"]);
    }

    #[test]
    fn a_name_never_breaks_a_templates_line() {
        assert_eq!(News::DesignComplete.template_parameters(" Tariro\n  Rudo\t"), ["Tariro Rudo"]);
    }

    #[test]
    fn text_is_for_an_open_window_only() {
        let now: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().expect("a time");
        assert_eq!(channel_for(Some(now - TimeDelta::hours(23)), now), Channel::Text);
        assert_eq!(channel_for(Some(now - TimeDelta::hours(24)), now), Channel::Template);
        assert_eq!(channel_for(None, now), Channel::Template);
    }
}
