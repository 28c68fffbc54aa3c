//! What becomes of a create: linked, refused, not sent, or in doubt. The answer to a write is kept and applied to
//! the record as it is by then.

use chrono::{DateTime, TimeDelta, Utc};

use super::Core;
use super::draft::Draft;
use crate::compose::{self, ContactPlan};
use crate::configuration::Configuration;
use crate::ids::{ContactId, ProjectId};
use crate::jobs::{Wake, WebhookJob};
use crate::phone::PhoneNumber;
use crate::ports::{Change, OpenSolarError};
use crate::project::{Intent, Origin, Project, Remote, SyncState, VERIFYING_LIMIT, WaitReason};
use crate::remote::{CreatedProject, NewContact};
use crate::retry::{QUOTA_WAIT, TOKEN_PROBE, WALLET_PROBE, next_try};

/// Links the record to the project that its intent made; deliveries that were held for the project are replayed.
pub(crate) fn link(draft: &mut Draft<'_>, project: &ProjectId, contact: Option<ContactId>, config: &Configuration) {
    let (org, request) = (draft.project.org, draft.project.request_id().clone());
    draft.change(Change::LinkProject { org, project: project.clone(), request });
    match &contact {
        Some(contact) => {
            // The claim on a new contact ends under the number that it was made with; the CRM may have another by now.
            let phone = claimed_phone(&draft.project).unwrap_or(&draft.project.desired.customer.phone).clone();
            draft.change(Change::KeepContact { org, phone, contact: contact.clone() });
        }
        None => release_contact(draft),
    }
    let replay = WebhookJob::ReplayHeld { org_id: org, project_id: project.clone() };
    draft.wake(&Wake::Webhooks { group: project.to_string(), job: replay });
    draft.project.pushed = draft.project.open_intent().map(|intent| intent.payload.clone());
    draft.project.remote =
        Some(Remote { project: project.clone(), contact, origin: Origin::CreatedByUs, linked_at: draft.now });
    draft.project.last_synced_at = Some(draft.now);
    draft.project.sync = state_of_linked(&draft.project, config);
}

/// Where a linked record stands: in step, unless the CRM wants something else than was pushed.
pub(crate) fn state_of_linked(project: &Project, config: &Configuration) -> SyncState {
    let agrees = project.pushed.as_ref().is_none_or(|pushed| {
        let wanted = compose::new_project(&project.desired, &plan_of(&pushed.contact), pushed.identifier, config);
        compose::same_site(&wanted, pushed)
    });
    if agrees {
        return SyncState::InStep;
    }
    let reason = "the request changed after its project was created: change the project in opensolar by hand";
    SyncState::Parked { reason: reason.to_owned(), in_doubt: None }
}

/// The plan that a payload's contact was composed with: where it has no address, the notes have it.
fn plan_of(contact: &NewContact) -> ContactPlan {
    match contact {
        NewContact::Existing(contact) => ContactPlan::Existing(contact.clone()),
        NewContact::Created { email: Some(_), .. } => ContactPlan::New,
        NewContact::Created { email: None, .. } => ContactPlan::NewWithoutEmail,
    }
}

/// What a create's answer makes of the record. `draft` is about the record as it is now, which may not be the one
/// that the create was sent for: a webhook may have been its witness already.
pub(crate) fn settle(
    core: &Core,
    draft: &mut Draft<'_>,
    intent: &Intent,
    answer: &Result<CreatedProject, OpenSolarError>,
    config: &Configuration,
) {
    let is_open = draft.project.open_intent().is_some_and(|open| open.is_same_as(intent));
    match answer {
        Ok(created) => settle_created(draft, is_open, created, config),
        // Another commit has settled it or doubts it already; a refusal adds nothing to that.
        Err(_) if !is_open => {}
        Err(error @ OpenSolarError::InDoubt { .. }) => {
            draft.because("in doubt", format!("{error}; no other create is sent"));
            draft.project.sync = SyncState::Verifying {
                intent: intent.clone(),
                since: draft.now,
                until: intent.committed_at + VERIFYING_LIMIT,
            };
        }
        Err(error) => refused(core, draft, error),
    }
}

fn settle_created(draft: &mut Draft<'_>, is_open: bool, created: &CreatedProject, config: &Configuration) {
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
            link(draft, &created.id, created.contact.clone(), config);
        }
    }
}

fn refused(core: &Core, draft: &mut Draft<'_>, error: &OpenSolarError) {
    // Nothing was made: whoever waits for this contact may go on.
    release_contact(draft);
    draft.because("not created", error.to_string());
    fail(core, draft, error);
}

/// Ends the claim on a contact that the open intent was to create.
fn release_contact(draft: &mut Draft<'_>) {
    let Some(phone) = claimed_phone(&draft.project).cloned() else { return };
    let (org, request) = (draft.project.org, draft.project.request_id().clone());
    draft.change(Change::ReleaseContact { org, phone, request });
}

/// The number under which the open intent's new contact was claimed.
fn claimed_phone(project: &Project) -> Option<&PhoneNumber> {
    match &project.open_intent()?.payload.contact {
        NewContact::Created { phone, .. } => Some(phone),
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
        OpenSolarError::EmailInUse { .. }
        | OpenSolarError::Rejected { .. }
        | OpenSolarError::NotSent { .. }
        | OpenSolarError::InDoubt { .. } => WaitReason::BackOff(error.to_string()),
    };
    let counts = matches!(reason, WaitReason::BackOff(_));
    draft.project.sync = match retry_or_park(core, error, failures, draft.now) {
        Some(until) => SyncState::Waiting { reason, failures: failures + u32::from(counts), until },
        None => SyncState::Parked { reason: format!("given up: {error}"), in_doubt: None },
    };
}

/// Failures so far of a sync that is still to be done.
pub(crate) fn failures(sync: &SyncState) -> u32 {
    match sync {
        SyncState::Due { failures, .. }
        | SyncState::Waiting { failures, .. }
        | SyncState::Creating { failures, .. } => *failures,
        SyncState::Skipped(_) | SyncState::Verifying { .. } | SyncState::InStep | SyncState::Parked { .. } => 0,
    }
}

/// When to try again after a failure; nothing once the schedule is used up. What only a wait or a person can mend
/// (throttle, wallet, token) does not use it up.
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
        OpenSolarError::EmailInUse { .. }
        | OpenSolarError::Rejected { .. }
        | OpenSolarError::NotSent { .. }
        | OpenSolarError::InDoubt { .. } => next_try(failures + 1, core.ambient.random(), now),
    }
}
