//! `webhook-apply`: logs a delivery, and finds the record whose project has to be read back because of it.
//!
//! In the `live` contract a delivery is a hint. Its arrival is one commit (logged, the record due for a read); the
//! read-back and what follows from it are another. Deliveries that wait for the same record share one read. An event of
//! the `design` contract tells by itself what happened, and is logged and applied in one commit.

mod destination;
mod event;
mod hint;
mod received;

use tracing::info;

use self::destination::{Destination, destination};
use self::event::put_event;
use self::hint::put_hint;
use self::received::delivery;
use super::{CONFLICT_LIMIT, Core, UseCaseError};
use crate::ids::{DeliveryKey, OrgId, ProjectId, RequestId};
use crate::jobs::WebhookJob;
use crate::ports::{Change, Deadline, StoreError};
use crate::project::Project;
use crate::webhook::{DeliveryLog, DeliveryStatus, Envelope, HELD_LIMIT, IgnoredBecause, Payload};

/// Takes what the queue brings. Returns the requests whose records are due for a read-back now.
pub async fn arrive(core: &Core, job: WebhookJob, deadline: Deadline) -> Result<Vec<RequestId>, UseCaseError> {
    match job {
        WebhookJob::Delivery(received) => {
            let (log, payload) = delivery(core, received)?;
            place(core, log, Some(payload), deadline).await.map(Vec::from_iter)
        }
        WebhookJob::Replay { org_id, delivery } => replay(core, org_id, &delivery, deadline).await.map(Vec::from_iter),
        WebhookJob::ReplayHeld { org_id, project_id } => {
            let mut due = Vec::new();
            for key in core.store.held(org_id, &project_id).await? {
                let request = replay(core, org_id, &key, deadline).await?;
                due.extend(request.filter(|request| !due.contains(request)));
            }
            Ok(due)
        }
        WebhookJob::ReadBack { org_id, request_id } => {
            // Records of an organisation that is not the active one rest.
            let config = core.configuration_of(org_id).await?;
            Ok(config.map(|_| request_id).into_iter().collect())
        }
    }
}

async fn replay(
    core: &Core,
    org: OrgId,
    key: &DeliveryKey,
    deadline: Deadline,
) -> Result<Option<RequestId>, UseCaseError> {
    // What waits in an organisation that is not the active one rests.
    if core.configuration_of(org).await?.is_none() {
        return Ok(None);
    }
    match core.store.delivery(org, key).await? {
        Some(log) => place(core, log, None, deadline).await,
        None => Ok(None),
    }
}

/// Finds a delivery's place: final with a reason, on a record, or held until its project is linked.
/// `payload` is there for one that is not logged yet.
async fn place(
    core: &Core,
    arrived: DeliveryLog,
    mut payload: Option<Payload>,
    deadline: Deadline,
) -> Result<Option<RequestId>, UseCaseError> {
    let config = core.configuration_of(arrived.org).await?;
    let comes_from_its_sender = payload.is_some();
    for _ in 0..CONFLICT_LIMIT {
        let log = match core.store.delivery(arrived.org, &arrived.key).await? {
            None => arrived.clone(),
            Some(known) => {
                payload = None;
                match &known.status {
                    // What stood in its way may be gone by now, and its sender tries again.
                    DeliveryStatus::Ignored(reason) if comes_from_its_sender && reason.is_of_the_settings() => {
                        arrived.clone()
                    }
                    _ => known,
                }
            }
        };
        let outcome = match (&log.envelope, payload.is_some()) {
            // Unreadable: recorded once, and counted when it comes again.
            (None, true) => settle(core, &log, log.status.clone(), payload.clone()).await.map(|()| None),
            (None, false) => {
                let repeat = Change::CountRepeat { org: log.org, key: log.key.clone() };
                core.store.commit(vec![repeat]).await.map(|()| None)
            }
            (Some(_), false) if log.status.is_final() => Ok(None),
            (Some(envelope), _) => match destination(envelope, config.as_ref()) {
                Destination::Nowhere(reason) => {
                    let status = DeliveryStatus::Ignored(reason);
                    conclude(core, &log, envelope, status, payload.clone()).await.map(|()| None)
                }
                // What could be told of it when it was read holds, unless it goes nowhere anyway.
                Destination::Hint(_) | Destination::Event(..) if log.status.is_final() => {
                    conclude(core, &log, envelope, log.status.clone(), payload.clone()).await.map(|()| None)
                }
                Destination::Hint(project) => put_hint(core, &log, envelope, &project, payload.clone(), deadline).await,
                Destination::Event(project, config) => {
                    put_event(core, config, &log, &project, payload.clone()).await.map(|()| None)
                }
            },
        };
        match outcome {
            Err(StoreError::Conflict) => {}
            outcome => return Ok(outcome?),
        }
    }
    Err(StoreError::Conflict.into())
}

/// Settles a delivery from which nothing follows. One that names an erased customer's project leaves no body either.
async fn conclude(
    core: &Core,
    log: &DeliveryLog,
    envelope: &Envelope,
    status: DeliveryStatus,
    payload: Option<Payload>,
) -> Result<(), StoreError> {
    if let Some(project) = &envelope.project
        && let Some(request) = owner(core, log.org, envelope, project).await?
        && record_of(core, log.org, &request).await?.erased_at().is_some()
    {
        return erased(core, log, payload).await;
    }
    settle(core, log, status, payload).await
}

/// The request whose project it is.
async fn owner(
    core: &Core,
    org: OrgId,
    envelope: &Envelope,
    project: &ProjectId,
) -> Result<Option<RequestId>, StoreError> {
    match (core.store.linked_to(org, project).await?, envelope.identifier) {
        (Some(request), _) => Ok(Some(request)),
        // Not linked, but it carries our identifier: whether that is so, a read will show.
        (None, Some(identifier)) => core.store.intended_by(org, identifier).await,
        (None, None) => Ok(None),
    }
}

async fn record_of(core: &Core, org: OrgId, request: &RequestId) -> Result<Project, StoreError> {
    let problem = || format!("request {request} is linked or intended and has no record");
    core.store.project(org, request).await?.ok_or_else(|| StoreError::Unreadable { problem: problem() })
}

fn has_another(request: &RequestId, own: &ProjectId, project: &ProjectId) -> DeliveryStatus {
    let reason = format!("request {request} has project {own} already: an operator has to look at {project}");
    DeliveryStatus::Failed { reason }
}

/// The project that the record is linked to, if that is another one.
fn other_project<'a>(record: &'a Project, project: &ProjectId) -> Option<&'a ProjectId> {
    record.remote.as_ref().map(|remote| &remote.project).filter(|own| *own != project)
}

/// Of a customer who was erased nothing is learned again but by the CRM: the row says that there was a delivery.
async fn erased(core: &Core, log: &DeliveryLog, payload: Option<Payload>) -> Result<(), StoreError> {
    let log = DeliveryLog { tells: None, ..log.clone() };
    settle(core, &log, DeliveryStatus::Ignored(IgnoredBecause::Erased), payload.map(|_| Payload::empty())).await
}

async fn hold(core: &Core, log: &DeliveryLog, project: &ProjectId, payload: Option<Payload>) -> Result<(), StoreError> {
    let (org, now) = (log.org, core.now());
    match payload {
        Some(payload) => {
            info!("delivery {} is held: project {project} is not linked", log.key);
            let until = log.received_at + HELD_LIMIT;
            let log = DeliveryLog { status: DeliveryStatus::Held { until }, ..log.clone() };
            let held = Change::HoldDelivery { org, project: project.clone(), key: log.key.clone(), id: core.ulid() };
            core.store.commit(vec![Change::RecordDelivery { log, payload }, held]).await
        }
        None if matches!(log.status, DeliveryStatus::Held { .. }) && now < log.received_at + HELD_LIMIT => Ok(()),
        None if log.received_at + HELD_LIMIT <= now => {
            let status = DeliveryStatus::Ignored(IgnoredBecause::Unlinked);
            let moved = Change::MoveDelivery { org, key: log.key.clone(), status, request: None, at: now };
            let drop = Change::DropHeld { org, project: project.clone(), key: log.key.clone() };
            core.store.commit(vec![moved, drop]).await
        }
        None => {
            let status = DeliveryStatus::Held { until: log.received_at + HELD_LIMIT };
            let moved = Change::MoveDelivery { org, key: log.key.clone(), status, request: None, at: now };
            let held = Change::HoldDelivery { org, project: project.clone(), key: log.key.clone(), id: core.ulid() };
            core.store.commit(vec![moved, held]).await
        }
    }
}

async fn settle(
    core: &Core,
    log: &DeliveryLog,
    status: DeliveryStatus,
    payload: Option<Payload>,
) -> Result<(), StoreError> {
    let change = match payload {
        Some(payload) => Change::RecordDelivery { log: DeliveryLog { status, ..log.clone() }, payload },
        None => {
            let (org, key, at) = (log.org, log.key.clone(), core.now());
            Change::MoveDelivery { org, key, status, request: None, at }
        }
    };
    core.store.commit(vec![change]).await
}
