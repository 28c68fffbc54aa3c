//! What more than one act looks at.

use chrono::NaiveDate;
use domain::jobs::crm_update::CrmState;
use domain::notification::Milestone;
use testkit::fake_opensolar::Misuse;
use testkit::fake_whatsapp::Content;

use super::facts::Sight;
use super::stage::Stage;
use crate::crm::Enquiry;
use crate::error::LocalError;
use crate::outside::template;

/// What somebody does in OpenSolar; that it cannot be done there is the stage's own mistake.
pub(super) fn done(work: Result<(), Misuse>) -> Result<(), LocalError> {
    work.map_err(LocalError::call("working in OpenSolar"))
}

/// OpenSolar's id of the request's project.
pub(super) fn project(stage: &Stage<'_>, enquiry: &Enquiry<'_>) -> Result<u64, LocalError> {
    let missing = || LocalError::Answer { operation: "working in OpenSolar", reason: "there is no project".to_owned() };
    stage.projects_of(enquiry).first().map(|project| project.id).ok_or_else(missing)
}

/// A fact of the request, as the CRM has it by now.
pub(super) fn told(
    stage: &Stage<'_>,
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
pub(super) fn size(stage: &Stage<'_>, enquiry: &Enquiry<'_>, expected: &str) -> Sight {
    told(stage, enquiry, |state| state.system_size_kw.clone(), |size| size == expected)
}

/// The CRM has this day of the installation.
pub(super) fn scheduled(stage: &Stage<'_>, enquiry: &Enquiry<'_>, day: NaiveDate) -> Sight {
    let told_day = |state: &CrmState| state.installation_scheduled_date.map(|day| day.to_string());
    told(stage, enquiry, told_day, |told| told == day.to_string())
}

/// The CRM has the request's project, and its status is pending.
pub(super) fn pending(stage: &Stage<'_>, enquiry: &Enquiry<'_>) -> Sight {
    let Some(state) = stage.crm.state_of(enquiry.id) else { return Sight::Not("nothing is told".to_owned()) };
    let status = state.status.as_deref().unwrap_or("none");
    match (&state.opensolar_project_id, stage.projects_of(enquiry).as_slice()) {
        (Some(told), [project]) if told.as_str() == project.id.to_string() && status == "pending" => {
            Sight::Holds(format!("project {told}, status {status}"))
        }
        (told, _) => Sight::Not(format!("project {told:?}, status {status}")),
    }
}

/// The customer has so many messages; the last one's words, which are a text.
pub(super) fn texts(stage: &Stage<'_>, enquiry: &Enquiry<'_>, count: usize) -> Sight {
    let messages = stage.messages_to(enquiry);
    match messages.last().map(|message| &message.content) {
        Some(Content::Text { body }) if messages.len() == count => Sight::Holds(body.clone()),
        last => Sight::Not(format!("{} messages, the last {last:?}", messages.len())),
    }
}

/// The customer has so many messages; the last is this milestone's template, with the customer's name in it.
pub(super) fn templates(stage: &Stage<'_>, enquiry: &Enquiry<'_>, count: usize, milestone: Milestone) -> Sight {
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
