//! OpenSolar's side in the domain's words: what a project is created from, and what a read of it tells.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value};

use crate::fields::{ContactFields, ProjectFields};
use crate::ids::{ContactId, ProjectId};
use crate::phone::EmailAddress;

mod change;
mod made;
mod proposal_link;

pub use change::ProjectChange;
pub use made::{CreatedProject, EmailPlace, NewContact, NewPerson, NewProject};
pub use proposal_link::ProposalLink;

/// A contact as OpenSolar shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteContact {
    /// OpenSolar's id.
    pub id: ContactId,
    /// Its e-mail address, if it has one that can be one.
    pub email: Option<EmailAddress>,
    /// What it holds of the fields that the CRM decides about.
    pub fields: ContactFields,
}

/// What the addresses end with that OpenSolar makes up when somebody opens a share link: nobody's, and they may repeat
/// (observed by the opensolar-mcp project).
pub const SYNTHETIC_EMAIL: &str = "@os.code";

impl RemoteContact {
    /// Whether OpenSolar made it up.
    pub fn is_synthetic(&self) -> bool {
        self.email.as_ref().is_some_and(|email| email.as_str().to_lowercase().ends_with(SYNTHETIC_EMAIL))
    }
}

/// A page of OpenSolar's contacts.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactPage {
    /// Its rows.
    pub rows: Vec<RemoteContact>,
    /// Whether no page follows.
    pub is_last: bool,
    /// Whether that is only presumed, as in [`ProjectPage`].
    pub is_presumed: bool,
}

impl ContactPage {
    /// The contact with this address, ignoring case: each row is looked at, since OpenSolar ignores what it does not know.
    pub fn with_email(self, email: &EmailAddress) -> Option<RemoteContact> {
        self.rows.into_iter().find(|contact| contact.email.as_ref() == Some(email) && !contact.is_synthetic())
    }
}

/// A page of OpenSolar's projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectPage {
    /// Its rows.
    pub rows: Vec<ProjectRow>,
    /// Whether no page follows.
    pub is_last: bool,
    /// Whether that is only presumed: from an error that OpenSolar gives past the end, and in an outage; or from a page
    /// without rows where another was announced.
    pub is_presumed: bool,
    /// How many rows the whole list has, where it says so.
    pub total: Option<u64>,
}

/// A row of OpenSolar's project list. It only triggers; it is never merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectRow {
    /// OpenSolar's id.
    pub id: ProjectId,
    /// When it was made.
    pub created_at: Option<DateTime<Utc>>,
    /// When it last changed.
    pub modified_at: Option<DateTime<Utc>>,
}

/// A project as read back in detail: the truth.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteProject {
    /// OpenSolar's id.
    pub id: ProjectId,
    /// The external key; ours is a UUID.
    pub identifier: Option<String>,
    /// The CRM's request that it says it is for, where the contract has a place for that.
    pub request: Option<String>,
    /// What it holds of the fields that the CRM decides about.
    pub site: ProjectFields,
    /// The objects in which a contract nests such fields, as they were read: whoever changes one sends it whole.
    pub objects: Map<String, Value>,
    /// Its first contact.
    pub contact: Option<ContactId>,
    /// `workflow.active_stage_id`.
    pub stage: Option<u64>,
    /// The stage's milestone, OpenSolar's `stage`.
    pub phase: Option<Phase>,
    /// How far it is, where the contract has a word for that instead of stages.
    pub status: Option<ProjectStatus>,
    /// Where its milestones are told.
    pub milestones: MilestonesAre,
    /// Size of the sold system, else of the first one that is not already on site.
    pub system_size: Said<SystemSize>,
    /// The customer's link. Whoever has it sees the proposal: no log may have it.
    pub proposal_link: Said<ProposalLink>,
    /// `customer_proposal_data.ready`.
    pub proposal_ready: bool,
    /// What the fields of a sale say.
    pub sale: SaleFields,
    /// When it is to be installed, by its field.
    pub installation: Said<InstallationDate>,
    /// Whether it is installed, by its field or its milestone.
    pub is_installed: bool,
    /// What its history shows.
    pub history: History,
    /// When it last changed.
    pub modified_at: Option<DateTime<Utc>>,
}

/// Where it is told that a design is complete, a proposal sent, a contract signed, an installation scheduled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MilestonesAre {
    /// In the project: what a read does not show of them does not hold.
    Shown,
    /// In webhooks alone: a read says nothing of them, and takes nothing back.
    ToldByWebhooks,
}

/// A contract's word for how far a project is, at most 50 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectStatus(String);

impl ProjectStatus {
    /// The word, cut to its length; nothing for blank text.
    pub fn parse(raw: &str) -> Option<Self> {
        let word: String = raw.trim().chars().take(50).collect();
        (!word.is_empty()).then_some(Self(word))
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an answer says of a fact that a project may not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said<T> {
    /// That there is none, or not a word of it.
    Nothing,
    /// Something that nobody can read: no reason to take back what was known.
    Unreadable,
    /// This.
    Value(T),
}

impl<T> Said<T> {
    /// The value, if it says one.
    pub fn value(self) -> Option<T> {
        self.or_known(None)
    }

    /// The fact, where this was known of it before.
    pub fn or_known(self, known: Option<T>) -> Option<T> {
        match self {
            Self::Nothing => None,
            Self::Unreadable => known,
            Self::Value(value) => Some(value),
        }
    }

    /// Whether somebody should look at what is there.
    pub fn is_unreadable(&self) -> bool {
        matches!(self, Self::Unreadable)
    }
}

impl RemoteProject {
    /// OpenSolar's names of the fields that are there and cannot be read.
    pub fn unreadable(&self) -> Vec<&'static str> {
        let fields = [
            ("systems", self.system_size.is_unreadable()),
            ("share_link", self.proposal_link.is_unreadable()),
            ("installation_date", self.installation.is_unreadable()),
        ];
        fields.into_iter().filter_map(|(name, is_unreadable)| is_unreadable.then_some(name)).collect()
    }
}

/// What the fields of a sale say.
///
/// A sale can be undone in the app, and then the fields are null again while the events of the sale stay (OpenSolar's
/// help centre, article 4410428111385). So the fields decide as soon as the answer has one of them, null included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaleFields {
    /// The answer has none of them: only its events can tell.
    Untold,
    /// All that are there are null.
    Unsold,
    /// At least one is set; `at` is absent where they name no time.
    Sold {
        /// When the customer signed.
        at: Option<DateTime<Utc>>,
    },
}

/// A project's history, as a read of it shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum History {
    /// Its events came with it.
    Embedded(Vec<ProjectEvent>),
    /// Only their ids did: each has to be read by itself.
    Listed(Vec<u64>),
}

/// An event of a project's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProjectEvent {
    /// What happened.
    pub kind: EventKind,
    /// When it was written down.
    pub at: Option<DateTime<Utc>>,
    /// When it begins, for what is planned.
    pub start: Said<InstallationDate>,
}

/// What an event tells, of what anything follows from; OpenSolar's `event_type_id` (dev docs, "events").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// 0: the proposal was e-mailed.
    ProposalSent,
    /// 1, 2, 105: the customer looked at it.
    ProposalViewed,
    /// 3, 52, 63, 67, 68, 103: accepted, signed, or marked as sold.
    Sold,
    /// 40: a visit for the installation is in the calendar.
    InstallationPlanned,
    /// 104: marked as installed.
    Installed,
    /// 44, 132: a system was changed or added.
    SystemChanged,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::ProposalSent,
        Self::ProposalViewed,
        Self::Sold,
        Self::InstallationPlanned,
        Self::Installed,
        Self::SystemChanged,
    ];

    /// The kind of OpenSolar's number; nothing for the many that nothing follows from.
    pub fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::ProposalSent),
            1 | 2 | 105 => Some(Self::ProposalViewed),
            3 | 52 | 63 | 67 | 68 | 103 => Some(Self::Sold),
            40 => Some(Self::InstallationPlanned),
            104 => Some(Self::Installed),
            44 | 132 => Some(Self::SystemChanged),
            _ => None,
        }
    }

    /// Its name in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProposalSent => "proposal_sent",
            Self::ProposalViewed => "proposal_viewed",
            Self::Sold => "sold",
            Self::InstallationPlanned => "installation_planned",
            Self::Installed => "installed",
            Self::SystemChanged => "system_changed",
        }
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A stage of a workflow: its id and title are the organisation's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// What `workflow.active_stage_id` names.
    pub id: u64,
    /// What staff call it.
    pub title: String,
    /// How far a project in it is.
    pub phase: Option<Phase>,
    /// Archived stages keep the projects that are in them, and take no others.
    pub is_archived: bool,
}

/// A day, or a moment that the organisation's zone makes a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstallationDate {
    /// A plain date.
    Day(NaiveDate),
    /// A moment.
    Moment(DateTime<Utc>),
}

impl InstallationDate {
    /// The day on the organisation's calendar.
    pub fn day(self, zone: Tz) -> NaiveDate {
        match self {
            Self::Day(day) => day,
            Self::Moment(moment) => moment.with_timezone(&zone).date_naive(),
        }
    }
}

/// OpenSolar's scale of a project's progress, its `stage` and a workflow stage's `milestone`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// 0.
    Presale,
    /// 1.
    LockPricing,
    /// 2.
    Sold,
    /// 3.
    Installed,
    /// 4.
    Others,
}

impl Phase {
    /// Every phase, at its number.
    pub const ALL: [Self; 5] = [Self::Presale, Self::LockPricing, Self::Sold, Self::Installed, Self::Others];

    /// The phase of OpenSolar's number; nothing for a number that it does not document.
    pub fn from_number(number: i64) -> Option<Self> {
        usize::try_from(number).ok().and_then(|index| Self::ALL.get(index).copied())
    }

    /// Its name towards the CRM.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Presale => "presale",
            Self::LockPricing => "lock_pricing",
            Self::Sold => "sold",
            Self::Installed => "installed",
            Self::Others => "others",
        }
    }

    /// The phase of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == name)
    }
}

/// A system's size: hundredths of a kilowatt, so that equal sizes are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SystemSize(u32);

impl SystemSize {
    /// From kilowatts, rounded to two places; nothing unless above zero and below 100 MW.
    pub fn from_kw(kw: f64) -> Option<Self> {
        let hundredths = (kw * 100.0).round();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
        (1.0..10_000_000.0).contains(&hundredths).then_some(Self(hundredths as u32))
    }

    /// A size that [`SystemSize::hundredths_of_kw`] gave.
    pub fn from_hundredths_of_kw(hundredths: u32) -> Self {
        Self(hundredths)
    }

    /// Hundredths of a kilowatt.
    pub fn hundredths_of_kw(self) -> u32 {
        self.0
    }
}

impl fmt::Display for SystemSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_places() {
        let written = |kw| SystemSize::from_kw(kw).map(|size| size.to_string());
        assert_eq!(written(6.6).as_deref(), Some("6.60"));
        assert_eq!(written(0.005).as_deref(), Some("0.01"));
        for kw in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            assert_eq!(SystemSize::from_kw(kw), None, "{kw}");
        }
    }

    #[test]
    fn a_moment_late_in_the_evening_is_already_the_next_day_in_harare() {
        let moment = "2026-11-20T23:30:00Z".parse().expect("a time");
        let day = InstallationDate::Moment(moment).day(chrono_tz::Africa::Harare);
        assert_eq!(day.to_string(), "2026-11-21");
    }
}
