//! Reads a project back from OpenSolar and lets what it shows become true in the record: the one place where
//! OpenSolar's side is merged, whatever said that it is due.

use chrono::TimeDelta;
use tracing::{info, warn};

use super::announce::{Heard, announce, note_unreadable};
use super::draft::Draft;
use super::settle_create::{
    ContactKnown, contact_known, contact_phone, counts, link, longest_answer, rejoin, retry_or_park, rows,
};
use super::surroundings::{Closer, look_closer};
use super::{CONFLICT_LIMIT, Core, UseCaseError};
use crate::configuration::Configuration;
use crate::ids::RequestId;
use crate::jobs::crm_update::{Cause, CauseKind};
use crate::log::{SyncLog, SyncType, chain};
use crate::notification::Look;
use crate::observe;
use crate::ports::{Change, Deadline, OpenSolar, OpenSolarError, StoreError};
use crate::project::{GoneBecause, Project, ReadDue, SyncState, Told};
use crate::remote::{MilestonesAre, RemoteProject, Said};
use crate::webhook::DeliveryStatus;

/// What OpenSolar showed, with what is known around it.
pub(crate) struct Sight {
    pub(crate) read: RemoteProject,
    pub(crate) closer: Closer,
    /// Whether the contact can be kept under its number, should the project turn out to be ours.
    contact: ContactKnown,
}

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
        let cause = cause(due, &project);
        let is_fetch = cause.kind == CauseKind::StatusFetch;
        let log = SyncLog::begin(account.org, request, core.ulid(), SyncType::FetchStatus, core.now());
        let seen = look(core, opensolar, config, &project, deadline).await?;
        let mut draft = Draft::of(core, &project);
        if is_fetch && was_asked(&seen) {
            draft.change(Change::LogSync(finished(log, &seen, core)));
        }
        match seen {
            Ok(sight) => merge(&mut draft, &sight, config),
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

/// What came of reading a project because somebody asked for it.
#[derive(Debug)]
pub enum Fetched {
    /// It was read, and this is the record now.
    Fresh(Box<Project>),
    /// It has no project yet, or nobody knows the request.
    NotLinked,
    /// It was not to be had now; the record is as it was.
    Unavailable(OpenSolarError),
}

/// Reads a linked record's project now, whether that is due or not, and once.
pub async fn fetch_now(
    core: &Core,
    opensolar: &dyn OpenSolar,
    config: &Configuration,
    request: &RequestId,
    cause: &Cause,
    deadline: Deadline,
) -> Result<Fetched, UseCaseError> {
    for attempt in 0..CONFLICT_LIMIT {
        let Some(mut project) = core.store.project(config.account.org, request).await? else {
            return Ok(Fetched::NotLinked);
        };
        if project.remote.is_none() || project.erased_at().is_some() {
            return Ok(Fetched::NotLinked);
        }
        if 0 < attempt {
            forget_expired(core, &mut project).await?;
            if !deadline.allows(config.account.api_timeout, core.now()) {
                return Err(StoreError::Conflict.into());
            }
        }
        let log = SyncLog::begin(config.account.org, request, core.ulid(), SyncType::FetchStatus, core.now());
        let seen = look(core, opensolar, config, &project, deadline).await?;
        let mut draft = Draft::of(core, &project);
        if was_asked(&seen) {
            draft.change(Change::LogSync(finished(log, &seen, core)));
        }
        let unavailable = match seen {
            Ok(sight) => {
                merge(&mut draft, &sight, config);
                None
            }
            Err(error) => {
                is_gone(&mut draft, &error);
                let tells = matches!(draft.project.sync, SyncState::RemoteGone { .. });
                (!tells).then_some(error)
            }
        };
        match (draft.commit(cause.clone()).await, unavailable) {
            (Ok(project), None) => return Ok(Fetched::Fresh(Box::new(project))),
            (Ok(_), Some(error)) => return Ok(Fetched::Unavailable(error)),
            (Err(StoreError::Conflict), _) => {}
            (Err(error), _) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// A row of the log lives for 90 days, and a read may wait longer, for a token say: a delivery whose row is gone cannot
/// be moved on, and must not keep the read from being merged.
pub(crate) async fn forget_expired(core: &Core, project: &mut Project) -> Result<(), StoreError> {
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

/// Reads what is due, else what is linked, and what belongs to it.
pub(crate) async fn look(
    core: &Core,
    opensolar: &dyn OpenSolar,
    config: &Configuration,
    project: &Project,
    deadline: Deadline,
) -> Result<Result<Sight, OpenSolarError>, StoreError> {
    let linked = project.remote.as_ref().map(|remote| &remote.project);
    let Some(id) = linked.or(project.read.as_ref().map(|read| &read.project)) else {
        let problem = format!("request {} has nothing to be read", project.request_id());
        return Err(StoreError::Unreadable { problem });
    };
    let read = match opensolar.project(&config.account, id).await {
        Ok(read) => read,
        Err(error) => return Ok(Err(error)),
    };
    let closer = match look_closer(core, opensolar, config, project, &read, deadline).await? {
        Ok(closer) => closer,
        Err(error) => return Ok(Err(error)),
    };
    let contact = match &project.remote {
        Some(remote) if remote.contact.is_some() => ContactKnown::Elsewhere,
        Some(_) | None => contact_known(core, project).await?,
    };
    Ok(Ok(Sight { read, closer, contact }))
}

/// Whether OpenSolar was asked at all: what was kept back is no attempt.
fn was_asked(seen: &Result<Sight, OpenSolarError>) -> bool {
    !matches!(seen, Err(OpenSolarError::NotGranted { .. }))
}

fn finished(log: SyncLog, seen: &Result<Sight, OpenSolarError>, core: &Core) -> SyncLog {
    match seen {
        Ok(sight) => log.succeeded(format!("project {}", sight.read.id), core.now()),
        Err(error) => log.failed(error, core.now()),
    }
}

/// Lets what was seen become true in the record, and settles the deliveries that wait for it.
pub(crate) fn merge(draft: &mut Draft<'_>, sight: &Sight, config: &Configuration) {
    let is_ours = match draft.project.remote.as_ref().map(|remote| remote.project == sight.read.id) {
        Some(is_linked) => is_linked,
        None => adopt(draft, sight, config),
    };
    if !is_ours {
        return not_ours(draft);
    }
    meet_contact(draft, sight, config);
    // A delivery is heard as it happens; what only a sweep finds is at least as old as the project's last change.
    let is_heard = draft.project.read.as_ref().is_some_and(|read| !read.pending.is_empty());
    let heard_at = sight.read.modified_at.filter(|_| !is_heard);
    settle_deliveries(draft, &DeliveryStatus::Processed);
    draft.project.read = sight.closer.leaves_unread.then(|| ReadDue {
        project: sight.read.id.clone(),
        pending: Vec::new(),
        failures: 0,
        next_try: draft.now + TimeDelta::minutes(1),
    });
    if let SyncState::RemoteGone { .. } = draft.project.sync {
        draft.because("back", format!("opensolar shows project {} again", sight.read.id));
        rejoin(draft, config);
    }
    let before = draft.project.observed.clone();
    let observed = observe::observed(before.as_ref(), &sight.read, &sight.closer.around, config, draft.now);
    note_unreadable(draft, &sight.read, &sight.closer.around);
    overtake_what_was_told(draft, &sight.read, config);
    let look = if before.is_none() { Look::First } else { Look::Later };
    announce(draft, &observed, Heard { at: heard_at, look }, config);
    if before.is_some_and(|before| before.is_sold) && !observed.is_sold {
        draft.because("unsold", "the sale was undone in opensolar; the customer is told nothing".to_owned());
    }
    draft.project.shown_status = observe::status(&draft.project, &observed, config);
    draft.project.last_synced_at = Some(draft.now);
    draft.project.observed = Some(observed);
}

/// Where webhooks tell of milestones, a read is a word on what it shows, too: an event of an earlier moment that comes late
/// does not take it back. It shows how things stood when it was begun, at the latest so long ago.
fn overtake_what_was_told(draft: &mut Draft<'_>, read: &RemoteProject, config: &Configuration) {
    match read.milestones {
        MilestonesAre::Shown => return,
        MilestonesAre::ToldByWebhooks => {}
    }
    let at = draft.now - longest_answer(config);
    let told = &mut draft.project.told;
    if let Some(status) = &read.status {
        Told::learn(&mut told.status, at, status.clone());
    }
    if let Said::Value(link) = &read.proposal_link {
        Told::learn(&mut told.proposal_link, at, link.clone());
    }
}

/// A project that carries our identifier is the one that our create made, whatever its answer was.
fn adopt(draft: &mut Draft<'_>, sight: &Sight, config: &Configuration) -> bool {
    let (project, read) = (&draft.project, &sight.read);
    if !project.is_carried_by(read, config.namespace) {
        return false;
    }
    let rows = project.open_intent().map(|intent| rows(project.org, project.request_id(), intent)).unwrap_or_default();
    for row in rows {
        draft.change(Change::LogSync(row.succeeded(format!("project {}, seen by a witness", read.id), draft.now)));
    }
    draft.because("witness", format!("project {} carries our identifier", read.id));
    link(draft, &read.id, read.contact.clone(), sight.contact, config);
    true
}

/// The contact of a linked project that no answer named so far.
fn meet_contact(draft: &mut Draft<'_>, sight: &Sight, config: &Configuration) {
    let (Some(remote), Some(contact)) = (&mut draft.project.remote, &sight.read.contact) else { return };
    if remote.contact.is_some() {
        return;
    }
    remote.contact = Some(contact.clone());
    if sight.contact == ContactKnown::Free {
        let (org, request) = (draft.project.org, draft.project.request_id().clone());
        let phone = contact_phone(&draft.project);
        draft.change(Change::KeepContact { org, phone, contact: contact.clone(), request });
    }
    // What the CRM changed of it meanwhile had nobody to be sent to.
    if draft.project.sync == SyncState::InStep {
        rejoin(draft, config);
    }
}

/// A delivery named our identifier and the project does not carry it: it was forged, or somebody edited the project.
fn not_ours(draft: &mut Draft<'_>) {
    let Some(due) = &draft.project.read else { return };
    let reason = format!("project {} is not this request's, whatever the delivery named", due.project);
    draft.because("no witness", reason.clone());
    settle_deliveries(draft, &DeliveryStatus::Failed { reason });
    draft.project.read = None;
}

fn read_failed(core: &Core, draft: &mut Draft<'_>, due: &ReadDue, error: &OpenSolarError) {
    let request = draft.project.request_id().clone();
    warn!(request.id = %request, error = chain(error), "project of request {request} was not read back");
    if is_gone(draft, error) {
        return;
    }
    // Who is no witness must not hold up the true one.
    if let (None, OpenSolarError::Rejected { .. }) = (&draft.project.remote, error) {
        let reason = format!("project {} is no witness: {error}", due.project);
        draft.because("no witness", reason.clone());
        settle_deliveries(draft, &DeliveryStatus::Failed { reason });
        draft.project.read = None;
        return;
    }
    match retry_or_park(core, error, due.failures, draft.now) {
        Some(next_try) => {
            let failures = match error {
                // Nobody else knows that this project's reads are not paid for.
                OpenSolarError::PaymentRequired { .. } => due.failures.max(1),
                // What else does not count may be tried at any time: the governor knows better than the record when.
                _ => due.failures + u32::from(counts(error)),
            };
            draft.project.read = Some(ReadDue { failures, next_try, ..due.clone() });
        }
        None => {
            let reason = format!("given up: {error}");
            draft.because("read given up", reason.clone());
            settle_deliveries(draft, &DeliveryStatus::Failed { reason });
            draft.project.read = None;
        }
    }
}

/// Whether the answer says that a linked project is not there any more, or not for us: then that is what is true of it
/// now. It changes no status and is told to no customer.
pub(crate) fn is_gone(draft: &mut Draft<'_>, error: &OpenSolarError) -> bool {
    let OpenSolarError::Rejected { status, .. } = error else { return false };
    let (Some(why), Some(remote)) = (GoneBecause::of_status(*status), &draft.project.remote) else { return false };
    let id = remote.project.clone();
    let since = match &draft.project.sync {
        // A worker is sending a change: its own answer tells.
        SyncState::Updating { .. } => return false,
        // A change in doubt stays in doubt until its own read: should the project come back, it is not sent again.
        SyncState::Unsettled { settle_at, .. } if draft.now < *settle_at => {
            settle_deliveries(draft, &DeliveryStatus::Processed);
            draft.project.read = None;
            return true;
        }
        SyncState::RemoteGone { since, .. } => *since,
        SyncState::Skipped(_)
        | SyncState::Due { .. }
        | SyncState::Waiting { .. }
        | SyncState::Creating { .. }
        | SyncState::Verifying { .. }
        | SyncState::Unsettled { .. }
        | SyncState::InStep
        | SyncState::Parked { .. } => {
            draft.because("gone", format!("project {id}: {}", why.describe()));
            draft.now
        }
    };
    settle_deliveries(draft, &DeliveryStatus::Processed);
    draft.project.read = None;
    draft.project.sync = SyncState::RemoteGone { why, since };
    true
}

fn settle_deliveries(draft: &mut Draft<'_>, status: &DeliveryStatus) {
    let (org, request, at) = (draft.project.org, draft.project.request_id().clone(), draft.now);
    let pending = draft.project.read.as_ref().map(|read| read.pending.clone()).unwrap_or_default();
    for key in pending {
        let (status, request) = (status.clone(), Some(request.clone()));
        draft.change(Change::MoveDelivery { org, key, status, request, at });
    }
}
