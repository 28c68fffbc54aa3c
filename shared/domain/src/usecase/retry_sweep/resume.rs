//! After a switch was turned: what was skipped for it is woken, a batch a minute.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::RetryReport;
use crate::ids::{OrgId, RequestId};
use crate::jobs::{SyncJob, Wake};
use crate::ports::{Change, Checkpoint, Deadline, StoreError, SweepName};
use crate::project::{Project, Shelf};
use crate::usecase::{Core, UseCaseError};

/// So many are woken at a time, at most: a backlog of any size neither fills the queue nor holds up a sweep. OpenSolar's
/// room for creates is usually less.
const BATCH: usize = 100;

/// What is left is woken after so long.
const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// So long after an activation a worker may still act by the configuration from before, and skip another request for
/// it: a minute that a function keeps it ([`CONFIGURATION_KEPT`](crate::ports::CONFIGURATION_KEPT)), the longest
/// invocation that began within it, and a minute to spare.
const OLD_CONFIGURATION_GONE: TimeDelta = TimeDelta::minutes(5);

/// Wakes what is paused, at most `room`; due again until nothing is, and nothing can be added any more.
pub(super) async fn resume(
    core: &Core,
    org: OrgId,
    room: usize,
    deadline: Deadline,
    report: &mut RetryReport,
) -> Result<(), UseCaseError> {
    let Some(checkpoint) = core.store.checkpoint(org, SweepName::Resume).await? else { return Ok(()) };
    let now = core.now();
    let stored = core.store.configuration_of(org).await?;
    let is_on = stored.as_ref().is_some_and(|stored| stored.document.auto_sync_enabled);
    // Which organisation is active may be known from a moment ago; until that has passed, this is due again.
    let is_wanted = is_on && core.configuration_of(org).await?.is_some();
    let limit = room.min(BATCH);
    let paused = match is_wanted {
        true => core.store.shelved(org, Shelf::Paused, now, limit).await?,
        // Switched off again: the next activation begins anew.
        false => Vec::new(),
    };
    let mut outcome = Ok(());
    for request in &paused {
        if !deadline.allows(Duration::ZERO, core.now()) {
            break;
        }
        outcome = wake(core, org, request, report).await;
        if outcome.is_err() {
            break;
        }
    }
    let may_grow = stored.is_some_and(|stored| now < stored.activated_at + OLD_CONFIGURATION_GONE);
    let again = !paused.is_empty() || may_grow;
    save(core, org, checkpoint, again.then(|| now + PAUSE)).await?;
    outcome
}

async fn wake(core: &Core, org: OrgId, request: &RequestId, report: &mut RetryReport) -> Result<(), UseCaseError> {
    // The shelf is an index, and may lag behind the record.
    let Some(project) = core.store.project(org, request).await?.filter(is_paused) else { return Ok(()) };
    let job = SyncJob::Wake { org_id: org, request_id: request.clone() };
    // A record that was woken is written. Until then another wake-up says nothing new, and within five minutes none is
    // taken.
    let deduplication_id = format!("resume-{org}-{request}-{}", project.revision.0);
    if let Some(message) = Wake::Sync(job).message(deduplication_id) {
        core.queue.send(&message).await?;
        report.resumed += 1;
    }
    Ok(())
}

fn is_paused(project: &Project) -> bool {
    matches!(project.shelf(), Some((Shelf::Paused, _)))
}

async fn save(
    core: &Core,
    org: OrgId,
    checkpoint: Checkpoint,
    again_at: Option<DateTime<Utc>>,
) -> Result<(), UseCaseError> {
    let wake = again_at.map(|at| (at, Wake::Resume { org_id: org }));
    let change = Change::SaveCheckpoint { org, checkpoint: Checkpoint { wake, ..checkpoint } };
    match core.store.commit(vec![change]).await {
        // Another activation wrote it meanwhile, with a wake-up of its own.
        Ok(()) | Err(StoreError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
