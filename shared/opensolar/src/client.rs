//! The engine behind each contract: sends a call, repeats a read, never a write.

use std::sync::Arc;
use std::time::Duration;

use domain::configuration::Account;
use domain::ports::{Credential, OpenSolarError};
use outbound::{AddressPolicy, Answer, Connections, Failure, Outbound, Request};
use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::answer::{Failed, understand};
use crate::back_off::BackOff;
use crate::exchange::{End, Exchange};

mod port;
mod registrations;

/// OpenSolar over HTTPS.
///
/// Every call, a read's repetitions included, ends within the account's `api_timeout`: who has time for one answer has
/// time for all of it. A read is made again after a refused connection, a reset, a 5xx or an unreadable answer, at most
/// `api_retry_count` times, and no sooner than `Retry-After` asks; one that takes the whole `api_timeout` leaves no time
/// for another. A page that is answered 500 twice is past the end of its list.
///
/// A write is never repeated, except that a 401 (nothing was done) is answered once with another token, if there is one
/// by then.
pub struct OpenSolarClient {
    reads: Outbound,
    writes: Outbound,
    back_off: BackOff,
}

#[derive(Debug, thiserror::Error)]
#[error("the answer is about another record")]
struct AnotherRecord;

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

    /// Writes to a record whose id the answer need not name, but may not contradict.
    async fn change<I: PartialEq>(
        &self,
        account: &Account,
        id: &I,
        exchange: Exchange<Option<I>>,
    ) -> Result<(), OpenSolarError> {
        let operation = exchange.operation;
        let named = self.write(account, exchange).await?;
        is_about(operation, named.as_ref().unwrap_or(id), id)
    }

    async fn read<T>(&self, account: &Account, exchange: Exchange<T>) -> Result<T, OpenSolarError> {
        self.read_by(account, exchange, Instant::now() + account.api_timeout).await
    }

    async fn read_by<T>(
        &self,
        account: &Account,
        exchange: Exchange<T>,
        deadline: Instant,
    ) -> Result<T, OpenSolarError> {
        let mut seemed_to_be_the_end = account.api_retry_count == 0;
        let mut repetition = 0;
        loop {
            let outcome = send(&self.reads, account, &exchange, deadline).await;
            let (error, retry_after) = match understand(&exchange, outcome) {
                Ok(answer) => return Ok(answer),
                Err(Failed::ForGood(error)) => return Err(error),
                Err(Failed::Passing { error, retry_after }) => (error, retry_after.unwrap_or_default()),
                Err(Failed::PerhapsTheEnd(error)) => match exchange.past_the_end {
                    Some(nothing) if seemed_to_be_the_end => return Ok(nothing(End::Presumed)),
                    Some(_) | None => {
                        seemed_to_be_the_end = true;
                        (error, Duration::ZERO)
                    }
                },
            };
            let wait = self.back_off.wait(repetition).max(retry_after);
            if repetition == account.api_retry_count || deadline <= Instant::now() + wait {
                return Err(error);
            }
            debug!(operation = exchange.operation, %error, "a read is made again");
            sleep(wait).await;
            repetition += 1;
        }
    }
}

/// An answer about another record than was asked about says nothing about this one.
fn is_about<I: PartialEq>(operation: &'static str, named: &I, asked: &I) -> Result<(), OpenSolarError> {
    match named == asked {
        true => Ok(()),
        false => Err(OpenSolarError::InDoubt { operation, source: AnotherRecord.into() }),
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

#[cfg(test)]
mod tests;
