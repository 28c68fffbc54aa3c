//! What the coming minute has room for: a look at the limits that changes nothing, for who wakes others.

use chrono::{DateTime, TimeDelta, Utc};

use super::PATIENCE;
use super::grant::read_quota;
use super::limits::Limits;
use crate::configuration::Account;
use crate::governor::{Class, Creates, Health, Limited, ReadMeter, WriteMeter};
use crate::ports::{LimitName, StoreError};
use crate::project::{Errand, Project, SyncState, WaitReason};
use crate::usecase::Core;

/// How far ahead it looks for reads. For writes it is as long as a worker waits for its grant in place: who is woken for
/// a later one would only be told to come again.
const AHEAD: TimeDelta = TimeDelta::minutes(1);

/// Where nothing goes but a probe, one worker is woken to be it.
const ONE: u32 = 1;

/// How many workers may be woken for each errand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outlook {
    creates: u32,
    updates: u32,
    reads: u32,
    searches: u32,
    /// While OpenSolar is parked: how many of all may be woken.
    parked: Option<u32>,
    /// While its wallet is empty, the same of creates.
    unpaid: Option<u32>,
    /// A park or an empty wallet is over, and those who were told to wait wait until then at most.
    waiters_until: Option<DateTime<Utc>>,
}

impl Outlook {
    /// The outlook of an organisation's coming minute.
    pub(crate) async fn of(core: &Core, account: &Account) -> Result<Self, StoreError> {
        let limits = Limits::new(core.store.clone(), core.ambient.clone());
        let (org, quotas) = (account.org, account.quotas);
        let health: Health = limits.read(org, LimitName::Health).await?;
        let creates: Creates = limits.read(org, LimitName::Creates).await?;
        let updates: WriteMeter = limits.read(org, LimitName::Updates).await?;
        let reads: ReadMeter = limits.read(org, LimitName::Reads).await?;
        let others: ReadMeter = limits.read(org, LimitName::Others).await?;
        let now = core.now();
        let (soon, by) = (now + PATIENCE, now + AHEAD);
        let read_room = |meter: &ReadMeter, name| meter.room(read_quota(name, &quotas), Class::Fetch, by);
        let probes = |next_probe: DateTime<Utc>| if next_probe <= now { ONE } else { 0 };
        Ok(Self {
            creates: creates.meter.room(quotas.creates_per_minute, quotas.per_day, soon),
            updates: updates.room(quotas.updates_per_minute, quotas.per_day, soon),
            reads: read_room(&reads, LimitName::Reads),
            searches: read_room(&others, LimitName::Others),
            parked: health.next_probe().map(|(why, next_probe)| match why {
                // Only a worker sees that the secret has another token, so each minute one may look.
                Limited::Token => ONE,
                Limited::Outage | Limited::Quota | Limited::Wallet => probes(next_probe),
            }),
            unpaid: creates.wallet.next_probe().map(probes),
            waiters_until: health.waiters_until().max(creates.wallet.waiters_until()),
        })
    }

    /// How many workers there is room for, if all have this errand.
    pub(crate) fn left(&self, errand: Errand) -> usize {
        let (room, unpaid) = match errand {
            Errand::Create => (self.creates, self.unpaid),
            Errand::Update => (self.updates, None),
            Errand::Read => (self.reads, None),
            Errand::Search => (self.searches, None),
        };
        let left = [self.parked, unpaid].into_iter().flatten().fold(room, u32::min);
        usize::try_from(left).unwrap_or(usize::MAX)
    }

    /// Counts a worker with this errand; whether there is room for it.
    pub(crate) fn take(&mut self, errand: Errand) -> bool {
        if self.left(errand) == 0 {
            return false;
        }
        let (room, unpaid) = match errand {
            Errand::Create => (&mut self.creates, self.unpaid.as_mut()),
            Errand::Update => (&mut self.updates, None),
            Errand::Read => (&mut self.reads, None),
            Errand::Search => (&mut self.searches, None),
        };
        *room -= 1;
        self.parked.as_mut().into_iter().chain(unpaid).for_each(|left| *left -= 1);
        true
    }

    /// Until when those wait, at most, who no longer have to.
    pub(crate) fn waiters_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.waiters_until.filter(|until| now < *until)
    }
}

/// Whether a record waits for nothing but a limit of OpenSolar's, which may be over before its time.
pub(crate) fn waits_for_limit(project: &Project) -> bool {
    match &project.sync {
        SyncState::Waiting { reason: WaitReason::Wallet | WaitReason::Token, .. } => true,
        SyncState::Waiting { reason: WaitReason::Quota | WaitReason::BackOff(_) | WaitReason::Contact, .. }
        | SyncState::Skipped(_)
        | SyncState::Due { .. }
        | SyncState::Creating { .. }
        | SyncState::Verifying { .. }
        | SyncState::Updating { .. }
        | SyncState::Unsettled { .. }
        | SyncState::InStep
        | SyncState::RemoteGone { .. }
        | SyncState::Parked { .. } => project.read.as_ref().is_some_and(|read| read.failures == 0),
    }
}
