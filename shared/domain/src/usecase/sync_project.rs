//! `project-sync`: records what the CRM wants, and brings OpenSolar to it. A create is sent at most once per intent,
//! and the intent is committed before it; whatever leaves doubt ends in `Verifying`, never in a second create.

use std::cmp::Ordering;

use tracing::info;

use super::draft::Draft;
use super::read_back::{forget_expired, read_back};
use super::settle_create::state_of_linked;
use super::{CONFLICT_LIMIT, Core, UseCaseError};
use crate::configuration::Configuration;
use crate::ids::{Claim, ClaimId, OrgId, RequestId};
use crate::jobs::SyncJob;
use crate::jobs::crm_update::{Cause, CauseKind};
use crate::jobs::sync_request::{MESSAGE_TYPE, SyncRequestMessage};
use crate::ports::{Change, Deadline, OpenSolar, StoreError};
use crate::project::{ContactChoice, Intent, Project, ReadDue, Search, SyncState, VERIFYING_LIMIT, WaitReason};
use crate::request::{Insistence, InstallationRequest, SkipReason, skip_reason};

mod create;
mod new_contact;
mod scan;
mod search;
mod sending;
mod update;

use search::Doubt;

/// So many steps a record is brought on in one invocation: a lookup, a refused create, a create, a change of the project
/// and of its contact, and room for conflicts.
const STEP_LIMIT: usize = 10;

/// What the queue brings.
#[derive(Debug, Clone, PartialEq)]
pub enum SyncMessage {
    /// The CRM wants something.
    Request(Box<SyncRequestMessage>),
    /// We want something of ourselves.
    Job(SyncJob),
}

impl SyncMessage {
    /// Reads a message's body.
    pub fn parse(body: &str) -> Result<Self, UseCaseError> {
        #[derive(serde::Deserialize)]
        struct Kind {
            #[serde(rename = "type")]
            kind: Option<String>,
        }

        let is_ours = serde_json::from_str::<Kind>(body)
            .is_ok_and(|kind| kind.kind.is_some_and(|kind| kind != MESSAGE_TYPE && !kind.contains('.')));
        if is_ours {
            let unreadable = |_| UseCaseError::Unreadable { reason: "not a job of ours".to_owned() };
            return serde_json::from_str(body).map(Self::Job).map_err(unreadable);
        }
        match SyncRequestMessage::parse(body) {
            Ok(message) => Ok(Self::Request(Box::new(message))),
            Err(error) => Err(UseCaseError::Unreadable { reason: error.to_string() }),
        }
    }

    /// Whether it asks for a project's status alone.
    pub fn is_fetch(&self) -> bool {
        matches!(self, Self::Job(SyncJob::FetchStatus { .. }))
    }
}

/// Does what a message asks for. Refusals by OpenSolar are recorded, not raised.
pub async fn sync_project(
    core: &Core,
    opensolar: &dyn OpenSolar,
    message: SyncMessage,
    deadline: Deadline,
) -> Result<(), UseCaseError> {
    match message {
        SyncMessage::Request(message) => {
            let config = core.active_configuration().await?;
            let request = message
                .request(&config.calling_code)
                .map_err(|error| UseCaseError::Unreadable { reason: error.to_string() })?;
            let insists = if message.force { Insistence::Forced } else { Insistence::Usual };
            let id = request.id.clone();
            let named = message.message_id.map_or_else(|| id.to_string(), |id| id.chars().take(100).collect());
            let cause = Cause { kind: CauseKind::Sync, id: named };
            record(core, &config, request, insists, &cause, deadline).await?;
            Sync { core, opensolar, config: &config, cause, deadline }.work(&id).await
        }
        SyncMessage::Job(SyncJob::Wake { org_id, request_id }) => {
            let Some(config) = core.configuration_of(org_id).await? else {
                inactive(org_id);
                return Ok(());
            };
            let cause = Cause { kind: CauseKind::Sync, id: request_id.to_string() };
            Sync { core, opensolar, config: &config, cause, deadline }.work(&request_id).await
        }
        SyncMessage::Job(SyncJob::FetchStatus { org_id, request_id }) => {
            let Some(config) = core.configuration_of(org_id).await? else {
                inactive(org_id);
                return Ok(());
            };
            mark_for_read(core, org_id, &request_id, deadline).await?;
            read_back(core, opensolar, &config, &request_id, deadline).await
        }
        SyncMessage::Job(SyncJob::Resync { org_id, request_id, force, requested_by }) => {
            let Some(config) = core.configuration_of(org_id).await? else {
                inactive(org_id);
                return Ok(());
            };
            let known = core.store.project(org_id, &request_id).await?;
            // Of an erased customer nothing is known that could be synced.
            let Some(known) = known.filter(|known| known.erased_at().is_none()) else { return Ok(()) };
            let insists = if force { Insistence::Forced } else { Insistence::Asked };
            let cause = Cause { kind: CauseKind::Operator, id: requested_by };
            record(core, &config, known.desired, insists, &cause, deadline).await?;
            Sync { core, opensolar, config: &config, cause, deadline }.work(&request_id).await
        }
    }
}

fn inactive(org: OrgId) {
    info!("organisation {org} is not the active one: its records rest");
}

/// Stores what the CRM wants, unless something newer is stored.
async fn record(
    core: &Core,
    config: &Configuration,
    request: InstallationRequest,
    insists: Insistence,
    cause: &Cause,
    deadline: Deadline,
) -> Result<(), UseCaseError> {
    for _ in 0..CONFLICT_LIMIT {
        let known = core.store.project(config.account.org, &request.id).await?;
        let mut draft = match &known {
            None => {
                let project = Project::new(config.account.org, request.clone(), due(0, deadline), core.now());
                Draft::first(core, project)
            }
            Some(project) => match (request.version.compare(&project.desired.version), insists) {
                (Ordering::Less, _) => {
                    info!(request.id = %request.id, "an older revision of request {} was not applied", request.id);
                    return Ok(());
                }
                (Ordering::Equal, Insistence::Usual) => return Ok(()),
                // What is there was erased: only what the CRM says anew brings a customer back, not what it said before.
                (Ordering::Equal, Insistence::Asked | Insistence::Forced) if project.erased_at().is_some() => {
                    return Ok(());
                }
                (Ordering::Equal, Insistence::Asked | Insistence::Forced) | (Ordering::Greater, _) => {
                    let mut draft = Draft::of(core, project);
                    draft.project.desired = request.clone();
                    // One that was made already is changed once its project is there, and not made twice.
                    if !matches!(draft.project.contact, ContactChoice::Made { .. }) {
                        draft.project.contact = ContactChoice::Undecided;
                    }
                    draft.project.sync = renewed(&draft.project, insists, config, deadline);
                    draft
                }
            },
        };
        let phone = &request.customer.phone;
        if known.as_ref().is_none_or(|known| known.desired.customer.phone != *phone) {
            let (org, request) = (config.account.org, request.id.clone());
            draft.change(Change::NoteNumber { org, phone: phone.clone(), request });
        }
        let revision = request.version.revision.map_or_else(|| "-".to_owned(), |revision| revision.to_string());
        draft.because("recorded", format!("the crm's revision {revision} is what is wanted"));
        // Whatever it waits for: nothing was made, and nothing is to be made any more.
        if let (Some(reason), SyncState::Due { .. } | SyncState::Waiting { .. }) =
            (draft.project.reason_to_skip(insists, config), &draft.project.sync)
        {
            draft.because("skipped", reason.describe());
            draft.project.sync = SyncState::Skipped(reason);
        }
        match draft.commit(cause.clone()).await {
            Ok(_) => {
                let mark = config.phone_marks().mark(phone);
                info!(request.id = %request.id, customer.phone = %mark, "request {} is recorded", request.id);
                return Ok(());
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

fn due(failures: u32, deadline: Deadline) -> SyncState {
    SyncState::Due { failures, look_again: deadline.lease_end() }
}

/// Where a record stands once the CRM wants something new, or somebody wants the same again: failures are forgotten,
/// doubt and OpenSolar's limits are not. Who asks for a linked project has it compared, whatever was pushed.
fn renewed(project: &Project, insists: Insistence, config: &Configuration, deadline: Deadline) -> SyncState {
    let compared = match insists {
        Insistence::Usual => state_of_linked(project, config, deadline.lease_end()),
        Insistence::Asked | Insistence::Forced => due(0, deadline),
    };
    match &project.sync {
        SyncState::InStep => compared,
        SyncState::Parked { in_doubt: None, .. } | SyncState::Skipped(_) if project.remote.is_some() => compared,
        SyncState::RemoteGone { .. } if insists != Insistence::Usual => compared,
        SyncState::Skipped(_)
        | SyncState::Due { .. }
        | SyncState::Parked { in_doubt: None, .. }
        | SyncState::Waiting { reason: WaitReason::BackOff(_) | WaitReason::Contact, .. } => due(0, deadline),
        SyncState::Waiting {
            reason: reason @ (WaitReason::Quota | WaitReason::Wallet | WaitReason::Token),
            until,
            ..
        } => SyncState::Waiting { reason: reason.clone(), failures: 0, until: *until },
        SyncState::Creating { .. }
        | SyncState::Verifying { .. }
        | SyncState::Updating { .. }
        | SyncState::Unsettled { .. }
        | SyncState::RemoteGone { .. }
        | SyncState::Parked { in_doubt: Some(_), .. } => project.sync.clone(),
    }
}

/// Something says that the project changed: the linked record is due for a read.
async fn mark_for_read(core: &Core, org: OrgId, request: &RequestId, deadline: Deadline) -> Result<(), UseCaseError> {
    for _ in 0..CONFLICT_LIMIT {
        let Some(project) = core.store.project(org, request).await? else { return Ok(()) };
        let (Some(remote), None, None) = (&project.remote, &project.read, project.erased_at()) else { return Ok(()) };
        let mut draft = Draft::of(core, &project);
        draft.project.read = Some(ReadDue {
            project: remote.project.clone(),
            pending: Vec::new(),
            failures: 0,
            next_try: deadline.lease_end(),
        });
        match draft.commit(Cause { kind: CauseKind::StatusFetch, id: request.to_string() }).await {
            Ok(_) => return Ok(()),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// One invocation's work on one record.
struct Sync<'a> {
    core: &'a Core,
    opensolar: &'a dyn OpenSolar,
    config: &'a Configuration,
    cause: Cause,
    deadline: Deadline,
}

/// Whether a record has another step to make now.
enum Step {
    Again,
    Rest,
}

impl Sync<'_> {
    /// Does what is due. Who says that a project is ours is heard before anything is sent that could make another.
    async fn work(&self, request: &RequestId) -> Result<(), UseCaseError> {
        let known = self.core.store.project(self.config.account.org, request).await?;
        if known.is_some_and(|project| project.remote.is_none() && project.read.is_some()) {
            read_back(self.core, self.opensolar, self.config, request, self.deadline).await?;
        }
        self.advance(request).await?;
        read_back(self.core, self.opensolar, self.config, request, self.deadline).await
    }

    /// Brings a record as far as it goes now; what is left is on the record, with its time.
    async fn advance(&self, request: &RequestId) -> Result<(), UseCaseError> {
        for attempt in 0..STEP_LIMIT {
            let Some(mut project) = self.core.store.project(self.config.account.org, request).await? else {
                return Ok(());
            };
            if 0 < attempt {
                forget_expired(self.core, &mut project).await?;
            }
            // On the heap: what a step may have to remember, in all its branches together, is large.
            match Box::pin(self.step(&project)).await {
                Ok(Step::Rest) => return Ok(()),
                Ok(Step::Again) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Conflict.into())
    }

    async fn step(&self, project: &Project) -> Result<Step, StoreError> {
        let now = self.core.now();
        match &project.sync {
            SyncState::Due { .. } => self.bring_on(project).await,
            SyncState::Waiting { until, .. } if *until <= now => self.bring_on(project).await,
            // How OpenSolar's limits stand is the governor's to say: this may be over before its time.
            SyncState::Waiting { reason: WaitReason::Quota | WaitReason::Token, .. } => self.bring_on(project).await,
            SyncState::Waiting { reason: WaitReason::Wallet, .. } if project.remote.is_none() => {
                self.bring_on(project).await
            }
            SyncState::Skipped(SkipReason::AutoSyncDisabled)
                if project.reason_to_skip(Insistence::Usual, self.config).is_none() =>
            {
                self.resume(project).await
            }
            SyncState::Updating { update, claim, failures } if claim.lease_end <= now => {
                self.doubt_update(project, update, claim.lease_end, *failures).await
            }
            SyncState::Unsettled { update, settle_at, failures } if *settle_at <= now => {
                self.settle_doubt(project, update, *failures).await
            }
            SyncState::Creating { intent, claim, .. } if claim.lease_end <= now => {
                self.doubt(project, intent.clone()).await
            }
            SyncState::Verifying { intent, until, .. } if *until <= now => self.give_up(project, intent.clone()).await,
            SyncState::Verifying { intent, since, until, search } if search.next_at <= now => {
                self.search(project, Doubt { intent, since: *since, until: *until, search }).await
            }
            SyncState::Waiting { .. }
            | SyncState::Creating { .. }
            | SyncState::Verifying { .. }
            | SyncState::Updating { .. }
            | SyncState::Unsettled { .. }
            | SyncState::Skipped(_)
            | SyncState::InStep
            | SyncState::RemoteGone { .. }
            | SyncState::Parked { .. } => Ok(Step::Rest),
        }
    }

    /// What is due: a create, or once linked a comparison with what the project holds.
    async fn bring_on(&self, project: &Project) -> Result<Step, StoreError> {
        // Type and switch were looked at when the request was recorded, and may have been overridden; a cancellation
        // never is.
        if let Some(reason) = skip_reason(&project.desired, Insistence::Forced, self.config) {
            let mut draft = Draft::of(self.core, project);
            draft.because("skipped", reason.describe());
            draft.project.sync = SyncState::Skipped(reason);
            return draft.commit(self.cause.clone()).await.map(|_| Step::Rest);
        }
        match (&project.remote, &project.read) {
            (Some(_), _) => self.compare(project).await,
            // A project that may be ours is to be read first.
            (None, Some(_)) => Ok(Step::Rest),
            (None, None) => self.create(project).await,
        }
    }

    /// The switch that it was skipped for is on again.
    async fn resume(&self, project: &Project) -> Result<Step, StoreError> {
        let mut draft = Draft::of(self.core, project);
        draft.because("resumed", "automatic sync is switched on again".to_owned());
        draft.project.sync = renewed(project, Insistence::Usual, self.config, self.deadline);
        draft.commit(self.cause.clone()).await.map(|_| Step::Again)
    }

    fn claim(&self) -> Claim {
        let id = ClaimId(uuid::Uuid::from_u128(self.core.ambient.random()));
        Claim { id, lease_end: self.deadline.lease_end() }
    }

    /// The worker that was sending ended without saying what came of it.
    async fn doubt(&self, project: &Project, intent: Intent) -> Result<Step, StoreError> {
        let mut draft = Draft::of(self.core, project);
        draft.because("in doubt", "the worker that was sending the create ended; no other create is sent".to_owned());
        let until = intent.committed_at + VERIFYING_LIMIT;
        let search = Search::from(draft.now + self.config.settle_after);
        draft.project.sync = SyncState::Verifying { intent, since: draft.now, until, search };
        draft.commit(self.cause.clone()).await.map(|_| Step::Rest)
    }

    async fn give_up(&self, project: &Project, intent: Intent) -> Result<Step, StoreError> {
        let mut draft = Draft::of(self.core, project);
        let reason = format!(
            "whether opensolar made the project is unknown since {}: look there for identifier {}, then link it or declare \
             it absent",
            intent.committed_at.format("%Y-%m-%d %H:%M UTC"),
            intent.payload.identifier
        );
        draft.because("operator", reason.clone());
        draft.project.sync = SyncState::Parked { reason, in_doubt: Some(intent) };
        draft.commit(self.cause.clone()).await.map(|_| Step::Rest)
    }
}
