//! The part of the `live` API that is served: every path on one page.
//!
//! Sources: developers.opensolar.com/api (projects, contacts, events, workflows, webhooks, error) and, for what it
//! leaves open, what public integrations observed. Unknown query names are ignored without an error, as there.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::delivery::ProcessLog;
use super::lists::{self, Page};
use super::model::{Contact, Organisation, take};
use super::webhook::Webhook;
use super::workflow;
use crate::fake_http::{Answer, Request};

/// Answers a call of somebody who may be anybody.
pub(super) fn answer(org: &mut Organisation, token: &str, request: &Request, now: DateTime<Utc>) -> Answer {
    let segments = request.segments();
    let ["api", "orgs", org_id, rest @ ..] = segments.as_slice() else { return not_found() };
    // Django redirects before it looks at who calls. A client that follows re-sends a write as a GET and takes the
    // 200 for success, though nothing was written.
    if request.method != "GET" && !request.path.ends_with('/') {
        return Answer::moved_permanently(format!("{}/{}", request.path, query_part(request)));
    }
    match request.bearer() {
        None => return detail(401, "Authentication credentials were not provided."),
        Some(given) if given != token => return detail(401, "Invalid token."),
        Some(_) => {}
    }
    match org_id.parse::<u64>() {
        Ok(id) if id == org.id => route(org, request, rest, now),
        Ok(_) => detail(403, "You do not have permission to perform this action."),
        Err(_) => not_found(),
    }
}

fn route(org: &mut Organisation, request: &Request, path: &[&str], now: DateTime<Utc>) -> Answer {
    match (request.method.as_str(), path) {
        ("GET", ["projects"]) => page_of(lists::projects(org, request), request, |project| org.project_row(project)),
        ("POST", ["projects"]) => create_project(org, request, now),
        ("GET", ["projects", id]) => project(org, id),
        ("PATCH", ["projects", id]) => update_project(org, id, request, now),
        ("DELETE", ["projects", id]) => {
            number(id).and_then(|id| org.remove_project(id, now)).map_or_else(not_found, |_| Answer::no_content())
        }
        ("GET", ["contacts"]) => page_of(lists::contacts(org, request), request, |contact| contact_row(org, contact)),
        ("POST", ["contacts"]) => create_contact(org, request, now),
        ("GET", ["contacts", id]) => contact(org, id),
        // The documented verb is PUT, and it changes only what the body names.
        ("PUT", ["contacts", id]) => update_contact(org, id, request, now),
        ("DELETE", ["contacts", id]) => {
            number(id).and_then(|id| org.remove_contact(id, now)).map_or_else(not_found, |_| Answer::no_content())
        }
        ("GET", ["events", id]) => event(org, id),
        ("GET", ["systems"]) => systems(org, request),
        ("GET", ["systems", id]) => system(org, id, request),
        ("GET", ["workflows"]) => {
            let (is_default, is_archived) = (request.query("is_default"), request.query("is_archived"));
            page_of(workflow::rows(is_default.as_deref(), is_archived.as_deref()), request, |row| row)
        }
        ("GET", ["webhooks"]) => Answer::ok(org.webhooks.values().map(|webhook| webhook_row(org, webhook)).collect()),
        ("POST", ["webhooks"]) => create_webhook(org, request),
        ("PATCH", ["webhooks", id]) => update_webhook(org, id, request),
        ("GET", ["webhook_process_logs"]) => process_logs(org, request),
        (_, ["projects" | "contacts" | "webhooks"] | ["projects" | "contacts" | "webhooks", _])
        | (_, ["events" | "systems", _] | ["systems" | "workflows" | "webhook_process_logs"]) => {
            detail(405, &format!("Method \"{}\" not allowed.", request.method))
        }
        _ => not_found(),
    }
}

fn project(org: &Organisation, id: &str) -> Answer {
    let project = number(id).and_then(|id| org.projects.get(&id));
    project.map_or_else(not_found, |project| Answer::ok(Value::Object(org.project_detail(project))))
}

fn create_project(org: &mut Organisation, request: &Request, now: DateTime<Utc>) -> Answer {
    let made = body(request).and_then(|body| org.create_project(&body, now).map_err(bad_request));
    match made.map(|id| org.projects.get(&id)) {
        Ok(Some(project)) => Answer::json(201, Value::Object(org.project_detail(project))),
        Ok(None) => not_found(),
        Err(refusal) => refusal,
    }
}

fn update_project(org: &mut Organisation, id: &str, request: &Request, now: DateTime<Utc>) -> Answer {
    let Some(id) = number(id).filter(|id| org.projects.contains_key(id)) else { return not_found() };
    let updated = body(request).and_then(|body| org.update_project(id, &body, now).map_err(bad_request));
    match updated.map(|()| org.projects.get(&id)) {
        Ok(Some(project)) => Answer::ok(org.sparse_project(project)),
        Ok(None) => not_found(),
        Err(refusal) => refusal,
    }
}

fn contact(org: &Organisation, id: &str) -> Answer {
    let contact = number(id).and_then(|id| org.contacts.get(&id));
    contact.map_or_else(not_found, |contact| Answer::ok(contact_row(org, contact)))
}

fn create_contact(org: &mut Organisation, request: &Request, now: DateTime<Utc>) -> Answer {
    let made = body(request).and_then(|body| org.create_contact(&body, now).map_err(bad_request));
    match made.map(|id| org.contacts.get(&id)) {
        Ok(Some(contact)) => Answer::json(201, contact_row(org, contact)),
        Ok(None) => not_found(),
        Err(refusal) => refusal,
    }
}

fn update_contact(org: &mut Organisation, id: &str, request: &Request, now: DateTime<Utc>) -> Answer {
    let Some(number) = number(id).filter(|id| org.contacts.contains_key(id)) else { return not_found() };
    let updated = body(request).and_then(|body| org.update_contact(number, &body, now).map_err(bad_request));
    match updated {
        Ok(()) => contact(org, id),
        Err(refusal) => refusal,
    }
}

fn contact_row(org: &Organisation, contact: &Contact) -> Value {
    Value::Object(org.contact(contact, org.links()))
}

fn event(org: &Organisation, id: &str) -> Answer {
    let event = number(id).and_then(|id| org.events.get(&id));
    event.map_or_else(not_found, |event| Answer::ok(Value::Object(org.event(event, org.links()))))
}

fn systems(org: &Organisation, request: &Request) -> Answer {
    if request.query("fieldset").as_deref() != Some("list") {
        return fieldset_missing();
    }
    let project = request.query("project").and_then(|id| id.parse().ok());
    page_of(lists::systems(org, project), request, |row| row)
}

fn system(org: &Organisation, id: &str, request: &Request) -> Answer {
    if request.query("fieldset").as_deref() != Some("list") {
        return fieldset_missing();
    }
    let id = number(id);
    let row = lists::systems(org, None).into_iter().find(|row| row["id"].as_u64() == id);
    row.map_or_else(not_found, Answer::ok)
}

fn create_webhook(org: &mut Organisation, request: &Request) -> Answer {
    let id = org.next.webhook;
    match body(request).and_then(|body| Webhook::create(id, &body).map_err(bad_request)) {
        Ok(webhook) => {
            let row = webhook_row(org, &webhook);
            org.webhooks.insert(take(&mut org.next.webhook), webhook);
            Answer::json(201, row)
        }
        Err(refusal) => refusal,
    }
}

fn update_webhook(org: &mut Organisation, id: &str, request: &Request) -> Answer {
    let Some(mut webhook) = number(id).and_then(|id| org.webhooks.get(&id).cloned()) else { return not_found() };
    match body(request).and_then(|body| webhook.update(&body).map_err(bad_request)) {
        Ok(()) => {
            let row = webhook_row(org, &webhook);
            org.webhooks.insert(webhook.id, webhook);
            Answer::ok(row)
        }
        Err(refusal) => refusal,
    }
}

fn webhook_row(org: &Organisation, webhook: &Webhook) -> Value {
    webhook.row(org.links().to("webhooks", webhook.id))
}

/// Newest first. Past the last page this list answers 500, as documented.
fn process_logs(org: &Organisation, request: &Request) -> Answer {
    match Page::of(org.process_logs.iter().rev().collect(), request) {
        Page::Rows(rows) => Answer::ok(rows.into_iter().map(ProcessLog::row).collect()),
        Page::PastTheEnd => Answer::page(500, "<h1>Server Error (500)</h1>"),
    }
}

/// A bare array, without `results` or `count`.
fn page_of<T>(records: Vec<T>, request: &Request, row: impl Fn(T) -> Value) -> Answer {
    match Page::of(records, request) {
        Page::Rows(records) => Answer::ok(records.into_iter().map(row).collect()),
        Page::PastTheEnd => detail(404, "Invalid page."),
    }
}

fn body(request: &Request) -> Result<Map<String, Value>, Answer> {
    match request.json() {
        Some(Value::Object(body)) => Ok(body),
        Some(_) => Err(bad_request(json!({"non_field_errors": ["Invalid data. Expected a dictionary."]}))),
        None => Err(detail(400, "JSON parse error")),
    }
}

fn query_part(request: &Request) -> String {
    if request.raw_query.is_empty() { String::new() } else { format!("?{}", request.raw_query) }
}

fn number(segment: &str) -> Option<u64> {
    segment.parse().ok()
}

fn bad_request(errors: Value) -> Answer {
    Answer::json(400, errors)
}

fn fieldset_missing() -> Answer {
    bad_request(json!({"fieldset": ["This query parameter must be \"list\"."]}))
}

fn not_found() -> Answer {
    detail(404, "Not found.")
}

/// The usual shape of a refusal in Django REST Framework.
fn detail(status: u16, text: &str) -> Answer {
    Answer::json(status, json!({"detail": text}))
}
