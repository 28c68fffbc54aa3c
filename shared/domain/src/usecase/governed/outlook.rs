//! What the coming minute has room for: a look at the limits that changes nothing, for who wakes others.

use chrono::{DateTime, TimeDelta, Utc};

use super::grant::read_quota;
use super::limits::Limits;
use crate::configuration::Account;
use crate::governor::{Class, Creates, Health, Limited, OUTAGE_PROBE, ReadMeter, WriteMeter};
use crate::ports::{LimitName, StoreError};
use crate::project::{Project, SyncState, WaitReason};
use crate::retry::{TOKEN_PROBE, WALLET_PROBE};
use crate::usecase::Core;

/// How far ahead it looks.
pub(crate) const AHEAD: TimeDelta = TimeDelta::minutes(1);

/// Where nothing goes but a probe, one worker is woken to be it.
const ONE: u32 = 1;

/// What is left of a minute, and what a minute has.
#[derive(Debug, Clone, Copy)]
struct Room {
    left: u32,
    a_minute: u32,
    turned_away: u32,
}

/// What is kept back altogether, but for probes.
#[derive(Debug, Clone, Copy)]
struct Park {
    left: u32,
    until: DateTime<Utc>,
}

impl Park {
    /// A park whose next probe is due then. Once it is, the one who is woken for it moves it on by `probes`.
    fn new(next_probe: DateTime<Utc>, probes: TimeDelta, now: DateTime<Utc>) -> Self {
        match next_probe <= now {
            true => Self { left: ONE, until: now + probes },
            false => Self { left: 0, until: next_probe },
        }
    }

    /// A park by a refused token. Only a worker sees that the secret has another one, so each minute one may look.
    fn by_token(next_probe: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self { left: ONE, ..Self::new(next_probe, TOKEN_PROBE, now) }
    }
}

/// What a worker would want of OpenSolar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errand {
    /// To create a project.
    Create,
    /// To change one.
    Update,
    /// To read one.
    Read,
    /// To look through its lists.
    Search,
}

impl Errand {
    /// What a record's worker would want; nothing if it would only write something down.
    pub(crate) fn of(project: &Project) -> Option<Self> {
        let read = project.read.as_ref().map(|_| Self::Read);
        match (&project.sync, &project.remote) {
            // Who may be a witness is read before anything is created.
            (SyncState::Due { .. } | SyncState::Waiting { .. }, None) => read.or(Some(Self::Create)),
            (SyncState::Due { .. } | SyncState::Waiting { .. }, Some(_)) => Some(Self::Update),
            (SyncState::Unsettled { .. }, _) => Some(Self::Read),
            (SyncState::Verifying { .. }, _) => read.or(Some(Self::Search)),
            (
                SyncState::Creating { .. }
                | SyncState::Updating { .. }
                | SyncState::Skipped(_)
                | SyncState::InStep
                | SyncState::RemoteGone { .. }
                | SyncState::Parked { .. },
                _,
            ) => read,
        }
    }
}

/// How many workers may be woken for each errand, and when those come again for whom there is no room.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outlook {
    creates: Room,
    updates: Room,
    reads: Room,
    searches: Room,
    /// While OpenSolar is parked: how many of all may be woken, and until when no others.
    parked: Option<Park>,
    /// While its wallet is empty, the same of creates.
    unpaid: Option<Park>,
    /// A park or an empty wallet is over, and those who were told to wait wait until then at most.
    waiters_until: Option<DateTime<Utc>>,
}

impl Outlook {
    /// The outlook of an organisation's coming minute.
    pub(crate) async fn of(core: &Core, account: &Account) -> Result<Self, StoreError> {
        let limits = Limits::new(core.store.clone(), core.ambient.clone());
        let (org, quotas, by) = (account.org, account.quotas, core.now() + AHEAD);
        let health: Health = limits.read(org, LimitName::Health).await?;
        let creates: Creates = limits.read(org, LimitName::Creates).await?;
        let updates: WriteMeter = limits.read(org, LimitName::Updates).await?;
        let reads: ReadMeter = limits.read(org, LimitName::Reads).await?;
        let others: ReadMeter = limits.read(org, LimitName::Others).await?;
        let now = core.now();
        let room = |left, a_minute| Room { left, a_minute, turned_away: 0 };
        let read_room = |meter: &ReadMeter, name| {
            let quota = read_quota(name, &quotas);
            room(meter.room(quota, Class::Fetch, by), quota.per_minute / 2)
        };
        Ok(Self {
            creates: room(creates.meter.room(quotas.creates_per_minute, quotas.per_day, by), quotas.creates_per_minute),
            updates: room(updates.room(quotas.updates_per_minute, quotas.per_day, by), quotas.updates_per_minute),
            reads: read_room(&reads, LimitName::Reads),
            searches: read_room(&others, LimitName::Others),
            parked: health.next_probe().map(|(why, next_probe)| match why {
                Limited::Token => Park::by_token(next_probe, now),
                Limited::Outage | Limited::Quota | Limited::Wallet => Park::new(next_probe, OUTAGE_PROBE, now),
            }),
            unpaid: creates.wallet.next_probe().map(|next_probe| Park::new(next_probe, WALLET_PROBE, now)),
            waiters_until: health.waiters_until().max(creates.wallet.waiters_until()),
        })
    }

    /// Counts an errand, if there is room for it.
    ///
    /// # Errors
    /// When to come again, if there is none: once what keeps it back may be over, or in the minute in which those before
    /// it are through, so that a backlog is not looked at whole each minute.
    pub(crate) fn take(&mut self, errand: Errand, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let Self { creates, updates, reads, searches, parked, unpaid, .. } = self;
        let (room, unpaid) = match errand {
            Errand::Create => (creates, unpaid.as_mut()),
            Errand::Update => (updates, None),
            Errand::Read => (reads, None),
            Errand::Search => (searches, None),
        };
        let mut parks: Vec<&mut Park> = parked.as_mut().into_iter().chain(unpaid).collect();
        if let Some(until) = parks.iter().filter(|park| park.left == 0).map(|park| park.until).max() {
            return Err(until.max(now + AHEAD));
        }
        if room.left == 0 {
            let minutes = i32::try_from(room.turned_away / room.a_minute.max(1)).unwrap_or(i32::MAX);
            room.turned_away += 1;
            return Err(now + AHEAD * minutes.saturating_add(1));
        }
        room.left -= 1;
        parks.iter_mut().for_each(|park| park.left -= 1);
        Ok(())
    }

    /// How many creates there is room for.
    pub(crate) fn creates(&self) -> usize {
        let parks = [self.parked, self.unpaid];
        let left = parks.into_iter().flatten().map(|park| park.left).fold(self.creates.left, u32::min);
        usize::try_from(left).unwrap_or(usize::MAX)
    }

    /// Until when those wait, at most, who no longer have to.
    pub(crate) fn waiters_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.waiters_until.filter(|until| now < *until)
    }
}

/// Whether a record waits for nothing but a limit of OpenSolar's, which may be over before its time: by its own word, or
/// because a sweep turned it away.
pub(crate) fn waits_for_limit(project: &Project, now: DateTime<Utc>) -> bool {
    if project.wake().is_some_and(|(at, _)| at <= now) {
        return true;
    }
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
