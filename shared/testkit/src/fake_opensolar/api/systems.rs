//! Systems, and what else is only read: workflows, proposal data.

use serde_json::{Value, json};

use super::Organisation;
use super::projects::within_reach;
use super::replies::{bad_request, detail, one_of};
use crate::fake_http::{Answer, Request};
use crate::fake_opensolar::lists;
use crate::fake_opensolar::quirks::{DesignField, SystemsDetails};

pub(super) fn list(org: &Organisation, request: &Request) -> Answer {
    if request.query("fieldset").as_deref() != Some("list") {
        return fieldset_missing();
    }
    let project = request.query("project").and_then(|id| id.parse().ok());
    org.page_of(lists::systems(org, project), request, |row| row)
}

pub(super) fn read(org: &Organisation, id: &str, request: &Request) -> Answer {
    if request.query("fieldset").as_deref() != Some("list") {
        return fieldset_missing();
    }
    one_of(lists::systems(org, None), id)
}

/// Unlike the lists, an object with `systems`.
pub(super) fn details(org: &Organisation, project: &str, request: &Request) -> Answer {
    let project = match within_reach(org, project) {
        Ok(project) => project,
        Err(refusal) => return refusal,
    };
    if request.query("include_parts").is_some() && request.query("exclude_parts").is_some() {
        return bad_request(json!({"non_field_errors": ["Use include_parts or exclude_parts, not both."]}));
    }
    if org.quirks.answers.systems_details == SystemsDetails::TimesOut {
        return Answer::page(504, "<h1>504 Gateway Time-out</h1>");
    }
    let sold = project.sale.as_ref().map(|sale| sale.system_id);
    let limited = request.query("limit_to_sold").is_some();
    let mut systems = lists::systems(org, Some(project.id));
    systems.retain(|system| !limited || system["id"].as_u64() == sold);
    Answer::ok(json!({"systems": systems}))
}

pub(super) fn workflows(org: &Organisation, request: &Request) -> Answer {
    org.page_of(workflow_rows(org, request), request, |row| row)
}

pub(super) fn workflow_rows(org: &Organisation, request: &Request) -> Vec<Value> {
    let (is_default, is_archived) = (request.query("is_default"), request.query("is_archived"));
    org.workflows.rows(org.quirks.projects.workflows, is_default.as_deref(), is_archived.as_deref())
}

/// Proposal data is for Raw Data API Access alone, and the fake has none of it.
pub(super) fn user_logins(org: &Organisation) -> Answer {
    match org.quirks.answers.design {
        DesignField::Omitted | DesignField::Null => detail(402, "Your plan does not include this endpoint."),
        DesignField::Blob => Answer::ok(json!([])),
    }
}

fn fieldset_missing() -> Answer {
    bad_request(json!({"fieldset": ["This query parameter must be \"list\"."]}))
}
