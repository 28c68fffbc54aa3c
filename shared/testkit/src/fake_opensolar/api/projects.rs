//! Projects, and the entries of their timelines.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Organisation;
use super::replies::{bad_request, body, created, deleted, forbidden, not_found, number};
use crate::fake_http::{Answer, Request};
use crate::fake_opensolar::lists;
use crate::fake_opensolar::model::{FIRST_PROJECT, Project};
use crate::fake_opensolar::quirks::{DeletedProject, PatchAnswer};

/// The rows of projects out of reach are among them: that a project is listed does not mean that it can be read.
pub(super) fn list(org: &Organisation, request: &Request) -> Answer {
    org.page_of(lists::projects(org, request), request, |project| org.project_row(project))
}

pub(super) fn read(org: &Organisation, id: &str) -> Answer {
    within_reach(org, id).map_or_else(|refusal| refusal, |project| Answer::ok(org.shown_project(project)))
}

pub(super) fn create(org: &mut Organisation, request: &Request, now: DateTime<Utc>) -> Answer {
    if let Some(refusal) = org.wallet_refusal() {
        return refusal;
    }
    let made = body(request).and_then(|body| org.create_project(&body, now).map_err(bad_request));
    match made.map(|id| org.projects.get(&id)) {
        Ok(Some(project)) => created(org, org.shown_project(project)),
        Ok(None) => not_found(),
        Err(refusal) => refusal,
    }
}

pub(super) fn update(org: &mut Organisation, id: &str, request: &Request, now: DateTime<Utc>) -> Answer {
    let id = match within_reach(org, id) {
        Ok(project) => project.id,
        Err(refusal) => return refusal,
    };
    let updated = body(request).and_then(|body| org.update_project(id, &body, now).map_err(bad_request));
    match updated.map(|()| org.projects.get(&id)) {
        Ok(Some(project)) => Answer::ok(match org.quirks.answers.patch_answer {
            PatchAnswer::Sparse => org.sparse_project(project),
            PatchAnswer::Whole => org.shown_project(project),
        }),
        Ok(None) => not_found(),
        Err(refusal) => refusal,
    }
}

pub(super) fn delete(org: &mut Organisation, id: &str, now: DateTime<Utc>) -> Answer {
    let id = match within_reach(org, id) {
        Ok(project) => project.id,
        Err(refusal) => return refusal,
    };
    org.remove_project(id, now);
    deleted(org)
}

pub(super) fn event(org: &Organisation, id: &str) -> Answer {
    match number(id).and_then(|id| org.events.get(&id)) {
        Some(event) if org.access.out_of_reach.contains(&event.project) => forbidden(),
        Some(event) => Answer::ok(Value::Object(org.event(event, org.links()))),
        None => not_found(),
    }
}

/// The project, if the caller may see it.
pub(super) fn within_reach<'a>(org: &'a Organisation, id: &str) -> Result<&'a Project, Answer> {
    let Some(id) = number(id) else { return Err(not_found()) };
    if org.access.out_of_reach.contains(&id) {
        return Err(forbidden());
    }
    let existed = (FIRST_PROJECT..org.next.project).contains(&id);
    org.projects.get(&id).ok_or_else(|| match org.quirks.answers.deleted_project {
        DeletedProject::Forbidden if existed => forbidden(),
        DeletedProject::Forbidden | DeletedProject::NotFound => not_found(),
    })
}
