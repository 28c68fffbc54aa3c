//! The part of the `live` API that is served: every path on one page.
//!
//! Sources: developers.opensolar.com/api (projects, contacts, events, workflows, webhooks, error) and, for what it
//! leaves open, what public integrations observed. Unknown query names are ignored without an error, as there.

mod contacts;
mod entry;
mod projects;
mod replies;
mod systems;
mod webhooks;

pub(super) use entry::admit;

use chrono::{DateTime, Utc};

use super::model::Organisation;
use super::quirks::PatchVerb;
use crate::fake_http::{Answer, Request};
use replies::{detail, not_found};

/// Answers a call that was let in.
pub(super) fn answer(org: &mut Organisation, request: &Request, now: DateTime<Utc>) -> Answer {
    match (request.method.as_str(), request.segments().as_slice()) {
        ("POST", ["api-token-auth"]) => entry::log_in(org, request),
        ("PATCH", ["auth", "users", id]) => entry::change_user(id, request),
        ("GET", ["api", "fetch_token"]) => entry::fetch_token(org, request),
        ("GET", ["api", "user_logins"]) => systems::user_logins(org),
        (_, ["api", "orgs", _, rest @ ..]) => within_org(org, request, rest, now),
        _ => not_found(),
    }
}

fn within_org(org: &mut Organisation, request: &Request, path: &[&str], now: DateTime<Utc>) -> Answer {
    match (request.method.as_str(), path) {
        ("GET", ["projects"]) => projects::list(org, request),
        ("POST", ["projects"]) => projects::create(org, request, now),
        ("GET", ["projects", id]) => projects::read(org, id),
        ("PATCH", ["projects", id]) => projects::update(org, id, request, now),
        ("DELETE", ["projects", id]) => projects::delete(org, id, now),
        ("GET", ["projects", id, "systems", "details"]) => systems::details(org, id, request),
        ("GET", ["contacts"]) => contacts::list(org, request),
        ("POST", ["contacts"]) => contacts::create(org, request, now),
        ("GET", ["contacts", id]) => contacts::read(org, id),
        ("PUT", ["contacts", id]) => contacts::put(org, id, request, now),
        ("PATCH", ["contacts", id]) if org.quirks.contacts.patch == PatchVerb::Allowed => {
            contacts::patch(org, id, request, now)
        }
        ("DELETE", ["contacts", id]) => contacts::delete(org, id, now),
        ("GET", ["events", id]) => projects::event(org, id),
        ("GET", ["systems"]) => systems::list(org, request),
        ("GET", ["systems", id]) => systems::read(org, id, request),
        ("GET", ["workflows"]) => systems::workflows(org, request),
        ("GET", ["workflows", id]) => replies::one_of(systems::workflow_rows(org, request), id),
        ("GET", ["roles"]) => org.page_of(org.roles(), request, |row| row),
        ("GET", ["roles", id]) => replies::one_of(org.roles(), id),
        ("GET", ["webhooks"]) => webhooks::list(org),
        ("POST", ["webhooks"]) => webhooks::create(org, request),
        ("PATCH", ["webhooks", id]) => webhooks::update(org, id, request),
        ("DELETE", ["webhooks", id]) => webhooks::delete(org, id),
        ("GET", ["webhook_process_logs"]) => webhooks::process_logs(org, request),
        ("GET", ["webhook_queue_models"]) => webhooks::queue(org, request),
        (_, ["projects" | "contacts" | "webhooks"] | ["projects" | "contacts" | "webhooks", _])
        | (_, ["events" | "systems" | "workflows" | "roles", _])
        | (_, ["systems" | "workflows" | "roles" | "webhook_process_logs" | "webhook_queue_models"]) => {
            detail(405, &format!("Method \"{}\" not allowed.", request.method))
        }
        _ => not_found(),
    }
}
