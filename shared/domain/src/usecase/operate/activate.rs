//! New settings for an organisation.

use tracing::info;

use crate::configuration::{Configuration, ConfigurationDocument, InvalidConfiguration};
use crate::ids::{OrgId, Revision};
use crate::jobs::Wake;
use crate::ports::{Change, Checkpoint, StoreError, SweepName};
use crate::usecase::{CONFLICT_LIMIT, Core, UseCaseError};

/// Why settings were not activated.
#[derive(Debug, thiserror::Error)]
pub enum ActivationError {
    /// A field cannot be used.
    #[error(transparent)]
    Invalid(#[from] InvalidConfiguration),
    /// They were made from settings that are not the stored ones any more: look at those first.
    #[error("the configuration changed since it was read")]
    Stale,
    /// The system is not able to.
    #[error(transparent)]
    UseCase(#[from] UseCaseError),
}

/// How the run of a sweep begins that has done nothing yet.
const NO_PROGRESS: &str = "{}";

/// Makes `document` the organisation's configuration, and the organisation the active one; the version that it has now.
///
/// `read` is the version that it was made from: [`Revision::NONE`] for an organisation's first. With automatic sync on,
/// what was skipped while it was off becomes due.
pub async fn activate_configuration(
    core: &Core,
    document: ConfigurationDocument,
    read: Revision,
) -> Result<Revision, ActivationError> {
    let config = Configuration::try_from(&document)?;
    let org = config.account.org;
    for _ in 0..CONFLICT_LIMIT {
        let mut changes = vec![Change::ActivateConfiguration { document: document.clone(), read, at: core.now() }];
        if config.auto_sync_enabled {
            changes.push(resume(core, org).await?);
        }
        match core.store.commit(changes).await {
            Ok(()) => {
                info!("configuration {} of organisation {org} is active", read.next().0);
                return Ok(read.next());
            }
            // The sweep may have moved its checkpoint on.
            Err(StoreError::Conflict) => {
                let stored = core.store.configuration_of(org).await.map_err(UseCaseError::from)?;
                if stored.map_or(Revision::NONE, |stored| stored.version) != read {
                    return Err(ActivationError::Stale);
                }
            }
            Err(error) => return Err(UseCaseError::from(error).into()),
        }
    }
    Err(UseCaseError::from(StoreError::Conflict).into())
}

/// From now on the sweep looks for what was skipped for the switch, from the beginning.
async fn resume(core: &Core, org: OrgId) -> Result<Change, UseCaseError> {
    let sweep = SweepName::Resume;
    let known = core.store.checkpoint(org, sweep).await?;
    let revision = known.map_or(Revision::NONE, |checkpoint| checkpoint.revision);
    let wake = Some((core.now(), Wake::Resume { org_id: org }));
    let checkpoint = Checkpoint { sweep, revision, progress: NO_PROGRESS.to_owned(), wake };
    Ok(Change::SaveCheckpoint { org, checkpoint })
}
