//! What may be told: now, at its time, or not at all, and why not.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{Look, Milestone, NEWS_MAX_AGE, News, Notice, NoticeState, Seen, SkippedBecause, reminder_at};
use crate::configuration::Configuration;
use crate::project::{GoneBecause, Observed, Origin, Project, SyncState};
use crate::request::CrmStatus;

/// A message whose project is out of our reach waits so long before somebody looks again.
const OUT_OF_SIGHT: TimeDelta = TimeDelta::hours(1);

/// What the ledger entry of a piece of news begins with.
///
/// `project` is the record as it was before it was seen, `after` what is seen now.
pub fn first_state(
    seen: &Seen,
    look: Look,
    project: &Project,
    after: &Observed,
    config: &Configuration,
    now: DateTime<Utc>,
) -> NoticeState {
    if let News::InstallationReminder(day) = seen.news {
        return reminder_state(day, after, config, now);
    }
    let origin = project.remote.as_ref().map(|remote| remote.origin);
    if look == Look::First && origin.is_some_and(|origin| origin != Origin::CreatedByUs) {
        NoticeState::Skipped(SkippedBecause::FirstObservation)
    } else if seen.at.is_some_and(|at| NEWS_MAX_AGE < now - at) {
        NoticeState::Skipped(SkippedBecause::OldNews)
    } else if let Some(reason) = not_to_be_told(project)
        .or_else(|| switched_off(seen.news.milestone(), config))
        .or_else(|| untrue(&seen.news, Some(after), config.today(now)))
        .or_else(|| overtaken(&seen.news, project.observed.as_ref()))
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
///
/// The CRM says `completed` of what stands, and every message speaks of something that is to come. Only its own word
/// counts: a status that OpenSolar showed once is never moved back, even if it was a mistake.
pub fn not_to_be_told(project: &Project) -> Option<SkippedBecause> {
    let by_status = match project.desired.status {
        CrmStatus::Cancelled => Some(SkippedBecause::Cancelled),
        CrmStatus::Completed => Some(SkippedBecause::Completed),
        CrmStatus::Pending | CrmStatus::Scheduled | CrmStatus::InProgress => None,
    };
    by_status.or(project.desired.customer.is_blocked.then_some(SkippedBecause::Blocked))
}

/// What becomes of a due message whose project OpenSolar does not show us: whether it is still true, nobody can say.
///
/// Of a deleted one nothing is told any more. One that is only out of our reach may come back, so the message waits, as
/// long as it is news: until its day, or without one as long as any fact.
pub fn out_of_sight(notice: &Notice, project: &Project, now: DateTime<Utc>) -> Option<NoticeState> {
    let SyncState::RemoteGone { why, .. } = &project.sync else { return None };
    let is_news = match &notice.news {
        News::InstallationScheduled(_) | News::InstallationReminder(_) => true,
        News::DesignComplete | News::ProposalSent(_) | News::ContractSigned => now - notice.created_at <= NEWS_MAX_AGE,
    };
    Some(match why {
        GoneBecause::OutOfReach if is_news => {
            let reason = "opensolar does not show us the project at the moment".to_owned();
            NoticeState::Due { until: now + OUT_OF_SIGHT, reason: Some(reason) }
        }
        GoneBecause::OutOfReach | GoneBecause::Deleted => NoticeState::Skipped(SkippedBecause::RemoteGone),
    })
}

/// Why its link is sent to nobody: it leads where a proposal of ours is not known to be.
pub fn leads_elsewhere(news: &News, config: &Configuration) -> Option<&'static str> {
    let News::ProposalSent(link) = news else { return None };
    let reason = "the proposal's link leads to none of the configured proposal_hosts: look at it in opensolar, and send \
                  it to the customer if it is right";
    (!config.proposal_hosts.allow(link)).then_some(reason)
}

/// Why nobody is told this milestone; one that the configuration does not name is told.
pub fn switched_off(milestone: Milestone, config: &Configuration) -> Option<SkippedBecause> {
    let is_told = config.messages.get(&milestone).is_none_or(|rule| rule.tell);
    (!is_told).then_some(SkippedBecause::SwitchedOff)
}

/// Why a message would not be true, by the latest picture of the project: each speaks of something that is to come after
/// it, and what stands is complete; a day taken away or a sale undone is told no more, and an installation not after its
/// day.
pub fn untrue(news: &News, observed: Option<&Observed>, today: NaiveDate) -> Option<SkippedBecause> {
    if observed.is_some_and(|seen| seen.is_installed) {
        return Some(SkippedBecause::Installed);
    }
    let (day, is_past) = match news {
        News::DesignComplete | News::ProposalSent(_) => return None,
        News::ContractSigned => {
            let is_sold = observed.is_some_and(|seen| seen.is_sold);
            return (!is_sold).then_some(SkippedBecause::TakenBack);
        }
        News::InstallationScheduled(day) => (*day, *day < today),
        News::InstallationReminder(day) => (*day, *day <= today),
    };
    let is_planned = observed.is_some_and(|seen| {
        // A date may be there without any sale; once there was one, it goes with it.
        let is_unsold = seen.first_signed_at.is_some() && !seen.is_sold;
        seen.installation_day == Some(day) && !is_unsold
    });
    if is_planned { is_past.then_some(SkippedBecause::AlreadyPast) } else { Some(SkippedBecause::TakenBack) }
}

/// Why nobody is promised a proposal: the picture before this read had it already, or more. What one read shows at once
/// is told in its order.
fn overtaken(news: &News, before: Option<&Observed>) -> Option<SkippedBecause> {
    let had_more = before
        .is_some_and(|seen| seen.proposal_sent_at.is_some() || seen.first_signed_at.is_some() || seen.is_installed);
    match news {
        News::DesignComplete => had_more.then_some(SkippedBecause::Overtaken),
        News::ProposalSent(_)
        | News::ContractSigned
        | News::InstallationScheduled(_)
        | News::InstallationReminder(_) => None,
    }
}

/// The news with the link that opens the proposal by now: while its message waited, staff may have made another one.
pub fn as_it_holds(news: News, observed: Option<&Observed>) -> News {
    let link = || observed.and_then(|seen| seen.proposal_link.clone());
    match news {
        News::ProposalSent(announced) => News::ProposalSent(link().unwrap_or(announced)),
        News::DesignComplete
        | News::ContractSigned
        | News::InstallationScheduled(_)
        | News::InstallationReminder(_) => news,
    }
}
