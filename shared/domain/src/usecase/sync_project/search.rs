//! Looks through OpenSolar's projects for the one that a create in doubt may have made.
//!
//! Only finding it settles anything. Not finding it proves nothing: the list may hide it, be cut off, or OpenSolar may
//! still be at it. So it is looked for again, seldomer and seldomer, until an operator decides.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use tracing::warn;

use super::{Step, Sync};
use crate::ids::ProjectId;
use crate::log::chain;
use crate::ports::{OpenSolarError, StoreError};
use crate::project::{Intent, Project, ReadDue, Search, SyncState};
use crate::remote::ProjectRow;
use crate::usecase::draft::Draft;

/// So many pages of the list are read in one search.
const PAGES: u32 = 20;

/// So many projects are read in detail in one search: list rows need not carry the identifier.
const CANDIDATES: usize = 40;

/// A project may bear an earlier time than the intent that made it: clocks differ by less than this.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(10);

/// Between two searches there are at most so many hours.
const SELDOM: TimeDelta = TimeDelta::hours(6);

/// What a search showed.
#[derive(Debug, Default)]
struct Found {
    /// Projects that carry our identifier.
    ours: BTreeSet<ProjectId>,
    /// Projects that were read.
    read: usize,
    /// Why it ended before its end, if it did.
    cut_short: Option<String>,
}

impl Sync<'_> {
    /// Searches once, and writes down what came of it.
    pub(super) async fn search(
        &self,
        project: &Project,
        intent: &Intent,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
        search: &Search,
    ) -> Result<Step, StoreError> {
        if !self.deadline.allows(self.config.account.api_timeout * 2, self.core.now()) {
            return Ok(Step::Rest);
        }
        let asked_at = project.desired.created_at.unwrap_or(intent.committed_at);
        let made_after = asked_at.min(intent.committed_at) - CLOCKS_DIFFER;
        let found = self.look_through(intent, made_after, search).await?;
        let mut draft = Draft::of(self.core, project);
        let mut ours = found.ours.iter();
        match (ours.next(), ours.next()) {
            (Some(one), None) => {
                draft.because("found", format!("project {one} carries our identifier"));
                // The read-back that follows is what adopts it: there is one way in. Deliveries that wait for a read of
                // another project have theirs first.
                draft.project.read.get_or_insert_with(|| ReadDue {
                    project: one.clone(),
                    pending: Vec::new(),
                    failures: 0,
                    next_try: self.deadline.lease_end(),
                });
            }
            (Some(one), Some(other)) => {
                let reason = format!(
                    "opensolar has several projects with the identifier {}, {one} and {other} among them: remove all \
                     but one there",
                    intent.payload.identifier
                );
                draft.because("two projects", reason.clone());
                draft.project.sync = SyncState::Parked { reason, in_doubt: Some(intent.clone()) };
                return draft.commit(self.cause.clone()).await.map(|_| Step::Rest);
            }
            (None, _) => {
                let end = found.cut_short.as_deref().unwrap_or("to the end");
                draft.because("not found", format!("{} projects read, {end}: that proves nothing yet", found.read));
            }
        }
        let wait = (self.config.settle_after * 2_i32.saturating_pow(search.done.min(8))).min(SELDOM);
        let next = Search { next_at: (draft.now + wait).min(until), done: search.done + 1 };
        draft.project.sync = SyncState::Verifying { intent: intent.clone(), since, until, search: next };
        draft.commit(self.cause.clone()).await.map(|_| Step::Rest)
    }

    /// Reads projects in detail that may be ours: young enough, and linked to no request. Each search begins where the
    /// last one ended, so that a crowd of strangers' projects hides ours for a while only.
    async fn look_through(
        &self,
        intent: &Intent,
        made_after: DateTime<Utc>,
        search: &Search,
    ) -> Result<Found, StoreError> {
        let account = &self.config.account;
        let identifier = intent.payload.identifier.to_string();
        let (candidates, mut cut_short) = self.candidates(made_after).await?;
        let mut candidates: Vec<ProjectId> = candidates.into_iter().collect();
        let first = usize::try_from(search.done).unwrap_or_default().saturating_mul(CANDIDATES);
        let begin = first.checked_rem(candidates.len()).unwrap_or_default();
        candidates.rotate_left(begin);
        let mut found = Found::default();
        for candidate in candidates {
            if found.read == CANDIDATES || !self.has_time() {
                cut_short = Some("then it was enough for once".to_owned());
                break;
            }
            found.read += 1;
            match self.opensolar.project(account, &candidate).await {
                Ok(read) if read.identifier.as_deref() == Some(identifier.as_str()) => {
                    found.ours.insert(read.id);
                }
                Ok(_) => {}
                // One that is not ours to see may be anybody's; the others still tell.
                Err(error @ OpenSolarError::Rejected { .. }) => cut_short = Some(refused(&error)),
                Err(error) => {
                    cut_short = Some(refused(&error));
                    break;
                }
            }
        }
        Ok(Found { cut_short, ..found })
    }

    /// The projects that have to be read to know, and why they may not be all.
    async fn candidates(&self, made_after: DateTime<Utc>) -> Result<(BTreeSet<ProjectId>, Option<String>), StoreError> {
        let account = &self.config.account;
        let mut candidates = BTreeSet::new();
        for number in 1..=PAGES {
            if !self.has_time() {
                return Ok((candidates, Some("then the time was up".to_owned())));
            }
            let page = match self.opensolar.project_page(account, number).await {
                Ok(page) => page,
                Err(error) => return Ok((candidates, Some(refused(&error)))),
            };
            for row in page.rows.iter().filter(|row| may_be_ours(row, made_after)) {
                if !candidates.contains(&row.id) && self.core.store.linked_to(account.org, &row.id).await?.is_none() {
                    candidates.insert(row.id.clone());
                }
            }
            if page.is_last {
                return Ok((candidates, None));
            }
        }
        Ok((candidates, Some(format!("then after {PAGES} pages it was enough"))))
    }

    fn has_time(&self) -> bool {
        self.deadline.allows(self.config.account.api_timeout, self.core.now())
    }
}

fn may_be_ours(row: &ProjectRow, made_after: DateTime<Utc>) -> bool {
    row.created_at.is_none_or(|made_at| made_after <= made_at)
}

fn refused(error: &OpenSolarError) -> String {
    warn!(error = chain(error), "a search for a project in doubt was cut short");
    format!("then {error}")
}
