//! The local AWS as an operator, the CRM and a test use it.

mod queues;

pub use queues::{Depth, Taken};

use aws_sdk_dynamodb::types::{TimeToLiveSpecification, TimeToLiveStatus};
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use reqwest::Client;
use sdk_http::Reach;

use crate::error::LocalError;
use crate::http;
use crate::ministack::{DUMMY_CREDENTIAL, REGION};

/// Clients of one local AWS.
#[derive(Debug, Clone)]
pub struct Aws {
    url: String,
    http: Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    secrets: aws_sdk_secretsmanager::Client,
}

/// What a function answered when it was invoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// Whether the function failed, in which case the answer says how.
    pub failed: bool,
    /// JSON.
    pub answer: String,
}

impl Aws {
    /// Clients for the local AWS at `url`; nothing is sent yet.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn at(url: &str) -> Result<Self, LocalError> {
        let credentials = || Credentials::new(DUMMY_CREDENTIAL, DUMMY_CREDENTIAL, None, None, "local");
        let http = sdk_http::client(Reach::HttpOnLoopback);
        let sqs = aws_sdk_sqs::Config::builder().behavior_version(BehaviorVersion::latest()).http_client(http.clone());
        let dynamodb =
            aws_sdk_dynamodb::Config::builder().behavior_version(BehaviorVersion::latest()).http_client(http.clone());
        let secrets = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http.clone());
        let region = || Region::from_static(REGION);
        let sqs = sqs.region(region()).endpoint_url(url).credentials_provider(credentials()).build();
        let dynamodb = dynamodb.region(region()).endpoint_url(url).credentials_provider(credentials()).build();
        let secrets = secrets.region(region()).endpoint_url(url).credentials_provider(credentials()).build();
        Ok(Self {
            url: url.to_owned(),
            http: http::client()?,
            sqs: aws_sdk_sqs::Client::from_conf(sqs),
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
            secrets: aws_sdk_secretsmanager::Client::from_conf(secrets),
        })
    }

    /// Gives a secret a value.
    pub(crate) async fn put_secret(&self, arn: &str, value: &str) -> Result<(), LocalError> {
        let put = self.secrets.put_secret_value().secret_id(arn).secret_string(value).send().await;
        put.map(drop).map_err(LocalError::call("putting a secret's value"))
    }

    /// Switches the expiry of items on, which the local AWS does not take from the template.
    pub(crate) async fn enable_expiry(&self, table: &str) -> Result<(), LocalError> {
        let now = self.dynamodb.describe_time_to_live().table_name(table).send().await;
        let now = now.map_err(LocalError::call("asking for the table's expiry"))?;
        let status = now.time_to_live_description().and_then(|description| description.time_to_live_status());
        if status == Some(&TimeToLiveStatus::Enabled) {
            return Ok(());
        }
        let failed = "switching the table's expiry on";
        let specification = TimeToLiveSpecification::builder().attribute_name("expires_at").enabled(true).build();
        let specification = specification.map_err(LocalError::call(failed))?;
        let update = self.dynamodb.update_time_to_live().table_name(table).time_to_live_specification(specification);
        update.send().await.map(drop).map_err(LocalError::call(failed))
    }

    /// Invokes a function by Lambda's name of it and waits for its answer.
    ///
    /// # Errors
    /// If there is no such function. A function that fails is an answer.
    pub async fn invoke(&self, function: &str, event: &str) -> Result<Invocation, LocalError> {
        let operation = "invoking the function";
        let address = format!("{}/2015-03-31/functions/{function}/invocations", self.url);
        let answer = self.http.post(address).body(event.to_owned()).send().await;
        let answer = answer.map_err(LocalError::call(operation))?;
        let (status, failed) = (answer.status(), answer.headers().contains_key("x-amz-function-error"));
        let answer = answer.text().await.map_err(LocalError::call(operation))?;
        match status.is_success() {
            true => Ok(Invocation { failed, answer }),
            false => Err(LocalError::Answer { operation, reason: format!("{status} {answer}") }),
        }
    }

    /// Whether a function is deployed.
    ///
    /// # Errors
    /// If nobody answers.
    pub async fn has_function(&self, function: &str) -> Result<bool, LocalError> {
        let address = format!("{}/2015-03-31/functions/{function}/configuration", self.url);
        let answer = self.http.get(address).send().await.map_err(LocalError::call("asking for a function"))?;
        Ok(answer.status().is_success())
    }
}
