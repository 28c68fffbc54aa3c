//! The webhook registrations that OpenSolar keeps.

use async_trait::async_trait;

use super::OpenSolarError;
use crate::configuration::Account;
use crate::ids::RegistrationId;
use crate::registration::{NewRegistration, Registration};

/// The registrations of an organisation. Reads are repeated within the call, writes never are.
#[async_trait]
pub trait Registrations: Send + Sync {
    /// All of them, those that are switched off too.
    async fn registrations(&self, account: &Account) -> Result<Vec<Registration>, OpenSolarError>;
    /// Makes one, switched on. Made twice, each delivery comes twice: look first.
    async fn register(&self, account: &Account, new: &NewRegistration) -> Result<(), OpenSolarError>;
    /// Makes one what it is to be, and switches it on.
    async fn renew(&self, account: &Account, id: &RegistrationId, new: &NewRegistration) -> Result<(), OpenSolarError>;
    /// Ends the deliveries of one. Where OpenSolar deletes none, it stays in the list, switched off.
    async fn unregister(&self, account: &Account, id: &RegistrationId) -> Result<(), OpenSolarError>;
}
