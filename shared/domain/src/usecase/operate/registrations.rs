//! Where OpenSolar sends its deliveries: operators look, register the bridge, give it a new key, and end it.

use tracing::info;

use super::OperateError;
use super::connection::{impatient, what_is_wrong};
use crate::authentication::Operator;
use crate::configuration::{Account, ApiContract};
use crate::ids::RegistrationId;
use crate::ports::{OpenSolarError, Registrations};
use crate::registration::{NewRegistration, Registration};
use crate::usecase::Core;

/// What came of a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registered {
    /// There was none at the address.
    New,
    /// These were there, and have the new key; more than one bring each delivery as often.
    Renewed(Vec<RegistrationId>),
}

/// The active organisation's registrations.
pub async fn list_registrations(core: &Core, opensolar: &dyn Registrations) -> Result<Vec<Registration>, OperateError> {
    let account = impatient(core.active_configuration().await?).account;
    opensolar.registrations(&account).await.map_err(refused(&account))
}

/// Has deliveries made to an address, with a key that the door has to know by then. What is registered there is renewed
/// and not registered twice, so that it may be asked for again after any failure.
pub async fn register_webhook(
    core: &Core,
    opensolar: &dyn Registrations,
    new: &NewRegistration,
    operator: &Operator,
) -> Result<Registered, OperateError> {
    let account = impatient(core.active_configuration().await?).account;
    if account.api_contract == ApiContract::Live && new.signing_key.is_some() {
        return Err(OperateError::NothingIsSigned);
    }
    let there = registered_at(&account, opensolar, new).await.map_err(refused(&account))?;
    info!(operator = operator.name(), "{operator} has the webhook registered");
    if there.is_empty() {
        opensolar.register(&account, new).await.map_err(refused(&account))?;
        return Ok(Registered::New);
    }
    for id in &there {
        opensolar.renew(&account, id, new).await.map_err(refused(&account))?;
    }
    Ok(Registered::Renewed(there))
}

/// Ends the deliveries of a registration.
pub async fn unregister_webhook(
    core: &Core,
    opensolar: &dyn Registrations,
    id: &RegistrationId,
    operator: &Operator,
) -> Result<(), OperateError> {
    let account = impatient(core.active_configuration().await?).account;
    info!(operator = operator.name(), registration.id = %id, "{operator} ends the webhook registration {id}");
    opensolar.unregister(&account, id).await.map_err(refused(&account))
}

fn refused(account: &Account) -> impl Fn(OpenSolarError) -> OperateError + '_ {
    |source| match source {
        // Without an organisation there is no project either, and its projects are read all day.
        source @ OpenSolarError::Rejected { status: 404, operation: "webhook list", .. } => {
            let what = "opensolar has no list of webhooks here (404): give it the address and the key by hand";
            OperateError::Refused { what: what.to_owned(), source }
        }
        // Of all that is asked for here, only a registration's id can be unknown where the list is not.
        OpenSolarError::Rejected { status: 404, operation: "change of the webhook" | "end of the webhook", .. } => {
            OperateError::NoRegistration
        }
        source => OperateError::Refused { what: what_is_wrong(account, &source), source },
    }
}

async fn registered_at(
    account: &Account,
    opensolar: &dyn Registrations,
    new: &NewRegistration,
) -> Result<Vec<RegistrationId>, OpenSolarError> {
    let all = opensolar.registrations(account).await?;
    Ok(all.into_iter().filter(|one| one.is_at(&new.address)).map(|one| one.id).collect())
}
