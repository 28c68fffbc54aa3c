//! A hint: the delivery is logged, and the project that it names is due for a read.

use super::{erased, has_another, hold, other_project, owner, record_of, settle};
use crate::ids::{ProjectId, RequestId};
use crate::jobs::crm_update::{Cause, CauseKind};
use crate::ports::{Change, Deadline, StoreError};
use crate::project::{PENDING_LIMIT, Project, ReadDue};
use crate::usecase::Core;
use crate::usecase::draft::Draft;
use crate::webhook::{DeliveryLog, DeliveryStatus, Envelope, Payload};

/// Puts it on the record whose project it names, or holds it; the request whose read is due.
pub(super) async fn put_hint(
    core: &Core,
    log: &DeliveryLog,
    envelope: &Envelope,
    project: &ProjectId,
    payload: Option<Payload>,
    deadline: Deadline,
) -> Result<Option<RequestId>, StoreError> {
    let Some(request) = owner(core, log.org, envelope, project).await? else {
        return hold(core, log, project, payload).await.map(|()| None);
    };
    let record = record_of(core, log.org, &request).await?;
    if record.erased_at().is_some() {
        erased(core, log, payload).await?;
        return Ok(None);
    }
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
