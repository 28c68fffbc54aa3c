//! An event of the `design` contract: what it tells by itself, and when that happened.

use chrono::{DateTime, NaiveDate, SubsecRound, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::Envelope;
use crate::calendar::{counted, is_meant, is_meant_day, with_offset, without_offset};
use crate::json;
use crate::remote::{InstallationDate, ProjectStatus, ProposalLink};

/// Nothing that is told happened before this (2000-01-01): an earlier time is no time of this business.
pub const EARLIEST: DateTime<Utc> = DateTime::from_timestamp(946_684_800, 0).expect("in range");

/// A sender's clock may be so far ahead of ours. What is further off is no time, and would be the latest word for ever.
pub const LATEST_AHEAD: TimeDelta = TimeDelta::hours(1);

/// A fact that an event tells, and when it became one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// By the event's own `timestamp`, else by its arrival.
    pub at: DateTime<Utc>,
    /// What.
    pub fact: Fact,
    /// SHA-256 of its body, in hex.
    pub body_sha256: String,
}

/// What each of the five events is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// `project.status_changed`.
    Status(ProjectStatus),
    /// `project.design_complete`.
    DesignComplete,
    /// `project.proposal_sent`.
    ProposalSent(ProposalLink),
    /// `project.contract_signed`.
    ContractSigned,
    /// `project.installation_scheduled`.
    InstallationScheduled(InstallationDate),
}

/// A field of a known event that is not what it has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableEvent {
    /// It cannot be read, or is not allowed.
    #[error("{field} cannot be read")]
    Unreadable {
        /// Its name in the body.
        field: &'static str,
    },
    /// It is what the event is about.
    #[error("{field} is missing")]
    Missing {
        /// Its name in the body.
        field: &'static str,
    },
}

const STATUS: &str = "project.status";
const PROPOSAL_URL: &str = "project.proposal_url";
const INSTALLATION_DATE: &str = "project.installation_date";
const TIMESTAMP: &str = "timestamp";

impl Telling {
    /// What a body tells whose envelope this is; nothing if it is none of the five events.
    ///
    /// All of it is read before any of it counts: what cannot be read makes the whole event one that cannot, since
    /// nobody knows what else of it is wrong.
    ///
    /// # Errors
    /// The field.
    pub fn read(
        envelope: &Envelope,
        body: &[u8],
        received_at: DateTime<Utc>,
        body_sha256: &str,
    ) -> Result<Option<Self>, UnreadableEvent> {
        let Some(event) = envelope.event.as_deref().filter(|event| Fact::is_known(event)) else { return Ok(None) };
        let whole: Value = json::read(body).unwrap_or_default();
        let nothing = Map::new();
        let project = whole.get("project").and_then(Value::as_object).unwrap_or(&nothing);
        let at = match &envelope.timestamp {
            Some(raw) => stamp(raw, received_at).ok_or(UnreadableEvent::Unreadable { field: TIMESTAMP })?,
            None => received_at,
        };
        let fact = Fact::read(event, project)?;
        Ok(fact.map(|fact| Self { at: at.trunc_subsecs(3), fact, body_sha256: body_sha256.to_owned() }))
    }
}

impl Fact {
    /// The five, by the names that the design document gives them.
    pub const TYPES: [&str; 5] = [
        "project.status_changed",
        "project.design_complete",
        "project.proposal_sent",
        "project.contract_signed",
        "project.installation_scheduled",
    ];

    /// Whether an event of this type is one of the five.
    pub fn is_known(event_type: &str) -> bool {
        Self::TYPES.contains(&event_type)
    }

    /// The type of the event that tells it.
    pub fn event_type(&self) -> &'static str {
        let place = match self {
            Self::Status(_) => 0,
            Self::DesignComplete => 1,
            Self::ProposalSent(_) => 2,
            Self::ContractSigned => 3,
            Self::InstallationScheduled(_) => 4,
        };
        Self::TYPES[place]
    }

    fn read(event_type: &str, project: &Map<String, Value>) -> Result<Option<Self>, UnreadableEvent> {
        let status = field(project, STATUS, "status", ProjectStatus::parse)?;
        let link = field(project, PROPOSAL_URL, "proposal_url", ProposalLink::parse)?;
        let date = field(project, INSTALLATION_DATE, "installation_date", day_or_moment)?;
        let missing = |field| UnreadableEvent::Missing { field };
        Ok(Some(match event_type {
            "project.status_changed" => Self::Status(status.ok_or(missing(STATUS))?),
            "project.design_complete" => Self::DesignComplete,
            "project.proposal_sent" => Self::ProposalSent(link.ok_or(missing(PROPOSAL_URL))?),
            "project.contract_signed" => Self::ContractSigned,
            "project.installation_scheduled" => Self::InstallationScheduled(date.ok_or(missing(INSTALLATION_DATE))?),
            _ => return Ok(None),
        }))
    }
}

/// A field's value; nothing for one that is left out, null or blank.
fn field<T>(
    project: &Map<String, Value>,
    path: &'static str,
    name: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, UnreadableEvent> {
    match project.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) => read(text.trim()).map(Some).ok_or(UnreadableEvent::Unreadable { field: path }),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(UnreadableEvent::Unreadable { field: path })
        }
    }
}

/// A date, or a moment, that somebody may mean.
fn day_or_moment(raw: &str) -> Option<InstallationDate> {
    written_date(raw).filter(|date| match date {
        InstallationDate::Day(day) => is_meant_day(*day),
        InstallationDate::Moment(moment) => is_meant(*moment),
    })
}

/// A date, or a moment; one without an offset is the organisation's own time, so its day stands in it.
fn written_date(raw: &str) -> Option<InstallationDate> {
    let is_plain = |day: &str| day.len() == 10 && day.starts_with(|first: char| first.is_ascii_digit());
    let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    if !raw.get(..10).is_some_and(is_plain) {
        return None;
    }
    if raw.len() == 10 {
        return day(raw).map(InstallationDate::Day);
    }
    match with_offset(raw) {
        Some(moment) => Some(InstallationDate::Moment(moment)),
        None => without_offset(raw).map(|local| InstallationDate::Day(local.date())),
    }
}

/// A moment as text with an offset (UTC without one), or counted from 1970 in seconds or milliseconds.
fn stamp(raw: &str, received_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let raw = raw.trim();
    let at = match raw.parse::<f64>() {
        Ok(number) => counted(number)?,
        Err(_) => with_offset(raw).or_else(|| without_offset(raw).map(|time| time.and_utc()))?,
    };
    (EARLIEST <= at && at <= received_at + LATEST_AHEAD).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn received() -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().expect("a time")
    }

    fn read(body: &Value) -> Result<Option<Telling>, UnreadableEvent> {
        let body = body.to_string();
        let envelope = Envelope::parse(body.as_bytes()).expect("an envelope");
        Telling::read(&envelope, body.as_bytes(), received(), "ab")
    }

    fn event(event_type: &str, fields: Value) -> Value {
        let mut project = json!({"id": 9_000_001});
        if let (Some(project), Value::Object(fields)) = (project.as_object_mut(), fields) {
            project.extend(fields);
        }
        json!({"event_type": event_type, "project": project})
    }

    fn fact(event_type: &str, fields: Value) -> Fact {
        read(&event(event_type, fields)).expect("readable").expect("known").fact
    }

    #[test]
    fn each_of_the_five_tells_what_it_is_about_and_the_type_that_told_it() {
        let link = ProposalLink::parse("https://opensolar.example.com/p/1").expect("a link");
        let day = NaiveDate::from_ymd_opt(2026, 12, 4).expect("a day");
        let cases = [
            (json!({"status": "contract"}), Fact::Status(ProjectStatus::parse("contract").expect("a word"))),
            (json!({}), Fact::DesignComplete),
            (json!({"proposal_url": " https://opensolar.example.com/p/1 "}), Fact::ProposalSent(link)),
            (json!({"proposal_url": null, "installation_date": ""}), Fact::ContractSigned),
            (json!({"installation_date": "2026-12-04"}), Fact::InstallationScheduled(InstallationDate::Day(day))),
        ];
        for ((fields, expected), event_type) in cases.into_iter().zip(Fact::TYPES) {
            assert_eq!(fact(event_type, fields), expected);
            assert_eq!(expected.event_type(), event_type);
        }
        assert_eq!(read(&event("project.archived", json!({"installation_date": "soon"}))), Ok(None));
        assert_eq!(read(&event("Project.contract_signed", json!({}))), Ok(None));
    }

    #[test]
    fn a_day_may_be_written_as_a_moment_and_one_without_offset_is_on_its_own_day() {
        let date = |raw: &str| fact("project.installation_scheduled", json!({"installation_date": raw}));
        let day =
            |day| NaiveDate::from_ymd_opt(2026, 12, day).map(InstallationDate::Day).map(Fact::InstallationScheduled);
        for raw in ["2026-12-04", "2026-12-04T23:30:00", "2026-12-04 08:00:00.5"] {
            assert_eq!(Some(date(raw)), day(4), "{raw}");
        }
        let moment = "2026-12-03T22:30:00Z".parse().expect("a time");
        for raw in ["2026-12-03T22:30:00Z", "2026-12-04T00:30:00+02:00", "2026-12-04 00:30:00.000+0200"] {
            assert_eq!(date(raw), Fact::InstallationScheduled(InstallationDate::Moment(moment)), "{raw}");
        }
    }

    #[test]
    fn what_cannot_be_read_in_a_known_event_is_named_whatever_the_event_is_about() {
        let unreadable: [(&'static str, Value); 12] = [
            (INSTALLATION_DATE, json!({"installation_date": "soon"})),
            (INSTALLATION_DATE, json!({"installation_date": "2026-02-30"})),
            (INSTALLATION_DATE, json!({"installation_date": "+12026-12-4"})),
            (INSTALLATION_DATE, json!({"installation_date": 20_261_204})),
            (INSTALLATION_DATE, json!({"installation_date": "9999-12-31"})),
            (INSTALLATION_DATE, json!({"installation_date": "0000-01-01T00:00:00"})),
            (INSTALLATION_DATE, json!({"installation_date": "9999-12-31T23:59:59Z"})),
            (PROPOSAL_URL, json!({"proposal_url": "http://opensolar.example.com/p/1"})),
            (PROPOSAL_URL, json!({"proposal_url": "javascript:alert(1)"})),
            (PROPOSAL_URL, json!({"proposal_url": 5})),
            (STATUS, json!({"status": 3})),
            (STATUS, json!({"status": {"name": "contract"}})),
        ];
        for (field, fields) in unreadable {
            for event_type in Fact::TYPES {
                let read = read(&event(event_type, fields.clone()));
                assert_eq!(read, Err(UnreadableEvent::Unreadable { field }), "{event_type} {fields}");
            }
        }
    }

    #[test]
    fn an_event_without_what_it_is_about_tells_nothing() {
        let about = [
            ("project.status_changed", STATUS),
            ("project.proposal_sent", PROPOSAL_URL),
            ("project.installation_scheduled", INSTALLATION_DATE),
        ];
        for (event_type, field) in about {
            for fields in [json!({}), json!({"status": "", "proposal_url": " ", "installation_date": null})] {
                assert_eq!(read(&event(event_type, fields)), Err(UnreadableEvent::Missing { field }));
            }
        }
    }

    #[test]
    fn it_happened_when_it_says_so_else_when_it_arrived() {
        let at = |timestamp: Value| {
            let mut body = event("project.contract_signed", json!({}));
            body["timestamp"] = timestamp;
            read(&body).map(|told| told.expect("known").at)
        };
        assert_eq!(at(Value::Null), Ok(received()));
        let eleven: DateTime<Utc> = "2026-11-20T11:00:00Z".parse().expect("a time");
        for stamped in [
            json!("2026-11-20T11:00:00Z"),
            json!("2026-11-20 13:00:00+02:00"),
            json!("2026-11-20T11:00:00"),
            json!(eleven.timestamp()),
            json!(eleven.timestamp().to_string()),
            json!(eleven.timestamp_millis()),
        ] {
            assert_eq!(at(stamped.clone()), Ok(eleven), "{stamped}");
        }
        let wrong = Err(UnreadableEvent::Unreadable { field: TIMESTAMP });
        for stamped in
            [json!("yesterday"), json!(""), json!(0), json!(-1), json!(1e300), json!(true), json!({}), json!([1])]
        {
            assert_eq!(at(stamped.clone()), wrong, "{stamped}");
        }
        assert_eq!(at(json!("1999-12-31T23:59:59Z")), wrong, "before all of this");
        assert_eq!(at(json!("2026-11-20T13:00:00Z")), Ok("2026-11-20T13:00:00Z".parse().expect("a time")));
        assert_eq!(at(json!("2026-11-20T13:00:01Z")), wrong, "it would be the latest word for ever");
    }
}
