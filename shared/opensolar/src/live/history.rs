//! A project's events: embedded in it, listed by it, or read one by one.

use domain::remote::{EventKind, History, ProjectEvent, Said};
use serde_json::Value;

use crate::lenient::{day_or_moment, flag, last_number, moment, said, whole};

/// An event as it is read by itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SingleEvent {
    /// OpenSolar's id.
    pub(crate) id: u64,
    /// What follows from it, if anything does.
    pub(crate) event: Option<ProjectEvent>,
}

/// An event read by itself; nothing without an id.
pub(super) fn answer(body: &Value) -> Option<SingleEvent> {
    let id = whole(body.get("id")).and_then(|id| u64::try_from(id).ok())?;
    Some(SingleEvent { id, event: event(body) })
}

/// What a project shows of its history: its embedded events, or only their ids where it embeds none.
pub(super) fn history(project: &Value) -> History {
    let embedded = array(project, "events_data");
    let listed: Vec<u64> = array(project, "events").iter().filter_map(last_number).collect();
    if embedded.iter().any(Value::is_object) || listed.is_empty() {
        return History::Embedded(embedded.iter().filter_map(event).collect());
    }
    History::Listed(listed)
}

fn array<'a>(project: &'a Value, name: &str) -> &'a [Value] {
    project.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// An event of a kind that something follows from. Of a planned one, the time of writing is `created_date`, and when it
/// begins is `start`, unless it was put away into the archive; a missing time is made up for by the next best.
fn event(body: &Value) -> Option<ProjectEvent> {
    let kind = whole(body.get("event_type_id")).and_then(EventKind::from_number)?;
    let at = ["created_date", "start", "completion_date"].iter().find_map(|name| moment(body.get(name)));
    let start = match flag(body.get("is_archived")) {
        Some(true) => Said::Nothing,
        Some(false) | None => said(body.get("start"), day_or_moment),
    };
    Some(ProjectEvent { kind, at, start })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use domain::remote::InstallationDate;
    use serde_json::json;

    fn happened(kind: EventKind, at: &str) -> ProjectEvent {
        ProjectEvent { kind, at: Some(at.parse().expect("a time")), start: Said::Nothing }
    }

    #[test]
    fn embedded_events_are_read_and_those_that_tell_nothing_left_out() {
        let project = json!({
            "events": ["https://api.opensolar.com/api/orgs/1234/events/88001/"],
            "events_data": [
                {"id": 88001, "event_type_id": 0, "created_date": "2026-09-20T10:00:00.000000Z", "start": null},
                {"id": 88002, "event_type_id": "2", "created_date": "2026-09-21 10:00:00+00:00"},
                {"id": 88003, "event_type_id": 56, "created_date": "2026-09-22T10:00:00Z"},
                {"id": 88004, "event_type_id": null, "created_date": "2026-09-22T10:00:00Z"},
                {"id": 88005, "event_type_id": 141},
                "https://api.opensolar.com/api/orgs/1234/events/88006/",
            ],
        });
        let expected = vec![
            happened(EventKind::ProposalSent, "2026-09-20T10:00:00Z"),
            happened(EventKind::ProposalViewed, "2026-09-21T10:00:00Z"),
        ];
        assert_eq!(history(&project), History::Embedded(expected));
    }

    #[test]
    fn a_missing_time_is_made_up_for() {
        let at = |body: &Value| event(body).expect("a known kind").at.map(|at| at.to_rfc3339());
        let start = "2026-09-19 10:00:00+00:00";
        assert_eq!(
            at(&json!({"event_type_id": 3, "created_date": null, "start": start})).as_deref(),
            Some("2026-09-19T10:00:00+00:00")
        );
        assert_eq!(
            at(&json!({"event_type_id": 3, "completion_date": 1_795_176_000})).as_deref(),
            Some("2026-11-20T12:00:00+00:00")
        );
        assert_eq!(at(&json!({"event_type_id": 3, "created_date": "soon"})), None);
    }

    #[test]
    fn a_visit_begins_on_a_day_or_at_a_moment() {
        let start = |raw: &str| event(&json!({"event_type_id": 40, "start": raw})).expect("a known kind").start;
        let day = NaiveDate::from_ymd_opt(2026, 12, 4).expect("a day");
        assert_eq!(start("2026-12-04"), Said::Value(InstallationDate::Day(day)));
        let moment = "2026-12-04T06:30:00Z".parse().expect("a time");
        assert_eq!(start("2026-12-04 08:30:00+02:00"), Said::Value(InstallationDate::Moment(moment)));
        assert_eq!((start(""), start("tomorrow")), (Said::Nothing, Said::Unreadable));
    }

    #[test]
    fn a_visit_that_was_put_away_has_no_beginning() {
        for archived in [json!(true), json!("true"), json!(1)] {
            let visit = json!({"event_type_id": 40, "start": "2026-12-04", "is_archived": archived});
            assert_eq!(event(&visit).expect("a known kind").start, Said::Nothing, "{archived}");
        }
    }

    #[test]
    fn events_that_are_not_embedded_are_listed() {
        let urls =
            json!(["https://api.opensolar.com/api/orgs/1234/events/88001/", "/api/orgs/1234/events/88002/", 88003]);
        let listed = History::Listed(vec![88_001, 88_002, 88_003]);
        for project in [
            json!({"events": urls}),
            json!({"events": urls, "events_data": null}),
            json!({"events": urls, "events_data": []}),
            json!({"events": urls, "events_data": urls}),
        ] {
            assert_eq!(history(&project), listed, "{project}");
        }
    }

    #[test]
    fn a_project_without_any_has_an_empty_history() {
        for project in [
            json!({}),
            json!({"events": null, "events_data": null}),
            json!({"events": [], "events_data": []}),
            json!({"events": "x", "events_data": {"event_type_id": 0}}),
            json!({"events": ["https://api.opensolar.com/x/"], "events_data": [null, 7]}),
        ] {
            assert_eq!(history(&project), History::Embedded(Vec::new()), "{project}");
        }
    }

    #[test]
    fn an_event_read_by_itself_has_an_id_and_perhaps_a_meaning() {
        let sent = json!({"id": 88001, "event_type_id": 0, "created_date": "2026-09-20T10:00:00Z"});
        let expected = happened(EventKind::ProposalSent, "2026-09-20T10:00:00Z");
        assert_eq!(answer(&sent), Some(SingleEvent { id: 88_001, event: Some(expected) }));
        let note = json!({"id": "88002", "event_type_id": 31});
        assert_eq!(answer(&note), Some(SingleEvent { id: 88_002, event: None }));
        for body in [json!({"event_type_id": 0}), json!({"id": -1}), json!([]), json!("page")] {
            assert_eq!(answer(&body), None, "{body}");
        }
    }
}
