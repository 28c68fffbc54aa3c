//! An operator decides what the bridge cannot know: which project is a request's, or that there is none.

use chrono::{DateTime, Utc};
use tracing::info;

use super::OperateError;
use crate::authentication::Operator;
use crate::compose;
use crate::configuration::Configuration;
use crate::ids::{ProjectId, RequestId, Revision};
use crate::jobs::crm_update::{Cause, CauseKind};
use crate::jobs::{Wake, WebhookJob};
use crate::ports::{Change, Deadline, OpenSolar, OpenSolarError, StoreError};
use crate::project::{ContactChoice, GoneBecause, Origin, Project, Pushed, ReadDue, SyncState, Told};
use crate::remote::{EmailPlace, RemoteProject};
use crate::request::SkipReason;
use crate::usecase::draft::Draft;
use crate::usecase::read_back::read_back;
use crate::usecase::settle_create::{contact_known, due_again, link, not_made, release_contact, rows};
use crate::usecase::{CONFLICT_LIMIT, Core};

/// Why a decision cannot be taken. The texts are for operators.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undecidable {
    /// Its customer is not known any more.
    #[error("the customer's data was erased: only a newer revision from the crm brings the request back")]
    Erased,
    /// A worker is sending something.
    #[error("a write to opensolar is on its way: look again in a minute")]
    Writing,
    /// OpenSolar may still be at the create: whoever declares it absent now may have two.
    #[error("opensolar may still be making the project: look again after {}", .0.format("%H:%M UTC"))]
    TooEarly(DateTime<Utc>),
    /// Nothing is in doubt, and no project is gone.
    #[error("nothing about it is in doubt: there is nothing to declare")]
    NoDoubt,
    /// A project is said to be the one that is missed.
    #[error("project {0} is said to be it, and is to be read first: look again in a minute")]
    Witness(ProjectId),
    /// The request has a project.
    #[error("the request has project {0} in opensolar")]
    HasProject(ProjectId),
    /// Another request has the project.
    #[error("project {project} is request {owner}'s")]
    Taken {
        /// OpenSolar's id.
        project: ProjectId,
        /// Whose it is.
        owner: RequestId,
    },
    /// OpenSolar does not show it.
    #[error("opensolar shows us no project {0}")]
    NoSuchProject(ProjectId),
}

/// Declares that OpenSolar has no project of a request, though a create was in doubt or there was one that is deleted
/// now: another one is made, with an identifier of its own. The record as it was decided. Refused while OpenSolar may
/// still be at the create.
pub async fn declare_absent(
    core: &Core,
    request: &RequestId,
    read: Option<Revision>,
    operator: &Operator,
) -> Result<Project, OperateError> {
    let config = core.active_configuration().await?;
    for _ in 0..CONFLICT_LIMIT {
        let project = known(core, &config, request, read).await?;
        let mut draft = Draft::of(core, &project);
        if let Some(due) = &project.read {
            return Err(Undecidable::Witness(due.project.clone()).into());
        }
        match &project.sync {
            SyncState::Verifying { search, .. } if draft.now < search.proves_from => {
                return Err(Undecidable::TooEarly(search.proves_from).into());
            }
            SyncState::Verifying { intent, .. } | SyncState::Parked { in_doubt: Some(intent), .. } => {
                not_made(&mut draft, intent, "an operator declared it absent");
                release_contact(&mut draft);
            }
            SyncState::RemoteGone { why: GoneBecause::Deleted, .. } => {
                draft.project.remote = None;
                draft.project.observed = None;
                draft.project.told = Told::default();
            }
            SyncState::Creating { .. } | SyncState::Updating { .. } => return Err(Undecidable::Writing.into()),
            SyncState::Skipped(_)
            | SyncState::Due { .. }
            | SyncState::Waiting { .. }
            | SyncState::Unsettled { .. }
            | SyncState::InStep
            | SyncState::RemoteGone { why: GoneBecause::OutOfReach, .. }
            | SyncState::Parked { in_doubt: None, .. } => return Err(Undecidable::NoDoubt.into()),
        }
        draft.because("operator", format!("{operator} declared that opensolar has no project of it: another is made"));
        draft.project.generation += 1;
        draft.project.contact = ContactChoice::Undecided;
        draft.project.pushed = None;
        due_again(&mut draft);
        match draft.commit(by(operator)).await {
            Ok(project) => {
                info!(operator = operator.name(), request.id = %request, "{operator} declared request {request} absent");
                return Ok(project);
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// Links a request to a project that an operator found, and reads it; the record as it is then. What the CRM wants as of
/// now counts as pushed: nothing of the project is changed by the link.
pub async fn link_project(
    core: &Core,
    opensolar: &dyn OpenSolar,
    request: &RequestId,
    wanted: &ProjectId,
    read: Option<Revision>,
    operator: &Operator,
    deadline: Deadline,
) -> Result<Project, OperateError> {
    let config = core.active_configuration().await?;
    let org = config.account.org;
    for _ in 0..CONFLICT_LIMIT {
        let project = known(core, &config, request, read).await?;
        may_be_linked(&project)?;
        if let Some(owner) = core.store.linked_to(org, wanted).await?
            && owner != *request
        {
            return Err(Undecidable::Taken { project: wanted.clone(), owner }.into());
        }
        let shown = match opensolar.project(&config.account, wanted).await {
            Ok(shown) => shown,
            Err(OpenSolarError::Rejected { .. }) => return Err(Undecidable::NoSuchProject(wanted.clone()).into()),
            Err(error) => return Err(OperateError::OpenSolar(error)),
        };
        match linked(core, &config, &project, shown, operator).await {
            Ok(()) => {
                info!(operator = operator.name(), request.id = %request, "{operator} linked request {request} to {wanted}");
                read_back(core, opensolar, &config, request, deadline).await?;
                return core.store.project(org, request).await?.ok_or(OperateError::Unknown);
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

async fn known(
    core: &Core,
    config: &Configuration,
    request: &RequestId,
    read: Option<Revision>,
) -> Result<Project, OperateError> {
    let project = core.store.project(config.account.org, request).await?.ok_or(OperateError::Unknown)?;
    match read {
        Some(read) if read != project.revision => Err(OperateError::Stale { current: project.revision }),
        Some(_) | None => Ok(project),
    }
}

fn may_be_linked(project: &Project) -> Result<(), Undecidable> {
    match (&project.sync, &project.remote) {
        (SyncState::Skipped(SkipReason::Erased(_)), _) => Err(Undecidable::Erased),
        (SyncState::Creating { .. } | SyncState::Updating { .. }, _) => Err(Undecidable::Writing),
        (SyncState::RemoteGone { .. }, _) | (_, None) => Ok(()),
        (_, Some(remote)) => Err(Undecidable::HasProject(remote.project.clone())),
    }
}

async fn linked(
    core: &Core,
    config: &Configuration,
    project: &Project,
    shown: RemoteProject,
    operator: &Operator,
) -> Result<(), StoreError> {
    let known = contact_known(core, project).await?;
    let mut draft = Draft::of(core, project);
    let request = project.request_id();
    for row in project.open_intent().map(|intent| rows(project.org, request, intent)).unwrap_or_default() {
        let row = row.succeeded(format!("project {}, said an operator", shown.id), draft.now);
        draft.change(Change::LogSync(row));
    }
    draft.because("operator", format!("{operator} linked project {}", shown.id));
    let email_place = EmailPlace::Contact;
    draft.project.pushed = Some(Pushed {
        site: compose::site(&project.desired, email_place, config),
        contact: compose::contact(&project.desired, email_place),
        email_place,
    });
    draft.project.observed = None;
    draft.project.told = Told::default();
    link(&mut draft, &shown.id, shown.contact, known, config);
    if let Some(remote) = &mut draft.project.remote {
        remote.origin = Origin::LinkedByOperator;
    }
    let pending = draft.project.read.take().map(|read| read.pending).unwrap_or_default();
    draft.project.read = Some(ReadDue { project: shown.id.clone(), pending, failures: 0, next_try: draft.now });
    let job = WebhookJob::ReadBack { org_id: project.org, request_id: request.clone() };
    draft.wake(&Wake::Webhooks { group: shown.id.to_string(), job });
    draft.commit(by(operator)).await.map(|_| ())
}

fn by(operator: &Operator) -> Cause {
    Cause { kind: CauseKind::Operator, id: operator.name().to_owned() }
}
