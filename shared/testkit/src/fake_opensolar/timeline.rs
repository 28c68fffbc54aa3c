//! The entries of projects' timelines.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::change::{Change, Model, Subject};
use super::model::{Event, Organisation, made_identifier, take};
use super::quirks::{EventVerb, FiredEvents, Scheduling};

/// An on-site installation, in the calendar.
const INSTALLATION: u64 = 40;
/// When people begin to work, in Harare's time.
const WORK_BEGINS: TimeDelta = TimeDelta::hours(9);
/// Harare is this far ahead of UTC, all year.
const HARARE: TimeDelta = TimeDelta::hours(2);

impl Organisation {
    /// Adds an entry to a project's timeline. The project itself is not saved by that.
    pub(super) fn add_event(&mut self, project: u64, event_type_id: u64, now: DateTime<Utc>) {
        self.add_calendar_event(project, event_type_id, None, now);
    }

    /// Puts the installation into the calendar, moves it there, or with none takes it out.
    ///
    /// Its event moves or goes, or stays in the archive.
    pub(super) fn plan_installation(&mut self, project: u64, start: Option<DateTime<Utc>>, now: DateTime<Utc>) {
        let planned =
            |event: &&Event| event.project == project && event.event_type_id == INSTALLATION && !event.is_archived;
        let planned = self.events.values().find(planned).cloned();
        match (planned, start) {
            (None, None) => {}
            (None, Some(_)) => self.add_calendar_event(project, INSTALLATION, start, now),
            (Some(event), _) if self.quirks.events.scheduling == Scheduling::CalendarWithArchive => {
                let event = Event { is_archived: true, ..event };
                self.events.insert(event.id, event.clone());
                let fields = vec!["is_archived".to_owned()];
                self.tell_event(&event, |record| Change::Updated { fields, record }, now);
                if start.is_some() {
                    self.add_calendar_event(project, INSTALLATION, start, now);
                }
            }
            (Some(event), None) => {
                self.events.remove(&event.id);
                self.tell_event(&event, |_| Change::Deleted, now);
            }
            (Some(event), Some(_)) => {
                let event = Event { start, ..event };
                self.events.insert(event.id, event.clone());
                let fields = ["start", "end"].map(str::to_owned).to_vec();
                self.tell_event(&event, |record| Change::Updated { fields, record }, now);
            }
        }
    }

    fn add_calendar_event(
        &mut self,
        project: u64,
        event_type_id: u64,
        start: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) {
        let Some(contact) = self.projects.get(&project).map(|project| project.contacts.first().copied()) else {
            return;
        };
        let id = take(&mut self.next.event);
        let event = Event {
            id,
            identifier: made_identifier("event", id),
            event_type_id,
            title: event_title(event_type_id).to_owned(),
            project,
            contact,
            created_date: self.stamp(now),
            start,
            is_archived: false,
        };
        self.events.insert(id, event.clone());
        match self.quirks.events.verb {
            EventVerb::Create => self.tell_event(&event, Change::Created, now),
            EventVerb::Update => {
                let all =
                    |record: Map<String, Value>| Change::Updated { fields: record.keys().cloned().collect(), record };
                self.tell_event(&event, all, now);
            }
        }
    }

    fn tell_event(&mut self, event: &Event, change: impl FnOnce(Map<String, Value>) -> Change, now: DateTime<Utc>) {
        let told = match self.quirks.events.fired {
            FiredEvents::All => true,
            FiredEvents::CustomersOnly => [1, 2, 3, 51, 63, 67, 105].contains(&event.event_type_id),
            FiredEvents::StageMovesOnly => [56, 106].contains(&event.event_type_id),
            FiredEvents::None => false,
        };
        if !told {
            return;
        }
        let record = self.event(event, self.told_links(Model::Event));
        let identifier = event.identifier.clone();
        let subject = Subject { model: Model::Event, id: event.id, identifier, project: Some(event.project) };
        self.announce(&subject, &change(record), now);
    }
}

/// When the installation of a day begins.
pub(super) fn start_of_work(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc() + WORK_BEGINS - HARARE
}

/// What the types that the fake makes are called, after developers.opensolar.com/api/events.
fn event_title(event_type_id: u64) -> &'static str {
    match event_type_id {
        0 => "Email invitation sent",
        2 => "Customer viewed online proposal",
        3 => "Customer accepted proposal",
        40 => "On-site installation",
        44 => "System changed",
        52 => "DocuSign completed",
        56 => "Project stage changed",
        63 => "DocuSign signed",
        100 => "Project deleted",
        103 => "Project marked sold",
        104 => "Project marked installed",
        106 => "Project workflow changed",
        107 | 108 => "Project duplicated",
        132 => "System option added",
        _ => "Event",
    }
}
