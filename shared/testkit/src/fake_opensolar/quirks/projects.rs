//! Fields of a project.

use serde::{Deserialize, Serialize};

use super::Alternative;

/// What a project shows, and takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProjectQuirks {
    /// May two projects have one `identifier`? (U)
    pub identifier: IdentifierRule,
    /// How long may an `identifier` be? (U)
    pub identifier_length: IdentifierLength,
    /// What is in `system_sold`? (U)
    pub sold_system: Reference,
    /// What is in `system_installed`? (U)
    pub installed_system: Reference,
    /// Is `sold_date` a moment or a day? (U)
    pub sold_date: DateForm,
    /// Is `contract_date` a moment or a day? (U)
    pub contract_date: DateForm,
    /// Is `installation_date` a moment or a day? (U)
    pub installation_date: DateForm,
    /// May the API write `contract_date` and `installation_date`? (U)
    pub date_writes: DateWrites,
    /// Has a new project a system already? (I: `is_current` marks what stood there before)
    pub first_system: FirstSystem,
    /// Since when is there a `share_link`? (I: perhaps before anything was sent)
    pub share_link: ShareLink,
    /// What says `customer_proposal_data`, and when? (I: `ready` as the flag for a design)
    pub proposal_data: ProposalData,
    /// Does OpenSolar fill in coordinates that nobody gave? (C)
    pub coordinates: Coordinates,
    /// What moves `modified_date` on? (U)
    pub modified_date: ModifiedDate,
    /// How many workflows has the organisation? (D: any number, some archived)
    pub workflows: ListedWorkflows,
}

impl Default for ProjectQuirks {
    fn default() -> Self {
        Self {
            identifier: IdentifierRule::default(),
            identifier_length: IdentifierLength::default(),
            sold_system: Reference::default(),
            installed_system: Reference::default(),
            sold_date: DateForm::Moment,
            contract_date: DateForm::Day,
            installation_date: DateForm::Day,
            date_writes: DateWrites::default(),
            first_system: FirstSystem::default(),
            share_link: ShareLink::default(),
            proposal_data: ProposalData::default(),
            coordinates: Coordinates::default(),
            modified_date: ModifiedDate::default(),
            workflows: ListedWorkflows::default(),
        }
    }
}

/// Whether two projects may have one `identifier`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierRule {
    /// They may.
    #[default]
    MayRepeat,
    /// The second is refused with 400.
    Unique,
}

/// How long an `identifier` may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierLength {
    /// As long as it likes.
    #[default]
    Any,
    /// As long as a UUID; longer ones are refused with 400.
    AtMost36,
}

/// How a project names one of its systems.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// By its link.
    #[default]
    Url,
    /// By its id.
    Id,
    /// By an object with id, uuid and link.
    Object,
}

/// How a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateForm {
    /// `2026-12-04`.
    Day,
    /// In UTC with a time. For a day that is half past midnight in Harare, so the evening before in UTC.
    Moment,
}

/// Whether the API writes a project's dates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateWrites {
    /// It drops them without an error.
    #[default]
    Ignored,
    /// It writes them.
    Taken,
}

/// What a new project begins with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstSystem {
    /// No system.
    #[default]
    None,
    /// The system that stands there already, with `is_current`.
    Existing,
    /// A design of 0 kW.
    Empty,
}

/// Since when there is a `share_link`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareLink {
    /// Since the project was made.
    #[default]
    FromTheStart,
    /// Since the proposal was sent or viewed; null before.
    OnceSent,
}

/// What `customer_proposal_data` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalData {
    /// Nothing until the proposal is sent or viewed, then ready.
    #[default]
    NullUntilSent,
    /// Not ready until then.
    NotReadyUntilSent,
    /// Ready as soon as there is a design.
    ReadyOnceDesigned,
}

/// What becomes of coordinates that nobody gave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coordinates {
    /// They stay empty.
    #[default]
    AsWritten,
    /// They are found by the address.
    Geocoded,
}

/// What moves `modified_date` on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModifiedDate {
    /// Every save, also one that changes nothing.
    #[default]
    EverySave,
    /// Changes of the project itself; not of its systems, nor its proposal.
    OwnFieldsOnly,
}

/// Which workflows are listed and can be chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListedWorkflows {
    /// The default one.
    #[default]
    One,
    /// A second one, and one that is archived.
    Several,
}

/// The other answers.
pub(super) const ALTERNATIVES: &[Alternative] = &[
    ("projects.identifier: unique", |quirks| quirks.projects.identifier = IdentifierRule::Unique),
    ("projects.identifier_length: at_most36", |quirks| quirks.projects.identifier_length = IdentifierLength::AtMost36),
    ("projects.sold_system: id", |quirks| quirks.projects.sold_system = Reference::Id),
    ("projects.sold_system: object", |quirks| quirks.projects.sold_system = Reference::Object),
    ("projects.installed_system: id", |quirks| quirks.projects.installed_system = Reference::Id),
    ("projects.installed_system: object", |quirks| quirks.projects.installed_system = Reference::Object),
    ("projects.sold_date: day", |quirks| quirks.projects.sold_date = DateForm::Day),
    ("projects.contract_date: moment", |quirks| quirks.projects.contract_date = DateForm::Moment),
    ("projects.installation_date: moment", |quirks| quirks.projects.installation_date = DateForm::Moment),
    ("projects.date_writes: taken", |quirks| quirks.projects.date_writes = DateWrites::Taken),
    ("projects.first_system: existing", |quirks| quirks.projects.first_system = FirstSystem::Existing),
    ("projects.first_system: empty", |quirks| quirks.projects.first_system = FirstSystem::Empty),
    ("projects.share_link: once_sent", |quirks| quirks.projects.share_link = ShareLink::OnceSent),
    ("projects.proposal_data: not_ready_until_sent", |quirks| {
        quirks.projects.proposal_data = ProposalData::NotReadyUntilSent
    }),
    ("projects.proposal_data: ready_once_designed", |quirks| {
        quirks.projects.proposal_data = ProposalData::ReadyOnceDesigned
    }),
    ("projects.coordinates: geocoded", |quirks| quirks.projects.coordinates = Coordinates::Geocoded),
    ("projects.modified_date: own_fields_only", |quirks| quirks.projects.modified_date = ModifiedDate::OwnFieldsOnly),
    ("projects.workflows: several", |quirks| quirks.projects.workflows = ListedWorkflows::Several),
];
