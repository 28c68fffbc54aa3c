//! Reads a project back from OpenSolar and lets what it shows become true in the record: the one place where
//! OpenSolar's side is merged, whatever said that it is due.

use tracing::{info, warn};

use super::draft::Draft;
use super::settle_create::{link, retry_or_park};
use super::{CONFLICT_LIMIT, Core, UseCaseError};
use crate::configuration::Configuration;
use crate::ids::RequestId;
use crate::ids::Revision;
use crate::jobs::crm_update::{Cause, CauseKind};
use crate::jobs::{NoticeJob, Wake};
use crate::log::{SyncLog, SyncLogStatus, SyncType, chain};
use crate::notification::{Notice, NoticeKey, NoticeState};
use crate::observe;
use crate::ports::{Change, Deadline, OpenSolar, OpenSolarError, StoreError};
use crate::project::{Project, ReadDue, identifier};
use crate::remote::RemoteProject;
use crate::webhook::DeliveryStatus;

/// Settles a record's due read-back, if there is one whose time has come.
///
/// Read the record, then OpenSolar, then commit on that revision: a conflict discards OpenSolar's answer too, since a
/// fresher one may have been merged meanwhile. Nothing to be had from OpenSolar is no error: the read stays due.
pub async fn read_back(
    core: &Core,
    opensolar: &dyn OpenSolar,
    config: &Configuration,
    request: &RequestId,
    deadline: Deadline,
) -> Result<(), UseCaseError> {
    let account = &config.account;
    for attempt in 0..CONFLICT_LIMIT {
        let Some(mut project) = core.store.project(account.org, request).await? else { return Ok(()) };
        if 0 < attempt {
            forget_expired(core, &mut project).await?;
        }
        let Some(due) = &project.read else { return Ok(()) };
        let backs_off = 0 < due.failures && core.now() < due.next_try;
        if backs_off || !deadline.allows(account.api_timeout, core.now()) {
            return Ok(());
        }
        let started_at = core.now();
        let answer = opensolar.project(account, &due.project).await;
        let mut draft = Draft::of(core, &project);
        let cause = cause(due, &project);
        if cause.kind == CauseKind::StatusFetch {
            draft.change(fetch_log(core, &project, &answer, started_at));
        }
        match answer {
            Ok(read) => merge(&mut draft, due, &read, config),
            Err(error) => read_failed(core, &mut draft, due, &error),
        }
        match draft.commit(cause).await {
            Ok(_) => {
                info!(request.id = %request, "project of request {request} was read back");
                return Ok(());
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// A row of the log lives for 90 days, and a read may wait longer, for a token say: a delivery whose row is gone cannot
/// be moved on, and must not keep the read from being merged.
async fn forget_expired(core: &Core, project: &mut Project) -> Result<(), UseCaseError> {
    let Some(read) = &mut project.read else { return Ok(()) };
    let mut there = Vec::new();
    for key in std::mem::take(&mut read.pending) {
        if core.store.delivery(project.org, &key).await?.is_some() {
            there.push(key);
        }
    }
    read.pending = there;
    Ok(())
}

/// The first delivery that waits for the read, else the read itself.
fn cause(due: &ReadDue, project: &Project) -> Cause {
    match due.pending.first() {
        Some(key) => Cause { kind: CauseKind::Webhook, id: key.as_str().to_owned() },
        None => Cause { kind: CauseKind::StatusFetch, id: project.request_id().to_string() },
    }
}

fn fetch_log(
    core: &Core,
    project: &Project,
    answer: &Result<RemoteProject, OpenSolarError>,
    started_at: chrono::DateTime<chrono::Utc>,
) -> Change {
    let completed_at = core.now();
    let status = match answer {
        Ok(_) => SyncLogStatus::Success { completed_at },
        Err(error) => SyncLogStatus::Failed { completed_at, error: error.to_string() },
    };
    Change::LogSync(SyncLog {
        org: project.org,
        request: project.request_id().clone(),
        id: core.ulid(),
        sync_type: SyncType::FetchStatus,
        status,
        started_at,
    })
}

fn merge(draft: &mut Draft<'_>, due: &ReadDue, read: &RemoteProject, config: &Configuration) {
    if draft.project.remote.is_none() && !adopt(draft, read, config) {
        return not_ours(draft, due);
    }
    settle_deliveries(draft, due, &DeliveryStatus::Processed);
    draft.project.read = None;
    let observed = observe::observed(draft.project.observed.as_ref(), read, config, draft.now);
    for seen in observe::news(draft.project.observed.as_ref(), &observed) {
        let state = observe::first_state(&seen, &draft.project, config, draft.now);
        let milestone = seen.news.milestone();
        let epoch = observe::next_epoch(&mut draft.project, milestone);
        let (org_id, request_id) = (draft.project.org, draft.project.request_id().clone());
        let key = NoticeKey { request_id, milestone, epoch };
        draft.because("milestone", format!("{} {epoch}: {}", milestone.as_str(), state.as_str()));
        if let NoticeState::Due { .. } = state {
            draft.wake(&Wake::Notice(NoticeJob { org_id, key: key.clone() }));
        }
        let (news, created_at) = (seen.news, draft.now);
        draft.change(Change::CreateNotice(Notice {
            org: org_id,
            key,
            revision: Revision::NONE,
            news,
            state,
            attempts: 0,
            created_at,
        }));
    }
    if draft.project.observed.as_ref().is_some_and(|before| before.is_sold) && !observed.is_sold {
        draft.because("unsold", "the sale was undone in opensolar; the customer is told nothing".to_owned());
    }
    draft.project.told_status = observe::status(&draft.project, &observed, config);
    draft.project.last_synced_at = Some(draft.now);
    draft.project.observed = Some(observed);
}

/// A project that carries our identifier is the one that our create made, whatever its answer was.
fn adopt(draft: &mut Draft<'_>, read: &RemoteProject, config: &Configuration) -> bool {
    let project = &draft.project;
    let generation = project.open_intent().map_or(1, |intent| intent.generation);
    let ours = identifier(config.namespace, project.org, project.request_id(), generation).to_string();
    if read.identifier.as_deref() != Some(ours.as_str()) {
        return false;
    }
    draft.because("witness", format!("project {} carries our identifier", read.id));
    link(draft, &read.id, read.contact.clone(), config);
    true
}

/// A delivery named our identifier and the project does not carry it: it was forged, or somebody edited the project.
fn not_ours(draft: &mut Draft<'_>, due: &ReadDue) {
    let reason = format!("project {} does not carry the identifier that the delivery named", due.project);
    draft.because("no witness", reason.clone());
    settle_deliveries(draft, due, &DeliveryStatus::Failed { reason });
    draft.project.read = None;
}

fn read_failed(core: &Core, draft: &mut Draft<'_>, due: &ReadDue, error: &OpenSolarError) {
    let request = draft.project.request_id().clone();
    warn!(request.id = %request, error = chain(error), "project of request {request} was not read back");
    let counts = !matches!(
        error,
        OpenSolarError::Unauthorized { .. }
            | OpenSolarError::RateLimited { .. }
            | OpenSolarError::PaymentRequired { .. }
    );
    match retry_or_park(core, error, due.failures, draft.now) {
        Some(next_try) => {
            // What does not count still was a try: who waits is not asked again before its time.
            let failures = if counts { due.failures + 1 } else { due.failures.max(1) };
            draft.project.read = Some(ReadDue { failures, next_try, ..due.clone() });
        }
        None => {
            let reason = format!("given up: {error}");
            draft.because("read given up", reason.clone());
            settle_deliveries(draft, due, &DeliveryStatus::Failed { reason });
            draft.project.read = None;
        }
    }
}

fn settle_deliveries(draft: &mut Draft<'_>, due: &ReadDue, status: &DeliveryStatus) {
    let (org, request, at) = (draft.project.org, draft.project.request_id().clone(), draft.now);
    for key in &due.pending {
        let (key, status, request) = (key.clone(), status.clone(), Some(request.clone()));
        draft.change(Change::MoveDelivery { org, key, status, request, at });
    }
}
