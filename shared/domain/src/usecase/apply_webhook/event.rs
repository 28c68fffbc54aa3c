//! Applies an event of the `design` contract: what it tells becomes true in its record, in the commit that logs it.
//!
//! The event says itself what happened, so nothing has to be read for it. Beyond that it goes the way of a read-back:
//! the picture of the project changes, and news, the status and the CRM's update follow from the picture.

use super::{erased, has_another, hold, other_project, record_of, settle};
use crate::configuration::Configuration;
use crate::ids::ProjectId;
use crate::jobs::crm_update::{Cause, CauseKind};
use crate::notification::Look;
use crate::observe;
use crate::ports::{Change, StoreError};
use crate::project::{Observed, Project, Word};
use crate::request::CrmStatus;
use crate::usecase::Core;
use crate::usecase::announce::{Heard, announce};
use crate::usecase::draft::Draft;
use crate::webhook::{DeliveryLog, DeliveryStatus, Fact, IgnoredBecause, Payload, Telling};

/// Applies it to the record whose project it names, or holds it. `payload` is there for one that is not logged yet.
pub(super) async fn put_event(
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
    if record.erased_at().is_some() {
        return erased(core, log, payload).await;
    }
    if let Some(other) = other_project(&record, project) {
        return settle(core, log, has_another(&request, other, project), payload).await;
    }
    if record.remote.is_none() {
        let reason = format!("project {project} is not request {request}'s any more");
        return settle(core, log, DeliveryStatus::Failed { reason }, payload).await;
    }
    apply_event(core, config, log, telling, &record, project, payload).await
}

/// Commits what the delivery tells of this record's project, on condition that the record is still what was read.
async fn apply_event(
    core: &Core,
    config: &Configuration,
    log: &DeliveryLog,
    telling: &Telling,
    record: &Project,
    project: &ProjectId,
    payload: Option<Payload>,
) -> Result<(), StoreError> {
    if record.told.is_repeated_by(telling) {
        let (org, request, read) = (record.org, record.request_id().clone(), record.revision);
        let mut changes = vec![Change::CheckProject { org, request, read }];
        let ignored = DeliveryStatus::Ignored(IgnoredBecause::Repeat);
        changes.extend(logged(core, log, ignored, record, project, payload));
        return core.store.commit(changes).await;
    }
    let mut draft = Draft::of(core, record);
    hear(&mut draft, telling, config);
    for change in logged(core, log, DeliveryStatus::Processed, record, project, payload) {
        draft.change(change);
    }
    draft.commit(Cause { kind: CauseKind::Webhook, id: log.key.as_str().to_owned() }).await.map(|_| ())
}

/// Lets what an event tells become true in the record.
fn hear(draft: &mut Draft<'_>, telling: &Telling, config: &Configuration) {
    let before = draft.project.observed.clone();
    let mut told = draft.project.told.clone();
    let (observed, word) = observe::after_event(before.as_ref(), &mut told, telling, config, draft.now);
    let effect = match word {
        Word::Latest => "",
        Word::Overtaken => ": a later one is known",
    };
    draft.because("event", format!("{} of {}{effect}", telling.fact.event_type(), telling.at));
    let linked_at = draft.project.remote.as_ref().map(|remote| remote.linked_at);
    let look = if linked_at.is_some_and(|linked_at| telling.at < linked_at) { Look::First } else { Look::Later };
    announce(draft, &observed, Heard { at: Some(telling.at), look }, config);
    draft.project.shown_status = shown_status(draft, telling, &observed, config);
    draft.project.observed = Some(observed);
    draft.project.told = told;
}

/// The furthest status, by the event's own word too: one that was overtaken was true at its time.
fn shown_status(
    draft: &Draft<'_>,
    telling: &Telling,
    observed: &Observed,
    config: &Configuration,
) -> Option<CrmStatus> {
    let now = observe::status(&draft.project, observed, config);
    match &telling.fact {
        Fact::Status(status) => {
            let then = Observed { status: Some(status.clone()), ..observed.clone() };
            now.max(observe::status(&draft.project, &then, config))
        }
        Fact::DesignComplete | Fact::ProposalSent(_) | Fact::ContractSigned | Fact::InstallationScheduled(_) => now,
    }
}

/// What the log says of the delivery from now on.
fn logged(
    core: &Core,
    log: &DeliveryLog,
    status: DeliveryStatus,
    record: &Project,
    project: &ProjectId,
    payload: Option<Payload>,
) -> Vec<Change> {
    let (org, key, request) = (log.org, log.key.clone(), Some(record.request_id().clone()));
    match payload {
        Some(payload) => {
            vec![Change::RecordDelivery { log: DeliveryLog { request, status, ..log.clone() }, payload }]
        }
        None => vec![
            Change::MoveDelivery { org, key: key.clone(), status, request, at: core.now() },
            Change::DropHeld { org, project: project.clone(), key },
        ],
    }
}
