//! `status-sweep`: by night, asks OpenSolar what changed without telling us. What it finds only triggers reads.
//!
//! A run has three phases. *Changed*: each page of OpenSolar's project list; who is linked and was changed since our last
//! read is fetched. *Open*: the unfinished projects that were not seen for longest, so that what the list hides or
//! mixes up is found too, if later. *Audit*: OpenSolar's own account of its deliveries against ours. A run takes as many turns as its share of OpenSolar's reads makes it, and a
//! checkpoint carries it from page to page: whatever ends a turn, the next one repeats a page at most.

mod audit;
mod changed;
mod open;
mod order;
mod progress;
mod report;
mod schedule;

use std::collections::BTreeSet;
use std::time::Duration;

use tracing::{error, warn};

pub use report::{AuditReport, DeliveryLogIs, ListEnd, RunReport, StatusReport, SweepCounts, TurnEnd};
pub use schedule::Run;

use super::{Core, UseCaseError};
use crate::configuration::Configuration;
use crate::ids::{RequestId, Revision};
use crate::jobs::{SyncJob, Wake};
use crate::log::chain;
use crate::ports::{Change, Checkpoint, Deadline, OpenSolar, StoreError, SweepName};
use crate::project::Project;
use progress::{Phase, Progress};
use schedule::Begun;

/// Fetches that one run may enqueue: 30 % of the 10,000 project reads a day that OpenSolar grants
/// (developers.opensolar.com/api/throttle). The rest is for deliveries and requests, which nobody can put off.
pub const READS_A_RUN: usize = 3_000;

/// Fetches that one turn may enqueue. OpenSolar grants 100 project reads a minute; half of them are left to deliveries
/// and requests, and the next turn comes after 15 minutes: what is enqueued now can be read by then, so that fetches do
/// not pile up on the queue, and the next turn finds what it need not fetch again.
pub const READS_A_TURN: usize = 50 * 15;

/// Does what a turn can of the run that is due or unfinished.
///
/// Each turn begins and goes on by commits on the checkpoint's revision: of two turns at once one stops at its next
/// commit, having repeated what the other does by one page at most.
pub async fn status_sweep(
    core: &Core,
    opensolar: &dyn OpenSolar,
    run: Run,
    deadline: Deadline,
) -> Result<StatusReport, UseCaseError> {
    // Without a configuration nothing is linked: there is nothing to do, which is no failure.
    let Some(config) = core.store.configuration().await? else { return Ok(StatusReport::default()) };
    let stored = core.store.checkpoint(config.account.org, SweepName::Status).await?;
    let revision = stored.as_ref().map_or(Revision::NONE, |checkpoint| checkpoint.revision);
    let before = stored.and_then(|checkpoint| Progress::parse(&checkpoint.progress));
    let Some(Begun { progress, closed }) = schedule::begin(run, before, config.time_zone, core.now()) else {
        return Ok(StatusReport::default());
    };
    if let Some(closed) = &closed {
        warn!(begun_at = %closed.begun_at, "a status sweep's run was not finished when the next one had to begin");
    }
    let mut turn = Turn {
        core,
        opensolar,
        config: &config,
        deadline,
        revision,
        progress,
        counts: SweepCounts::default(),
        unread: None,
        fetched: BTreeSet::new(),
    };
    let end = match turn.work().await {
        Ok(end) => end,
        Err(UseCaseError::Store(StoreError::Conflict)) => TurnEnd::TakenOver,
        Err(error) => return Err(error),
    };
    Ok(StatusReport {
        ran: true,
        end: Some(end),
        turn: turn.counts,
        unread: turn.unread,
        run: Some(turn.progress.report()),
        closed,
    })
}

/// One invocation's part of a run.
struct Turn<'a> {
    core: &'a Core,
    opensolar: &'a dyn OpenSolar,
    config: &'a Configuration,
    deadline: Deadline,
    /// The checkpoint's, as this turn wrote it last.
    revision: Revision,
    progress: Progress,
    counts: SweepCounts,
    unread: Option<String>,
    /// Who was enqueued in this turn, and cannot have been read yet.
    fetched: BTreeSet<RequestId>,
}

/// Whether there is more to be done in this turn.
enum Step {
    GoOn,
    Stop(TurnEnd),
}

impl Turn<'_> {
    async fn work(&mut self) -> Result<TurnEnd, UseCaseError> {
        // Makes the run this turn's before anything is done for it.
        self.save().await?;
        loop {
            let step = match self.progress.phase.clone() {
                Phase::Changed(place) => self.look_at_page(place).await?,
                Phase::Open => self.look_at_open().await?,
                Phase::Audit => self.audit().await?,
                Phase::Finished { .. } => return Ok(TurnEnd::Finished),
            };
            if let Step::Stop(end) = step {
                return Ok(end);
            }
        }
    }

    /// A request's record. One that cannot be read is passed over: it must not end every night at the same place.
    async fn record(&self, request: &RequestId) -> Result<Option<Project>, UseCaseError> {
        match self.core.store.project(self.config.account.org, request).await {
            Err(error @ StoreError::Unreadable { .. }) => {
                error!(request.id = %request, error = chain(&error), "the record of request {request} cannot be read");
                Ok(None)
            }
            other => Ok(other?),
        }
    }

    /// Enqueues a fetch, unless the record is about to be read anyway; or says why no more can be enqueued.
    async fn fetch(&mut self, project: &Project, found: Found) -> Result<Step, UseCaseError> {
        if project.read.is_some() || self.fetched.contains(project.request_id()) {
            return Ok(Step::GoOn);
        }
        if self.reads_left() == 0 {
            return Ok(Step::Stop(TurnEnd::ReadsOfTurn));
        }
        if !self.deadline.allows(Duration::ZERO, self.core.now()) {
            return Ok(Step::Stop(TurnEnd::OutOfTime));
        }
        let (org_id, request_id) = (project.org, project.request_id().clone());
        // Every read writes the record. Until then another fetch says nothing new, and within five minutes none is taken.
        let deduplication_id = format!("fetch-{org_id}-{request_id}-{}", project.revision.0);
        self.fetched.insert(request_id.clone());
        if let Some(message) = Wake::Sync(SyncJob::FetchStatus { org_id, request_id }).message(deduplication_id) {
            self.core.queue.send(&message).await?;
            self.progress.share.used += 1;
            self.count(|counts| match found {
                Found::Changed => counts.changed += 1,
                Found::Open => counts.open += 1,
                Found::Missed => counts.missed += 1,
            });
        }
        Ok(Step::GoOn)
    }

    /// Fetches that this turn may still enqueue.
    fn reads_left(&self) -> usize {
        READS_A_TURN.saturating_sub(self.fetched.len()).min(self.run_left())
    }

    /// Fetches that the run may still enqueue.
    fn run_left(&self) -> usize {
        READS_A_RUN.saturating_sub(self.progress.share.used)
    }

    fn count(&mut self, count: impl Fn(&mut SweepCounts)) {
        count(&mut self.counts);
        count(&mut self.progress.counts);
    }

    /// The projects are looked at; what could not be enqueued is left to the next run.
    async fn leave_projects(&mut self) -> Result<Step, UseCaseError> {
        self.progress.phase = Phase::Audit;
        self.save().await?;
        Ok(Step::GoOn)
    }

    /// The run is over.
    async fn finish(&mut self) -> Result<Step, UseCaseError> {
        self.progress.phase = Phase::Finished { at: self.core.now() };
        self.save().await?;
        Ok(Step::GoOn)
    }

    async fn save(&mut self) -> Result<(), UseCaseError> {
        let (org, revision) = (self.config.account.org, self.revision);
        let checkpoint =
            Checkpoint { sweep: SweepName::Status, revision, progress: self.progress.to_json(), wake: None };
        self.core.store.commit(vec![Change::SaveCheckpoint { org, checkpoint }]).await?;
        self.revision = revision.next();
        Ok(())
    }
}

/// By which phase a project was found.
#[derive(Clone, Copy)]
enum Found {
    Changed,
    Open,
    Missed,
}
