//! An operator wants what is recorded to be synced once more.

use tracing::info;

use super::OperateError;
use crate::authentication::Operator;
use crate::configuration::Configuration;
use crate::ids::{RequestId, Revision};
use crate::jobs::{OutboxEntry, SyncJob, Wake};
use crate::log::Decision;
use crate::ports::{Change, StoreError};
use crate::project::{Project, SyncState, WaitReason};
use crate::request::{Insistence, SkipReason};
use crate::usecase::{CONFLICT_LIMIT, Core, outbox};

/// What exactly the operator wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncWish {
    /// [`Insistence::Forced`] overrides type and switch; anything else counts as [`Insistence::Asked`].
    pub insists: Insistence,
    /// The record that the operator looked at, if they say so.
    pub read: Option<Revision>,
}

/// Why asking for a sync would change nothing now. The texts are for operators.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// A worker is sending something.
    #[error("a write to opensolar is on its way: look again in a minute; force does not override that")]
    Writing,
    /// A write may have been applied.
    #[error(
        "whether opensolar did what it was last sent is not known yet, and nothing else is sent until it is: force \
         does not override that"
    )]
    InDoubt,
    /// OpenSolar's own limits; it is tried again by itself.
    #[error("it waits, and goes on by itself: {}; force does not override that", .0.describe())]
    Limit(WaitReason),
    /// It is not synced; whether force would change that is told.
    #[error("{}: {}", .0.describe(), way_out(.0))]
    Skipped(SkipReason),
}

fn way_out(reason: &SkipReason) -> &'static str {
    match reason {
        SkipReason::InstallationType(_) | SkipReason::AutoSyncDisabled => "ask with force to sync it all the same",
        SkipReason::Erased(_) => "only a newer revision from the crm brings it back; force does not override that",
        SkipReason::Status(_) => "only the crm can change that; force does not override it",
    }
}

/// Has a request synced once more, and leaves a row that says who asked; the record as it was. Should the queue not take
/// the wish now, a sweep sends it.
pub async fn request_sync(
    core: &Core,
    request: &RequestId,
    wish: SyncWish,
    operator: &Operator,
) -> Result<Project, OperateError> {
    let config = core.active_configuration().await?;
    let org = config.account.org;
    for _ in 0..CONFLICT_LIMIT {
        let project = core.store.project(org, request).await?.ok_or(OperateError::Unknown)?;
        if wish.read.is_some_and(|read| read != project.revision) {
            return Err(OperateError::Stale { current: project.revision });
        }
        if let Some(obstacle) = obstacle(&project, wish.insists, &config) {
            return Err(obstacle.into());
        }
        match core.store.commit(asked_for(core, &project, wish.insists, operator)).await {
            Ok(()) => {
                outbox::flush(core, org, request).await;
                info!(operator = operator.name(), request.id = %request, "{operator} asked for a sync of request {request}");
                return Ok(project);
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// The wish, on the very record that it was decided on: a row that says who asked, and the message for `project-sync`.
fn asked_for(core: &Core, project: &Project, insists: Insistence, operator: &Operator) -> Vec<Change> {
    let (org, request, now) = (project.org, project.request_id(), core.now());
    let (force, how) = match insists {
        Insistence::Forced => (true, "a forced sync"),
        Insistence::Usual | Insistence::Asked => (false, "a sync"),
    };
    let unchanged = Change::CheckProject { org, request: request.clone(), read: project.revision };
    let outcome = format!("{operator} asked for {how}");
    let rule = "operator".into();
    let decision = Decision { org, request: request.clone(), id: core.ulid(), at: now, rule, outcome };
    let requested_by = operator.name().to_owned();
    let job = SyncJob::Resync { org_id: org, request_id: request.clone(), force, requested_by };
    // Behind what the record's own commits left, and each wish is one of its own.
    let id = format!("{:012}-operator-{}", project.revision.0, core.ulid());
    let message = Wake::Sync(job).message(format!("{org}-{request}-{id}"));
    let entry = message.map(|message| OutboxEntry { org, request: request.clone(), id, message, created_at: now });
    let mut changes = vec![unchanged, Change::LogDecision(decision)];
    changes.extend(entry.map(Change::Send));
    changes
}

/// What keeps a wish from changing anything; `project-sync` would leave the record as it is.
fn obstacle(project: &Project, insists: Insistence, config: &Configuration) -> Option<Obstacle> {
    match &project.sync {
        SyncState::Skipped(reason @ SkipReason::Erased(_)) => Some(Obstacle::Skipped(reason.clone())),
        SyncState::Creating { .. } | SyncState::Updating { .. } => Some(Obstacle::Writing),
        SyncState::Verifying { .. } | SyncState::Unsettled { .. } | SyncState::Parked { in_doubt: Some(_), .. } => {
            Some(Obstacle::InDoubt)
        }
        SyncState::Waiting {
            reason: reason @ (WaitReason::Quota | WaitReason::Wallet | WaitReason::Token), ..
        } => Some(Obstacle::Limit(reason.clone())),
        SyncState::Skipped(_)
        | SyncState::Due { .. }
        | SyncState::Waiting { reason: WaitReason::BackOff(_) | WaitReason::Contact, .. }
        | SyncState::InStep
        | SyncState::RemoteGone { .. }
        | SyncState::Parked { in_doubt: None, .. } => {
            let insists = if insists == Insistence::Forced { Insistence::Forced } else { Insistence::Asked };
            project.reason_to_skip(insists, config).map(Obstacle::Skipped)
        }
    }
}
