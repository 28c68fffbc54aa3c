//! The first phase: what OpenSolar's list shows to have changed since our last read.

use tracing::warn;

use super::progress::{Phase, Place};
use super::report::{ListEnd, TurnEnd};
use super::{Found, Step, Turn};
use crate::log::chain;
use crate::ports::OpenSolarError;
use crate::project::SyncState;
use crate::remote::{ProjectPage, ProjectRow};
use crate::usecase::UseCaseError;

/// Pages of one turn. How many lists a minute OpenSolar grants is not published; 30 is what we count on, and half of
/// them are left to others.
pub(super) const PAGES_A_TURN: usize = 15;

/// Pages of one run, 30,000 projects: no list is read for ever, whatever it answers.
pub(super) const PAGES_A_RUN: u32 = 300;

/// A page that could not be read in so many turns, an hour, is given up for the night: the projects that are still
/// open are looked at nevertheless.
pub(super) const UNREAD_TURNS: u32 = 4;

impl Turn<'_> {
    /// Reads one page and enqueues a fetch for each linked row that was changed.
    pub(super) async fn look_at_page(&mut self, place: Place) -> Result<Step, UseCaseError> {
        if PAGES_A_TURN <= self.counts.pages {
            return Ok(Step::Stop(TurnEnd::PagesOfTurn));
        }
        if !self.deadline.allows(self.config.account.api_timeout, self.core.now()) {
            return Ok(Step::Stop(TurnEnd::OutOfTime));
        }
        let page = match self.opensolar.project_page(&self.config.account, place.page).await {
            Ok(page) => page,
            // Others go first: that is no failure of the page's.
            Err(OpenSolarError::NotGranted { .. }) => return self.stop_within_page(TurnEnd::NotGranted).await,
            Err(error) => return self.page_unread(place, &error).await,
        };
        self.count(|counts| {
            counts.pages += 1;
            counts.rows += page.rows.len();
        });
        for row in &page.rows {
            if let Step::Stop(end) = self.look_at(row).await? {
                return self.stop_within_page(end).await;
            }
        }
        match self.after(place, &page) {
            Ok(place) => self.progress.phase = Phase::Changed(place),
            Err(end) => self.leave_list(end),
        }
        self.save().await?;
        Ok(Step::GoOn)
    }

    async fn look_at(&mut self, row: &ProjectRow) -> Result<Step, UseCaseError> {
        let org = self.config.account.org;
        let Some(request) = self.core.store.linked_to(org, &row.id).await? else { return Ok(Step::GoOn) };
        self.count(|counts| counts.linked += 1);
        let Some(project) = self.record(&request).await? else { return Ok(Step::GoOn) };
        let seen = project.observed.as_ref().and_then(|observed| observed.modified_at);
        // One that was gone is shown again, changed or not.
        let is_back = matches!(project.sync, SyncState::RemoteGone { .. });
        if !is_back && seen.is_some() && seen == row.modified_at {
            return Ok(Step::GoOn);
        }
        self.fetch(&project, Found::Changed).await
    }

    /// Where the list is read on, or why it is not.
    fn after(&self, place: Place, page: &ProjectPage) -> Result<Place, ListEnd> {
        let mut order = place.order;
        page.rows.iter().for_each(|row| order.see(row));
        if page.is_last {
            return Err(if 1 < place.page && page.rows.is_empty() { ListEnd::EmptyPage } else { ListEnd::Complete });
        }
        if order.leaves_nothing_new(&page.rows, self.progress.all_seen_at) {
            return Err(ListEnd::Known);
        }
        if PAGES_A_RUN <= place.page {
            return Err(ListEnd::CutShort);
        }
        Ok(Place { page: place.page + 1, order, failures: 0 })
    }

    fn leave_list(&mut self, end: ListEnd) {
        if end.saw_all() {
            self.progress.all_seen_at = Some(self.progress.begun_at);
        }
        if end.is_too_early() {
            warn!(list = ?end, "opensolar's project list was not read to its end: changes may not have been seen");
        }
        self.progress.list = Some(end);
        self.progress.phase = Phase::Open;
    }

    /// The page is read once more by the next turn, which by then finds read what this one has enqueued. With the
    /// run's share used up there is none.
    async fn stop_within_page(&mut self, end: TurnEnd) -> Result<Step, UseCaseError> {
        if self.run_left() == 0 {
            self.leave_list(ListEnd::ShareUsed);
            return self.leave_projects().await;
        }
        self.save().await?;
        Ok(Step::Stop(end))
    }

    async fn page_unread(&mut self, place: Place, error: &OpenSolarError) -> Result<Step, UseCaseError> {
        warn!(
            page = place.page,
            error = chain(error),
            "a page of opensolar's projects was not read, the next turn will"
        );
        self.unread = Some(error.to_string());
        let failures = place.failures + 1;
        match failures < UNREAD_TURNS {
            true => self.progress.phase = Phase::Changed(Place { failures, ..place }),
            false => self.leave_list(ListEnd::Unreadable),
        }
        self.save().await?;
        Ok(Step::Stop(TurnEnd::Unread))
    }
}
