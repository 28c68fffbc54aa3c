//! What becomes of a create: linked, refused, not sent, or in doubt. The answer to a write is kept and applied to
//! the record as it is by then.

use chrono::{DateTime, TimeDelta, Utc};

use super::Core;
use super::draft::Draft;
use crate::compose;
use crate::configuration::Configuration;
use crate::fields::{ContactField, ContactFields, FieldValue, names};
use crate::governor::Limited;
use crate::ids::{ContactId, OrgId, ProjectId, RequestId};
use crate::jobs::{SyncJob, Wake, WebhookJob};
use crate::log::{SyncLog, SyncType};
use crate::phone::PhoneNumber;
use crate::ports::{Cause, Change, ContactEntry, OpenSolarError, StoreError};
use crate::project::{ContactChoice, Intent, Origin, Project, Remote, Search, SyncState, VERIFYING_LIMIT, WaitReason};
use crate::remote::{CreatedProject, NewContact};
use crate::retry::{QUOTA_WAIT, TOKEN_PROBE, WALLET_PROBE, next_try};
use crate::webhook::DeliveryStatus;

/// Links the record to the project that its intent made; deliveries that were held for the project are replayed, and
/// what the CRM wants otherwise by now is sent next.
pub(crate) fn link(
    draft: &mut Draft<'_>,
    project: &ProjectId,
    contact: Option<ContactId>,
    known: ContactKnown,
    config: &Configuration,
) {
    let (org, request) = (draft.project.org, draft.project.request_id().clone());
    draft.change(Change::LinkProject { org, project: project.clone(), request: request.clone() });
    match (&contact, known) {
        (Some(contact), ContactKnown::Free) => {
            let (phone, contact) = (contact_phone(&draft.project), contact.clone());
            draft.change(Change::KeepContact { org, phone, contact, request });
        }
        (None, ContactKnown::Free) => release_contact(draft),
        (Some(_) | None, ContactKnown::Elsewhere) => {}
    }
    drop_others_read(draft, project);
    let replay = WebhookJob::ReplayHeld { org_id: org, project_id: project.clone() };
    draft.wake(&Wake::Webhooks { group: project.to_string(), job: replay });
    let origin = draft.project.open_intent().map_or(Origin::CreatedByUs, |intent| intent.origin);
    draft.project.remote = Some(Remote { project: project.clone(), contact, origin, linked_at: draft.now });
    // What its contact was made with counts as pushed by now.
    if let ContactChoice::Made { contact, .. } = &draft.project.contact {
        draft.project.contact = ContactChoice::Existing(contact.clone());
    }
    draft.project.last_synced_at = Some(draft.now);
    rejoin(draft, config);
}

/// A read that is due of another project, which said that it was ours, is nobody's business once the record has its own.
fn drop_others_read(draft: &mut Draft<'_>, own: &ProjectId) {
    let Some(read) = draft.project.read.take_if(|read| read.project != *own) else { return };
    let reason = format!("the request has project {own}: an operator has to look at {}", read.project);
    let (org, request, at) = (draft.project.org, draft.project.request_id().clone(), draft.now);
    for key in read.pending {
        let (status, request) = (DeliveryStatus::Failed { reason: reason.clone() }, Some(request.clone()));
        draft.change(Change::MoveDelivery { org, key, status, request, at });
    }
}

/// Should the wake-up that a commit leaves be lost, a sweep comes so long after it.
const LOOK_AGAIN: TimeDelta = TimeDelta::minutes(5);

/// Sets where a record that has its project, again or at last, stands; what the CRM wants otherwise is sent next.
pub(crate) fn rejoin(draft: &mut Draft<'_>, config: &Configuration) {
    draft.project.sync = state_of_linked(&draft.project, config, draft.now + LOOK_AGAIN);
    if let SyncState::Due { .. } = draft.project.sync {
        let (org_id, request_id) = (draft.project.org, draft.project.request_id().clone());
        draft.wake(&Wake::Sync(SyncJob::Wake { org_id, request_id }));
    }
}

/// Whether the number that a project's contact would be kept under is anybody else's by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContactKnown {
    /// Unknown, or claimed by this very request.
    Free,
    /// Another contact's, or another request is creating it.
    Elsewhere,
}

/// Looks whether the record's contact can be kept under the number that it was, or would be, made with.
pub(crate) async fn contact_known(core: &Core, project: &Project) -> Result<ContactKnown, StoreError> {
    Ok(match core.store.contact(project.org, &contact_phone(project)).await? {
        None => ContactKnown::Free,
        Some(ContactEntry::Claimed { by }) if by == *project.request_id() => ContactKnown::Free,
        Some(ContactEntry::Claimed { .. } | ContactEntry::Known(_)) => ContactKnown::Elsewhere,
    })
}

/// Where a linked record stands: in step, unless the CRM wants something else than was pushed.
pub(crate) fn state_of_linked(project: &Project, config: &Configuration, look_again: DateTime<Utc>) -> SyncState {
    let agrees = project.pushed.as_ref().is_none_or(|pushed| {
        let site = compose::site(&project.desired, pushed.email_place, config);
        let contact = compose::contact(&project.desired, pushed.email_place);
        let has_contact = project.remote.as_ref().is_some_and(|remote| remote.contact.is_some());
        // Of a contact that nobody has named yet nothing can be changed.
        let contact_agrees = !has_contact || contact.differing(&pushed.contact).is_empty();
        site.differing(&pushed.site).is_empty() && contact_agrees
    });
    if agrees { SyncState::InStep } else { SyncState::Due { failures: 0, look_again } }
}

/// The number that the contact was made with, or is being made with: the CRM may have another by now.
pub(crate) fn contact_phone(project: &Project) -> PhoneNumber {
    let pushed = project.pushed.as_ref().and_then(|pushed| phone_of(&pushed.contact));
    claimed_phone(project).or(pushed).unwrap_or_else(|| project.desired.customer.phone.clone())
}

/// The number that a contact holds, if it is one.
pub(crate) fn phone_of(contact: &ContactFields) -> Option<PhoneNumber> {
    match contact.get(ContactField::Phone) {
        Some(FieldValue::Text(number)) => PhoneNumber::from_e164(number).ok(),
        Some(FieldValue::Flag(_) | FieldValue::Place(_)) | None => None,
    }
}

/// What a create's answer makes of the record. `draft` is about the record as it is now, which may not be the one
/// that the create was sent for: a webhook may have been its witness already.
pub(crate) fn settle(
    core: &Core,
    draft: &mut Draft<'_>,
    intent: &Intent,
    answer: &Result<CreatedProject, OpenSolarError>,
    known: ContactKnown,
    config: &Configuration,
) {
    let is_open = draft.project.open_intent().is_some_and(|open| open.is_same_as(intent));
    match answer {
        Ok(created) => settle_created(draft, is_open, created, known, config),
        // Another commit has settled it or doubts it already; a refusal adds nothing to that.
        Err(_) if !is_open => {}
        Err(error @ OpenSolarError::InDoubt { .. }) => {
            draft.because("in doubt", format!("{error}; no other create is sent"));
            draft.project.sync = SyncState::Verifying {
                intent: intent.clone(),
                since: draft.now,
                until: intent.committed_at + VERIFYING_LIMIT,
                search: Search::from(draft.now + longest_answer(config) + config.settle_after),
            };
        }
        Err(error) => refused(core, draft, error),
    }
}

/// So long after it was sent, a call is over for us; OpenSolar may still be at it.
pub(crate) fn longest_answer(config: &Configuration) -> TimeDelta {
    TimeDelta::from_std(config.account.api_timeout).unwrap_or(TimeDelta::MAX)
}

/// The rows of the log that a create has: its own, and one for the contact that it makes; as they were begun.
pub(crate) fn rows(org: OrgId, request: &RequestId, intent: &Intent) -> Vec<SyncLog> {
    let fields = names(intent.payload.site.iter().map(|(field, _)| field));
    let project = (SyncType::CreateProject, format!("identifier {}; {fields}", intent.payload.identifier));
    let contact = (SyncType::CreateContact, "with the project".to_owned());
    let rows = intent.log_ids.iter().zip([project, contact]);
    rows.map(|(id, (kind, what))| SyncLog::begin(org, request, id.clone(), kind, intent.sent_at).asking(&what))
        .collect()
}

/// The log says that a create was not made after all.
pub(crate) fn not_made(draft: &mut Draft<'_>, intent: &Intent, why: &'static str) {
    let why: Cause = why.into();
    for row in rows(draft.project.org, draft.project.request_id(), intent) {
        draft.change(Change::LogSync(row.failed(&*why, draft.now)));
    }
}

/// The record is due, and `project-sync` is woken for it.
pub(crate) fn due_again(draft: &mut Draft<'_>) {
    draft.project.sync = SyncState::Due { failures: 0, look_again: draft.now + LOOK_AGAIN };
    let (org_id, request_id) = (draft.project.org, draft.project.request_id().clone());
    draft.wake(&Wake::Sync(SyncJob::Wake { org_id, request_id }));
}

fn settle_created(
    draft: &mut Draft<'_>,
    is_open: bool,
    created: &CreatedProject,
    known: ContactKnown,
    config: &Configuration,
) {
    match &draft.project.remote {
        Some(remote) if remote.project == created.id => {}
        Some(remote) => {
            let reason = format!(
                "opensolar has two projects for this request, {} and {}: remove one there",
                remote.project, created.id
            );
            draft.because("two projects", reason.clone());
            draft.project.sync = SyncState::Parked { reason, in_doubt: None };
        }
        None => {
            let doubt = if is_open { "" } else { ", late" };
            draft.because("created", format!("opensolar answered with project {}{doubt}", created.id));
            link(draft, &created.id, created.contact.clone(), known, config);
        }
    }
}

fn refused(core: &Core, draft: &mut Draft<'_>, error: &OpenSolarError) {
    // Nothing was made: whoever waits for this contact may go on.
    release_contact(draft);
    draft.because("not created", error.to_string());
    fail(core, draft, error);
}

/// Ends the claim on a contact that was to be created.
pub(crate) fn release_contact(draft: &mut Draft<'_>) {
    let Some(phone) = claimed_phone(&draft.project) else { return };
    let (org, request) = (draft.project.org, draft.project.request_id().clone());
    draft.change(Change::ReleaseContact { org, phone, request });
}

/// The number under which a new contact was claimed: the open intent's, or one that is made by itself.
fn claimed_phone(project: &Project) -> Option<PhoneNumber> {
    if let Some(person) = project.open_contact() {
        return phone_of(&person.fields);
    }
    match &project.open_intent()?.payload.contact {
        NewContact::Created { phone, .. } => Some(phone.clone()),
        NewContact::Existing(_) => None,
    }
}

/// The record after a failure that left nothing behind in OpenSolar.
pub(crate) fn fail(core: &Core, draft: &mut Draft<'_>, error: &OpenSolarError) {
    let failures = failures(&draft.project.sync);
    let reason = match error {
        OpenSolarError::RateLimited { .. } => WaitReason::Quota,
        OpenSolarError::Unauthorized { .. } => WaitReason::Token,
        OpenSolarError::PaymentRequired { .. } => WaitReason::Wallet,
        OpenSolarError::NotGranted { why, .. } => match why {
            Limited::Quota => WaitReason::Quota,
            Limited::Wallet => WaitReason::Wallet,
            Limited::Token => WaitReason::Token,
            Limited::Outage => WaitReason::BackOff(error.to_string()),
        },
        OpenSolarError::EmailInUse { .. }
        | OpenSolarError::Rejected { .. }
        | OpenSolarError::NotSent { .. }
        | OpenSolarError::InDoubt { .. } => WaitReason::BackOff(error.to_string()),
    };
    draft.project.sync = match retry_or_park(core, error, failures, draft.now) {
        Some(until) => SyncState::Waiting { reason, failures: failures + u32::from(counts(error)), until },
        None => SyncState::Parked { reason: format!("given up: {error}"), in_doubt: None },
    };
}

/// Failures so far of a sync that is still to be done.
pub(crate) fn failures(sync: &SyncState) -> u32 {
    match sync {
        SyncState::Due { failures, .. }
        | SyncState::Waiting { failures, .. }
        | SyncState::Creating { failures, .. }
        | SyncState::Updating { failures, .. }
        | SyncState::Unsettled { failures, .. } => *failures,
        SyncState::Skipped(_)
        | SyncState::Verifying { .. }
        | SyncState::InStep
        | SyncState::RemoteGone { .. }
        | SyncState::Parked { .. } => 0,
    }
}

/// Whether a failure uses up the back-off schedule: what only a wait or a person can mend (throttle, wallet, token,
/// and whatever the governor keeps back) does not.
pub(crate) fn counts(error: &OpenSolarError) -> bool {
    match error {
        OpenSolarError::RateLimited { .. }
        | OpenSolarError::Unauthorized { .. }
        | OpenSolarError::PaymentRequired { .. }
        | OpenSolarError::NotGranted { .. } => false,
        OpenSolarError::EmailInUse { .. }
        | OpenSolarError::Rejected { .. }
        | OpenSolarError::NotSent { .. }
        | OpenSolarError::InDoubt { .. } => true,
    }
}

/// When to try again after a failure; nothing once the schedule is used up by failures that count.
pub(crate) fn retry_or_park(
    core: &Core,
    error: &OpenSolarError,
    failures: u32,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    match error {
        OpenSolarError::RateLimited { retry_after, .. } => {
            let wait = retry_after.and_then(|wait| TimeDelta::from_std(wait).ok()).unwrap_or(QUOTA_WAIT);
            Some(now + wait.clamp(TimeDelta::seconds(1), TimeDelta::hours(24)))
        }
        OpenSolarError::Unauthorized { .. } => Some(now + TOKEN_PROBE),
        OpenSolarError::PaymentRequired { .. } => Some(now + WALLET_PROBE),
        OpenSolarError::NotGranted { until, .. } => Some(*until),
        OpenSolarError::EmailInUse { .. }
        | OpenSolarError::Rejected { .. }
        | OpenSolarError::NotSent { .. }
        | OpenSolarError::InDoubt { .. } => next_try(failures + 1, core.ambient.random(), now),
    }
}
