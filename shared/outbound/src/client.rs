//! The engine: one call, its token, its time limit, and how much of the answer is read.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use domain::ports::{Cause, Credential, CredentialError, SecretText};
use reqwest::header::{ACCEPT, RETRY_AFTER};
use reqwest::{Client, Response};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};
use tracing::warn;
use url::Url;

use crate::address::AddressPolicy;
use crate::network::CarefulResolver;
use crate::retry_after;

pub use reqwest::Method;

/// A larger answer is not read to its end: 8 MiB.
pub const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// No more than this of a refusal is read: 16 KiB.
pub const REFUSAL_LIMIT: usize = 16 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A service that has not taken the connection by now is not reached.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Servers close idle connections after a minute or so, and a function may be frozen that long.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// Whether connections are used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connections {
    /// Kept for the next call: for reads.
    Kept,
    /// A new one for each call, so that a socket that died while the function was frozen puts no write in doubt.
    Fresh,
}

/// A client for one service, which authenticates with one bearer token.
pub struct Outbound {
    client: Result<Client, NoClient>,
    token: Arc<dyn Credential>,
    policy: AddressPolicy,
}

/// A call.
#[derive(Debug)]
pub struct Request<'a> {
    /// The verb.
    pub method: Method,
    /// Where the service is; its host is the only one that is spoken to.
    pub base: &'a Url,
    /// The absolute path there.
    pub path: &'a str,
    /// The query's parameters, not yet encoded.
    pub query: &'a [(&'static str, String)],
    /// Sent as JSON.
    pub body: Option<&'a Value>,
    /// After so long everything is over, reading the token and a second try with a new one included.
    pub timeout: Duration,
}

/// An answer, whatever it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// What `Retry-After` asks for, at most a day.
    pub retry_after: Option<Duration>,
    /// The body; of an answer that is no success, at most its first [`REFUSAL_LIMIT`] bytes.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the status is 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON, if it is JSON. A byte order mark before it is passed over (RFC 8259, 8.1).
    pub fn json(&self) -> Option<Value> {
        domain::json::read(self.body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&self.body)).ok()
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nothing was sent, and the next try would be no different: no token, an address that is refused.
    #[error("the call could not be made")]
    NotPossible(#[source] Cause),
    /// Nothing was sent: no name, no connection, no TLS.
    #[error("the service was not reached")]
    NotReached(#[source] Cause),
    /// The call may have been served: it took too long, the connection ended, or the answer was not HTTP.
    #[error("there was no answer")]
    NoAnswer(#[source] Cause),
    /// The call was served; the answer is larger than [`BODY_LIMIT`].
    #[error("the answer is larger than {BODY_LIMIT} bytes")]
    TooLarge,
}

#[derive(Debug, Clone, thiserror::Error)]
#[error("the https client could not be set up")]
struct NoClient(#[source] Arc<reqwest::Error>);

#[derive(Debug, thiserror::Error)]
#[error("the token could not be read in time")]
struct TokenTooSlow;

impl Outbound {
    /// A client. Nothing is read or connected before the first call; if this machine cannot speak TLS, each call says so.
    pub fn new(token: Arc<dyn Credential>, policy: AddressPolicy, connections: Connections) -> Self {
        let idle = match connections {
            Connections::Kept => usize::MAX,
            Connections::Fresh => 0,
        };
        // For the whole process; that somebody did it before is all right.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("hanna-opensolar/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .dns_resolver(CarefulResolver(policy))
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(idle)
            .build()
            .map_err(|error| NoClient(Arc::new(error)));
        Self { client, token, policy }
    }

    /// Makes one call. A 401 means that nothing was done, so after one it is made once more if there is another token.
    ///
    /// # Errors
    /// A [`Failure`] if there is no answer; a refusal is an [`Answer`].
    pub async fn send(&self, request: &Request<'_>) -> Result<Answer, Failure> {
        let begun = Instant::now();
        let deadline = begun + request.timeout;
        self.policy.check(request.base).map_err(|refused| Failure::NotPossible(refused.into()))?;
        let client = self.client.as_ref().map_err(|error| Failure::NotPossible(error.clone().into()))?;

        let token = in_time(deadline, self.token.current()).await.map_err(Failure::NotPossible)?;
        let answer = attempt(client, request, &token, deadline).await?;
        // A second try in the last moments would more likely end in doubt than in an answer.
        let is_time_left = Instant::now() < begun + request.timeout / 2;
        if answer.status != 401 || !is_time_left {
            return Ok(answer);
        }
        match self.another_token(deadline).await {
            Ok(other) if other != token => attempt(client, request, &other, deadline).await,
            Ok(_) => Ok(answer),
            Err(error) => {
                warn!(%error, "a refused token could not be read again");
                Ok(answer)
            }
        }
    }

    /// The token as of now; if it was read again a moment ago, as it was found then.
    async fn another_token(&self, deadline: Instant) -> Result<SecretText, Cause> {
        match timeout_at(deadline, self.token.refreshed()).await.map_err(|_| TokenTooSlow)? {
            Err(CredentialError::TooSoon { .. }) => in_time(deadline, self.token.current()).await,
            token => Ok(token?),
        }
    }
}

async fn in_time(
    deadline: Instant,
    token: impl Future<Output = Result<SecretText, CredentialError>>,
) -> Result<SecretText, Cause> {
    Ok(timeout_at(deadline, token).await.map_err(|_| TokenTooSlow)??)
}

async fn attempt(
    client: &Client,
    request: &Request<'_>,
    token: &SecretText,
    deadline: Instant,
) -> Result<Answer, Failure> {
    let mut call = client
        .request(request.method.clone(), address(request))
        .header(ACCEPT, "application/json")
        .bearer_auth(token.expose())
        .timeout(deadline.saturating_duration_since(Instant::now()));
    if let Some(body) = request.body {
        call = call.json(body);
    }
    let mut response = call.send().await.map_err(failure)?;
    let mut answer =
        Answer { status: response.status().as_u16(), retry_after: wait_asked_for(&response), body: Vec::new() };
    if answer.is_success() {
        read_whole(&mut response, &mut answer.body).await?;
    } else {
        read_start(&mut response, &mut answer.body).await;
    }
    Ok(answer)
}

/// The host and the port are always the base's: only path and query are set.
fn address(request: &Request<'_>) -> Url {
    let mut address = request.base.clone();
    address.set_path(request.path);
    address.set_query(None);
    address.set_fragment(None);
    if !request.query.is_empty() {
        address.query_pairs_mut().extend_pairs(request.query);
    }
    address
}

fn wait_asked_for(response: &Response) -> Option<Duration> {
    retry_after::parse(response.headers().get(RETRY_AFTER)?.to_str().ok()?, Utc::now())
}

async fn read_whole(response: &mut Response, body: &mut Vec<u8>) -> Result<(), Failure> {
    // Nothing is gained by waiting for what will not be read.
    if response.content_length().is_some_and(|length| length > BODY_LIMIT as u64) {
        return Err(Failure::TooLarge);
    }
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if BODY_LIMIT < body.len() + chunk.len() {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(())
}

/// The status says what happened; the body of a refusal only explains it, so one that breaks off is no failure.
async fn read_start(response: &mut Response, body: &mut Vec<u8>) {
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = REFUSAL_LIMIT - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == REFUSAL_LIMIT {
            return;
        }
    }
}

fn failure(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    if error.is_builder() {
        Failure::NotPossible(error.into())
    } else if error.is_connect() {
        Failure::NotReached(error.into())
    } else {
        Failure::NoAnswer(error.into())
    }
}

#[cfg(test)]
mod tests;
