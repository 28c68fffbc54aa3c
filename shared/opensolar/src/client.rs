//! The engine behind each contract: sends a call, repeats a read, never a write.

use std::sync::Arc;

use async_trait::async_trait;
use domain::configuration::{Account, ApiContract};
use domain::ids::ProjectId;
use domain::phone::EmailAddress;
use domain::ports::{Credential, OpenSolar, OpenSolarError};
use domain::remote::{ContactPage, CreatedProject, NewProject, ProjectRow, RemoteContact, RemoteProject};
use outbound::{AddressPolicy, Answer, Connections, Failure, Outbound, Request};
use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::answer::{Failed, understand};
use crate::back_off::BackOff;
use crate::exchange::Exchange;
use crate::live;

/// OpenSolar over HTTPS.
///
/// Every call, a read's repetitions included, ends within the account's `api_timeout`: who has time for one answer has
/// time for all of it. A read is made again after a refused connection, a reset, a 5xx or an unreadable answer, at most
/// `api_retry_count` times; one that takes the whole `api_timeout` leaves no time for another. A write is never
/// repeated, except that a 401 (nothing was done) is answered once with another token, if there is one by then.
pub struct OpenSolarClient {
    reads: Outbound,
    writes: Outbound,
    back_off: BackOff,
}

#[derive(Debug, thiserror::Error)]
#[error("the answer is about another project")]
struct AnotherProject;

impl OpenSolarClient {
    /// A client that authenticates with this token. Nothing is read or connected before the first call.
    pub fn new(token: Arc<dyn Credential>, policy: AddressPolicy) -> Self {
        Self {
            reads: Outbound::new(Arc::clone(&token), policy, Connections::Kept),
            writes: Outbound::new(token, policy, Connections::Fresh),
            back_off: BackOff::USUAL,
        }
    }

    async fn write<T>(&self, account: &Account, exchange: Exchange<T>) -> Result<T, OpenSolarError> {
        let outcome = send(&self.writes, account, &exchange, Instant::now() + account.api_timeout).await;
        understand(&exchange, outcome).map_err(Failed::into_error)
    }

    async fn read<T>(&self, account: &Account, exchange: Exchange<T>) -> Result<T, OpenSolarError> {
        let deadline = Instant::now() + account.api_timeout;
        let mut repetition = 0;
        loop {
            let outcome = send(&self.reads, account, &exchange, deadline).await;
            let error = match understand(&exchange, outcome) {
                Ok(answer) => return Ok(answer),
                Err(Failed::ForGood(error)) => return Err(error),
                Err(Failed::Passing(error)) => error,
            };
            let wait = self.back_off.wait(repetition);
            if repetition == account.api_retry_count || deadline <= Instant::now() + wait {
                return Err(error);
            }
            debug!(operation = exchange.operation, %error, "a read is made again");
            sleep(wait).await;
            repetition += 1;
        }
    }
}

async fn send<T>(
    outbound: &Outbound,
    account: &Account,
    exchange: &Exchange<T>,
    deadline: Instant,
) -> Result<Answer, Failure> {
    let begun = Instant::now();
    let outcome = outbound
        .send(&Request {
            method: exchange.method.clone(),
            base: &account.api_base_url,
            path: &exchange.path,
            query: &exchange.query,
            body: exchange.body.as_ref(),
            timeout: deadline.saturating_duration_since(begun),
        })
        .await;
    let status = outcome.as_ref().map_or(0, |answer| answer.status);
    debug!(operation = exchange.operation, status, milliseconds = begun.elapsed().as_millis(), "opensolar was asked");
    outcome
}

#[async_trait]
impl OpenSolar for OpenSolarClient {
    async fn create_project(&self, account: &Account, new: &NewProject) -> Result<CreatedProject, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::create_project(account, new),
        };
        self.write(account, exchange).await
    }

    async fn project(&self, account: &Account, id: &ProjectId) -> Result<RemoteProject, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::project(account, id),
        };
        let operation = exchange.operation;
        let project = self.read(account, exchange).await?;
        if project.id != *id {
            return Err(OpenSolarError::InDoubt { operation, source: AnotherProject.into() });
        }
        Ok(project)
    }

    async fn contact_by_email(
        &self,
        account: &Account,
        email: &EmailAddress,
    ) -> Result<Option<RemoteContact>, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::contacts_with(account, email),
        };
        let page = self.read(account, exchange).await?;
        Ok(ContactPage { rows: page.rows, is_last: page.is_last }.with_email(email))
    }

    async fn contact_page(&self, account: &Account, page: u32) -> Result<ContactPage, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::contact_page(account, page),
        };
        let page = self.read(account, exchange).await?;
        Ok(ContactPage { rows: page.rows, is_last: page.is_last })
    }

    async fn project_page(&self, account: &Account, page: u32) -> Result<Vec<ProjectRow>, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::project_page(account, page),
        };
        Ok(self.read(account, exchange).await?.rows)
    }
}

#[cfg(test)]
mod tests;
