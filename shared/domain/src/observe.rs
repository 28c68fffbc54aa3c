//! What a read-back means: the next picture of a project, the news in it, and the request status that follows.
//! The order of deliveries cannot matter, since only the latest read counts.

use chrono::{DateTime, Utc};

use crate::configuration::{Configuration, DesignRule};
use crate::notification::{Milestone, NEWS_MAX_AGE, News, NoticeState, SkippedBecause};
use crate::project::{Observed, Origin, Project};
use crate::remote::{Phase, RemoteProject, Sale};
use crate::request::CrmStatus;

/// A project's name is cut after this many characters.
const TITLE_LIMIT: usize = 200;

/// The picture after a read. What happened once stays happened; what can be undone is as it is now.
pub fn observed(
    before: Option<&Observed>,
    read: &RemoteProject,
    config: &Configuration,
    now: DateTime<Utc>,
) -> Observed {
    let sent_at = before.and_then(|seen| seen.proposal_sent_at).or(read.proposal_sent_at);
    let signed_before = before.and_then(|seen| seen.first_signed_at);
    let (is_sold, first_signed_at) = match read.sale {
        Sale::Unsold => (false, signed_before),
        Sale::Sold { at } => (true, signed_before.or(at).or(Some(now))),
    };
    let installation_day = read.installation.map(|date| date.day(config.time_zone));
    Observed {
        read_at: now,
        modified_at: read.modified_at,
        project_name: read.title.as_ref().map(|title| title.chars().take(TITLE_LIMIT).collect()),
        stage: read.stage,
        phase: read.phase,
        system_size: read.system_size,
        // OpenSolar has a link before anything was designed: until the proposal is sent it is nobody's business.
        // One that is missing from a single answer is not gone.
        proposal_link: sent_at
            .and(read.proposal_link.clone().or_else(|| before.and_then(|seen| seen.proposal_link.clone()))),
        design_complete: before.is_some_and(|seen| seen.design_complete) || is_designed(read, &config.design_complete),
        proposal_sent_at: sent_at,
        first_signed_at,
        is_sold,
        installation_day,
        announced_day: installation_day.or(before.and_then(|seen| seen.announced_day)),
        is_installed: read.is_installed,
    }
}

fn is_designed(read: &RemoteProject, rule: &DesignRule) -> bool {
    match rule {
        DesignRule::SystemSized => read.system_size.is_some(),
        DesignRule::ProposalReady => read.proposal_ready,
        DesignRule::Stages(stages) => read.stage.is_some_and(|stage| stages.contains(&stage)),
    }
}

/// Something that a read shows for the first time, and since when it holds, as far as OpenSolar tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What.
    pub news: News,
    /// Since when.
    pub at: Option<DateTime<Utc>>,
}

/// What `after` shows that `before` did not, in the order in which a customer should hear it.
pub fn news(before: Option<&Observed>, after: &Observed) -> Vec<Seen> {
    let mut seen = Vec::new();
    if after.design_complete && !before.is_some_and(|before| before.design_complete) {
        seen.push(Seen { news: News::DesignComplete, at: None });
    }
    let sent = |picture: &Observed| picture.proposal_sent_at.and(picture.proposal_link.clone());
    if let (Some(link), None) = (sent(after), before.and_then(sent)) {
        seen.push(Seen { news: News::ProposalSent(link), at: after.proposal_sent_at });
    }
    if after.first_signed_at.is_some() && before.is_none_or(|before| before.first_signed_at.is_none()) {
        seen.push(Seen { news: News::ContractSigned, at: after.first_signed_at });
    }
    if let Some(day) = after.installation_day
        && before.and_then(|before| before.announced_day) != Some(day)
    {
        seen.push(Seen { news: News::InstallationScheduled(day), at: None });
    }
    seen
}

/// What the ledger entry of a piece of news begins with.
///
/// `project` is the record as it was before this read.
pub fn first_state(seen: &Seen, project: &Project, config: &Configuration, now: DateTime<Utc>) -> NoticeState {
    let is_first_look = project.observed.is_none();
    let origin = project.remote.as_ref().map(|remote| remote.origin);
    let is_told = config.messages.get(&seen.news.milestone()).is_none_or(|rule| rule.tell);
    if is_first_look && origin == Some(Origin::LinkedByOperator) {
        NoticeState::Skipped(SkippedBecause::FirstObservation)
    } else if seen.at.is_some_and(|at| NEWS_MAX_AGE < now - at) {
        NoticeState::Skipped(SkippedBecause::OldNews)
    } else if !is_told {
        NoticeState::Skipped(SkippedBecause::SwitchedOff)
    } else if let Some(reason) = not_to_be_told(project) {
        NoticeState::Skipped(reason)
    } else {
        NoticeState::Due { until: now, reason: None }
    }
}

/// Why this customer is told nothing at all at the moment.
pub fn not_to_be_told(project: &Project) -> Option<SkippedBecause> {
    if project.desired.status == CrmStatus::Cancelled {
        return Some(SkippedBecause::Cancelled);
    }
    project.desired.customer.is_blocked.then_some(SkippedBecause::Blocked)
}

/// The request status to tell the CRM after a read: it never moves back, and a cancelled request keeps its own.
pub fn status(project: &Project, observed: &Observed, config: &Configuration) -> Option<CrmStatus> {
    if project.desired.status == CrmStatus::Cancelled {
        return project.told_status;
    }
    let by_stage = observed.stage.and_then(|stage| config.stage_map.get(&stage).copied());
    let by_phase = observed.phase.and_then(|phase| match phase {
        Phase::Presale | Phase::LockPricing => Some(CrmStatus::Pending),
        Phase::Sold => Some(CrmStatus::Scheduled),
        Phase::Installed => Some(CrmStatus::Completed),
        Phase::Others => None,
    });
    let by_sale = observed.is_sold.then_some(CrmStatus::Scheduled);
    let by_installation = observed.is_installed.then_some(CrmStatus::Completed);
    [project.told_status, by_stage.or(by_phase), by_sale, by_installation].into_iter().flatten().max()
}

/// Whether OpenSolar still shows what a message is about to tell; a day taken away or a sale undone is told no more.
pub fn still_holds(news: &News, observed: Option<&Observed>) -> bool {
    match news {
        News::DesignComplete | News::ProposalSent(_) => true,
        News::ContractSigned => observed.is_some_and(|seen| seen.is_sold),
        News::InstallationScheduled(day) => observed.is_some_and(|seen| seen.installation_day == Some(*day)),
    }
}

/// Counts a milestone; its message's epoch.
pub fn next_epoch(project: &mut Project, milestone: Milestone) -> u32 {
    let epoch = project.epochs.entry(milestone).or_insert(0);
    *epoch += 1;
    *epoch
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::ConfigurationDocument;
    use crate::remote::{InstallationDate, ProposalLink, SystemSize};
    use chrono::NaiveDate;

    fn config() -> Configuration {
        let document: ConfigurationDocument = serde_json::from_str(
            r#"{"organization_name": "Example Solar", "org_id": 1, "whatsapp_phone_number_id": "100000000000001",
                "namespace": "6f0f4f0e-0000-4000-8000-000000000001", "stage_map": {"6545": "in_progress"}}"#,
        )
        .expect("a document");
        Configuration::try_from(&document).expect("valid")
    }

    fn noon() -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().expect("a time")
    }

    fn untouched() -> RemoteProject {
        RemoteProject {
            id: 9_000_001.into(),
            identifier: None,
            title: Some("12 Example Street".to_owned()),
            contact: None,
            stage: None,
            phase: Some(Phase::Presale),
            system_size: None,
            proposal_link: ProposalLink::parse("https://api.opensolar.com/share/9000001/?token=example"),
            proposal_ready: false,
            proposal_sent_at: None,
            sale: Sale::Unsold,
            installation: None,
            is_installed: false,
            modified_at: None,
        }
    }

    fn milestones(before: Option<&Observed>, after: &Observed) -> Vec<Milestone> {
        news(before, after).iter().map(|seen| seen.news.milestone()).collect()
    }

    #[test]
    fn a_new_project_is_no_news_and_its_link_is_not_shown_yet() {
        let first = observed(None, &untouched(), &config(), noon());
        assert_eq!(milestones(None, &first), []);
        assert_eq!(first.proposal_link, None);
    }

    #[test]
    fn everything_that_happened_at_once_is_told_in_its_natural_order_and_once() {
        let day = NaiveDate::from_ymd_opt(2026, 12, 4).expect("a day");
        let read = RemoteProject {
            system_size: SystemSize::from_kw(6.6),
            proposal_sent_at: Some(noon()),
            sale: Sale::Sold { at: Some(noon()) },
            installation: Some(InstallationDate::Day(day)),
            ..untouched()
        };
        let first = observed(None, &untouched(), &config(), noon());
        let after = observed(Some(&first), &read, &config(), noon());
        assert_eq!(milestones(Some(&first), &after), Milestone::ALL);
        let again = observed(Some(&after), &read, &config(), noon());
        assert_eq!(milestones(Some(&after), &again), []);
    }

    #[test]
    fn a_sale_undone_and_made_again_keeps_its_first_date_and_is_not_told_twice() {
        let sold = |at: &str| RemoteProject { sale: Sale::Sold { at: at.parse().ok() }, ..untouched() };
        let first = observed(None, &sold("2026-11-20T10:00:00Z"), &config(), noon());
        let undone = observed(Some(&first), &untouched(), &config(), noon());
        assert_eq!(undone.contract_signed_at(), None);
        let again = observed(Some(&undone), &sold("2026-11-21T10:00:00Z"), &config(), noon());
        assert_eq!(again.contract_signed_at(), "2026-11-20T10:00:00Z".parse().ok());
        assert_eq!(milestones(Some(&undone), &again), []);
    }

    #[test]
    fn a_proposal_whose_link_went_missing_once_is_not_told_again() {
        let sent = RemoteProject { proposal_sent_at: Some(noon()), ..untouched() };
        let first = observed(None, &sent, &config(), noon());
        let without = observed(Some(&first), &RemoteProject { proposal_link: None, ..sent.clone() }, &config(), noon());
        let again = observed(Some(&without), &sent, &config(), noon());
        assert_eq!(milestones(None, &first), [Milestone::ProposalSent]);
        assert_eq!(milestones(Some(&first), &without), []);
        assert_eq!(milestones(Some(&without), &again), []);
    }

    #[test]
    fn a_date_that_moves_is_news_each_time_and_one_that_only_went_missing_is_not() {
        let on = |day: u32| {
            let installation = NaiveDate::from_ymd_opt(2026, 12, day).map(InstallationDate::Day);
            RemoteProject { installation, ..untouched() }
        };
        let fourth = observed(None, &on(4), &config(), noon());
        let fifth = observed(Some(&fourth), &on(5), &config(), noon());
        let none = observed(Some(&fifth), &untouched(), &config(), noon());
        let fifth_again = observed(Some(&none), &on(5), &config(), noon());
        let fourth_again = observed(Some(&none), &on(4), &config(), noon());
        assert_eq!(milestones(Some(&fourth), &fifth), [Milestone::InstallationScheduled]);
        assert_eq!(milestones(Some(&fifth), &none), []);
        assert_eq!(milestones(Some(&none), &fifth_again), []);
        assert_eq!(milestones(Some(&none), &fourth_again), [Milestone::InstallationScheduled]);
    }
}
