//! An operator has a customer's data erased: what is personal goes, what ties things together stays.
//!
//! Each step may be done twice, and a customer is found until the last of them: whatever ended an erasure in the middle,
//! asking again goes on with it.

use chrono::{DateTime, Utc};
use tracing::info;

use super::OperateError;
use super::customer::{Whose, deliveries, known, requests_of};
use crate::authentication::Operator;
use crate::configuration::Configuration;
use crate::ids::{DeliveryKey, RequestId};
use crate::jobs::crm_update::{Cause, CauseKind};
use crate::notification::{Notice, NoticeState};
use crate::phone::PhoneNumber;
use crate::ports::{Change, CustomerFiles, StoreError};
use crate::project::{Project, SyncState};
use crate::usecase::draft::Draft;
use crate::usecase::read_back::forget_expired;
use crate::usecase::{CONFLICT_LIMIT, Core, outbox};
use crate::webhook::{DeliveryStatus, IgnoredBecause};

/// Why a customer cannot be erased now. Nothing was erased of them by this try. The texts are for operators.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unerasable {
    /// A worker is sending something to OpenSolar.
    #[error("a write of request {0} to opensolar is on its way: try again in a minute")]
    Writing(RequestId),
    /// Whether OpenSolar made the project, only what would be erased can tell.
    #[error("whether opensolar made the project of request {0} is not known: link it or declare it absent, then erase")]
    InDoubt(RequestId),
    /// Whether OpenSolar took a change, only what would be erased can tell.
    #[error("whether opensolar took the last change of request {} is not known: try again after {}", .0, .1.format("%H:%M UTC"))]
    Unsettled(RequestId, DateTime<Utc>),
    /// A message is being sent.
    #[error("a message of request {0} to the customer is on its way: try again in a minute")]
    Telling(RequestId),
    /// Messages for the CRM or our own workers are left, which tell of the customer.
    #[error("messages of request {0} are still to be sent: try again in a minute")]
    Unsent(RequestId),
}

/// What was erased, in numbers. Requests, deliveries and messages that had been erased before do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Erased {
    /// Records.
    pub requests: usize,
    /// Bodies of OpenSolar's deliveries.
    pub deliveries: usize,
    /// Entries of the ledger of messages.
    pub notices: usize,
}

/// Erases a customer in the active organisation. OpenSolar, WhatsApp and the CRM keep what they have.
pub async fn erase_customer(
    core: &Core,
    files: &dyn CustomerFiles,
    whose: &Whose,
    operator: &Operator,
) -> Result<Erased, OperateError> {
    let config = core.active_configuration().await?;
    let requests = requests_of(files, &config, whose).await?;
    for request in &requests {
        let project = known(files, config.account.org, request).await?;
        let rows = files.rows(project.org, request).await?;
        may_be_erased(&project, &rows.notices)?;
    }
    let erasure = Erasure { core, files, config: &config, operator, requests: &requests };
    let mut erased = Erased::default();
    for request in &requests {
        erasure.request(request, &mut erased).await?;
    }
    let Erased { requests, deliveries, notices } = erased;
    info!(operator = operator.name(), requests, deliveries, notices, "{operator} erased a customer's data");
    Ok(erased)
}

fn may_be_erased(project: &Project, notices: &[Notice]) -> Result<(), Unerasable> {
    let request = || project.request_id().clone();
    if notices.iter().any(|notice| matches!(notice.state, NoticeState::Sending { .. })) {
        return Err(Unerasable::Telling(request()));
    }
    match &project.sync {
        SyncState::Creating { .. } | SyncState::Updating { .. } => Err(Unerasable::Writing(request())),
        SyncState::Verifying { .. } | SyncState::Parked { in_doubt: Some(_), .. } => {
            Err(Unerasable::InDoubt(request()))
        }
        SyncState::Unsettled { settle_at, .. } => Err(Unerasable::Unsettled(request(), *settle_at)),
        SyncState::Skipped(_)
        | SyncState::Due { .. }
        | SyncState::Waiting { .. }
        | SyncState::InStep
        | SyncState::RemoteGone { .. }
        | SyncState::Parked { in_doubt: None, .. } => Ok(()),
    }
}

struct Erasure<'a> {
    core: &'a Core,
    files: &'a dyn CustomerFiles,
    config: &'a Configuration,
    operator: &'a Operator,
    /// All of the customer's.
    requests: &'a [RequestId],
}

impl Erasure<'_> {
    async fn request(&self, request: &RequestId, erased: &mut Erased) -> Result<(), OperateError> {
        for _ in 0..CONFLICT_LIMIT {
            match self.attempt(request, erased).await {
                Err(OperateError::UseCase(error)) if error.is_conflict() => {}
                outcome => return outcome,
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// What hangs on the record first, then the record with all by which it is found, then what came meanwhile.
    async fn attempt(&self, request: &RequestId, erased: &mut Erased) -> Result<(), OperateError> {
        let (core, org) = (self.core, self.config.account.org);
        outbox::flush(core, org, request).await;
        if !core.store.outbox(org, request).await?.is_empty() {
            return Err(Unerasable::Unsent(request.clone()).into());
        }
        let mut project = known(self.files, org, request).await?;
        forget_expired(core, &mut project).await?;
        let rows = self.files.rows(org, request).await?;
        may_be_erased(&project, &rows.notices)?;
        erased.deliveries += self.deliveries(&project).await?;
        erased.notices += self.notices(&rows.notices).await?;
        if project.erased_at().is_none() {
            self.record(&project, rows.numbers).await?;
            erased.requests += 1;
            erased.deliveries += self.deliveries(&project).await?;
        }
        Ok(())
    }

    /// Bodies that are still kept, and what their rows tell.
    async fn deliveries(&self, project: &Project) -> Result<usize, StoreError> {
        let mut count = 0;
        for key in deliveries(self.files, project).await? {
            let Some(log) = self.files.delivery(project.org, &key).await? else { continue };
            let payload = self.files.payload(project.org, &key).await?;
            let has_body = payload.is_some_and(|payload| !payload.body.is_empty());
            if has_body || log.tells.is_some() {
                self.core.store.commit(vec![Change::EraseDelivery { org: project.org, key }]).await?;
                count += 1;
            }
        }
        Ok(count)
    }

    async fn notices(&self, notices: &[Notice]) -> Result<usize, StoreError> {
        let mut count = 0;
        for notice in notices {
            let erased = notice.erased();
            if erased != *notice {
                self.core.store.commit(vec![Change::UpdateNotice(erased)]).await?;
                count += 1;
            }
        }
        Ok(count)
    }

    /// The record, in one commit with what leads from a number to it.
    async fn record(&self, project: &Project, mut numbers: Vec<PhoneNumber>) -> Result<(), StoreError> {
        let (org, now) = (project.org, self.core.now());
        let request = project.request_id();
        let erased = project.erased(now);
        // What the CRM is told has changed is how it stands: not from whose name to nobody's.
        let before = Project { sync: project.sync.clone(), read: project.read.clone(), ..erased.clone() };
        let mut draft = Draft::of(self.core, &before);
        draft.project = erased;
        for phone in &numbers {
            draft.change(Change::EraseNumber { org, phone: phone.clone(), request: request.clone() });
        }
        numbers.push(project.desired.customer.phone.clone());
        numbers.sort_unstable();
        numbers.dedup();
        for phone in numbers {
            if self.is_nobody_elses(&phone).await? {
                draft.change(Change::EraseContact { org, phone });
            }
        }
        for key in pending(project) {
            let (status, request) = (DeliveryStatus::Ignored(IgnoredBecause::Erased), Some(request.clone()));
            draft.change(Change::MoveDelivery { org, key, status, request, at: now });
        }
        draft.because("operator", format!("{} had the customer's data erased", self.operator));
        let cause = Cause { kind: CauseKind::Operator, id: self.operator.name().to_owned() };
        draft.commit(cause).await.map(|_| ())
    }

    /// Whether all who ever named the number are this customer's requests.
    async fn is_nobody_elses(&self, phone: &PhoneNumber) -> Result<bool, StoreError> {
        let named_by = self.files.requests_of(self.config.account.org, phone).await?;
        Ok(named_by.iter().all(|request| self.requests.contains(request)))
    }
}

/// The deliveries that wait for a read that is not going to be made.
fn pending(project: &Project) -> Vec<DeliveryKey> {
    project.read.as_ref().map(|read| read.pending.clone()).unwrap_or_default()
}
