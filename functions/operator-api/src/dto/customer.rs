//! A customer's data, as one document, and what an operator hears of its erasure.

use chrono::{DateTime, Utc};
use domain::fields::{Field, FieldValue, Fields};
use domain::jobs::crm_update::CrmState;
use domain::jobs::sync_request::InstallationRequestMessage;
use domain::log::{Decision, SyncLog, SyncLogStatus};
use domain::notification::{News, Notice, NoticeState};
use domain::ports::ContactEntry;
use domain::project::Project;
use domain::usecase::operate::{CustomerExport, Erased, RequestExport, Whose};
use domain::webhook::{DeliveryLog, Payload};
use lambda_kit::http::FieldError;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{each_field, field};

/// Who is meant, or what is wrong with how it is said.
pub(crate) fn whose(body: &[u8]) -> Result<Whose, Vec<FieldError>> {
    let (mut number, mut request) = (None, None);
    let unknown = "there is no such field: there are phone_number and installation_request_id";
    each_field(body, unknown, |name, value| match (name, value) {
        ("phone_number", Value::String(text)) => {
            number = Some(text.clone());
            Some(Ok(()))
        }
        ("phone_number", _) => Some(Err("give the number as text, such as +263 77 000 0001")),
        ("installation_request_id", Value::String(_) | Value::Number(_)) => {
            let id = serde_json::from_value(value.clone()).map(|id| request = Some(id));
            Some(id.map_err(|_| "give the crm's id of the request"))
        }
        ("installation_request_id", _) => Some(Err("give the crm's id of the request")),
        _ => None,
    })?;
    match (number, request) {
        (Some(number), None) => Ok(Whose::Number(number)),
        (None, Some(request)) => Ok(Whose::Request(request)),
        (None, None) => Err(vec![field("phone_number", "give this, or installation_request_id")]),
        (Some(_), Some(_)) => Err(vec![field("phone_number", "give this or installation_request_id, not both")]),
    }
}

/// What was erased.
#[derive(Serialize)]
pub(crate) struct ErasedDto {
    requests: usize,
    deliveries: usize,
    messages: usize,
    not_erased: &'static str,
}

/// What an operator has to know who was asked to erase somebody.
const NOT_ERASED: &str = "opensolar, whatsapp and the crm keep their own data: have it erased there too. What waits on \
    the queues, deliveries that name neither project nor contact, and backups of the table go by their own time. A newer \
    revision from the crm brings the request back.";

impl From<Erased> for ErasedDto {
    fn from(erased: Erased) -> Self {
        let Erased { requests, deliveries, notices } = erased;
        Self { requests, deliveries, messages: notices, not_erased: NOT_ERASED }
    }
}

/// Lambda answers with at most 6 MB: so many bytes of bodies are in it, and of those beyond it is said that they are not.
const BODIES_LIMIT: usize = 3_000_000;

/// The whole document.
pub(crate) fn exported(held: &CustomerExport) -> Value {
    let mut room = BODIES_LIMIT;
    json!({
        "exported_at": held.exported_at,
        "requests": held.requests.iter().map(|request| of_request(request, &mut room)).collect::<Vec<_>>(),
        "not_included": "what opensolar, whatsapp and the crm hold, and what waits on the queues",
    })
}

fn of_request(held: &RequestExport, room: &mut usize) -> Value {
    let (project, rows) = (&held.project, &held.rows);
    let contact = held.contact.as_ref().map(|contact| match contact {
        ContactEntry::Known(id) => json!({ "opensolar_contact_id": id }),
        ContactEntry::Claimed { by } => json!({ "being_made_by": by }),
    });
    json!({
        "installation_request": InstallationRequestMessage::of(&project.desired),
        "phone_numbers": rows.numbers.iter().map(|phone| phone.e164()).collect::<Vec<_>>(),
        "contact": contact,
        "record": record(project),
        "messages": rows.notices.iter().map(message).collect::<Vec<_>>(),
        "sync_log": rows.sync_log.iter().map(sync_row).collect::<Vec<_>>(),
        "decisions": rows.decisions.iter().map(decision).collect::<Vec<_>>(),
        "to_be_sent": held.outbox.iter().map(|entry| text(&entry.message.body)).collect::<Vec<_>>(),
        "deliveries": held.deliveries.iter().map(|(log, payload)| delivery(log, payload.as_ref(), room)).collect::<Vec<_>>(),
    })
}

fn record(project: &Project) -> Value {
    let pushed = project.pushed.as_ref();
    json!({
        "state": CrmState::of(project),
        "revision": project.revision.0,
        "created_at": project.created_at,
        "updated_at": project.updated_at,
        "erased_at": project.erased_at(),
        "pushed_to_project": pushed.map(|pushed| values(&pushed.site)),
        "pushed_to_contact": pushed.map(|pushed| values(&pushed.contact)),
        // What is being sent, or may have been, is made of the request and of nothing else.
        "is_sending": project.open_intent().is_some() || project.open_update().is_some(),
    })
}

fn values<F: Field>(fields: &Fields<F>) -> Map<String, Value> {
    let value = |value: &FieldValue| match value {
        FieldValue::Text(text) => json!(text),
        FieldValue::Flag(flag) => json!(flag),
        FieldValue::Place(place) => json!([place.latitude, place.longitude]),
    };
    let known = F::ALL.iter().filter_map(|field| Some((field.as_str().to_owned(), value(fields.get(*field)?))));
    known.collect()
}

fn message(notice: &Notice) -> Value {
    let link = match &notice.news {
        News::ProposalSent(link) if !link.is_erased() => Some(link.as_str()),
        _ => None,
    };
    let (message_id, at) = match &notice.state {
        NoticeState::Sent { message_id, at, .. } => (Some(message_id), Some(at)),
        _ => (None, None),
    };
    json!({
        "milestone": notice.key.milestone,
        "epoch": notice.key.epoch,
        "state": notice.state.as_str(),
        "reason": notice.state.reason(),
        "link": link,
        "message_id": message_id,
        "sent_at": at,
        "attempts": notice.attempts,
        "created_at": notice.created_at,
    })
}

fn sync_row(row: &SyncLog) -> Value {
    let (completed_at, error): (Option<DateTime<Utc>>, Option<&str>) = match &row.status {
        SyncLogStatus::Started => (None, None),
        SyncLogStatus::Success { completed_at } => (Some(*completed_at), None),
        SyncLogStatus::Failed { completed_at, error } => (Some(*completed_at), Some(error)),
    };
    json!({
        "type": row.sync_type.as_str(),
        "status": row.status.as_str(),
        "request": row.request_summary,
        "response": row.response_summary,
        "error": error,
        "started_at": row.started_at,
        "completed_at": completed_at,
    })
}

fn decision(row: &Decision) -> Value {
    json!({ "at": row.at, "rule": row.rule, "outcome": row.outcome })
}

fn delivery(log: &DeliveryLog, payload: Option<&Payload>, room: &mut usize) -> Value {
    let envelope = log.envelope.as_ref();
    let mut row = json!({
        "received_at": log.received_at,
        "model": envelope.map(|envelope| &envelope.model),
        "event": envelope.map(|envelope| &envelope.event),
        "status": log.status.as_str(),
    });
    if let Some(payload) = payload {
        let is_there = payload.body.len() <= *room;
        *room -= if is_there { payload.body.len() } else { 0 };
        let body = if is_there { text(&String::from_utf8_lossy(&payload.body)) } else { Value::Null };
        row["body"] = body;
        row["body_left_out"] = json!(!is_there);
        row["headers"] = json!(payload.headers);
    }
    row
}

/// JSON as it is, anything else as text.
fn text(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()))
}
