//! What stands around the targets: an organisation's settings, and ports that only remember.

use std::sync::{LazyLock, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::configuration::{Configuration, ConfigurationDocument};
use domain::jobs::QueueMessage;
use domain::ports::{Ambient, Credential, CredentialError, Queue, QueueError, SecretText};
use serde_json::json;

/// Noon.
pub(crate) static NOON: LazyLock<DateTime<Utc>> =
    LazyLock::new(|| DateTime::from_timestamp(1_795_176_000, 0).expect("a time"));

/// The settings that an organisation has if it writes down only what it has to.
pub(crate) static CONFIGURATION: LazyLock<Configuration> = LazyLock::new(|| of_contract("live"));

/// The same, of an organisation whose platform speaks the contract `design`.
pub(crate) static DESIGN: LazyLock<Configuration> = LazyLock::new(|| of_contract("design"));

fn of_contract(contract: &str) -> Configuration {
    let least = json!({
        "organization_name": "Example Solar",
        "org_id": 1234,
        "namespace": "6f0f4f0e-0000-4000-8000-000000000001",
        "whatsapp_phone_number_id": "100000000000001",
        "api_contract": contract,
    });
    let document: ConfigurationDocument = serde_json::from_value(least).expect("a document");
    Configuration::try_from(&document).expect("a valid document")
}

/// A secret that nobody replaces.
pub(crate) struct Secret(pub(crate) &'static str);

#[async_trait]
impl Credential for Secret {
    async fn current(&self) -> Result<SecretText, CredentialError> {
        Ok(SecretText::new(self.0))
    }

    async fn refreshed(&self) -> Result<SecretText, CredentialError> {
        self.current().await
    }
}

/// A queue that takes everything.
#[derive(Default)]
pub(crate) struct Sent(Mutex<Vec<QueueMessage>>);

impl Sent {
    /// What it took.
    pub(crate) fn messages(&self) -> Vec<QueueMessage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Queue for Sent {
    async fn send(&self, message: &QueueMessage) -> Result<(), QueueError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
        Ok(())
    }
}

/// It is always noon, and nothing happens by chance.
pub(crate) struct Stopped;

impl Ambient for Stopped {
    fn now(&self) -> DateTime<Utc> {
        *NOON
    }

    fn random(&self) -> u128 {
        4
    }
}
