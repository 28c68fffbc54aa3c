//! The settings, how far sweeps have come and how limits stand, as they are before a commit and after it.

use chrono::{DateTime, Utc};
use domain::configuration::{Configuration, ConfigurationDocument};
use domain::ids::{OrgId, Revision};
use domain::ports::{Checkpoint, Limit, StoreError, StoredConfiguration};

use super::effects::{Before, Effects, put};
use super::items::{Item, Record, checkpoint_key, configuration_key, limit_key};

impl Before<'_> {
    pub(super) fn active_configuration(&self) -> Result<Option<Configuration>, StoreError> {
        let Some(Record::ActiveConfiguration(org)) = self.record(&configuration_key("ACTIVE")) else { return Ok(None) };
        let configuration = self.configuration_of(*org).map(|stored| Configuration::try_from(&stored.document));
        configuration.transpose().map_err(|invalid| StoreError::Unreadable { problem: invalid.to_string() })
    }

    pub(super) fn configuration_of(&self, org: OrgId) -> Option<&StoredConfiguration> {
        match self.record(&configuration_key(format!("ORG#{org}"))) {
            Some(Record::Configuration(stored)) => Some(stored),
            Some(_) | None => None,
        }
    }

    /// The organisation's settings, the organisation as the active one, and a row of the history.
    pub(super) fn activated(
        &self,
        document: ConfigurationDocument,
        read: Revision,
        at: DateTime<Utc>,
    ) -> Result<Effects, StoreError> {
        let org = document.org_id;
        self.require(self.configuration_of(org).map_or(Revision::NONE, |stored| stored.version) == read)?;
        let stored = StoredConfiguration { document, version: read.next(), activated_at: at };
        let settings = Item::resting(Record::Configuration(Box::new(stored)));
        let history = configuration_key(format!("LOG#{:020}", self.commits));
        let active = Item::resting(Record::ActiveConfiguration(org));
        let mut effects = put(configuration_key(format!("ORG#{org}")), settings.clone());
        effects.extend(put(configuration_key("ACTIVE"), active));
        effects.extend(put(history, settings));
        Ok(effects)
    }

    /// The checkpoint after the revision that was read.
    pub(super) fn saved(&self, org: OrgId, checkpoint: Checkpoint) -> Result<Effects, StoreError> {
        let key = checkpoint_key(org, checkpoint.sweep);
        let stored = match self.record(&key) {
            Some(Record::Checkpoint(stored)) => stored.revision,
            Some(_) | None => Revision::NONE,
        };
        self.require(stored == checkpoint.revision)?;
        Ok(put(key, Item::checkpoint(Checkpoint { revision: stored.next(), ..checkpoint })))
    }

    /// The limit after the revision that was read.
    pub(super) fn counted(&self, org: OrgId, limit: Limit) -> Result<Effects, StoreError> {
        let key = limit_key(org, limit.name);
        let stored = match self.record(&key) {
            Some(Record::Limit(stored)) => stored.revision,
            Some(_) | None => Revision::NONE,
        };
        self.require(stored == limit.revision)?;
        Ok(put(key, Item::resting(Record::Limit(Limit { revision: stored.next(), ..limit }))))
    }
}
