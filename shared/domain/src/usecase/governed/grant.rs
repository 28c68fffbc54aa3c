//! Before a call: whether it may be made.

use std::sync::{MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tracing::info;

use super::{Call, Governed, Grant};
use crate::configuration::{Account, Quotas};
use crate::governor::{
    Creates, Denied, Fingerprint, GRANT_KEPT, Health, Leave, Limited, OUTAGE_PROBE, ReadMeter, ReadQuota, WriteMeter,
};
use crate::ids::OrgId;
use crate::ports::{LimitName, OpenSolarError, StoreError};
use crate::retry::{QUOTA_WAIT, TOKEN_PROBE};

/// Of a project's reads many come at once (a batch of deliveries), and as many over the minutes as the night's sweep
/// enqueues: two fifths and the rest.
const BURST_OF_READS: u32 = 40;

/// Lists and lookups come a turn, or a batch, at a time: two thirds.
const BURST_OF_OTHERS: u32 = 67;

/// What is published for reads, or guessed for the others, as their meter takes it.
pub(super) fn read_quota(counts_as: LimitName, quotas: &Quotas) -> ReadQuota {
    let per_day = quotas.per_day;
    match counts_as {
        LimitName::Reads => ReadQuota { per_minute: quotas.reads_per_minute, burst_percent: BURST_OF_READS, per_day },
        LimitName::Others | LimitName::Creates | LimitName::Updates | LimitName::Health => {
            ReadQuota { per_minute: quotas.others_per_minute, burst_percent: BURST_OF_OTHERS, per_day }
        }
    }
}

/// What `Retry-After` asks for; without one, the minute that OpenSolar counts by.
pub(super) fn wait_asked_for(retry_after: Option<std::time::Duration>) -> TimeDelta {
    let wait = retry_after.and_then(|wait| TimeDelta::from_std(wait).ok()).unwrap_or(QUOTA_WAIT);
    wait.clamp(TimeDelta::seconds(1), TimeDelta::hours(24))
}

impl Governed {
    /// Leave for a read. Where one call is to see whether OpenSolar is back, this is it.
    pub(super) async fn ask_for_read(&self, account: &Account, call: Call) -> Result<Grant, OpenSolarError> {
        let (grant, leave) = self.look(account, call).await?;
        self.count(account, call).await?;
        if leave == Leave::Probe {
            self.elect(account.org, call, &grant).await?;
        }
        Ok(grant)
    }

    /// Leave for a write. It is never the call that sees whether OpenSolar is back: a read is made for that before.
    pub(super) async fn ask_for_write(&self, account: &Account, call: Call) -> Result<Grant, OpenSolarError> {
        let (grant, leave) = self.look(account, call).await?;
        if leave == Leave::Probe {
            self.probe(account, call, &grant).await?;
        }
        let doubts_wallet = self.count(account, call).await?;
        Ok(Grant { at: self.now(), doubts_wallet, ..grant })
    }

    /// Keeps a grant for the call that is about to be made.
    pub(super) fn keep_ahead(&self, call: Call, grant: Grant) {
        self.ahead().push((call.counts_as, grant));
    }

    /// A grant that was asked for ahead, no longer ago than it is kept. Older ones are forfeited, and stay counted.
    pub(super) fn asked_ahead(&self, org: OrgId, call: Call) -> Option<Grant> {
        let now = self.now();
        let mut ahead = self.ahead();
        ahead.retain(|(_, grant)| grant.at <= now && now <= grant.at + GRANT_KEPT);
        let position = ahead.iter().position(|(kind, grant)| *kind == call.counts_as && grant.org == org)?;
        Some(ahead.swap_remove(position).1)
    }

    /// Whether OpenSolar is parked.
    async fn look(&self, account: &Account, call: Call) -> Result<(Grant, Leave), OpenSolarError> {
        let org = account.org;
        let health: Health =
            self.shared.limits.read(org, LimitName::Health).await.map_err(|error| call.failed(error))?;
        let token = self.token(&health).await;
        let at = self.now();
        let leave = health.look(token.as_ref(), at).map_err(|denied| call.denied(denied))?;
        let is_news = !health.is_spotless();
        Ok((Grant { org, at, is_news, doubts_wallet: false, token }, leave))
    }

    /// The token, as far as anybody needs to know it. While it is refused, its successor is looked for.
    async fn token(&self, health: &Health) -> Option<Fingerprint> {
        let current = Fingerprint::of(&self.shared.token.current().await.ok()?);
        match health.refuses(&current) {
            true => Some(Fingerprint::of(&self.shared.token.refreshed().await.ok()?)),
            false => Some(current),
        }
    }

    /// Counts the call; whether a create's success would tell something new of the wallet.
    async fn count(&self, account: &Account, call: Call) -> Result<bool, OpenSolarError> {
        let (limits, org, quotas) = (&self.shared.limits, account.org, account.quotas);
        let counted = match call.counts_as {
            LimitName::Creates => {
                let ask = |creates: &mut Creates, now: DateTime<Utc>| {
                    creates.ask(quotas.creates_per_minute, quotas.per_day, now)?;
                    Ok(creates.wallet.is_doubted())
                };
                limits.change(org, call.counts_as, ask).await
            }
            LimitName::Updates => {
                let ask = |meter: &mut WriteMeter, now: DateTime<Utc>| {
                    meter.ask(quotas.updates_per_minute, quotas.per_day, now).map(|()| false)
                };
                limits.change(org, call.counts_as, ask).await
            }
            LimitName::Reads | LimitName::Others | LimitName::Health => {
                let quota = read_quota(call.counts_as, &quotas);
                let ask = |meter: &mut ReadMeter, now: DateTime<Utc>| {
                    meter.ask(quota, call.class, call.weight, now).map(|()| false)
                };
                limits.change(org, call.counts_as, ask).await
            }
        };
        let outcome = counted.map_err(|error| call.failed(error))?;
        outcome.unwrap_or_else(|| Err(self.busy())).map_err(|denied| call.denied(denied))
    }

    /// Of all who could be the probe one is.
    async fn elect(&self, org: OrgId, call: Call, grant: &Grant) -> Result<(), OpenSolarError> {
        let token = grant.token.as_ref();
        let elect = |health: &mut Health, now: DateTime<Utc>| health.elect(token, now);
        let elected = self.shared.limits.change(org, LimitName::Health, elect).await;
        let elected = elected.map_err(|error| call.failed(error))?.unwrap_or_else(|| Err(self.busy()));
        elected.map_err(|denied| call.denied(denied))?;
        info!(operation = call.operation, "opensolar is parked: one read sees whether it is back");
        Ok(())
    }

    /// Reads something small, to see whether OpenSolar is back.
    async fn probe(&self, account: &Account, waiting: Call, grant: &Grant) -> Result<(), OpenSolarError> {
        let read = Call { operation: waiting.operation, ..Call::stages(waiting.class) };
        self.count(account, read).await?;
        self.elect(account.org, read, grant).await?;
        let outcome = self.inner.stages(account).await;
        self.learn(account, read, grant, outcome.as_ref().err()).await;
        let (why, wait) = match outcome {
            // Whatever it refuses, it is there and takes the token.
            Ok(_)
            | Err(
                OpenSolarError::Rejected { .. }
                | OpenSolarError::EmailInUse { .. }
                | OpenSolarError::PaymentRequired { .. }
                | OpenSolarError::RateLimited { .. },
            ) => return Ok(()),
            Err(OpenSolarError::NotGranted { why, until, .. }) => return Err(waiting.denied(Denied { why, until })),
            Err(OpenSolarError::Unauthorized { .. }) => (Limited::Token, TOKEN_PROBE),
            Err(OpenSolarError::NotSent { .. } | OpenSolarError::InDoubt { .. }) => (Limited::Outage, OUTAGE_PROBE),
        };
        Err(waiting.denied(Denied { why, until: self.now() + wait }))
    }

    /// Others are always faster: a moment later, and not all at the same one.
    fn busy(&self) -> Denied {
        let millis = i64::try_from(self.shared.limits.random() % 4_000).unwrap_or_default();
        Denied { why: Limited::Quota, until: self.now() + TimeDelta::milliseconds(1_000 + millis) }
    }

    fn now(&self) -> DateTime<Utc> {
        self.shared.limits.now()
    }

    fn ahead(&self) -> MutexGuard<'_, Vec<(LimitName, Grant)>> {
        self.shared.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    fn denied(self, Denied { why, until }: Denied) -> OpenSolarError {
        OpenSolarError::NotGranted { operation: self.operation, why, until }
    }

    /// Without the table nobody knows what may be sent, so nothing is.
    fn failed(self, error: StoreError) -> OpenSolarError {
        OpenSolarError::NotSent { operation: self.operation, source: error.into() }
    }
}
