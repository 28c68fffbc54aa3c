//! What belongs to a project and does not come with it: its events, where only their ids do, and the name of its stage.

use chrono::{DateTime, TimeDelta, Utc};
use tracing::warn;

use super::Core;
use crate::configuration::Configuration;
use crate::log::chain;
use crate::observe::Surroundings;
use crate::ports::{Change, Deadline, OpenSolar, OpenSolarError, Stages, StoreError};
use crate::project::{EventsRead, GoneBecause, Project};
use crate::remote::{EventKind, History, ProjectEvent, RemoteProject, Stage};

/// So many events are read one by one for one read of a project; the others are read a minute later.
const EVENTS_AT_ONCE: usize = 20;

/// So many visits in the calendar are kept, and read again with each read of the project.
const VISITS_KEPT: usize = 5;

/// So many events that are listed and not shown are asked for again with each read of the project: the newest.
const MISSED_KEPT: usize = 10;

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
            Ok((events_read, leaves_unread)) => {
                let events = events_read.events.iter().map(|(_, event)| *event).collect();
                (events, events_read, leaves_unread)
            }
            Err(error) => return Ok(Err(error)),
        },
    };
    let stage = match read.stage {
        Some(id) => stage(core, opensolar, config, id, deadline).await?,
        None => None,
    };
    Ok(Ok(Closer { around: Surroundings { events, events_read, stage }, leaves_unread }))
}

/// What happened stays as it was written down; a visit in the calendar is moved, and is read again each time.
async fn read_events(
    core: &Core,
    opensolar: &dyn OpenSolar,
    config: &Configuration,
    known: EventsRead,
    ids: &[u64],
    deadline: Deadline,
) -> Result<(EventsRead, bool), OpenSolarError> {
    let mut known = known;
    known.events.retain(|(id, _)| ids.contains(id));
    known.missed.retain(|id| ids.contains(id));
    let movable = known.events.iter().filter(|(_, event)| event.kind == EventKind::InstallationPlanned);
    let mut wanted: Vec<u64> = movable.map(|(id, _)| *id).collect();
    let mut unread: Vec<u64> = ids.iter().copied().filter(|id| known.through < *id).collect();
    unread.sort_unstable();
    unread.dedup();
    wanted.extend(known.missed.clone());
    wanted.extend(unread);
    for (count, id) in wanted.iter().enumerate() {
        if count == EVENTS_AT_ONCE || !deadline.allows(config.account.api_timeout, core.now()) {
            return Ok((known, true));
        }
        let event = match opensolar.event(&config.account, *id).await {
            Ok(event) => event,
            // Deleted, or not ours to see for now: it tells nothing.
            Err(OpenSolarError::Rejected { status, .. }) if GoneBecause::of_status(status).is_some() => {
                miss(&mut known.missed, *id);
                known.through = known.through.max(*id);
                continue;
            }
            // There is no more to be had now; what was read so far need not be read again.
            Err(OpenSolarError::NotGranted { .. }) => return Ok((known, true)),
            Err(error) => return Err(error),
        };
        known.missed.retain(|missed| missed != id);
        known.events.retain(|(other, _)| other != id);
        if let Some(event) = event {
            keep(&mut known.events, *id, event);
        }
        known.through = known.through.max(*id);
    }
    Ok((known, false))
}

fn miss(missed: &mut Vec<u64>, id: u64) {
    missed.retain(|other| *other != id);
    missed.push(id);
    missed.sort_unstable();
    let most = missed.len().saturating_sub(MISSED_KEPT);
    missed.drain(..most);
}

/// Of most kinds the first time is all that counts; of visits the newest are kept. So a record stays small.
fn keep(events: &mut Vec<(u64, ProjectEvent)>, id: u64, event: ProjectEvent) {
    let most = match event.kind {
        EventKind::InstallationPlanned => VISITS_KEPT,
        EventKind::ProposalSent
        | EventKind::ProposalViewed
        | EventKind::Sold
        | EventKind::Installed
        | EventKind::SystemChanged => 1,
    };
    events.push((id, event));
    let mut of_kind: Vec<(DateTime<Utc>, u64)> = events
        .iter()
        .filter(|(_, other)| other.kind == event.kind)
        .map(|(id, other)| (other.at.unwrap_or(DateTime::<Utc>::MAX_UTC), *id))
        .collect();
    if of_kind.len() <= most {
        return;
    }
    of_kind.sort_unstable();
    let dropped = match event.kind {
        EventKind::InstallationPlanned => of_kind.first(),
        EventKind::ProposalSent
        | EventKind::ProposalViewed
        | EventKind::Sold
        | EventKind::Installed
        | EventKind::SystemChanged => of_kind.last(),
    };
    let dropped = dropped.map(|(_, id)| *id);
    events.retain(|(id, _)| Some(*id) != dropped);
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
