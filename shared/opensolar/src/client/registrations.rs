//! The port of the registrations: each method as an exchange of the account's contract.

use async_trait::async_trait;
use domain::configuration::{Account, ApiContract};
use domain::ids::RegistrationId;
use domain::ports::{OpenSolarError, Registrations};
use domain::registration::{NewRegistration, Registration};

use super::OpenSolarClient;
use crate::{design, live};

#[async_trait]
impl Registrations for OpenSolarClient {
    async fn registrations(&self, account: &Account) -> Result<Vec<Registration>, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::registrations(account),
            ApiContract::Design => design::registrations(account),
        };
        self.read(account, exchange).await
    }

    async fn register(&self, account: &Account, new: &NewRegistration) -> Result<(), OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::register(account, new),
            ApiContract::Design => design::register(account, new),
        };
        self.write(account, exchange).await
    }

    async fn renew(&self, account: &Account, id: &RegistrationId, new: &NewRegistration) -> Result<(), OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::renew(account, id, new),
            ApiContract::Design => design::renew(account, id, new),
        };
        self.write(account, exchange).await
    }

    async fn unregister(&self, account: &Account, id: &RegistrationId) -> Result<(), OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::unregister(account, id),
            ApiContract::Design => design::unregister(account, id),
        };
        self.write(account, exchange).await
    }
}
