//! The active configuration, which every invocation asks for and nobody changes often.

use chrono::{DateTime, TimeDelta, Utc};
use domain::configuration::Configuration;
use domain::ids::OrgId;
use domain::ports::{CONFIGURATION_KEPT, StoreError, StoredConfiguration};
use tokio::sync::Mutex;

use super::DynamoStore;
use super::items::{ActiveItem, ConfigurationItem, checked, unreadable};
use super::keys::Key;

/// What was last read. Only a configuration is kept, never that there is none: who stores the first one is waiting
/// for its effect.
#[derive(Default)]
pub(super) struct ConfigurationCache(Mutex<Option<Kept>>);

struct Kept {
    configuration: Configuration,
    read_at: DateTime<Utc>,
}

impl ConfigurationCache {
    /// What was read before has been replaced.
    pub(super) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

impl DynamoStore {
    /// The active configuration, as it was read not long ago. The cache is locked until it is read, so that a read that
    /// began before an activation cannot bring the earlier one back.
    pub(super) async fn active_configuration(&self) -> Result<Option<Configuration>, StoreError> {
        let mut cache = self.configuration.0.lock().await;
        let now = self.ambient.now();
        let is_fresh = |kept: &&Kept| (TimeDelta::zero()..CONFIGURATION_KEPT).contains(&(now - kept.read_at));
        if let Some(kept) = cache.as_ref().filter(is_fresh) {
            return Ok(Some(kept.configuration.clone()));
        }
        *cache = None;
        let Some(configuration) = self.read_active_configuration().await? else { return Ok(None) };
        *cache = Some(Kept { configuration: configuration.clone(), read_at: now });
        Ok(Some(configuration))
    }

    async fn read_active_configuration(&self) -> Result<Option<Configuration>, StoreError> {
        let key = Key::active_configuration();
        let Some(org) = self.record::<ActiveItem, OrgId>(&key, "read of the active organisation").await? else {
            return Ok(None);
        };
        match self.stored_configuration(org).await? {
            Some(stored) => checked(&stored.document).map(Some),
            // Both are written by one transaction.
            None => Err(unreadable::<ActiveItem>("org_id")),
        }
    }

    /// An organisation's configuration as it stands.
    pub(super) async fn stored_configuration(&self, org: OrgId) -> Result<Option<StoredConfiguration>, StoreError> {
        self.record::<ConfigurationItem, _>(&Key::configuration_of(org), "read of a configuration").await
    }
}
