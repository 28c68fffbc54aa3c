//! What a read-back showed, and events told.

use chrono::{DateTime, NaiveDate, Utc};

use crate::remote::{Phase, ProjectEvent, ProjectStatus, ProposalLink, SystemSize};

/// What the last read-back showed and events told, as far as anything follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// When it was read, or first heard of.
    pub read_at: DateTime<Utc>,
    /// OpenSolar's `modified_date` then.
    pub modified_at: Option<DateTime<Utc>>,
    /// Its name.
    pub project_name: Option<String>,
    /// `workflow.active_stage_id`.
    pub stage: Option<u64>,
    /// What staff call the stage, as far as the workflows are known.
    pub stage_title: Option<String>,
    /// Its milestone.
    pub phase: Option<Phase>,
    /// How far it is, where the contract has a word for that instead of stages.
    pub status: Option<ProjectStatus>,
    /// The system's size.
    pub system_size: Option<SystemSize>,
    /// The customer's link, once the proposal is sent.
    pub proposal_link: Option<ProposalLink>,
    /// Whether the design counts as complete, ever.
    pub design_complete: bool,
    /// When the proposal was first sent.
    pub proposal_sent_at: Option<DateTime<Utc>>,
    /// When the customer was first seen to have looked at it.
    pub proposal_viewed_at: Option<DateTime<Utc>>,
    /// When the contract was first signed; kept when a sale is undone.
    pub first_signed_at: Option<DateTime<Utc>>,
    /// Whether it is sold now.
    pub is_sold: bool,
    /// Whether a read ever had fields of a sale: from then on one without them says that it is not sold.
    pub sale_has_fields: bool,
    /// The installation's day.
    pub installation_day: Option<NaiveDate>,
    /// Whether the day is only in the calendar, and not in the project's own field.
    pub day_is_from_calendar: bool,
    /// The last day that was seen: kept when the day is taken away. That it was told is the ledger's to say.
    pub last_day: Option<NaiveDate>,
    /// Whether it is installed.
    pub is_installed: bool,
    /// Events that were read one by one, where OpenSolar does not embed them: so none is read twice.
    pub events_read: EventsRead,
}

/// What was learned of events that were read one by one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventsRead {
    /// The highest id that was read; events are numbered upwards.
    pub through: u64,
    /// Those that something follows from, by their ids.
    pub events: Vec<(u64, ProjectEvent)>,
    /// Those that OpenSolar lists and did not show, which proves nothing: they are asked for again with each read.
    pub missed: Vec<u64>,
}

impl Observed {
    /// The picture of a project of which nothing was seen.
    pub fn nothing_yet(now: DateTime<Utc>) -> Self {
        Self {
            read_at: now,
            modified_at: None,
            project_name: None,
            stage: None,
            stage_title: None,
            phase: None,
            status: None,
            system_size: None,
            proposal_link: None,
            design_complete: false,
            proposal_sent_at: None,
            proposal_viewed_at: None,
            first_signed_at: None,
            is_sold: false,
            sale_has_fields: false,
            installation_day: None,
            day_is_from_calendar: false,
            last_day: None,
            is_installed: false,
            events_read: EventsRead::default(),
        }
    }

    /// When the contract was signed; nothing while the sale is undone.
    pub fn contract_signed_at(&self) -> Option<DateTime<Utc>> {
        self.first_signed_at.filter(|_| self.is_sold)
    }
}
