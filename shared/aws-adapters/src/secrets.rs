//! Secrets Manager: one credential each, cached, and read again when it was refused.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use chrono::{DateTime, TimeDelta, Utc};
use domain::ports::{Ambient, Credential, CredentialError, SecretText};
use tokio::sync::Mutex;
use tracing::{info, warn};

use crate::connect::warmed;
use crate::failure;

/// A value is used for so long without looking whether there is a new one.
const FRESH: TimeDelta = TimeDelta::seconds(60);

/// Refusals make us look at most this often: whoever sends wrong credentials must not decide how often we read.
const REFRESH_INTERVAL: TimeDelta = TimeDelta::seconds(10);

/// A secret in Secrets Manager. Callers that need it at the same moment share one read.
pub struct SecretsManagerCredential {
    client: Client,
    secret_id: String,
    ambient: Arc<dyn Ambient>,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    value: Option<(SecretText, DateTime<Utc>)>,
    last_refresh: Option<DateTime<Utc>>,
}

impl Cache {
    fn fresh(&self, now: DateTime<Utc>) -> Option<SecretText> {
        let (value, read_at) = self.value.as_ref()?;
        (now - *read_at < FRESH).then(|| value.clone())
    }
}

impl SecretsManagerCredential {
    /// The secret of this name or ARN. Nothing is read yet.
    pub fn new(client: Client, secret_id: impl Into<String>, ambient: Arc<dyn Ambient>) -> Self {
        Self { client, secret_id: secret_id.into(), ambient, cache: Mutex::default() }
    }

    /// Reads the secret, so that the first event finds it and an open connection. Failure is only logged.
    pub async fn warm(&self) {
        let first_call = async {
            match self.current().await {
                Ok(_) => {}
                Err(error @ CredentialError::Missing { .. }) => info!(%error, "a secret has no value yet"),
                Err(error @ (CredentialError::Unavailable { .. } | CredentialError::TooSoon { .. })) => {
                    warn!(error = &error as &dyn std::error::Error, "a secret was not read ahead of the first event");
                }
            }
        };
        warmed("secrets manager", first_call).await;
    }

    async fn read(&self, cache: &mut Cache) -> Result<SecretText, CredentialError> {
        let now = self.ambient.now();
        let value = self.fetch().await?;
        cache.value = Some((value.clone(), now));
        Ok(value)
    }

    async fn fetch(&self) -> Result<SecretText, CredentialError> {
        let missing = || CredentialError::Missing { name: self.secret_id.clone() };
        let answer = self.client.get_secret_value().secret_id(&self.secret_id).send().await;
        let value = answer.map_err(|error| match error.as_service_error() {
            // A secret that was made without a value answers so: it has no version that is current.
            Some(GetSecretValueError::ResourceNotFoundException(_)) => missing(),
            Some(_) | None => {
                CredentialError::Unavailable { name: self.secret_id.clone(), source: failure::cause(&error) }
            }
        })?;
        let text = SecretText::new(value.secret_string().unwrap_or_default());
        if text.expose().is_empty() { Err(missing()) } else { Ok(text) }
    }
}

#[async_trait]
impl Credential for SecretsManagerCredential {
    async fn current(&self) -> Result<SecretText, CredentialError> {
        let mut cache = self.cache.lock().await;
        match cache.fresh(self.ambient.now()) {
            Some(value) => Ok(value),
            None => self.read(&mut cache).await,
        }
    }

    async fn refreshed(&self) -> Result<SecretText, CredentialError> {
        let asked_at = self.ambient.now();
        let mut cache = self.cache.lock().await;
        // Somebody else may have read it while this call waited: then it is as new as can be.
        if let Some((value, read_at)) = &cache.value
            && asked_at <= *read_at
        {
            return Ok(value.clone());
        }
        let now = self.ambient.now();
        if cache.last_refresh.is_some_and(|at| now - at < REFRESH_INTERVAL) {
            return Err(CredentialError::TooSoon { name: self.secret_id.clone() });
        }
        cache.last_refresh = Some(now);
        self.read(&mut cache).await
    }
}
