//! The API that is served: every path on one page.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::quirks::{ChangeAnswer, Lists, PhoneFilter, WebhookPath};
use super::records::{Contact, Project, Records};
use super::{ORG_ID, shown};
use crate::fake_http::{Answer, Request};

/// Lets a call in, and counts it.
///
/// # Errors
/// What the caller is told.
pub(super) fn admit(records: &mut Records, request: &Request, now: DateTime<Utc>) -> Result<(), Answer> {
    if records.token.is_none() || request.bearer() != records.token.as_deref() {
        return Err(error(401, "unauthorized"));
    }
    match request.segments().as_slice() {
        ["api", "orgs", id, ..] if id.parse() == Ok(ORG_ID) => {}
        ["api", "orgs", ..] => return Err(error(403, "not your organisation")),
        _ => return Err(error(404, "not found")),
    }
    let throttled = |seconds| error(429, "too many requests").retry_after(Some(seconds));
    records.quotas.count(request, now).map_err(throttled)
}

/// Answers a call that was let in.
pub(super) fn answer(records: &mut Records, request: &Request, now: DateTime<Utc>) -> Answer {
    let segments = request.segments();
    let Some(path) = segments.get(3..) else { return error(404, "not found") };
    match (request.method.as_str(), path) {
        ("GET", ["projects"]) => {
            let rows = records.projects.values().map(|project| shown::project(project, &records.quirks));
            list(records, request, rows.collect())
        }
        ("POST", ["projects"]) => create_project(records, request, now),
        ("GET" | "PATCH", ["projects", id]) if is_out_of_reach(records, id) => error(403, "not your project"),
        ("GET", ["projects", id]) => match project(records, id) {
            Some(project) => Answer::ok(shown::project(project, &records.quirks)),
            None => error(404, "no such project"),
        },
        ("PATCH", ["projects", id]) => change_project(records, id, request, now),
        ("GET", ["contacts"]) => {
            let rows = contacts(records, request).into_iter().map(|contact| shown::contact(contact, &records.quirks));
            list(records, request, rows.collect())
        }
        ("POST", ["contacts"]) => create_contact(records, request, now),
        ("GET", ["contacts", id]) => match contact(records, id) {
            Some(contact) => Answer::ok(shown::contact(contact, &records.quirks)),
            None => error(404, "no such contact"),
        },
        ("PATCH", ["contacts", id]) => change_contact(records, id, request),
        (_, ["webhooks", ..]) if records.quirks.webhooks == WebhookPath::Missing => error(404, "not found"),
        ("GET", ["webhooks"]) => {
            let rows = records.webhooks.iter().map(|(id, webhook)| shown::webhook(*id, webhook));
            list(records, request, rows.collect())
        }
        ("POST", ["webhooks"]) => create_webhook(records, request),
        ("PATCH", ["webhooks", id]) => change_webhook(records, id, request),
        ("DELETE", ["webhooks", id]) => match id.parse().ok().and_then(|id: u64| records.webhooks.remove(&id)) {
            Some(_) => Answer::no_content(),
            None => error(404, "no such webhook"),
        },
        _ => error(404, "not found"),
    }
}

fn create_project(records: &mut Records, request: &Request, now: DateTime<Utc>) -> Answer {
    if records.wallet_is_empty {
        return error(402, "payment required");
    }
    let Some(fields) = request.object() else { return unreadable() };
    if fields.get("name").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Answer::json(400, json!({"name": ["This field is required."]}));
    }
    if let Some(id) = fields.get("contact_id") {
        let known = shown::number_of(id).is_some_and(|id| records.contacts.contains_key(&id));
        if !known {
            return Answer::json(400, json!({"contact_id": ["There is no such contact."]}));
        }
    }
    let fields = records.kept(fields);
    let id = records.add_project(fields, now);
    records.billed += 1;
    created(records.projects.get(&id).map(|project| shown::project(project, &records.quirks)))
}

fn create_contact(records: &mut Records, request: &Request, now: DateTime<Utc>) -> Answer {
    let Some(fields) = request.object() else { return unreadable() };
    let id = records.add_contact(fields, now);
    created(records.contacts.get(&id).map(|contact| shown::contact(contact, &records.quirks)))
}

fn create_webhook(records: &mut Records, request: &Request) -> Answer {
    let Some(fields) = request.object() else { return unreadable() };
    let given = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let (Some(url), Some(secret)) = (given("url"), given("secret")) else {
        return Answer::json(400, json!({"url": ["This field is required."], "secret": ["This field is required."]}));
    };
    let id = records.register(url, secret);
    created(records.webhooks.get(&id).map(|webhook| shown::webhook(id, webhook)))
}

fn change_webhook(records: &mut Records, id: &str, request: &Request) -> Answer {
    let number = id.parse().ok();
    let Some((id, webhook)) = number.and_then(|id: u64| Some((id, records.webhooks.get_mut(&id)?))) else {
        return error(404, "no such webhook");
    };
    let Some(fields) = request.object() else { return unreadable() };
    let given = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    webhook.endpoint = given("url").unwrap_or_else(|| webhook.endpoint.clone());
    webhook.key = given("secret").unwrap_or_else(|| webhook.key.clone());
    Answer::ok(shown::webhook(id, webhook))
}

/// The status is the server's own once the project is made.
fn change_project(records: &mut Records, id: &str, request: &Request, now: DateTime<Utc>) -> Answer {
    let Some(id) = project(records, id).map(|project| project.id) else { return error(404, "no such project") };
    let Some(mut changes) = request.object() else { return unreadable() };
    changes.remove("status");
    let changes = records.kept(changes);
    records.edit(id, &changes, now);
    let record = records.projects.get(&id).map(|project| shown::project(project, &records.quirks));
    changed(records, record, changes)
}

fn change_contact(records: &mut Records, id: &str, request: &Request) -> Answer {
    let Some(id) = contact(records, id).map(|contact| contact.id) else { return error(404, "no such contact") };
    let Some(changes) = request.object() else { return unreadable() };
    if let Some(contact) = records.contacts.get_mut(&id) {
        contact.fields.extend(changes.clone());
    }
    let record = records.contacts.get(&id).map(|contact| shown::contact(contact, &records.quirks));
    changed(records, record, changes)
}

fn contacts<'a>(records: &'a Records, request: &Request) -> Vec<&'a Contact> {
    let mut contacts: Vec<&Contact> = records.contacts.values().collect();
    if let Some(phone) = request.query("phone").filter(|_| records.quirks.phone_filter == PhoneFilter::Exact) {
        contacts.retain(|contact| contact.text("phone") == phone);
    }
    contacts
}

fn list(records: &Records, request: &Request, rows: Vec<Value>) -> Answer {
    match records.quirks.lists {
        Lists::UnderResults => Answer::ok(json!({"results": rows})),
        Lists::BareArray => Answer::ok(Value::Array(rows)),
        Lists::NothingOnTheSecondPage => {
            let (count, page) = (rows.len(), page_of(request));
            let next = |is_more: bool| is_more.then(|| format!("{}?page={}", request.path, page + 1));
            let (shown, next) = match page {
                1 => (rows.first(), next(1 < count)),
                2 => (None, next(1 < count)),
                _ => (rows.get(page - 2), next(page - 1 < count)),
            };
            Answer::ok(json!({"count": count, "next": next, "results": Vec::from_iter(shown)}))
        }
        Lists::CountsMoreThanItShows => {
            let count = rows.len();
            Answer::ok(json!({"count": count, "results": &rows[..count.saturating_sub(1)], "next": null}))
        }
        Lists::PagesOfTwo => {
            let page = page_of(request);
            let (count, before) = (rows.len(), (page - 1) * 2);
            if 1 < page && count <= before {
                return error(404, "invalid page");
            }
            let next = (before + 2 < count).then(|| format!("{}?page={}", request.path, page + 1));
            let rows: Vec<Value> = rows.into_iter().skip(before).take(2).collect();
            Answer::ok(json!({"count": count, "next": next, "results": rows}))
        }
    }
}

fn page_of(request: &Request) -> usize {
    request.query("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1)
}

fn is_out_of_reach(records: &Records, id: &str) -> bool {
    shown::number(id).is_some_and(|id| records.out_of_reach.contains(&id))
}

fn project<'a>(records: &'a Records, id: &str) -> Option<&'a Project> {
    records.projects.get(&shown::number(id)?)
}

fn contact<'a>(records: &'a Records, id: &str) -> Option<&'a Contact> {
    records.contacts.get(&shown::number(id)?)
}

fn created(record: Option<Value>) -> Answer {
    record.map_or_else(|| error(500, "it is gone"), |record| Answer::json(201, record))
}

fn changed(records: &Records, record: Option<Value>, changes: Map<String, Value>) -> Answer {
    match records.quirks.change_answer {
        ChangeAnswer::Record => Answer::ok(record.unwrap_or_default()),
        ChangeAnswer::Changes => Answer::ok(Value::Object(changes)),
        ChangeAnswer::Empty => Answer::no_content(),
    }
}

fn unreadable() -> Answer {
    error(400, "a JSON object is expected")
}

fn error(status: u16, text: &str) -> Answer {
    Answer::json(status, json!({"error": text}))
}
