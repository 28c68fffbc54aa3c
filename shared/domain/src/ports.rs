//! What the use cases ask of the world outside. Each is small and in the domain's words; adapters implement them.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::jobs::QueueMessage;

mod change;
mod customer_files;
mod deadline;
mod notifier;
mod opensolar;
mod registrations;
mod store;

pub use change::Change;
pub use customer_files::{CustomerFiles, RequestRows};
pub use deadline::{Deadline, Pace, UnknownPace};
pub use notifier::{MessageContent, Notifier, NotifierError, OutboundMessage};
pub use opensolar::{OpenSolar, OpenSolarError, Write};
pub use registrations::Registrations;
pub use store::{
    CONFIGURATION_KEPT, Checkpoint, ContactEntry, DueIn, DueItem, DueKey, Limit, LimitName, ListedStatus, ProjectList,
    ProjectListing, ProjectsPage, Stages, Store, StoreError, StoredConfiguration, SweepName,
};

/// An error from outside, as its adapter saw it; never with a URL, a body, a secret or a person in it.
pub type Cause = Box<dyn Error + Send + Sync>;

/// The queues.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Puts a message on its queue; once answered, it is safe there.
    async fn send(&self, message: &QueueMessage) -> Result<(), QueueError>;
}

/// The queue did not take a message, or did not say so: it may be sent again under the same deduplication id.
#[derive(Debug, thiserror::Error)]
#[error("the queue did not take the message")]
pub struct QueueError(#[source] pub Cause);

/// A secret that may be replaced while we run.
#[async_trait]
pub trait Credential: Send + Sync {
    /// Its value, at most a minute old.
    async fn current(&self) -> Result<SecretText, CredentialError>;
    /// Its value as of now, after the current one was refused. It is read again for that at most once in ten seconds;
    /// in between nobody knows: [`CredentialError::TooSoon`].
    async fn refreshed(&self) -> Result<SecretText, CredentialError>;
}

/// A secret's text. Nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// Wraps a secret, without the white space around it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The secret itself, for the wire or a comparison.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// Why there is no secret to be had.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// It was read again a moment ago, and is not so soon again: whoever is refused must not decide how often.
    #[error("the secret {name} was read again a moment ago")]
    TooSoon {
        /// The secret's name.
        name: String,
    },
    /// Nobody has put a value into it yet.
    #[error("the secret {name} has no value yet: put one")]
    Missing {
        /// The secret's name.
        name: String,
    },
    /// It could not be read.
    #[error("the secret {name} could not be read")]
    Unavailable {
        /// The secret's name.
        name: String,
        /// What went wrong.
        source: Cause,
    },
}

/// Time and chance: asked for where something happens, so that a test can say what they are.
#[async_trait]
pub trait Ambient: Send + Sync {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
    /// 128 random bits.
    fn random(&self) -> u128;
    /// Lets a short time pass. Where time stands still it does not, and who waited asks in vain.
    async fn rest(&self, wait: Duration) {
        let _ = wait;
    }
}
