//! What may be told: now, at its time, or not at all, and why not.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Milestone, NEWS_MAX_AGE, News, NoticeState, Seen, SkippedBecause, reminder_at};
use crate::configuration::Configuration;
use crate::project::{Observed, Origin, Project, SyncState};
use crate::request::CrmStatus;

/// What the ledger entry of a piece of news begins with.
///
/// `project` is the record as it was before this read, `after` what the read shows.
pub fn first_state(
    seen: &Seen,
    project: &Project,
    after: &Observed,
    config: &Configuration,
    now: DateTime<Utc>,
) -> NoticeState {
    if let News::InstallationReminder(day) = seen.news {
        return reminder_state(day, after, config, now);
    }
    let is_first_look = project.observed.is_none();
    let origin = project.remote.as_ref().map(|remote| remote.origin);
    if is_first_look && origin.is_some_and(|origin| origin != Origin::CreatedByUs) {
        NoticeState::Skipped(SkippedBecause::FirstObservation)
    } else if seen.at.is_some_and(|at| NEWS_MAX_AGE < now - at) {
        NoticeState::Skipped(SkippedBecause::OldNews)
    } else if let Some(reason) = not_to_be_told(project)
        .or_else(|| switched_off(seen.news.milestone(), config))
        .or_else(|| untrue(&seen.news, Some(after), config.today(now)))
    {
        NoticeState::Skipped(reason)
    } else {
        NoticeState::Due { until: now, reason: None }
    }
}

/// A reminder waits for its morning, and only then it is decided whether this customer is told, by what holds then.
///
/// So it is with what the first look at somebody else's project shows too: such news is skipped because the customer
/// has heard it from those who made the project, while a day that is still to come is nobody's old news.
fn reminder_state(day: NaiveDate, after: &Observed, config: &Configuration, now: DateTime<Utc>) -> NoticeState {
    let morning = reminder_at(day, config.time_zone).filter(|morning| now <= *morning);
    match (untrue(&News::InstallationReminder(day), Some(after), config.today(now)), morning) {
        (Some(reason), _) => NoticeState::Skipped(reason),
        (None, None) => NoticeState::Skipped(SkippedBecause::AlreadyPast),
        (None, Some(until)) => {
            NoticeState::Due { until, reason: Some("it is for the day before the installation".to_owned()) }
        }
    }
}

/// Why this customer is told nothing at all at the moment.
pub fn not_to_be_told(project: &Project) -> Option<SkippedBecause> {
    if project.desired.status == CrmStatus::Cancelled {
        return Some(SkippedBecause::Cancelled);
    }
    project.desired.customer.is_blocked.then_some(SkippedBecause::Blocked)
}

/// Whether what was last seen still holds, nobody can say of a project that OpenSolar does not show us any more.
pub fn out_of_sight(project: &Project) -> Option<SkippedBecause> {
    matches!(project.sync, SyncState::RemoteGone { .. }).then_some(SkippedBecause::RemoteGone)
}

/// Why nobody is told this milestone; one that the configuration does not name is told.
pub fn switched_off(milestone: Milestone, config: &Configuration) -> Option<SkippedBecause> {
    let is_told = config.messages.get(&milestone).is_none_or(|rule| rule.tell);
    (!is_told).then_some(SkippedBecause::SwitchedOff)
}

/// Why a message would not be true, by the latest picture of the project: a day taken away or a sale undone is told no
/// more, and an installation not after its day.
pub fn untrue(news: &News, observed: Option<&Observed>, today: NaiveDate) -> Option<SkippedBecause> {
    let (day, is_past) = match news {
        News::DesignComplete | News::ProposalSent(_) => return None,
        News::ContractSigned => {
            let is_sold = observed.is_some_and(|seen| seen.is_sold);
            return (!is_sold).then_some(SkippedBecause::TakenBack);
        }
        News::InstallationScheduled(day) => (*day, *day < today),
        News::InstallationReminder(day) => (*day, *day <= today),
    };
    no_installation(day, observed).or(is_past.then_some(SkippedBecause::AlreadyPast))
}

fn no_installation(day: NaiveDate, observed: Option<&Observed>) -> Option<SkippedBecause> {
    let Some(seen) = observed else { return Some(SkippedBecause::TakenBack) };
    // A date may be there without any sale; once there was one, it goes with it.
    let is_unsold = seen.first_signed_at.is_some() && !seen.is_sold;
    if seen.is_installed {
        Some(SkippedBecause::Installed)
    } else {
        (is_unsold || seen.installation_day != Some(day)).then_some(SkippedBecause::TakenBack)
    }
}
