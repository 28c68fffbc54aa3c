//! What belongs to no request: the settings, OpenSolar's stages, how far sweeps have come, and how limits stand.

use chrono::{DateTime, Utc};
use domain::configuration::ConfigurationDocument;
use domain::ids::{OrgId, Revision};
use domain::ports::{Checkpoint, Limit, Stages};
use domain::project::Lane;
use ulid::Ulid;

use super::{NEW, Plan, as_read, set_due};
use crate::store::items::{ActiveItem, CheckpointItem, ConfigurationItem, LimitItem, StagesItem, written};
use crate::store::keys::{Key, number};
use crate::store::write::Write;

const VERSION_AS_READ: &str = "version = :read";

impl Plan {
    /// The organisation's settings after the version that they were made from, the organisation as the active one,
    /// and a row of the history.
    pub(super) fn activated(self, document: &ConfigurationDocument, read: Revision, at: DateTime<Utc>) -> Vec<Write> {
        let org = document.org_id;
        let settings = written(&ConfigurationItem::of(document, read.next(), at));
        let stored = Write::put(Key::configuration_of(org), settings.clone());
        let stored = match read {
            Revision::NONE => stored.when(NEW),
            Revision(version) => stored.when(VERSION_AS_READ).value(":read", number(version)),
        };
        let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
        let id = Ulid::from_parts(millis, self.commit.as_u128()).to_string();
        let active = Write::put(Key::active_configuration(), written(&ActiveItem { org_id: org }));
        [stored, active, Write::put(Key::configuration_history(&id), settings)]
            .map(|write| write.stamped(self.commit))
            .into()
    }

    /// The stages, in place of earlier ones.
    pub(super) fn stages(self, org: OrgId, stages: &Stages) -> Write {
        Write::put(Key::stages(org), written(&StagesItem::from(stages))).stamped(self.commit)
    }

    /// The checkpoint after the revision that was read.
    pub(super) fn checkpoint(self, org: OrgId, checkpoint: Checkpoint) -> Write {
        let (key, read) = (Key::checkpoint(org, checkpoint.sweep), checkpoint.revision);
        let mut item = written(&CheckpointItem::of(&checkpoint, read.next()));
        set_due(&mut item, &key, Lane::Own, checkpoint.wake);
        let put = Write::put(key, item).stamped(self.commit);
        if read == Revision::NONE { put.when(NEW) } else { as_read(put, read) }
    }

    /// The limit after the revision that was read.
    pub(super) fn limit(self, org: OrgId, limit: &Limit) -> Write {
        let read = limit.revision;
        let item = written(&LimitItem::of(limit, read.next()));
        let put = Write::put(Key::limit(org, limit.name), item).stamped(self.commit);
        if read == Revision::NONE { put.when(NEW) } else { as_read(put, read) }
    }
}
