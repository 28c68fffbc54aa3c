//! The picture of a project after a read: what happened once stays happened, what can be undone is as it is now.

use chrono::{DateTime, NaiveDate, Utc};

use crate::configuration::{Configuration, DesignRule};
use crate::fields::{FieldValue, ProjectField};
use crate::project::{EventsRead, Observed};
use crate::remote::{EventKind, ProjectEvent, RemoteProject, Said, SaleFields, Stage};

/// A project's name is cut after this many characters.
const TITLE_LIMIT: usize = 200;

/// What is known beside the project itself once it was read.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Its whole history, as far as something follows from it.
    pub events: Vec<ProjectEvent>,
    /// What was read of it one by one.
    pub events_read: EventsRead,
    /// The stage that it is in, if the workflows have it.
    pub stage: Option<Stage>,
}

impl Surroundings {
    fn has(&self, kind: EventKind) -> bool {
        self.events.iter().any(|event| event.kind == kind)
    }

    /// When something first happened: by OpenSolar's time, else now; nothing if it did not.
    fn first(&self, kind: EventKind, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let dated = self.events.iter().filter(|event| event.kind == kind).filter_map(|event| event.at).min();
        dated.or(self.has(kind).then_some(now))
    }
}

/// The picture after a read. What happened once stays happened; what can be undone is as it is now.
pub fn observed(
    before: Option<&Observed>,
    read: &RemoteProject,
    around: &Surroundings,
    config: &Configuration,
    now: DateTime<Utc>,
) -> Observed {
    let sent_at = before.and_then(|seen| seen.proposal_sent_at).or(around.first(EventKind::ProposalSent, now));
    let viewed_at = before.and_then(|seen| seen.proposal_viewed_at).or(around.first(EventKind::ProposalViewed, now));
    let signed_before = before.and_then(|seen| seen.first_signed_at);
    let sold_at = around.first(EventKind::Sold, now);
    let had_sale_fields = before.is_some_and(|seen| seen.sale_has_fields);
    let (is_sold, first_signed_at) = match read.sale {
        SaleFields::Sold { at } => (true, signed_before.or(at).or(sold_at).or(Some(now))),
        // The events of a sale stay when it is undone: they tell only where no field ever does.
        SaleFields::Untold if sold_at.is_some() && !had_sale_fields => (true, signed_before.or(sold_at)),
        SaleFields::Untold | SaleFields::Unsold => (false, signed_before),
    };
    let installation = installation(before, read, around, config);
    let title = match read.site.get(ProjectField::Title) {
        Some(FieldValue::Text(title)) => Some(title.chars().take(TITLE_LIMIT).collect()),
        Some(FieldValue::Flag(_) | FieldValue::Place(_)) | None => None,
    };
    Observed {
        read_at: now,
        modified_at: read.modified_at,
        project_name: title,
        stage: read.stage,
        stage_title: around.stage.as_ref().map(|stage| stage.title.chars().take(TITLE_LIMIT).collect()),
        phase: read.phase.or(around.stage.as_ref().and_then(|stage| stage.phase)),
        status: before.and_then(|seen| seen.status.clone()),
        system_size: read.system_size.or_known(before.and_then(|seen| seen.system_size)),
        // OpenSolar has a link before anything was designed: until the proposal is sent it is nobody's business.
        // One that is missing from a single answer is not gone.
        proposal_link: sent_at
            .and(read.proposal_link.clone().value().or_else(|| before.and_then(|seen| seen.proposal_link.clone()))),
        design_complete: before.is_some_and(|seen| seen.design_complete)
            || is_designed(read, around, &config.design_complete),
        proposal_sent_at: sent_at,
        proposal_viewed_at: viewed_at,
        first_signed_at,
        is_sold,
        sale_has_fields: had_sale_fields || read.sale != SaleFields::Untold,
        installation_day: installation.day,
        day_is_from_calendar: installation.is_from_calendar,
        last_day: installation.day.or(before.and_then(|seen| seen.last_day)),
        is_installed: read.is_installed || around.has(EventKind::Installed),
        events_read: around.events_read.clone(),
    }
}

struct Installation {
    day: Option<NaiveDate>,
    is_from_calendar: bool,
}

/// The installation's day: by its field, else by the visit in the calendar. Where that cannot be read, the day that was
/// known stays.
///
/// The visit stays in the calendar's history when the field is emptied, so it cannot bring back the day that was
/// seen last and taken away; only another one.
fn installation(
    before: Option<&Observed>,
    read: &RemoteProject,
    around: &Surroundings,
    config: &Configuration,
) -> Installation {
    let known = || Installation {
        day: before.and_then(|seen| seen.installation_day),
        is_from_calendar: before.is_some_and(|seen| seen.day_is_from_calendar),
    };
    match read.installation {
        Said::Value(date) => return Installation { day: Some(date.day(config.time_zone)), is_from_calendar: false },
        Said::Unreadable => return known(),
        Said::Nothing => {}
    }
    let visits = around.events.iter().filter(|event| event.kind == EventKind::InstallationPlanned);
    let newest = visits.filter(|event| event.start != Said::Nothing).max_by_key(|event| event.at);
    let day = match newest.map_or(Said::Nothing, |event| event.start) {
        Said::Unreadable => return known(),
        start => start.value().map(|start| start.day(config.time_zone)),
    };
    let day = day.filter(|day| before.is_none_or(|seen| seen.day_is_from_calendar || seen.last_day != Some(*day)));
    Installation { day, is_from_calendar: day.is_some() }
}

fn is_designed(read: &RemoteProject, around: &Surroundings, rule: &DesignRule) -> bool {
    match rule {
        DesignRule::SystemSized => read.system_size.value().is_some(),
        DesignRule::ProposalReady => read.proposal_ready,
        DesignRule::SystemChanged => around.has(EventKind::SystemChanged),
        DesignRule::Stages(stages) => read.stage.is_some_and(|stage| stages.contains(&stage)),
    }
}
