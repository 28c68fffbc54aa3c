//! What more than one act looks at.

use std::error::Error;

use chrono::NaiveDate;
use domain::jobs::crm_update::CrmState;
use domain::notification::Milestone;
use testkit::fake_whatsapp::Content;

use super::facts::Sight;
use super::remote::Remote;
use super::stage::Stage;
use crate::crm::Enquiry;
use crate::error::LocalError;
use crate::outside::template;

/// What somebody does in OpenSolar; that it cannot be done there is the stage's own mistake.
pub(super) fn done<E: Error>(work: Result<(), E>) -> Result<(), LocalError> {
    work.map_err(LocalError::call("working in OpenSolar"))
}

/// OpenSolar's id of the request's project.
pub(super) fn project<R: Remote>(stage: &Stage<'_, R>, enquiry: &Enquiry<'_>) -> Result<u64, LocalError> {
    let missing = || LocalError::Answer { operation: "working in OpenSolar", reason: "there is no project".to_owned() };
    stage.project_ids_of(enquiry).first().copied().ok_or_else(missing)
}

/// A fact of the request, as the CRM has it by now.
pub(super) fn told<R>(
    stage: &Stage<'_, R>,
    enquiry: &Enquiry<'_>,
    read: impl Fn(&CrmState) -> Option<String>,
    is_right: impl Fn(&str) -> bool,
) -> Sight {
    match stage.crm.state_of(enquiry.id).and_then(read) {
        Some(text) if is_right(&text) => Sight::Holds(text),
        Some(text) => Sight::Not(text),
        None => Sight::Not("nothing is told".to_owned()),
    }
}

/// The CRM has this size of the system.
pub(super) fn size<R>(stage: &Stage<'_, R>, enquiry: &Enquiry<'_>, expected: &str) -> Sight {
    told(stage, enquiry, |state| state.system_size_kw.clone(), |size| size == expected)
}

/// The CRM has this day of the installation.
pub(super) fn scheduled<R>(stage: &Stage<'_, R>, enquiry: &Enquiry<'_>, day: NaiveDate) -> Sight {
    let told_day = |state: &CrmState| state.installation_scheduled_date.map(|day| day.to_string());
    told(stage, enquiry, told_day, |told| told == day.to_string())
}

/// The CRM has the request's project, and its status is pending.
pub(super) fn pending<R: Remote>(stage: &Stage<'_, R>, enquiry: &Enquiry<'_>) -> Sight {
    let Some(state) = stage.crm.state_of(enquiry.id) else { return Sight::Not("nothing is told".to_owned()) };
    let status = state.status.as_deref().unwrap_or("none");
    match (&state.opensolar_project_id, stage.project_ids_of(enquiry).as_slice()) {
        (Some(told), [project]) if told.as_str() == project.to_string() && status == "pending" => {
            Sight::Holds(format!("project {told}, status {status}"))
        }
        (told, _) => Sight::Not(format!("project {told:?}, status {status}")),
    }
}

/// The customer has so many messages; the last one's words, which are a text.
pub(super) fn texts<R>(stage: &Stage<'_, R>, enquiry: &Enquiry<'_>, count: usize) -> Sight {
    let messages = stage.messages_to(enquiry);
    match messages.last().map(|message| &message.content) {
        Some(Content::Text { body }) if messages.len() == count => Sight::Holds(body.clone()),
        last => Sight::Not(format!("{} messages, the last {last:?}", messages.len())),
    }
}

/// The customer has so many messages; the last is this milestone's template, with the customer's name in it.
pub(super) fn templates<R>(stage: &Stage<'_, R>, enquiry: &Enquiry<'_>, count: usize, milestone: Milestone) -> Sight {
    let messages = stage.messages_to(enquiry);
    match messages.last().map(|message| &message.content) {
        Some(Content::Template { name, parameters, .. })
            if messages.len() == count
                && *name == template(milestone)
                && parameters.first().is_some_and(|name| name == enquiry.first_name) =>
        {
            Sight::Holds(format!("{name}({})", parameters.join(", ")))
        }
        last => Sight::Not(format!("{} messages, the last {last:?}", messages.len())),
    }
}

/// The CRM is told that the request is not synced, and why; there is no project.
pub(super) fn skipped<R: Remote>(stage: &Stage<'_, R>, enquiry: &Enquiry<'_>) -> Sight {
    let Some(state) = stage.crm.state_of(enquiry.id) else { return Sight::Not("nothing is told".to_owned()) };
    match (state.sync_reason.as_deref(), &state.sync_error_message) {
        (Some("skipped"), Some(reason)) if stage.project_ids_of(enquiry).is_empty() => Sight::Holds(reason.clone()),
        (reason, _) => Sight::Not(format!("reason {reason:?}, project {:?}", state.opensolar_project_id)),
    }
}

/// The request has one project, and the CRM has it too.
pub(super) fn found<R: Remote>(stage: &Stage<'_, R>, enquiry: &Enquiry<'_>) -> Sight {
    let projects = stage.project_ids_of(enquiry);
    let told = stage.crm.state_of(enquiry.id).and_then(|state| state.opensolar_project_id.clone());
    match (projects.as_slice(), told) {
        ([project], Some(told)) if told.as_str() == project.to_string() => Sight::Holds(format!("project {project}")),
        (projects, told) => Sight::Not(format!("projects {projects:?}, the CRM has {told:?}")),
    }
}

/// The CRM has the proposal's link, and the customer's second message is about it.
pub(super) fn link<R>(stage: &Stage<'_, R>, enquiry: &Enquiry<'_>) -> Sight {
    let told = stage.crm.state_of(enquiry.id).and_then(|state| state.proposal_url.clone());
    let messages = stage.messages_to(enquiry);
    let read = messages.get(1).map(|message| &message.content);
    match (told, read) {
        (Some(link), Some(Content::Text { body }))
            if messages.len() == 2 && link.starts_with("https://") && body.contains(&link) =>
        {
            Sight::Holds(link)
        }
        (told, read) => Sight::Not(format!("the CRM {told:?}, the customer {read:?}")),
    }
}

/// The CRM says that the customer wrote today, and WhatsApp knows better.
pub(super) fn refused_then_template<R>(stage: &Stage<'_, R>, enquiry: &Enquiry<'_>) -> Sight {
    let to = enquiry.whatsapp_id();
    let calls = stage.whatsapp.calls().into_iter();
    let theirs = calls.filter(|call| call.body.as_ref().is_some_and(|body| body["to"] == to));
    let statuses: Vec<Option<u16>> = theirs.map(|call| call.status).collect();
    match (templates(stage, enquiry, 1, Milestone::DesignComplete), statuses.as_slice()) {
        (Sight::Holds(template), [Some(refused @ 400..500), Some(200)]) => {
            Sight::Holds(format!("{refused}, then {template}"))
        }
        (Sight::Holds(seen) | Sight::Not(seen), _) => Sight::Not(format!("{seen}; answers {statuses:?}")),
    }
}

/// The customer has no more messages than before.
pub(super) fn no_more_messages<R>(stage: &Stage<'_, R>, enquiry: &Enquiry<'_>, before: usize) -> Sight {
    let now = stage.messages_to(enquiry).len();
    match now == before {
        true => Sight::Holds(format!("{now} messages, as before")),
        false => Sight::Not(format!("{now} messages, not {before}")),
    }
}
