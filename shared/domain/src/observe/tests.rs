//! What reads of a project show, one after the other, and what of it is news.

use chrono::{DateTime, NaiveDate, Utc};

use super::*;
use crate::configuration::{Configuration, ConfigurationDocument};
use crate::fields::{FieldValue, Fields, ProjectField};
use crate::ids::OrgId;
use crate::jobs::sync_request::SyncRequestMessage;
use crate::notification::{Milestone, News, SkippedBecause, news, untrue};
use crate::project::{Observed, Project, SyncState};
use crate::remote::{
    EventKind, History, InstallationDate, MilestonesAre, Phase, ProjectEvent, ProjectStatus, ProposalLink,
    RemoteProject, Said, SaleFields, Stage, SystemSize,
};
use crate::request::CrmStatus;

pub(super) fn config() -> Configuration {
    let document: ConfigurationDocument = serde_json::from_str(
        r#"{"organization_name": "Example Solar", "org_id": 1, "whatsapp_phone_number_id": "100000000000001",
            "namespace": "6f0f4f0e-0000-4000-8000-000000000001", "stage_map": {"6545": "in_progress"}}"#,
    )
    .expect("a document");
    Configuration::try_from(&document).expect("valid")
}

/// A request's record, of which nothing was seen.
fn project() -> Project {
    let message = SyncRequestMessage::parse(
        r#"{"schema_version": 1, "type": "installation_request.sync", "message_id": "m-1",
            "occurred_at": "2026-11-20T08:00:00Z", "installation_request": {"id": "1042", "installation_type": "solar",
            "customer": {"phone_number": "+263770000001"}}}"#,
    )
    .expect("a message");
    let request = message.request(&config().calling_code).expect("a request");
    Project::new(OrgId(1), request, SyncState::InStep, noon())
}

pub(super) fn noon() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().expect("a time")
}

pub(super) fn untouched() -> RemoteProject {
    let link = ProposalLink::parse("https://api.opensolar.com/share/9000001/?token=example").expect("a link");
    RemoteProject {
        id: 9_000_001.into(),
        identifier: None,
        request: None,
        site: Fields::from_iter([(ProjectField::Title, FieldValue::text("12 Example Street"))]),
        objects: serde_json::Map::new(),
        contact: None,
        stage: None,
        phase: Some(Phase::Presale),
        status: None,
        milestones: MilestonesAre::Shown,
        system_size: Said::Nothing,
        proposal_link: Said::Value(link),
        proposal_ready: false,
        sale: SaleFields::Unsold,
        installation: Said::Nothing,
        is_installed: false,
        history: History::Embedded(Vec::new()),
        modified_at: None,
    }
}

pub(super) fn size(kw: f64) -> Said<SystemSize> {
    Said::Value(SystemSize::from_kw(kw).expect("a size"))
}

pub(super) fn december(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, day).expect("a day")
}

pub(super) fn planned_for(day: u32) -> Said<InstallationDate> {
    Said::Value(InstallationDate::Day(december(day)))
}

pub(super) fn event(kind: EventKind) -> ProjectEvent {
    ProjectEvent { kind, at: Some(noon()), start: Said::Nothing }
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
    let read = RemoteProject {
        system_size: size(6.6),
        sale: SaleFields::Sold { at: Some(noon()) },
        installation: planned_for(4),
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
    let without = seen(Some(&first), &RemoteProject { proposal_link: Said::Nothing, ..untouched() }, &sent);
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
    let visit = |day| [ProjectEvent { start: planned_for(day), ..event(EventKind::InstallationPlanned) }];
    let planned = seen(None, &untouched(), &visit(4));
    assert_eq!(planned.installation_day, Some(december(4)));
    let moved = seen(Some(&planned), &untouched(), &visit(5));
    assert_eq!(moved.installation_day, Some(december(5)));

    let by_field = seen(None, &RemoteProject { installation: planned_for(4), ..untouched() }, &visit(4));
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
    let on = |day: u32| RemoteProject { installation: planned_for(day), ..untouched() };
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
    let on = december;
    let planned = RemoteProject { installation: planned_for(4), ..untouched() };
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

#[test]
fn what_cannot_be_read_takes_nothing_back_and_what_is_not_there_does() {
    let read = RemoteProject { system_size: size(6.6), installation: planned_for(4), ..untouched() };
    let sent = [event(EventKind::ProposalSent)];
    let first = seen(None, &read, &sent);
    let garbled = RemoteProject {
        system_size: Said::Unreadable,
        proposal_link: Said::Unreadable,
        installation: Said::Unreadable,
        ..untouched()
    };
    let again = seen(Some(&first), &garbled, &sent);
    assert_eq!(again, first);
    assert_eq!(garbled.unreadable(), ["systems", "share_link", "installation_date"]);
    let nothing = seen(None, &garbled, &sent);
    assert_eq!((nothing.system_size, nothing.proposal_link, nothing.installation_day), (None, None, None));
    let emptied = seen(Some(&again), &untouched(), &sent);
    assert_eq!((emptied.system_size, emptied.installation_day), (None, None));
}

#[test]
fn a_visit_whose_beginning_cannot_be_read_takes_no_day_away_and_one_put_away_does() {
    let visit = |start| [ProjectEvent { start, ..event(EventKind::InstallationPlanned) }];
    let planned = seen(None, &untouched(), &visit(planned_for(4)));
    let garbled = seen(Some(&planned), &untouched(), &visit(Said::Unreadable));
    assert_eq!(garbled, planned);
    let put_away = seen(Some(&garbled), &untouched(), &visit(Said::Nothing));
    assert_eq!(put_away.installation_day, None);
}

/// A read that shows how far the project is, and nothing of milestones.
fn without_milestones(status: &str) -> RemoteProject {
    RemoteProject {
        phase: None,
        status: ProjectStatus::parse(status),
        milestones: MilestonesAre::ToldByWebhooks,
        sale: SaleFields::Untold,
        system_size: size(6.6),
        is_installed: status == "complete",
        ..untouched()
    }
}

#[test]
fn a_read_that_says_nothing_of_milestones_takes_none_back_and_makes_none() {
    let sale = SaleFields::Sold { at: Some(noon()) };
    let read = RemoteProject { sale, system_size: size(5.5), installation: planned_for(4), ..untouched() };
    let told = seen(None, &read, &[event(EventKind::ProposalSent)]);
    let later = seen(Some(&told), &without_milestones("contract"), &[]);
    assert_eq!((later.is_sold, later.first_signed_at), (true, told.first_signed_at));
    assert_eq!((later.design_complete, later.proposal_sent_at), (true, told.proposal_sent_at));
    assert_eq!((later.installation_day, later.last_day), (Some(december(4)), Some(december(4))));
    assert_eq!(later.system_size, SystemSize::from_kw(6.6), "what it does show is as it shows it");
    assert_eq!(milestones(Some(&told), &later), []);

    let first = seen(None, &without_milestones("lead"), &[]);
    assert!(!first.design_complete && first.proposal_link.is_none());
    assert_eq!(milestones(None, &first), []);
    let unnamed = RemoteProject { status: None, is_installed: false, ..without_milestones("") };
    let done = seen(Some(&first), &without_milestones("complete"), &[]);
    let still = seen(Some(&done), &unnamed, &[]);
    assert_eq!((still.status, still.is_installed), (ProjectStatus::parse("complete"), true));
}

#[test]
fn a_status_by_its_word_is_a_request_status_of_its_own() {
    let record = |shown_status| Project { shown_status, ..project() };
    let of = |word: &str, shown| {
        let observed = seen(None, &without_milestones(word), &[]);
        status(&record(shown), &observed, &config())
    };
    for (word, expected) in [
        ("lead", Some(CrmStatus::Pending)),
        ("design", Some(CrmStatus::Pending)),
        ("proposal", Some(CrmStatus::Pending)),
        ("Contract", Some(CrmStatus::Scheduled)),
        ("installation", Some(CrmStatus::InProgress)),
        ("complete", Some(CrmStatus::Completed)),
        ("on hold", None),
    ] {
        assert_eq!(of(word, None), expected, "{word}");
    }
    assert_eq!(of("lead", Some(CrmStatus::InProgress)), Some(CrmStatus::InProgress), "it never moves back");
}
