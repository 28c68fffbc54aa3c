//! The second phase: unfinished projects, those first that were not seen for longest.

use super::report::TurnEnd;
use super::{Found, Step, Turn};
use crate::project::Shelf;
use crate::usecase::UseCaseError;

/// After so many fetches the checkpoint is saved.
const BATCH: usize = 100;

impl Turn<'_> {
    /// Enqueues a fetch for as many as there are reads for. A record that was fetched stands at the end of the shelf.
    pub(super) async fn look_at_open(&mut self) -> Result<Step, UseCaseError> {
        if self.run_left() == 0 {
            return self.leave_projects().await;
        }
        let (org, begun_at) = (self.config.account.org, self.progress.begun_at);
        // Those of this turn's first phase stand on the shelf as they did before: they are read later.
        let limit = self.reads_left() + self.fetched.len();
        let requests = self.core.store.shelved(org, Shelf::Open, begun_at, limit).await?;
        for batch in requests.chunks(BATCH) {
            for request in batch {
                let Some(project) = self.record(request).await? else { continue };
                // The shelf is an index, and may lag behind the record.
                if !matches!(project.shelf(), Some((Shelf::Open, seen_at)) if seen_at < begun_at) {
                    continue;
                }
                if let Step::Stop(end) = self.fetch(&project, Found::Open).await? {
                    self.save().await?;
                    return Ok(Step::Stop(end));
                }
            }
            self.save().await?;
        }
        if requests.len() < limit || self.run_left() == 0 {
            return self.leave_projects().await;
        }
        Ok(Step::Stop(TurnEnd::ReadsOfTurn))
    }
}
