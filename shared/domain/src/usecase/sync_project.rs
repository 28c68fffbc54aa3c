//! `project-sync`: records what the CRM wants, and brings OpenSolar to it. A create is sent at most once per intent,
//! and the intent is committed before it; whatever leaves doubt ends in `Verifying`, never in a second create.

use std::cmp::Ordering;

use tracing::{info, warn};

use super::draft::Draft;
use super::read_back::read_back;
use super::settle_create::{fail, failures, settle, state_of_linked};
use super::{CONFLICT_LIMIT, Core, UseCaseError};
use crate::compose::{ContactPlan, new_project};
use crate::configuration::Configuration;
use crate::ids::{Claim, ClaimId, OrgId, RequestId};
use crate::jobs::SyncJob;
use crate::jobs::crm_update::{Cause, CauseKind};
use crate::jobs::sync_request::{MESSAGE_TYPE, SyncRequestMessage};
use crate::log::{SyncLog, SyncLogStatus, SyncType, chain};
use crate::phone::EmailAddress;
use crate::ports::{Change, ContactEntry, Deadline, OpenSolar, OpenSolarError, StoreError};
use crate::project::{ContactChoice, Intent, Project, ReadDue, SyncState, WaitReason, identifier};
use crate::remote::{CreatedProject, NewContact};
use crate::request::{Insistence, InstallationRequest, skip_reason};
use crate::retry::next_try;

/// So many pages of contacts are read, as far as time allows, for the one that has an address which OpenSolar says is taken.
const CONTACT_PAGES: u32 = 50;

/// So many steps a record is brought on in one invocation: a lookup, a refused create, a create, and room for conflicts.
const STEP_LIMIT: usize = 8;

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
            Sync { core, opensolar, config: &config, cause, deadline }.advance(&id).await
        }
        SyncMessage::Job(SyncJob::Wake { org_id, request_id }) => {
            let Some(config) = core.configuration_of(org_id).await? else {
                inactive(org_id);
                return Ok(());
            };
            let cause = Cause { kind: CauseKind::Sync, id: request_id.to_string() };
            Sync { core, opensolar, config: &config, cause, deadline }.advance(&request_id).await?;
            read_back(core, opensolar, &config, &request_id, deadline).await
        }
        SyncMessage::Job(SyncJob::FetchStatus { org_id, request_id }) => {
            let Some(config) = core.configuration_of(org_id).await? else {
                inactive(org_id);
                return Ok(());
            };
            mark_for_read(core, org_id, &request_id, deadline).await?;
            read_back(core, opensolar, &config, &request_id, deadline).await
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
                (Ordering::Equal, Insistence::Forced) | (Ordering::Greater, _) => {
                    let mut draft = Draft::of(core, project);
                    draft.project.desired = request.clone();
                    draft.project.contact = ContactChoice::Undecided;
                    draft.project.sync = renewed(&draft.project, config, deadline);
                    draft
                }
            },
        };
        let revision = request.version.revision.map_or_else(|| "-".to_owned(), |revision| revision.to_string());
        draft.because("recorded", format!("the crm's revision {revision} is what is wanted"));
        // Whatever it waits for: nothing was made, and nothing is to be made any more.
        if let (Some(reason), SyncState::Due { .. } | SyncState::Waiting { .. }) =
            (skip_reason(&request, insists, config), &draft.project.sync)
        {
            draft.because("skipped", reason.describe());
            draft.project.sync = SyncState::Skipped(reason);
        }
        match draft.commit(cause.clone()).await {
            Ok(_) => return Ok(()),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

fn due(failures: u32, deadline: Deadline) -> SyncState {
    SyncState::Due { failures, look_again: deadline.lease_end() }
}

/// Where a record stands once the CRM wants something new: failures are forgotten, doubt and OpenSolar's limits are not.
fn renewed(project: &Project, config: &Configuration, deadline: Deadline) -> SyncState {
    match &project.sync {
        SyncState::InStep => state_of_linked(project, config),
        SyncState::Parked { in_doubt: None, .. } if project.remote.is_some() => state_of_linked(project, config),
        SyncState::Skipped(_)
        | SyncState::Due { .. }
        | SyncState::Parked { in_doubt: None, .. }
        | SyncState::Waiting { reason: WaitReason::BackOff(_) | WaitReason::Contact, .. } => due(0, deadline),
        SyncState::Waiting { reason: WaitReason::Quota | WaitReason::Wallet | WaitReason::Token, .. }
        | SyncState::Creating { .. }
        | SyncState::Verifying { .. }
        | SyncState::Parked { in_doubt: Some(_), .. } => project.sync.clone(),
    }
}

/// Something says that the project changed: the linked record is due for a read.
async fn mark_for_read(core: &Core, org: OrgId, request: &RequestId, deadline: Deadline) -> Result<(), UseCaseError> {
    for _ in 0..CONFLICT_LIMIT {
        let Some(project) = core.store.project(org, request).await? else { return Ok(()) };
        let (Some(remote), None) = (&project.remote, &project.read) else { return Ok(()) };
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
    /// Brings a record as far as it goes now; what is left is on the record, with its time.
    async fn advance(&self, request: &RequestId) -> Result<(), UseCaseError> {
        for _ in 0..STEP_LIMIT {
            let Some(project) = self.core.store.project(self.config.account.org, request).await? else {
                return Ok(());
            };
            match self.step(&project).await {
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
            SyncState::Due { .. } => self.begin(project).await,
            SyncState::Waiting { until, .. } if *until <= now => self.begin(project).await,
            SyncState::Creating { intent, claim, .. } if claim.lease_end <= now => {
                self.doubt(project, intent.clone()).await
            }
            SyncState::Verifying { intent, until, .. } if *until <= now => self.give_up(project, intent.clone()).await,
            SyncState::Waiting { .. }
            | SyncState::Creating { .. }
            | SyncState::Verifying { .. }
            | SyncState::Skipped(_)
            | SyncState::InStep
            | SyncState::Parked { .. } => Ok(Step::Rest),
        }
    }

    /// The worker that was sending ended without saying what came of it.
    async fn doubt(&self, project: &Project, intent: Intent) -> Result<Step, StoreError> {
        let mut draft = Draft::of(self.core, project);
        draft.because("in doubt", "the worker that was sending the create ended; no other create is sent".to_owned());
        let until = intent.committed_at + crate::project::VERIFYING_LIMIT;
        draft.project.sync = SyncState::Verifying { intent, since: draft.now, until };
        draft.commit(self.cause.clone()).await.map(|_| Step::Rest)
    }

    async fn give_up(&self, project: &Project, intent: Intent) -> Result<Step, StoreError> {
        let mut draft = Draft::of(self.core, project);
        let reason = format!(
            "whether opensolar made the project is unknown since {}: look there for identifier {}",
            intent.committed_at.format("%Y-%m-%d %H:%M UTC"),
            intent.payload.identifier
        );
        draft.because("operator", reason.clone());
        draft.project.sync = SyncState::Parked { reason, in_doubt: Some(intent) };
        draft.commit(self.cause.clone()).await.map(|_| Step::Rest)
    }

    /// Commits an intent, and sends it.
    async fn begin(&self, project: &Project) -> Result<Step, StoreError> {
        let timeout = self.config.account.api_timeout;
        // A lookup, the create, and a look at the contacts should it be refused; less is left to the sweep.
        if !self.deadline.allows(timeout * 3, self.core.now()) {
            return Ok(Step::Rest);
        }
        // Type and switch were looked at when the request was recorded, and may have been overridden; a cancellation never is.
        if let Some(reason) = skip_reason(&project.desired, Insistence::Forced, self.config) {
            let mut draft = Draft::of(self.core, project);
            draft.because("skipped", reason.describe());
            draft.project.sync = SyncState::Skipped(reason);
            return draft.commit(self.cause.clone()).await.map(|_| Step::Rest);
        }
        let plan = match self.plan(project).await? {
            Plan::Contact(plan) => plan,
            Plan::Wait => return self.wait_for_contact(project).await,
            Plan::Failed(error) => {
                let mut draft = Draft::of(self.core, project);
                fail(self.core, &mut draft, &error);
                return draft.commit(self.cause.clone()).await.map(|_| Step::Rest);
            }
        };
        let (intent, log) = self.commit_intent(project, &plan).await?;
        // The lookup and the commit took their time: a create that could be cut off is not begun.
        let answer = match self.deadline.allows(timeout, self.core.now()) {
            true => self.opensolar.create_project(&self.config.account, &intent.payload).await,
            false => Err(OpenSolarError::NotSent {
                operation: "create of the project",
                source: "the invocation is about to end".into(),
            }),
        };
        self.settle(project.request_id(), &intent, log, answer).await
    }

    async fn commit_intent(&self, project: &Project, plan: &ContactPlan) -> Result<(Intent, SyncLog), StoreError> {
        let (org, request) = (project.org, project.request_id().clone());
        let generation = 1;
        let identifier = identifier(self.config.namespace, org, &request, generation);
        let payload = new_project(&project.desired, plan, identifier, self.config);
        let mut draft = Draft::of(self.core, project);
        let intent = Intent { generation, payload, committed_at: draft.now };
        let id = ClaimId(uuid::Uuid::from_u128(self.core.ambient.random()));
        draft.project.contact = chosen(plan);
        draft.project.sync = SyncState::Creating {
            intent: intent.clone(),
            claim: Claim { id, lease_end: self.deadline.lease_end() },
            failures: failures(&project.sync),
        };
        draft.change(Change::RecordIntent { org, identifier, request: request.clone(), generation });
        if !matches!(plan, ContactPlan::Existing(_)) {
            let phone = project.desired.customer.phone.clone();
            draft.change(Change::ClaimContact { org, phone, request: request.clone() });
        }
        let log = SyncLog {
            org,
            request,
            id: self.core.ulid(),
            sync_type: SyncType::CreateProject,
            status: SyncLogStatus::Started,
            started_at: draft.now,
        };
        draft.change(Change::LogSync(log.clone()));
        draft.because("intent", format!("a create with identifier {identifier} is going to be sent"));
        draft.commit(self.cause.clone()).await?;
        Ok((intent, log))
    }

    /// Which contact the project gets: one that we know of this number, one with this address, or a new one.
    async fn plan(&self, project: &Project) -> Result<Plan, StoreError> {
        let customer = &project.desired.customer;
        match self.core.store.contact(project.org, &customer.phone).await? {
            Some(ContactEntry::Known(contact)) => return Ok(Plan::Contact(ContactPlan::Existing(contact))),
            Some(ContactEntry::Claimed { by }) if by != *project.request_id() => return Ok(Plan::Wait),
            Some(ContactEntry::Claimed { .. }) | None => {}
        }
        Ok(match (&project.contact, &customer.email) {
            (ContactChoice::Existing(contact), _) => Plan::Contact(ContactPlan::Existing(contact.clone())),
            (ContactChoice::NewWithoutEmail, _) => Plan::Contact(ContactPlan::NewWithoutEmail),
            (ContactChoice::New, _) | (ContactChoice::Undecided, None) => Plan::Contact(ContactPlan::New),
            (ContactChoice::Undecided, Some(email)) => {
                match self.opensolar.contact_by_email(&self.config.account, email).await {
                    Ok(Some(contact)) => Plan::Contact(ContactPlan::Existing(contact.id)),
                    Ok(None) => Plan::Contact(ContactPlan::New),
                    Err(error) => Plan::Failed(error),
                }
            }
        })
    }

    /// Another request is creating this customer's contact: its answer, or the back-off schedule, ends the wait.
    async fn wait_for_contact(&self, project: &Project) -> Result<Step, StoreError> {
        let mut draft = Draft::of(self.core, project);
        let failures = failures(&project.sync) + 1;
        draft.project.sync = match next_try(failures, self.core.ambient.random(), draft.now) {
            Some(until) => SyncState::Waiting { reason: WaitReason::Contact, failures, until },
            None => {
                let reason = "another request holds this customer's contact: settle that one first".to_owned();
                SyncState::Parked { reason, in_doubt: None }
            }
        };
        draft.commit(self.cause.clone()).await.map(|_| Step::Rest)
    }

    /// Applies the answer to the record as it is by now. The answer is kept through conflicts: a create has no second one.
    async fn settle(
        &self,
        request: &RequestId,
        intent: &Intent,
        log: SyncLog,
        answer: Result<CreatedProject, OpenSolarError>,
    ) -> Result<Step, StoreError> {
        let taken = match &answer {
            Err(OpenSolarError::EmailInUse { .. }) => match email_of(intent) {
                Some(email) => Some(self.contact_with_taken_address(email).await),
                // Refused for an address that was not sent: a refusal like others.
                None => None,
            },
            Ok(_) | Err(_) => None,
        };
        if let Err(error) = &answer {
            warn!(request.id = %request, error = chain(error), "the create of request {request} did not succeed");
        }
        for _ in 0..CONFLICT_LIMIT {
            let Some(project) = self.core.store.project(self.config.account.org, request).await? else {
                return Ok(Step::Rest);
            };
            let mut draft = Draft::of(self.core, &project);
            if let Some(log) = finished(&log, &answer, draft.now) {
                draft.change(Change::LogSync(log));
            }
            settle(self.core, &mut draft, intent, &answer, self.config);
            let step = match &taken {
                Some(Ok(choice)) if project.open_intent().is_some_and(|open| open.is_same_as(intent)) => {
                    draft.project.contact = choice.clone();
                    draft.project.sync = due(failures(&project.sync), self.deadline);
                    Step::Again
                }
                Some(_) | None => Step::Rest,
            };
            match draft.commit(self.cause.clone()).await {
                Ok(_) => return Ok(step),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    /// OpenSolar says the address is taken, and its filter showed nobody who has it (it compares case, or ignores the
    /// filter): look at the contacts themselves, else do without the address.
    async fn contact_with_taken_address(&self, email: &EmailAddress) -> Result<ContactChoice, OpenSolarError> {
        for number in 1..=CONTACT_PAGES {
            if !self.deadline.allows(self.config.account.api_timeout, self.core.now()) {
                break;
            }
            let page = self.opensolar.contact_page(&self.config.account, number).await?;
            let is_last = page.is_last;
            if let Some(contact) = page.with_email(email) {
                return Ok(ContactChoice::Existing(contact.id));
            }
            if is_last {
                break;
            }
        }
        Ok(ContactChoice::NewWithoutEmail)
    }
}

enum Plan {
    Contact(ContactPlan),
    Wait,
    Failed(OpenSolarError),
}

fn email_of(intent: &Intent) -> Option<&EmailAddress> {
    match &intent.payload.contact {
        NewContact::Created { email, .. } => email.as_ref(),
        NewContact::Existing(_) => None,
    }
}

fn chosen(plan: &ContactPlan) -> ContactChoice {
    match plan {
        ContactPlan::Existing(contact) => ContactChoice::Existing(contact.clone()),
        ContactPlan::New => ContactChoice::New,
        ContactPlan::NewWithoutEmail => ContactChoice::NewWithoutEmail,
    }
}

/// The log row's end; a create in doubt has none yet.
fn finished(
    log: &SyncLog,
    answer: &Result<CreatedProject, OpenSolarError>,
    now: chrono::DateTime<chrono::Utc>,
) -> Option<SyncLog> {
    let status = match answer {
        Ok(_) => SyncLogStatus::Success { completed_at: now },
        Err(OpenSolarError::InDoubt { .. }) => return None,
        Err(error) => SyncLogStatus::Failed { completed_at: now, error: error.to_string() },
    };
    Some(SyncLog { status, ..log.clone() })
}
