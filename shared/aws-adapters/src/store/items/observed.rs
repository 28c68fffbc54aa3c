use chrono::{DateTime, NaiveDate, Utc};
use domain::project::{EventsRead, Observed};
use domain::remote::{EventKind, InstallationDate, Phase, ProjectEvent, ProjectStatus, ProposalLink, Said, SystemSize};
use serde::{Deserialize, Serialize};

use super::BadField;

/// What the last read-back showed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ObservedItem {
    read_at: DateTime<Utc>,
    modified_at: Option<DateTime<Utc>>,
    project_name: Option<String>,
    stage: Option<u64>,
    stage_title: Option<String>,
    phase: Option<String>,
    #[serde(default)]
    status: Option<String>,
    system_size_hundredths_of_kw: Option<u32>,
    proposal_link: Option<String>,
    design_complete: bool,
    proposal_sent_at: Option<DateTime<Utc>>,
    proposal_viewed_at: Option<DateTime<Utc>>,
    first_signed_at: Option<DateTime<Utc>>,
    is_sold: bool,
    sale_has_fields: bool,
    installation_day: Option<NaiveDate>,
    day_is_from_calendar: bool,
    last_day: Option<NaiveDate>,
    is_installed: bool,
    events_read: EventsReadItem,
}

#[derive(Debug, Serialize, Deserialize)]
struct EventsReadItem {
    through: u64,
    missed: Vec<u64>,
    events: Vec<EventItem>,
}

#[derive(Debug, Serialize, Deserialize)]
struct EventItem {
    id: u64,
    kind: String,
    at: Option<DateTime<Utc>>,
    /// When it begins, if that is a day.
    starts_on: Option<NaiveDate>,
    /// When it begins, if that is a moment.
    starts_at: Option<DateTime<Utc>>,
    /// Whether it says when it begins in a way that nobody can read.
    start_is_unreadable: bool,
}

impl From<&Observed> for ObservedItem {
    fn from(observed: &Observed) -> Self {
        Self {
            read_at: observed.read_at,
            modified_at: observed.modified_at,
            project_name: observed.project_name.clone(),
            stage: observed.stage,
            stage_title: observed.stage_title.clone(),
            phase: observed.phase.map(|phase| phase.as_str().to_owned()),
            status: observed.status.as_ref().map(|status| status.as_str().to_owned()),
            system_size_hundredths_of_kw: observed.system_size.map(SystemSize::hundredths_of_kw),
            proposal_link: observed.proposal_link.as_ref().map(|link| link.as_str().to_owned()),
            design_complete: observed.design_complete,
            proposal_sent_at: observed.proposal_sent_at,
            proposal_viewed_at: observed.proposal_viewed_at,
            first_signed_at: observed.first_signed_at,
            is_sold: observed.is_sold,
            sale_has_fields: observed.sale_has_fields,
            installation_day: observed.installation_day,
            day_is_from_calendar: observed.day_is_from_calendar,
            last_day: observed.last_day,
            is_installed: observed.is_installed,
            events_read: EventsReadItem {
                through: observed.events_read.through,
                missed: observed.events_read.missed.clone(),
                events: observed.events_read.events.iter().map(Into::into).collect(),
            },
        }
    }
}

impl TryFrom<ObservedItem> for Observed {
    type Error = BadField;

    fn try_from(item: ObservedItem) -> Result<Self, BadField> {
        let phase = |phase: String| Phase::parse(&phase).ok_or(BadField("observed.phase"));
        let link = |link: String| ProposalLink::parse(&link).ok_or(BadField("observed.proposal_link"));
        let events = item.events_read.events.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
        Ok(Self {
            read_at: item.read_at,
            modified_at: item.modified_at,
            project_name: item.project_name,
            stage: item.stage,
            stage_title: item.stage_title,
            phase: item.phase.map(phase).transpose()?,
            status: item.status.as_deref().and_then(ProjectStatus::parse),
            system_size: item.system_size_hundredths_of_kw.map(SystemSize::from_hundredths_of_kw),
            proposal_link: item.proposal_link.map(link).transpose()?,
            design_complete: item.design_complete,
            proposal_sent_at: item.proposal_sent_at,
            proposal_viewed_at: item.proposal_viewed_at,
            first_signed_at: item.first_signed_at,
            is_sold: item.is_sold,
            sale_has_fields: item.sale_has_fields,
            installation_day: item.installation_day,
            day_is_from_calendar: item.day_is_from_calendar,
            last_day: item.last_day,
            is_installed: item.is_installed,
            events_read: EventsRead { through: item.events_read.through, events, missed: item.events_read.missed },
        })
    }
}

impl From<&(u64, ProjectEvent)> for EventItem {
    fn from((id, event): &(u64, ProjectEvent)) -> Self {
        let (starts_on, starts_at) = match event.start {
            Said::Value(InstallationDate::Day(day)) => (Some(day), None),
            Said::Value(InstallationDate::Moment(moment)) => (None, Some(moment)),
            Said::Nothing | Said::Unreadable => (None, None),
        };
        let start_is_unreadable = event.start.is_unreadable();
        let kind = event.kind.as_str().to_owned();
        Self { id: *id, kind, at: event.at, starts_on, starts_at, start_is_unreadable }
    }
}

impl TryFrom<EventItem> for (u64, ProjectEvent) {
    type Error = BadField;

    fn try_from(item: EventItem) -> Result<Self, BadField> {
        let kind = EventKind::parse(&item.kind).ok_or(BadField("observed.events_read.events.kind"))?;
        let day = item.starts_on.map(InstallationDate::Day);
        let start = match day.or(item.starts_at.map(InstallationDate::Moment)) {
            Some(start) => Said::Value(start),
            None if item.start_is_unreadable => Said::Unreadable,
            None => Said::Nothing,
        };
        Ok((item.id, ProjectEvent { kind, at: item.at, start }))
    }
}
