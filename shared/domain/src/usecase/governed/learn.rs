//! After a call: what it tells of OpenSolar's limits. That it cannot be written down is no reason to lose the outcome.

use chrono::{DateTime, TimeDelta, Utc};
use tracing::{info, warn};

use super::grant::{read_quota, wait_asked_for};
use super::limits::Limits;
use super::{Call, Governed, Grant};
use crate::configuration::Account;
use crate::governor::{Creates, Fingerprint, Health, ReadMeter, WriteMeter};
use crate::ids::OrgId;
use crate::log::chain;
use crate::ports::{LimitName, OpenSolarError, StoreError};
use crate::remote::{NewContact, NewProject};
use crate::usecase::Core;

impl Governed {
    /// Learns of quota, token and outages.
    pub(super) async fn learn(&self, account: &Account, call: Call, grant: &Grant, error: Option<&OpenSolarError>) {
        if let Err(error) = self.write_down(account, call, grant, error).await {
            warn!(error = chain(&error), "what a call told of opensolar's limits was not written down");
        }
    }

    async fn write_down(
        &self,
        account: &Account,
        call: Call,
        grant: &Grant,
        error: Option<&OpenSolarError>,
    ) -> Result<(), StoreError> {
        match error {
            Some(OpenSolarError::InDoubt { .. }) => {
                self.change_health(account.org, Health::failed).await?;
                self.charge_repetitions(account, call).await
            }
            Some(OpenSolarError::NotSent { .. }) => self.change_health(account.org, Health::failed).await,
            Some(OpenSolarError::Unauthorized { .. }) => self.token_refused(account.org, grant).await,
            Some(OpenSolarError::RateLimited { retry_after, .. }) => {
                self.throttled(account.org, call, wait_asked_for(*retry_after)).await?;
                self.answered(account.org, grant).await
            }
            Some(
                OpenSolarError::PaymentRequired { .. }
                | OpenSolarError::EmailInUse { .. }
                | OpenSolarError::Rejected { .. },
            )
            | None => self.answered(account.org, grant).await,
            Some(OpenSolarError::NotGranted { .. }) => Ok(()),
        }
    }

    async fn answered(&self, org: OrgId, grant: &Grant) -> Result<(), StoreError> {
        match grant.is_news {
            true => self.change_health(org, Health::answered).await,
            false => Ok(()),
        }
    }

    /// A token that was replaced while the call was made is not known to be refused: the next call tells.
    async fn token_refused(&self, org: OrgId, grant: &Grant) -> Result<(), StoreError> {
        let Ok(token) = self.shared.token.current().await else { return Ok(()) };
        let token = Fingerprint::of(&token);
        if grant.token.as_ref() != Some(&token) {
            return Ok(());
        }
        self.change_health(org, |health, now| health.refused_token(token.clone(), now)).await
    }

    async fn change_health(
        &self,
        org: OrgId,
        change: impl Fn(&mut Health, DateTime<Utc>) + Send + Sync,
    ) -> Result<(), StoreError> {
        let change = |health: &mut Health, now: DateTime<Utc>| {
            let before = health.is_parked();
            change(health, now);
            (before, health.is_parked())
        };
        match self.shared.limits.change(org, LimitName::Health, change).await? {
            Some((false, true)) => warn!("opensolar is parked: it does not answer, or refuses our token"),
            Some((true, false)) => info!("opensolar is there again"),
            Some((true, true) | (false, false)) | None => {}
        }
        Ok(())
    }

    async fn throttled(&self, org: OrgId, call: Call, wait: TimeDelta) -> Result<(), StoreError> {
        warn!(operation = call.operation, seconds = wait.num_seconds(), "opensolar throttled a call");
        let (limits, name) = (&self.shared.limits, call.counts_as);
        let paused = match name {
            LimitName::Creates => {
                let pause = |creates: &mut Creates, now: DateTime<Utc>| creates.meter.pause(now + wait);
                limits.change(org, name, pause).await?
            }
            LimitName::Updates => {
                let pause = |meter: &mut WriteMeter, now: DateTime<Utc>| meter.pause(now + wait);
                limits.change(org, name, pause).await?
            }
            LimitName::Reads | LimitName::Others | LimitName::Health => {
                let pause = |meter: &mut ReadMeter, now: DateTime<Utc>| meter.pause(now + wait, now);
                limits.change(org, name, pause).await?
            }
        };
        paused.ok_or(StoreError::Conflict)
    }

    /// A read that brought nothing was repeated within its call, as often as it may be.
    async fn charge_repetitions(&self, account: &Account, call: Call) -> Result<(), StoreError> {
        let repeated = account.api_retry_count;
        let is_read = matches!(call.counts_as, LimitName::Reads | LimitName::Others);
        if !is_read || repeated == 0 {
            return Ok(());
        }
        let quota = read_quota(call.counts_as, &account.quotas);
        let charge = |meter: &mut ReadMeter, now: DateTime<Utc>| meter.charge(quota, repeated, now);
        self.shared.limits.change(account.org, call.counts_as, charge).await.map(|_| ())
    }

    /// A create that succeeds was paid for.
    pub(super) async fn learn_of_payment(&self, org: OrgId, grant: &Grant) {
        if grant.doubts_wallet {
            let refilled = |creates: &mut Creates, now: DateTime<Utc>| creates.wallet.refilled(now);
            if let Err(error) = self.shared.limits.change(org, LimitName::Creates, refilled).await {
                warn!(error = chain(&error), "that opensolar's wallet is not empty was not written down");
            }
        }
    }

    /// A create that was refused may have been for want of money: where that shows, the refusal is told as what it is.
    pub(super) async fn learn_of_refusal(&self, org: OrgId, new: &NewProject, error: OpenSolarError) -> OpenSolarError {
        let Some((operation, status)) = may_mean_money(new, &error) else { return error };
        let refused = |creates: &mut Creates, now: DateTime<Utc>| creates.wallet.refused(status, new.identifier, now);
        match self.shared.limits.change(org, LimitName::Creates, refused).await {
            Ok(Some(true)) => {
                warn!(status, "opensolar's wallet is empty, as it seems: new projects wait for it to be refilled");
                OpenSolarError::PaymentRequired { operation }
            }
            Ok(Some(false) | None) => error,
            Err(failure) => {
                warn!(error = chain(&failure), "what a create told of opensolar's wallet was not written down");
                error
            }
        }
    }
}

/// Somebody says that the wallet is refilled.
pub(crate) async fn wallet_refilled(core: &Core, org: OrgId) -> Result<(), StoreError> {
    let limits = Limits::new(core.store.clone(), core.ambient.clone());
    let refilled = |creates: &mut Creates, now: DateTime<Utc>| creates.wallet.refilled(now);
    limits.change(org, LimitName::Creates, refilled).await?.ok_or(StoreError::Conflict)
}

/// The status of a refusal for which nothing else is to blame: not the token, the throttle, an address that is taken,
/// or the contact that the project was to get.
fn may_mean_money(new: &NewProject, error: &OpenSolarError) -> Option<(&'static str, u16)> {
    match (error, &new.contact) {
        (OpenSolarError::PaymentRequired { operation }, _) => Some((operation, 402)),
        (OpenSolarError::Rejected { status: 400 | 404, .. }, NewContact::Existing(_)) => None,
        (OpenSolarError::Rejected { operation, status: status @ 400..=499, .. }, _) => Some((operation, *status)),
        _ => None,
    }
}
