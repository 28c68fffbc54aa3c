//! How many workers are worth waking: those for whom OpenSolar has room in the coming minute.

use chrono::{DateTime, Utc};

use crate::configuration::Account;
use crate::ids::{OrgId, RequestId};
use crate::jobs::{SyncJob, Wake, WebhookJob};
use crate::ports::{DueItem, StoreError};
use crate::usecase::Core;
use crate::usecase::governed::{AHEAD, Errand, Outlook, waits_for_limit};

/// What there is room for.
pub(super) struct Room<'a> {
    core: &'a Core,
    org: OrgId,
    outlook: Outlook,
}

/// What a sweep does about a due item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Its worker is woken.
    Wake,
    /// There is no room for it now: it is due again then.
    Later(DateTime<Utc>),
    /// Its time has not come, and nothing says that it may be woken before.
    Leave,
}

impl<'a> Room<'a> {
    /// What there is room for now, by the active organisation's limits.
    pub(super) async fn now(core: &'a Core, account: &Account) -> Result<Self, StoreError> {
        let outlook = Outlook::of(core, account).await?;
        Ok(Self { core, org: account.org, outlook })
    }

    /// By when items are looked at: by now, or later where some may no longer have to wait.
    pub(super) fn horizon(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.outlook.waiters_until(now).unwrap_or(now)
    }

    /// How many projects may be created.
    pub(super) fn creates(&self) -> usize {
        self.outlook.creates()
    }

    /// So many workers were woken that have projects to create.
    pub(super) fn use_up(&mut self, creates: usize, now: DateTime<Utc>) {
        for _ in 0..creates {
            let _ = self.outlook.take(Errand::Create, now);
        }
    }

    /// What becomes of an item. What is not about OpenSolar is woken when it is due.
    pub(super) async fn verdict(&mut self, item: &DueItem, now: DateTime<Utc>) -> Result<Verdict, StoreError> {
        let is_due = item.at <= now;
        if let Wake::Resume { org_id } = item.wake
            && org_id == self.org
            && self.creates() == 0
        {
            return Ok(if is_due { Verdict::Later(now + AHEAD) } else { Verdict::Leave });
        }
        let Some((org, request)) = about(&item.wake).filter(|(org, _)| *org == self.org) else {
            return Ok(if is_due { Verdict::Wake } else { Verdict::Leave });
        };
        let Some(project) = self.core.store.project(org, request).await? else { return Ok(Verdict::Wake) };
        if !is_due && !waits_for_limit(&project, now) {
            return Ok(Verdict::Leave);
        }
        let Some(errand) = Errand::of(&project) else { return Ok(Verdict::Wake) };
        Ok(match (self.outlook.take(errand, now), is_due) {
            (Ok(()), _) => Verdict::Wake,
            (Err(until), true) => Verdict::Later(until),
            (Err(_), false) => Verdict::Leave,
        })
    }
}

/// Whose worker would ask OpenSolar.
fn about(wake: &Wake) -> Option<(OrgId, &RequestId)> {
    match wake {
        Wake::Sync(
            SyncJob::Wake { org_id, request_id }
            | SyncJob::FetchStatus { org_id, request_id }
            | SyncJob::Resync { org_id, request_id, .. },
        )
        | Wake::Webhooks { job: WebhookJob::ReadBack { org_id, request_id }, .. } => Some((*org_id, request_id)),
        Wake::Webhooks {
            job: WebhookJob::Delivery(_) | WebhookJob::Replay { .. } | WebhookJob::ReplayHeld { .. },
            ..
        }
        | Wake::Notice(_)
        | Wake::Outbox { .. }
        | Wake::Resume { .. } => None,
    }
}
