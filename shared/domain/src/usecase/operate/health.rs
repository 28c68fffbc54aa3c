//! Whether the system can work.

use serde::Serialize;
use tracing::error;

use crate::log::chain;
use crate::ports::StoreError;
use crate::usecase::Core;

/// Whether the system can work, as far as one read of the table tells. Says nothing about customers or secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Health {
    /// `ok` if everything is, else `degraded`.
    pub status: HealthStatus,
    /// Whether the table answers.
    pub table: TableHealth,
    /// Whether an organisation is configured.
    pub configuration: ConfigurationHealth,
}

/// All together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// Requests are synced, deliveries applied.
    Ok,
    /// They wait.
    Degraded,
}

/// The table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TableHealth {
    /// It answers.
    Ok,
    /// It does not.
    Unavailable,
}

/// The configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfigurationHealth {
    /// One is active.
    Active,
    /// None is: activate one.
    Missing,
    /// The stored one cannot be used any more: activate another.
    Invalid,
    /// Nobody knows.
    Unknown,
}

/// Looks whether the system can work.
pub async fn health(core: &Core) -> Health {
    let (table, configuration) = match core.store.configuration().await {
        Ok(Some(_)) => (TableHealth::Ok, ConfigurationHealth::Active),
        Ok(None) => (TableHealth::Ok, ConfigurationHealth::Missing),
        Err(StoreError::Unreadable { .. }) => (TableHealth::Ok, ConfigurationHealth::Invalid),
        Err(error @ (StoreError::Unavailable { .. } | StoreError::Conflict)) => {
            error!(error = chain(&error), "the table does not answer");
            (TableHealth::Unavailable, ConfigurationHealth::Unknown)
        }
    };
    let status = match configuration {
        ConfigurationHealth::Active => HealthStatus::Ok,
        ConfigurationHealth::Missing | ConfigurationHealth::Invalid | ConfigurationHealth::Unknown => {
            HealthStatus::Degraded
        }
    };
    Health { status, table, configuration }
}
