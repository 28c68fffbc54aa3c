//! An operator has refilled OpenSolar's wallet.

use tracing::info;

use crate::authentication::Operator;
use crate::usecase::governed::wallet_refilled;
use crate::usecase::{Core, UseCaseError};

/// Creates are sent again at once, and those that wait for the wallet are woken by the next sweep. Should the wallet be
/// empty after all, the next refusal says so.
pub async fn refilled(core: &Core, operator: &Operator) -> Result<(), UseCaseError> {
    let config = core.active_configuration().await?;
    info!(operator = operator.name(), "{operator} says that opensolar's wallet is refilled");
    Ok(wallet_refilled(core, config.account.org).await?)
}
