//! What holds for any sequence of reads: a repeat shows nothing new, the last one counts, and what happened stays happened.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::sample::select;

use super::tests::{config, december, event, noon, planned_for, size, untouched};
use super::*;
use crate::jobs::sync_request::SyncRequestMessage;
use crate::notification::{Milestone, news};
use crate::phone::CallingCode;
use crate::project::{Observed, Project, SyncState};
use crate::remote::{EventKind, InstallationDate, Phase, ProjectEvent, ProposalLink, RemoteProject, Said, SaleFields};
use crate::request::CrmStatus;

/// A read, and the events that its project has by then.
type Read = (RemoteProject, Vec<ProjectEvent>);

fn read() -> impl Strategy<Value = Read> {
    let link = |token: &str| {
        let link = ProposalLink::parse(&format!("https://api.opensolar.com/share/9000001/?token={token}"));
        Said::Value(link.expect("a link"))
    };
    let moment = Said::Value(InstallationDate::Moment(december(5).and_time(chrono::NaiveTime::MIN).and_utc()));
    let visit = |start| ProjectEvent { start, ..event(EventKind::InstallationPlanned) };
    let events = vec![
        event(EventKind::ProposalSent),
        event(EventKind::ProposalViewed),
        ProjectEvent { at: None, ..event(EventKind::Sold) },
        event(EventKind::Installed),
        visit(planned_for(4)),
        visit(Said::Unreadable),
    ];
    (
        select(vec![None, Some(6541), Some(6545)]),
        select(vec![None, Some(Phase::Presale), Some(Phase::Sold), Some(Phase::Installed), Some(Phase::Others)]),
        select(vec![Said::Nothing, Said::Unreadable, size(3.3), size(6.6)]),
        select(vec![Said::Nothing, Said::Unreadable, link("a"), link("b")]),
        select(vec![
            SaleFields::Untold,
            SaleFields::Unsold,
            SaleFields::Sold { at: None },
            SaleFields::Sold { at: Some(noon() - TimeDelta::hours(3)) },
        ]),
        select(vec![Said::Nothing, Said::Unreadable, planned_for(4), planned_for(6), moment]),
        prop::bool::weighted(0.2),
        proptest::sample::subsequence(events, 0..=6),
    )
        .prop_map(|(stage, phase, system_size, proposal_link, sale, installation, is_installed, events)| {
            let shown = RemoteProject { stage, phase, system_size, proposal_link, ..untouched() };
            (RemoteProject { sale, installation, is_installed, ..shown }, events)
        })
}

/// A record whose reads these may be.
fn project() -> Project {
    let message = r#"{"schema_version": 1, "type": "installation_request.sync", "installation_request": {"id": 1042,
        "revision": 1, "installation_type": "solar", "customer": {"phone_number": "+263770000001"}}}"#;
    let home = CallingCode::parse("263").expect("a calling code");
    let request = SyncRequestMessage::parse(message).expect("readable").request(&home).expect("usable");
    Project::new(config().account.org, request, SyncState::InStep, noon())
}

fn reads() -> impl Strategy<Value = Vec<Read>> {
    proptest::collection::vec(read(), 1..10)
}

/// What is seen some minutes after noon.
fn seen_at(minutes: usize, before: Option<&Observed>, (read, events): &Read) -> Observed {
    let around = Surroundings { events: events.clone(), ..Surroundings::default() };
    let now = noon() + TimeDelta::minutes(i64::try_from(minutes).unwrap_or_default());
    observed(before, read, &around, &config(), now)
}

/// The pictures after each of the reads.
fn pictures(reads: &[Read]) -> Vec<Observed> {
    let mut pictures: Vec<Observed> = Vec::new();
    for (minute, read) in reads.iter().enumerate() {
        pictures.push(seen_at(minute, pictures.last(), read));
    }
    pictures
}

proptest! {
    #[test]
    fn the_same_read_again_shows_the_same_and_is_no_news(reads in reads()) {
        let pictures = pictures(&reads);
        let (last, read) = (pictures.last().expect("one"), reads.last().expect("one"));
        let again = seen_at(reads.len() + 60, Some(last), read);
        prop_assert_eq!(&Observed { read_at: last.read_at, ..again.clone() }, last);
        prop_assert_eq!(news(Some(last), &again).len(), 0);
    }

    /// Deliveries only lead to reads, so this is why their order and number cannot matter.
    #[test]
    fn reads_that_are_repeated_in_between_lead_to_the_same_picture(reads in reads(), times in proptest::collection::vec(1..4_usize, 10)) {
        let repeated: Vec<_> = reads.iter().zip(times).flat_map(|(read, times)| vec![read.clone(); times]).collect();
        let (once, often) = (pictures(&reads), pictures(&repeated));
        let (once, often) = (once.last().expect("one"), often.last().expect("one"));
        // Only what has no time of its own is dated by the read that first showed it, which here is a later one.
        prop_assert_eq!(once.first_signed_at.is_some(), often.first_signed_at.is_some());
        let dated = Observed { read_at: once.read_at, first_signed_at: once.first_signed_at, ..often.clone() };
        prop_assert_eq!(&dated, once);
    }

    #[test]
    fn what_can_be_undone_is_as_the_last_read_shows_it_whatever_was_read_before(reads in reads()) {
        let pictures = pictures(&reads);
        let last = pictures.last().expect("one");
        let alone = seen_at(0, None, reads.last().expect("one"));
        prop_assert_eq!(&last.project_name, &alone.project_name);
        prop_assert_eq!((last.stage, last.phase, last.is_installed), (alone.stage, alone.phase, alone.is_installed));
        let (read, _) = reads.last().expect("one");
        match read.sale {
            SaleFields::Sold { .. } => prop_assert!(last.is_sold && last.contract_signed_at().is_some()),
            SaleFields::Unsold => prop_assert!(!last.is_sold && last.contract_signed_at().is_none()),
            SaleFields::Untold => {}
        }
        if !read.system_size.is_unreadable() {
            prop_assert_eq!(last.system_size, alone.system_size);
        }
        if let Said::Value(date) = read.installation {
            prop_assert_eq!(last.installation_day, Some(date.day(config().time_zone)));
        }
    }

    #[test]
    fn what_happened_stays_happened_with_its_first_time(reads in reads()) {
        for pair in pictures(&reads).windows(2) {
            let [before, after] = pair else { unreachable!("pairs") };
            let firsts = |seen: &Observed| [seen.proposal_sent_at, seen.proposal_viewed_at, seen.first_signed_at];
            for (earlier, later) in firsts(before).into_iter().zip(firsts(after)) {
                prop_assert!(earlier.is_none() || earlier == later, "{earlier:?} became {later:?}");
            }
            prop_assert!(!before.design_complete || after.design_complete);
            prop_assert!(!before.sale_has_fields || after.sale_has_fields);
            prop_assert!(before.last_day.is_none() || after.last_day.is_some());
        }
    }

    #[test]
    fn the_status_that_follows_never_moves_back_and_of_a_cancelled_request_never_at_all(reads in reads()) {
        let (mut open, mut cancelled) = (project(), project());
        cancelled.desired.status = CrmStatus::Cancelled;
        cancelled.shown_status = Some(CrmStatus::Scheduled);
        for picture in pictures(&reads) {
            let shown = status(&open, &picture, &config());
            prop_assert!(open.shown_status <= shown, "{:?} became {shown:?}", open.shown_status);
            prop_assert_ne!(shown, Some(CrmStatus::Cancelled));
            open.shown_status = shown;
            prop_assert_eq!(status(&cancelled, &picture, &config()), Some(CrmStatus::Scheduled));
        }
    }

    #[test]
    fn each_milestone_is_news_once_but_for_a_day_which_is_with_each_other_day(reads in reads()) {
        let pictures = pictures(&reads);
        let mut told: BTreeMap<Milestone, usize> = BTreeMap::new();
        let mut before = None;
        let mut last_day = None;
        for picture in &pictures {
            for seen in news(before, picture) {
                let milestone = seen.news.milestone();
                *told.entry(milestone).or_default() += 1;
                if milestone == Milestone::InstallationScheduled {
                    prop_assert_ne!(picture.installation_day, last_day);
                    last_day = picture.installation_day;
                }
            }
            before = Some(picture);
        }
        for once in [Milestone::DesignComplete, Milestone::ProposalSent, Milestone::ContractSigned] {
            prop_assert!(told.get(&once).is_none_or(|times| *times == 1), "{told:?}");
        }
    }
}
