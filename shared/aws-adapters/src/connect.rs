//! The clients of AWS: made once, before the first event, so that no event pays for it.

use std::env;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_types::SdkConfig;
use sdk_http::Reach;
use tokio::time::timeout;
use tracing::warn;

/// A call that is not answered by then is repeated by the SDK; every call of ours may be.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// Longest that one call may take with its repeats.
const CALL_TIMEOUT: Duration = Duration::from_secs(8);

/// The first wait before the SDK repeats a call; it doubles. Short, since a conflict or a throttle passes quickly.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// Longest that warming may take: Lambda gives ten seconds for all that comes before the first event.
const WARMING_TIMEOUT: Duration = Duration::from_secs(3);

/// Waits for an adapter's first call, but not for long: an event is served cold rather than late.
pub(crate) async fn warmed(service: &'static str, first_call: impl Future<Output = ()>) {
    if timeout(WARMING_TIMEOUT, first_call).await.is_err() {
        warn!("{service} did not answer within {} s, the first event will wait for it", WARMING_TIMEOUT.as_secs());
    }
}

/// What all clients have in common: region, credentials and endpoint, from the environment.
///
/// Lambda sets these variables (Lambda developer guide, "defined runtime environment variables"), and nothing else is
/// looked at: the SDK's chain of files, metadata servers and single sign-on is a tenth of a function's size, and no
/// function ever needs it.
#[derive(Debug, Clone)]
pub struct Aws(SdkConfig);

/// A variable that Lambda sets is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {name} is not set: lambda sets it, and elsewhere whoever starts the function does")]
pub struct NotInLambda {
    /// Its name.
    pub name: &'static str,
}

impl Aws {
    /// Reads the environment. Nothing is sent.
    ///
    /// # Errors
    /// [`NotInLambda`] if the region or the credentials are not there.
    pub fn from_env() -> Result<Self, NotInLambda> {
        let credentials = Credentials::new(
            set("AWS_ACCESS_KEY_ID")?,
            set("AWS_SECRET_ACCESS_KEY")?,
            env::var("AWS_SESSION_TOKEN").ok().filter(|token| !token.is_empty()),
            None,
            "environment",
        );
        let endpoint = env::var("AWS_ENDPOINT_URL").ok().filter(|url| !url.is_empty());
        Ok(Self::new(set("AWS_REGION")?, credentials, endpoint))
    }

    /// The same for this region, with these credentials, at this endpoint or AWS's own.
    pub fn new(region: String, credentials: Credentials, endpoint: Option<String>) -> Self {
        let timeouts =
            TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).operation_timeout(CALL_TIMEOUT).build();
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(sdk_http::client(Reach::of(endpoint.as_deref())))
            .region(Region::new(region))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(FIRST_WAIT))
            .timeout_config(timeouts);
        config.set_endpoint_url(endpoint);
        Self(config.build())
    }

    /// A client of DynamoDB.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.0)
    }

    /// A client of SQS.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.0)
    }

    /// A client of Secrets Manager.
    pub fn secrets_manager(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.0)
    }
}

fn set(name: &'static str) -> Result<String, NotInLambda> {
    env::var(name).ok().filter(|value| !value.is_empty()).ok_or(NotInLambda { name })
}
