//! `webhook-apply`: logs a delivery, and finds the record whose project has to be read back because of it.
//!
//! In the `live` contract a delivery is a hint. Its arrival is one commit (logged, the record due for a read); the
//! read-back and what follows from it are another. Deliveries that wait for the same record share one read. An event of
//! the `design` contract tells by itself what happened, and is logged and applied in one commit.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tracing::info;

use super::apply_event::apply_event;
use super::draft::Draft;
use super::{CONFLICT_LIMIT, Core, UseCaseError};
use crate::configuration::{ApiContract, Configuration};
use crate::ids::{DeliveryKey, OrgId, ProjectId, RequestId};
use crate::jobs::crm_update::{Cause, CauseKind};
use crate::jobs::{ReceivedDelivery, WebhookJob};
use crate::ports::{Change, Deadline, StoreError};
use crate::project::{PENDING_LIMIT, Project, ReadDue};
use crate::webhook::{
    BODY_LIMIT, DeliveryLog, DeliveryStatus, Envelope, Fact, HELD_LIMIT, IgnoredBecause, Payload, Telling,
    unreadable_key,
};

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

fn delivery(core: &Core, received: ReceivedDelivery) -> Result<(DeliveryLog, Payload), UseCaseError> {
    let unreadable = |_| UseCaseError::Unreadable { reason: "body_base64 is not base64".to_owned() };
    let body = STANDARD.decode(&received.body_base64).map_err(unreadable)?;
    let hash = &received.body_sha256;
    let (key, envelope, heard) = match Envelope::parse(&body) {
        Ok(envelope) => match hear(&envelope, &body, &received) {
            Ok(Some(telling)) if envelope.is_known_by_arrival() => {
                (envelope.key_of_arrival(hash, received.received_at), Some(envelope), Ok(Some(telling)))
            }
            heard => (envelope.key(hash), Some(envelope), heard),
        },
        Err(error) => (unreadable_key(hash), None, Err(DeliveryStatus::Failed { reason: error.to_string() })),
    };
    let (tells, status) = match heard {
        Ok(tells) => (tells, DeliveryStatus::Received),
        Err(status) => (None, status),
    };
    let log = DeliveryLog {
        org: received.org_id,
        key,
        envelope,
        tells,
        request: None,
        status,
        received_at: received.received_at,
        updated_at: core.now(),
        repeats: 0,
    };
    Ok((log, Payload { body, headers: received.headers }))
}

/// What an event tells, or why nothing of it can count; a hint tells nothing.
fn hear(envelope: &Envelope, body: &[u8], received: &ReceivedDelivery) -> Result<Option<Telling>, DeliveryStatus> {
    let failed = |reason: String| DeliveryStatus::Failed { reason };
    match envelope.contract {
        ApiContract::Live => return Ok(None),
        ApiContract::Design => {}
    }
    // Whoever has seen a delivery knows the key of its header, and no read shows whether an event is true.
    if !received.scheme.signs_body() {
        return Err(DeliveryStatus::Ignored(IgnoredBecause::Unsigned));
    }
    if let Some(size) = received.cut_from {
        return Err(failed(format!("the body has {size} bytes, more than the {BODY_LIMIT} of the largest event")));
    }
    Telling::read(envelope, body, received.received_at, &received.body_sha256)
        .map_err(|unreadable| failed(unreadable.to_string()))
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
    for _ in 0..CONFLICT_LIMIT {
        let known = core.store.delivery(arrived.org, &arrived.key).await?;
        if known.is_some() {
            payload = None;
        }
        let log = known.unwrap_or_else(|| arrived.clone());
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
                    settle(core, &log, DeliveryStatus::Ignored(reason), payload.clone()).await.map(|()| None)
                }
                // What could be told of it when it was read holds, unless it goes nowhere anyway.
                Destination::Hint(_) | Destination::Event(..) if log.status.is_final() => {
                    settle(core, &log, log.status.clone(), payload.clone()).await.map(|()| None)
                }
                Destination::Hint(project) => put(core, &log, envelope, &project, payload.clone(), deadline).await,
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

enum Destination<'a> {
    Nowhere(IgnoredBecause),
    /// Its project is to be read.
    Hint(ProjectId),
    /// It tells by itself what happened to its project.
    Event(ProjectId, &'a Configuration),
}

fn destination<'a>(envelope: &Envelope, config: Option<&'a Configuration>) -> Destination<'a> {
    let Some(config) = config else { return Destination::Nowhere(IgnoredBecause::OtherOrganisation) };
    if !config.webhook_enabled {
        return Destination::Nowhere(IgnoredBecause::WebhooksDisabled);
    }
    if envelope.contract != config.account.api_contract {
        return Destination::Nowhere(IgnoredBecause::OtherContract);
    }
    match envelope.contract {
        ApiContract::Live => hint_at(envelope),
        ApiContract::Design => match (envelope.event.as_deref(), &envelope.project) {
            (Some(event), Some(project)) if Fact::is_known(event) => Destination::Event(project.clone(), config),
            (Some(event), None) if Fact::is_known(event) => Destination::Nowhere(IgnoredBecause::NoProject),
            (Some(_) | None, _) => Destination::Nowhere(IgnoredBecause::UnknownEvent),
        },
    }
}

fn hint_at<'a>(envelope: &Envelope) -> Destination<'a> {
    let (Some(model), Some(_)) = (envelope.model.as_deref(), &envelope.model_id) else {
        return Destination::Nowhere(IgnoredBecause::NoModelOrId);
    };
    match (model, &envelope.project) {
        ("Project" | "Event" | "Contact" | "Quote" | "QuoteActivityLog", Some(project)) => {
            Destination::Hint(project.clone())
        }
        ("Project" | "Event" | "Contact" | "Quote" | "QuoteActivityLog", None) => {
            Destination::Nowhere(IgnoredBecause::NoProject)
        }
        _ => Destination::Nowhere(IgnoredBecause::UnknownModel),
    }
}

async fn put(
    core: &Core,
    log: &DeliveryLog,
    envelope: &Envelope,
    project: &ProjectId,
    payload: Option<Payload>,
    deadline: Deadline,
) -> Result<Option<RequestId>, StoreError> {
    let owner = match core.store.linked_to(log.org, project).await? {
        Some(request) => Some(request),
        // Not linked, but it carries our identifier: whether that is so, the read-back will show.
        None => match envelope.identifier {
            Some(identifier) => core.store.intended_by(log.org, identifier).await?,
            None => None,
        },
    };
    let Some(request) = owner else { return hold(core, log, project, payload).await.map(|()| None) };
    let record = record_of(core, log.org, &request).await?;
    if let Some(other) = other_project(&record, project) {
        settle(core, log, has_another(&request, other, project), payload).await?;
        return Ok(None);
    }
    if record.read.as_ref().is_some_and(|read| read.project != *project) {
        // Two projects are said to carry one identifier, and the first one's read decides: until then this delivery
        // stays on its queue.
        return Err(StoreError::Conflict);
    }
    pend(core, log, record, project, payload, deadline).await?;
    Ok(Some(request))
}

async fn put_event(
    core: &Core,
    config: &Configuration,
    log: &DeliveryLog,
    project: &ProjectId,
    payload: Option<Payload>,
) -> Result<(), StoreError> {
    let Some(telling) = &log.tells else {
        let reason = "what it tells is not known any more".to_owned();
        return settle(core, log, DeliveryStatus::Failed { reason }, payload).await;
    };
    let Some(request) = core.store.linked_to(log.org, project).await? else {
        return hold(core, log, project, payload).await;
    };
    let record = record_of(core, log.org, &request).await?;
    if let Some(other) = other_project(&record, project) {
        return settle(core, log, has_another(&request, other, project), payload).await;
    }
    apply_event(core, config, log, telling, &record, project, payload).await
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

/// The first commit: the delivery is logged and its record is due for a read.
async fn pend(
    core: &Core,
    log: &DeliveryLog,
    record: Project,
    project: &ProjectId,
    payload: Option<Payload>,
    deadline: Deadline,
) -> Result<(), StoreError> {
    let request = record.request_id().clone();
    let mut draft = Draft::of(core, &record);
    let mut read = record.read.clone().unwrap_or_else(|| ReadDue {
        project: project.clone(),
        pending: Vec::new(),
        failures: 0,
        next_try: deadline.lease_end(),
    });
    let status = if read.pending.contains(&log.key) {
        return Ok(());
    } else if read.pending.len() < PENDING_LIMIT {
        read.pending.push(log.key.clone());
        DeliveryStatus::Received
    } else {
        draft.because("coalesced", format!("delivery {} is settled by the read that is due anyway", log.key));
        DeliveryStatus::Processed
    };
    draft.project.read = Some(read);
    let (org, key, at) = (log.org, log.key.clone(), draft.now);
    match payload {
        Some(payload) => {
            let log = DeliveryLog { request: Some(request.clone()), status, ..log.clone() };
            draft.change(Change::RecordDelivery { log, payload });
        }
        None => {
            draft.change(Change::MoveDelivery { org, key: key.clone(), status, request: Some(request), at });
            draft.change(Change::DropHeld { org, project: project.clone(), key: key.clone() });
        }
    }
    draft.commit(Cause { kind: CauseKind::Webhook, id: key.as_str().to_owned() }).await.map(|_| ())
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
        None if log.received_at + HELD_LIMIT <= now => {
            let status = DeliveryStatus::Ignored(IgnoredBecause::Unlinked);
            let moved = Change::MoveDelivery { org, key: log.key.clone(), status, request: None, at: now };
            let drop = Change::DropHeld { org, project: project.clone(), key: log.key.clone() };
            core.store.commit(vec![moved, drop]).await
        }
        None => Ok(()),
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
