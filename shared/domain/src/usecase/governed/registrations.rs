//! The registrations behind the same governor.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Call, Governed};
use crate::configuration::Account;
use crate::ids::RegistrationId;
use crate::ports::{LimitName, OpenSolarError, Registrations, Write};
use crate::registration::{NewRegistration, Registration};

/// OpenSolar's registrations, asked for no more than it gives.
pub struct GovernedRegistrations {
    inner: Arc<dyn Registrations>,
    governed: Governed,
}

impl Governed {
    /// `inner`, governed by the same.
    pub fn over(&self, inner: Arc<dyn Registrations>) -> GovernedRegistrations {
        GovernedRegistrations { inner, governed: self.reading_as(self.reads_as) }
    }
}

#[async_trait]
impl Registrations for GovernedRegistrations {
    async fn registrations(&self, account: &Account) -> Result<Vec<Registration>, OpenSolarError> {
        let call = Call::read("webhook list", LimitName::Others, self.governed.reads_as);
        self.governed.read(account, call, self.inner.registrations(account)).await
    }

    async fn register(&self, account: &Account, new: &NewRegistration) -> Result<(), OpenSolarError> {
        self.governed.change(account, Write::ChangeRegistration, self.inner.register(account, new)).await
    }

    async fn renew(&self, account: &Account, id: &RegistrationId, new: &NewRegistration) -> Result<(), OpenSolarError> {
        self.governed.change(account, Write::ChangeRegistration, self.inner.renew(account, id, new)).await
    }

    async fn unregister(&self, account: &Account, id: &RegistrationId) -> Result<(), OpenSolarError> {
        self.governed.change(account, Write::ChangeRegistration, self.inner.unregister(account, id)).await
    }
}
