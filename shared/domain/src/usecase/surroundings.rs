//! What belongs to a project and does not come with it: its events, where only their ids do, and the name of its stage.

use chrono::TimeDelta;
use tracing::warn;

use super::Core;
use crate::configuration::Configuration;
use crate::log::chain;
use crate::observe::Surroundings;
use crate::ports::{Change, Deadline, OpenSolar, OpenSolarError, Stages, StoreError};
use crate::project::{EventsRead, GoneBecause, Project};
use crate::remote::{History, RemoteProject, Stage};

/// So many events are read one by one for one read of a project; the others are read a minute later.
const EVENTS_AT_ONCE: usize = 20;

/// Stages that were read so long ago are read again when a project is.
const STAGES_KEPT: TimeDelta = TimeDelta::hours(24);

/// A stage that the workflows do not have has them read again, at most this often.
const STAGES_AGAIN: TimeDelta = TimeDelta::minutes(10);

/// What was found.
pub(crate) struct Closer {
    pub(crate) around: Surroundings,
    /// Whether there are events that were not read yet.
    pub(crate) leaves_unread: bool,
}

/// Looks it up. What is missing of it makes the whole read one that is to be had later: half a history would be merged
/// as if it were all.
pub(crate) async fn look_closer(
    core: &Core,
    opensolar: &dyn OpenSolar,
    config: &Configuration,
    project: &Project,
    read: &RemoteProject,
    deadline: Deadline,
) -> Result<Result<Closer, OpenSolarError>, StoreError> {
    let known = project.observed.as_ref().map(|seen| seen.events_read.clone()).unwrap_or_default();
    let (events, events_read, leaves_unread) = match &read.history {
        History::Embedded(events) => (events.clone(), known, false),
        History::Listed(ids) => match read_events(core, opensolar, config, known, ids, deadline).await {
            Ok((events_read, leaves_unread)) => (events_read.events.clone(), events_read, leaves_unread),
            Err(error) => return Ok(Err(error)),
        },
    };
    let stage = match read.stage {
        Some(id) => stage(core, opensolar, config, id, deadline).await?,
        None => None,
    };
    Ok(Ok(Closer { around: Surroundings { events, events_read, stage }, leaves_unread }))
}

async fn read_events(
    core: &Core,
    opensolar: &dyn OpenSolar,
    config: &Configuration,
    known: EventsRead,
    ids: &[u64],
    deadline: Deadline,
) -> Result<(EventsRead, bool), OpenSolarError> {
    let mut unread: Vec<u64> = ids.iter().copied().filter(|id| known.through < *id).collect();
    unread.sort_unstable();
    unread.dedup();
    let mut known = known;
    for (count, id) in unread.iter().enumerate() {
        if count == EVENTS_AT_ONCE || !deadline.allows(config.account.api_timeout, core.now()) {
            return Ok((known, true));
        }
        match opensolar.event(&config.account, *id).await {
            Ok(event) => known.events.extend(event),
            // Deleted, or not ours to see: it tells nothing, and never will.
            Err(OpenSolarError::Rejected { status, .. }) if GoneBecause::of_status(status).is_some() => {}
            Err(error) => return Err(error),
        }
        known.through = *id;
    }
    Ok((known, false))
}

/// The stage, by the workflows as they were last read. Without them a project's own milestone has to do, so that a
/// failure here keeps nothing from being merged.
async fn stage(
    core: &Core,
    opensolar: &dyn OpenSolar,
    config: &Configuration,
    id: u64,
    deadline: Deadline,
) -> Result<Option<Stage>, StoreError> {
    let find = |stages: &Stages| stages.stages.iter().find(|stage| stage.id == id).cloned();
    let org = config.account.org;
    let kept = core.store.stages(org).await?;
    if let Some(stages) = &kept {
        let age = core.now() - stages.read_at;
        let found = find(stages);
        let is_good = if found.is_some() { age < STAGES_KEPT } else { age < STAGES_AGAIN };
        if is_good {
            return Ok(found);
        }
    }
    if !deadline.allows(config.account.api_timeout, core.now()) {
        return Ok(kept.as_ref().and_then(find));
    }
    let stages = match opensolar.stages(&config.account).await {
        Ok(stages) => stages,
        Err(error) => {
            warn!(error = chain(&error), "opensolar's workflows were not read");
            let kept = kept.map(|kept| kept.stages).unwrap_or_default();
            // A refusal is kept too, or every read of a project would ask in vain.
            match error {
                OpenSolarError::Rejected { .. } => kept,
                _ => return Ok(kept.into_iter().find(|stage| stage.id == id)),
            }
        }
    };
    let stages = Stages { read_at: core.now(), stages };
    let found = find(&stages);
    core.store.commit(vec![Change::KeepStages { org, stages }]).await?;
    Ok(found)
}
