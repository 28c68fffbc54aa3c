//! How often Secrets Manager is asked.

use std::sync::Arc;

use aws_adapters::secrets::SecretsManagerCredential;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Credentials, Region};
use chrono::TimeDelta;
use domain::ports::{Credential, CredentialError};
use sdk_http::Reach;
use serde_json::json;
use testkit::memory::TestAmbient;

use crate::stub::{Answer, StubAws, error};

pub(crate) fn credential(stub: &StubAws, ambient: &Arc<TestAmbient>) -> SecretsManagerCredential {
    let config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(sdk_http::client(Reach::HttpOnLoopback))
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .endpoint_url(&stub.endpoint);
    let client = aws_sdk_secretsmanager::Client::from_conf(config.build());
    SecretsManagerCredential::new(client, "OpenSolarToken", ambient.clone())
}

fn value(number: usize) -> Answer {
    (200, json!({"Name": "OpenSolarToken", "SecretString": format!(" value {number}\n")}))
}

/// A secret with a new value at each read.
async fn changing() -> StubAws {
    StubAws::start(|earlier, _| value(earlier + 1)).await
}

async fn current(credential: &SecretsManagerCredential) -> String {
    credential.current().await.expect("a value").expose().to_owned()
}

async fn refreshed(credential: &SecretsManagerCredential) -> String {
    credential.refreshed().await.expect("a value").expose().to_owned()
}

#[tokio::test]
async fn a_value_is_read_again_after_a_minute() {
    let (stub, ambient) = (changing().await, Arc::new(TestAmbient::default()));
    let credential = credential(&stub, &ambient);
    assert_eq!(current(&credential).await, "value 1");
    ambient.advance(TimeDelta::seconds(59));
    assert_eq!(current(&credential).await, "value 1");
    ambient.advance(TimeDelta::seconds(1));
    assert_eq!(current(&credential).await, "value 2");
}

#[tokio::test]
async fn refusals_lead_to_one_read_in_ten_seconds() {
    let (stub, ambient) = (changing().await, Arc::new(TestAmbient::default()));
    let credential = credential(&stub, &ambient);
    assert_eq!(current(&credential).await, "value 1");
    assert_eq!(refreshed(&credential).await, "value 1");
    ambient.advance(TimeDelta::seconds(10));
    assert_eq!(refreshed(&credential).await, "value 2");
    ambient.advance(TimeDelta::seconds(9));
    assert!(matches!(credential.refreshed().await, Err(CredentialError::TooSoon { .. })));
    assert_eq!(current(&credential).await, "value 2");
    assert_eq!(stub.calls().len(), 2);
    ambient.advance(TimeDelta::seconds(1));
    assert_eq!(refreshed(&credential).await, "value 3");
}

#[tokio::test]
async fn a_value_that_was_read_before_the_refusal_is_read_again_however_new_it_is() {
    let (stub, ambient) = (changing().await, Arc::new(TestAmbient::default()));
    let credential = credential(&stub, &ambient);
    assert_eq!(current(&credential).await, "value 1");
    ambient.advance(TimeDelta::seconds(1));
    assert_eq!(refreshed(&credential).await, "value 2");
    ambient.advance(TimeDelta::seconds(61));
    assert_eq!(current(&credential).await, "value 3");
    ambient.advance(TimeDelta::seconds(1));
    assert_eq!(refreshed(&credential).await, "value 4", "a usual read is no refresh");
}

#[tokio::test]
async fn those_who_need_it_at_the_same_moment_share_one_read() {
    let (stub, ambient) = (changing().await, Arc::new(TestAmbient::default()));
    let credential = credential(&stub, &ambient);
    let values = tokio::join!(current(&credential), refreshed(&credential), current(&credential));
    assert_eq!(values, ("value 1".to_owned(), "value 1".to_owned(), "value 1".to_owned()));
    assert_eq!(stub.calls().len(), 1);
}

#[tokio::test]
async fn a_secret_without_a_value_is_missing_until_one_is_put() {
    let stub = StubAws::start(|earlier, _| match earlier {
        0 => error("ResourceNotFoundException"),
        1 => (200, json!({"Name": "OpenSolarToken"})),
        2 => (200, json!({"Name": "OpenSolarToken", "SecretString": " \n"})),
        _ => value(1),
    })
    .await;
    let credential = credential(&stub, &Arc::new(TestAmbient::default()));
    for _ in 0..3 {
        let missing = credential.current().await;
        assert!(matches!(&missing, Err(CredentialError::Missing { name }) if name == "OpenSolarToken"), "{missing:?}");
    }
    assert_eq!(current(&credential).await, "value 1");
}

#[tokio::test]
async fn a_refresh_that_fails_leaves_the_value_that_is_still_good() {
    let stub = StubAws::start(|earlier, _| match earlier {
        0 => value(1),
        _ => error("InternalServiceError"),
    })
    .await;
    let ambient = Arc::new(TestAmbient::default());
    let credential = credential(&stub, &ambient);
    assert_eq!(current(&credential).await, "value 1");
    ambient.advance(TimeDelta::seconds(10));
    assert!(matches!(credential.refreshed().await, Err(CredentialError::Unavailable { .. })));
    assert_eq!(current(&credential).await, "value 1");
    ambient.advance(TimeDelta::seconds(60));
    assert!(matches!(credential.current().await, Err(CredentialError::Unavailable { .. })));
    credential.warm().await;
}
