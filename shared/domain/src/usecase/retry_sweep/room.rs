//! How many workers are worth waking: those for whom OpenSolar has room in the coming minute.

use chrono::{DateTime, Utc};

use crate::configuration::Account;
use crate::ids::{OrgId, RequestId};
use crate::jobs::{SyncJob, Wake, WebhookJob};
use crate::ports::{DueIn, DueItem, StoreError};
use crate::project::{Errand, Lane};
use crate::usecase::Core;
use crate::usecase::governed::{Outlook, waits_for_limit};

/// What there is room for.
pub(super) struct Room<'a> {
    core: &'a Core,
    org: OrgId,
    outlook: Outlook,
}

/// What a sweep does about an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Its worker is woken.
    Wake,
    /// There is no room for it now, or its time has not come and nothing says that it may be woken before.
    Leave,
}

impl<'a> Room<'a> {
    /// What there is room for now, by the active organisation's limits.
    pub(super) async fn now(core: &'a Core, account: &Account) -> Result<Self, StoreError> {
        let outlook = Outlook::of(core, account).await?;
        Ok(Self { core, org: account.org, outlook })
    }

    /// Which records are looked at: of each errand those for whom there is room and one more, which tells whether there
    /// are more. While some may no longer have to wait, `limit`, since there are others among those.
    pub(super) fn wanted(&self, limit: usize, now: DateTime<Utc>) -> impl Iterator<Item = DueIn> {
        let waiters_until = self.outlook.waiters_until(now);
        Errand::ALL.into_iter().map(move |errand| {
            let (lane, left) = (Lane::OpenSolar(self.org, errand), self.outlook.left(errand));
            match waiters_until {
                Some(by) if 0 < left => DueIn { lane, by, limit },
                Some(_) | None => DueIn { lane, by: now, limit: limit.min(left.saturating_add(1)) },
            }
        })
    }

    /// How many projects may be created.
    pub(super) fn creates(&self) -> usize {
        self.outlook.left(Errand::Create)
    }

    /// So many workers were woken that have projects to create.
    pub(super) fn use_up(&mut self, creates: usize) {
        for _ in 0..creates {
            self.outlook.take(Errand::Create);
        }
    }

    /// What becomes of an item. What is not about OpenSolar is woken.
    pub(super) async fn verdict(&mut self, item: &DueItem, now: DateTime<Utc>) -> Result<Verdict, StoreError> {
        let Lane::OpenSolar(_, errand) = item.lane else {
            let has_no_room = matches!(item.wake, Wake::Resume { org_id } if org_id == self.org) && self.creates() == 0;
            return Ok(if has_no_room { Verdict::Leave } else { Verdict::Wake });
        };
        if self.outlook.left(errand) == 0 {
            return Ok(Verdict::Leave);
        }
        let Some((org, request)) = about(&item.wake) else { return Ok(Verdict::Wake) };
        let Some(project) = self.core.store.project(org, request).await? else { return Ok(Verdict::Wake) };
        if now < item.at && !waits_for_limit(&project) {
            return Ok(Verdict::Leave);
        }
        // The index may lag: what the record says counts.
        let has_room = Errand::of(&project).is_none_or(|errand| self.outlook.take(errand));
        Ok(if has_room { Verdict::Wake } else { Verdict::Leave })
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
