//! What a read-back means: the next picture of a project, the news in it, and the request status that follows.
//! The order of deliveries cannot matter, since only the latest read counts.

use chrono::{DateTime, NaiveDate, Utc};

use crate::configuration::{Configuration, DesignRule};
use crate::fields::{FieldValue, ProjectField};
use crate::notification::{Milestone, NEWS_MAX_AGE, News, NoticeState, SkippedBecause, reminder_at};
use crate::project::EventsRead;
use crate::project::{Observed, Origin, Project, SyncState};
use crate::remote::{EventKind, Phase, ProjectEvent, RemoteProject, SaleFields, Stage};
use crate::request::CrmStatus;

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
        system_size: read.system_size,
        // OpenSolar has a link before anything was designed: until the proposal is sent it is nobody's business.
        // One that is missing from a single answer is not gone.
        proposal_link: sent_at
            .and(read.proposal_link.clone().or_else(|| before.and_then(|seen| seen.proposal_link.clone()))),
        design_complete: before.is_some_and(|seen| seen.design_complete)
            || is_designed(read, around, &config.design_complete),
        proposal_sent_at: sent_at,
        proposal_viewed_at: viewed_at,
        first_signed_at,
        is_sold,
        sale_has_fields: had_sale_fields || read.sale != SaleFields::Untold,
        installation_day: installation.day,
        day_is_from_calendar: installation.is_from_calendar,
        announced_day: installation.day.or(before.and_then(|seen| seen.announced_day)),
        is_installed: read.is_installed || around.has(EventKind::Installed),
        events_read: around.events_read.clone(),
    }
}

struct Installation {
    day: Option<NaiveDate>,
    is_from_calendar: bool,
}

/// The installation's day: by its field, else by the visit in the calendar.
///
/// The visit stays in the calendar's history when the field is emptied, so it cannot bring back the day that was
/// announced and taken away; only another one.
fn installation(
    before: Option<&Observed>,
    read: &RemoteProject,
    around: &Surroundings,
    config: &Configuration,
) -> Installation {
    if let Some(date) = read.installation {
        return Installation { day: Some(date.day(config.time_zone)), is_from_calendar: false };
    }
    let visits = around.events.iter().filter(|event| event.kind == EventKind::InstallationPlanned);
    let newest = visits.filter(|event| event.start.is_some()).max_by_key(|event| event.at);
    let day = newest
        .and_then(|event| event.start)
        .map(|start| start.day(config.time_zone))
        .filter(|day| before.is_none_or(|seen| seen.day_is_from_calendar || seen.announced_day != Some(*day)));
    Installation { day, is_from_calendar: day.is_some() }
}

fn is_designed(read: &RemoteProject, around: &Surroundings, rule: &DesignRule) -> bool {
    match rule {
        DesignRule::SystemSized => read.system_size.is_some(),
        DesignRule::ProposalReady => read.proposal_ready,
        DesignRule::SystemChanged => around.has(EventKind::SystemChanged),
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
        seen.push(Seen { news: News::InstallationReminder(day), at: None });
    }
    seen
}

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

/// The request status that follows from what OpenSolar showed so far: it never moves back, and a cancelled request keeps
/// its own.
pub fn status(project: &Project, observed: &Observed, config: &Configuration) -> Option<CrmStatus> {
    if project.desired.status == CrmStatus::Cancelled {
        return project.shown_status;
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
    [project.shown_status, by_stage.or(by_phase), by_sale, by_installation].into_iter().flatten().max()
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
    use crate::fields::Fields;
    use crate::remote::{History, InstallationDate, ProposalLink, SystemSize};

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
            site: Fields::from_iter([(ProjectField::Title, FieldValue::text("12 Example Street"))]),
            contact: None,
            stage: None,
            phase: Some(Phase::Presale),
            system_size: None,
            proposal_link: ProposalLink::parse("https://api.opensolar.com/share/9000001/?token=example"),
            proposal_ready: false,
            sale: SaleFields::Unsold,
            installation: None,
            is_installed: false,
            history: History::Embedded(Vec::new()),
            modified_at: None,
        }
    }

    fn event(kind: EventKind) -> ProjectEvent {
        ProjectEvent { kind, at: Some(noon()), start: None }
    }

    /// A read whose history has these events.
    fn seen(before: Option<&Observed>, read: &RemoteProject, events: &[ProjectEvent]) -> Observed {
        let around = Surroundings { events: events.to_vec(), ..Surroundings::default() };
        observed(before, read, &around, &config(), noon())
    }

    fn milestones(before: Option<&Observed>, after: &Observed) -> Vec<Milestone> {
        news(before, after).iter().map(|seen| seen.news.milestone()).collect()
    }

    #[test]
    fn a_new_project_is_no_news_and_its_link_is_not_shown_yet() {
        let first = seen(None, &untouched(), &[]);
        assert_eq!(milestones(None, &first), []);
        assert_eq!(first.proposal_link, None);
    }

    #[test]
    fn everything_that_happened_at_once_is_told_in_its_natural_order_and_once() {
        let day = NaiveDate::from_ymd_opt(2026, 12, 4).expect("a day");
        let read = RemoteProject {
            system_size: SystemSize::from_kw(6.6),
            sale: SaleFields::Sold { at: Some(noon()) },
            installation: Some(InstallationDate::Day(day)),
            ..untouched()
        };
        let first = seen(None, &untouched(), &[]);
        let sent = [event(EventKind::ProposalSent)];
        let after = seen(Some(&first), &read, &sent);
        assert_eq!(milestones(Some(&first), &after), Milestone::ALL);
        let again = seen(Some(&after), &read, &sent);
        assert_eq!(milestones(Some(&after), &again), []);
    }

    #[test]
    fn a_sale_undone_and_made_again_keeps_its_first_date_and_is_not_told_twice() {
        let sold = |at: &str| RemoteProject { sale: SaleFields::Sold { at: at.parse().ok() }, ..untouched() };
        let first = seen(None, &sold("2026-11-20T10:00:00Z"), &[]);
        let undone = seen(Some(&first), &untouched(), &[]);
        assert_eq!(undone.contract_signed_at(), None);
        let again = seen(Some(&undone), &sold("2026-11-21T10:00:00Z"), &[]);
        assert_eq!(again.contract_signed_at(), "2026-11-20T10:00:00Z".parse().ok());
        assert_eq!(milestones(Some(&undone), &again), []);
    }

    #[test]
    fn a_proposal_whose_link_went_missing_once_is_not_told_again() {
        let sent = [event(EventKind::ProposalSent)];
        let first = seen(None, &untouched(), &sent);
        let without = seen(Some(&first), &RemoteProject { proposal_link: None, ..untouched() }, &sent);
        let again = seen(Some(&without), &untouched(), &sent);
        assert_eq!(milestones(None, &first), [Milestone::ProposalSent]);
        assert_eq!(milestones(Some(&first), &without), []);
        assert_eq!(milestones(Some(&without), &again), []);
    }

    #[test]
    fn a_sales_events_tell_only_where_no_field_does() {
        let accepted = [event(EventKind::Sold)];
        let untold = RemoteProject { sale: SaleFields::Untold, ..untouched() };
        assert_eq!(seen(None, &untold, &accepted).contract_signed_at(), Some(noon()));
        assert!(!seen(None, &untouched(), &accepted).is_sold, "the fields say that it was undone");
        assert!(!seen(None, &untold, &[]).is_sold);
        // Answers that leave out what is empty: once the fields were there, their absence is the undoing.
        let sold = RemoteProject { sale: SaleFields::Sold { at: Some(noon()) }, ..untouched() };
        let undone = seen(Some(&seen(None, &sold, &accepted)), &untold, &accepted);
        assert!(!undone.is_sold && !seen(Some(&undone), &untold, &accepted).is_sold);
    }

    #[test]
    fn a_visit_in_the_calendar_is_a_date_but_never_brings_back_one_that_was_taken_away() {
        let on = |day: u32| NaiveDate::from_ymd_opt(2026, 12, day).map(InstallationDate::Day);
        let visit = |day| [ProjectEvent { start: on(day), ..event(EventKind::InstallationPlanned) }];
        let planned = seen(None, &untouched(), &visit(4));
        assert_eq!(planned.installation_day.map(InstallationDate::Day), on(4));
        let moved = seen(Some(&planned), &untouched(), &visit(5));
        assert_eq!(moved.installation_day.map(InstallationDate::Day), on(5));

        let by_field = seen(None, &RemoteProject { installation: on(4), ..untouched() }, &visit(4));
        let taken_away = seen(Some(&by_field), &untouched(), &visit(4));
        let later = seen(Some(&taken_away), &untouched(), &visit(4));
        assert_eq!((taken_away.installation_day, later.installation_day), (None, None));
    }

    #[test]
    fn a_stage_that_the_workflows_know_gives_its_title_and_where_needed_its_milestone() {
        let stage = Stage { id: 6543, title: "Sold".to_owned(), phase: Some(Phase::Sold), is_archived: false };
        let around = Surroundings { stage: Some(stage), ..Surroundings::default() };
        let read = RemoteProject { stage: Some(6543), phase: None, ..untouched() };
        let seen = observed(None, &read, &around, &config(), noon());
        assert_eq!((seen.stage_title.as_deref(), seen.phase), (Some("Sold"), Some(Phase::Sold)));
    }

    #[test]
    fn a_date_that_moves_is_news_each_time_and_one_that_only_went_missing_is_not() {
        let on = |day: u32| {
            let installation = NaiveDate::from_ymd_opt(2026, 12, day).map(InstallationDate::Day);
            RemoteProject { installation, ..untouched() }
        };
        let fourth = seen(None, &on(4), &[]);
        let fifth = seen(Some(&fourth), &on(5), &[]);
        let none = seen(Some(&fifth), &untouched(), &[]);
        let fifth_again = seen(Some(&none), &on(5), &[]);
        let fourth_again = seen(Some(&none), &on(4), &[]);
        let moved = [Milestone::InstallationScheduled, Milestone::InstallationReminder];
        assert_eq!(milestones(Some(&fourth), &fifth), moved);
        assert_eq!(milestones(Some(&fifth), &none), []);
        assert_eq!(milestones(Some(&none), &fifth_again), []);
        assert_eq!(milestones(Some(&none), &fourth_again), moved);
    }

    #[test]
    fn an_installation_is_told_as_long_as_it_is_to_come() {
        let on = |day: u32| NaiveDate::from_ymd_opt(2026, 12, day).expect("a day");
        let planned = RemoteProject { installation: Some(InstallationDate::Day(on(4))), ..untouched() };
        let sold = RemoteProject { sale: SaleFields::Sold { at: Some(noon()) }, ..planned.clone() };
        let picture = seen(Some(&seen(None, &sold, &[])), &sold, &[]);
        let unsold = seen(Some(&picture), &planned, &[]);
        let installed = seen(Some(&picture), &RemoteProject { is_installed: true, ..sold }, &[]);
        let never_sold = seen(None, &planned, &[]);
        let told = |news: &News, observed: &Observed, today| untrue(news, Some(observed), on(today));
        let (date, reminder) = (News::InstallationScheduled(on(4)), News::InstallationReminder(on(4)));
        for news in [&date, &reminder] {
            assert_eq!(told(news, &picture, 3), None);
            assert_eq!(told(news, &never_sold, 3), None);
            assert_eq!(told(news, &unsold, 3), Some(SkippedBecause::TakenBack));
            assert_eq!(told(news, &installed, 3), Some(SkippedBecause::Installed));
            assert_eq!(told(news, &picture, 5), Some(SkippedBecause::AlreadyPast));
        }
        assert_eq!(told(&News::InstallationScheduled(on(5)), &picture, 3), Some(SkippedBecause::TakenBack));
        assert_eq!((told(&date, &picture, 4), told(&reminder, &picture, 4)), (None, Some(SkippedBecause::AlreadyPast)));
    }
}
