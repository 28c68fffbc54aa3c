//! The settings of one organisation: the document that operators write, and what it becomes once checked.

mod contract;
mod document;
mod messages;
mod proposal_hosts;
mod quotas;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

pub use contract::{ApiContract, ContactIsMade};
pub use document::{ConfigurationDocument, InvalidConfiguration, QuietHoursDocument};
pub use messages::{MessageRule, MessageRuleDocument, Template, TemplateBody, TemplateDocument, TemplateName};
pub use proposal_hosts::ProposalHosts;
pub use quotas::Quotas;

use crate::ids::OrgId;
use crate::notification::Milestone;
use crate::phone::{CallingCode, PhoneMarks};
use crate::request::CrmStatus;

/// A checked configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// For people.
    pub organization_name: String,
    /// Where OpenSolar is, and as whom we speak to it.
    pub account: Account,
    /// Names our identifiers: differs between stacks, so that two never claim each other's projects.
    pub namespace: Uuid,
    /// Whether requests are synced without being asked for one by one.
    pub auto_sync_enabled: bool,
    /// Requests that are older may have a project that this table knows nothing of: they are looked for first.
    pub trusted_since: Option<DateTime<Utc>>,
    /// So long a write that is in doubt is left alone before a read settles it: OpenSolar may still be at it.
    pub settle_after: TimeDelta,
    /// What goes into which `custom_project_info_N`; what has no slot goes into the notes.
    pub custom_project_info: BTreeMap<u8, CustomFact>,
    /// Whether deliveries are applied.
    pub webhook_enabled: bool,
    /// Completes phone numbers and addresses: ISO 3166-1 alpha-2.
    pub country: String,
    /// The country's calling code.
    pub calling_code: CallingCode,
    /// Whose midnight and whose evening count.
    pub time_zone: Tz,
    /// When customers are left alone; `None` only where nobody sleeps, as in local use.
    pub quiet_hours: Option<QuietHours>,
    /// OpenSolar's stage id to request status.
    pub stage_map: BTreeMap<u64, CrmStatus>,
    /// When a design counts as complete.
    pub design_complete: DesignRule,
    /// What customers are told, and how.
    pub messages: BTreeMap<Milestone, MessageRule>,
    /// Where a customer may be sent to look at a proposal.
    pub proposal_hosts: ProposalHosts,
    /// Where WhatsApp is, and from which number we write.
    pub whatsapp: WhatsAppSender,
}

impl Configuration {
    /// How logs tell one customer's lines from another's.
    pub fn phone_marks(&self) -> PhoneMarks {
        PhoneMarks::of(self.namespace)
    }

    /// The day that it is there, where the organisation is.
    pub fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        now.with_timezone(&self.time_zone).date_naive()
    }
}

/// Where an organisation's OpenSolar is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// OpenSolar's id of the organisation.
    pub org: OrgId,
    /// Base address, without a path.
    pub api_base_url: Url,
    /// Which API answers there.
    pub api_contract: ApiContract,
    /// Longest wait for one answer.
    pub api_timeout: Duration,
    /// How often a read is repeated within its call.
    pub api_retry_count: u32,
    /// How much of it may be used.
    pub quotas: Quotas,
}

/// From which number WhatsApp messages are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatsAppSender {
    /// Base address of the Cloud API, without version and path.
    pub api_base_url: Url,
    /// Version of the Cloud API, such as `v23.0`.
    pub api_version: String,
    /// Meta's id of the sending number.
    pub phone_number_id: String,
}

/// Local times between which nothing is sent; the end may be on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// First quiet minute.
    pub from: NaiveTime,
    /// First minute that is quiet no more.
    pub until: NaiveTime,
}

impl QuietHours {
    /// When the quiet that `now` falls into ends, or nothing if it is not quiet.
    pub fn end_after(&self, now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let local = now.with_timezone(&zone);
        let (time, today) = (local.time(), local.date_naive());
        let spans_midnight = self.until <= self.from;
        let end_day = match spans_midnight {
            true if self.from <= time => today.succ_opt()?,
            true if time < self.until => today,
            false if self.from <= time && time < self.until => today,
            true | false => return None,
        };
        // A clock set back shows the end twice: the later one is quiet's end for sure.
        end_day.and_time(self.until).and_local_timezone(zone).latest().map(|end| end.to_utc())
    }
}

/// A fact of a request that OpenSolar has no field for: goes into one of its five free fields, or into the notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomFact {
    /// The CRM's order number.
    OrderNumber,
    /// The CRM's number of the site assessment.
    AssessmentNumber,
    /// When the customer would like it done.
    PreferredDatetime,
    /// The CRM's word for what is to be installed.
    InstallationType,
    /// The CRM's id of the request.
    RequestId,
}

impl CustomFact {
    /// Every fact, in the order in which the notes have them.
    pub const ALL: [Self; 5] =
        [Self::OrderNumber, Self::AssessmentNumber, Self::PreferredDatetime, Self::InstallationType, Self::RequestId];

    /// What stands before it in the notes.
    pub fn label(self) -> &'static str {
        match self {
            Self::OrderNumber => "Order",
            Self::AssessmentNumber => "Assessment",
            Self::PreferredDatetime => "Preferred time",
            Self::InstallationType => "Installation type",
            Self::RequestId => "CRM request",
        }
    }
}

/// When a design counts as complete: OpenSolar has no such fact, so each organisation chooses one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DesignRule {
    /// A system with a size is in the project.
    SystemSized,
    /// `customer_proposal_data.ready` is true.
    ProposalReady,
    /// Its history shows that a system was added or changed (event types 132, 44).
    SystemChanged,
    /// The project is in one of these stages.
    Stages(Vec<u64>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn quiet_hours_end_on_the_morning_that_follows() {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("a time");
        let quiet = QuietHours { from: time(20), until: time(7) };
        let at = |day, hour| Utc.with_ymd_and_hms(2026, 11, day, hour, 30, 0).single().expect("a time");
        let end = |day| Some(Utc.with_ymd_and_hms(2026, 11, day, 5, 0, 0).single().expect("a time"));
        // Harare is two hours ahead of UTC.
        assert_eq!(quiet.end_after(at(20, 17), chrono_tz::Africa::Harare), None);
        assert_eq!(quiet.end_after(at(20, 18), chrono_tz::Africa::Harare), end(21));
        assert_eq!(quiet.end_after(at(21, 3), chrono_tz::Africa::Harare), end(21));
        assert_eq!(quiet.end_after(at(21, 5), chrono_tz::Africa::Harare), None);
    }
}
