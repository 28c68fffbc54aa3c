//! Looks for the project that a create in doubt may have made, and concludes from not finding it.
//!
//! Absence is two scans that looked everywhere, the first begun when OpenSolar cannot be at the create any more, the
//! second ten minutes later: one alone may have been looked at the wrong moment. Then the create is sent again, once
//! for each request. Whatever stays open is an operator's.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Step, Sync, due};
use crate::ports::{Change, StoreError, Write};
use crate::project::{Intent, Origin, Project, ReadDue, Search, SyncState};
use crate::request::{Insistence, skip_reason};
use crate::usecase::draft::Draft;
use crate::usecase::settle_create::{not_made, release_contact, retry_or_park, rows};

/// Between two searches there are at most so many hours.
const SELDOM: TimeDelta = TimeDelta::hours(6);

/// After so long the reads of a minute may be made again.
const QUOTA_IS_BACK: TimeDelta = TimeDelta::minutes(1);

/// A create in doubt, as its record has it.
pub(super) struct Doubt<'a> {
    pub(super) intent: &'a Intent,
    pub(super) since: DateTime<Utc>,
    pub(super) until: DateTime<Utc>,
    pub(super) search: &'a Search,
}

impl Doubt<'_> {
    /// It stays in doubt after a search that read so many projects.
    fn stays(&self, read: u32, search: Search) -> SyncState {
        let next_at = search.next_at.min(self.until);
        let read = self.search.read.wrapping_add(read);
        let search = Search { next_at, done: self.search.done + 1, read, ..search };
        SyncState::Verifying { intent: self.intent.clone(), since: self.since, until: self.until, search }
    }
}

impl Sync<'_> {
    /// Searches once, and writes down what came of it.
    pub(super) async fn search(&self, project: &Project, doubt: Doubt<'_>) -> Result<Step, StoreError> {
        if !self.deadline.allows(self.config.account.api_timeout * 2, self.core.now()) {
            return Ok(Step::Rest);
        }
        let begun = self.core.now();
        let scan = self.scan(project, doubt.intent, doubt.search).await?;
        let mut draft = Draft::of(self.core, project);
        let mut ours = scan.ours.iter();
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
                draft.project.sync = doubt.stays(scan.read, self.later(&doubt, draft.now));
            }
            (Some(one), Some(other)) => {
                let reason = format!(
                    "opensolar has several projects with the identifier {}, {one} and {other} among them: remove all \
                     but one there",
                    doubt.intent.payload.identifier
                );
                draft.because("two projects", reason.clone());
                draft.project.sync = SyncState::Parked { reason, in_doubt: Some(doubt.intent.clone()) };
            }
            (None, _) => {
                let open = match (scan.inconclusive, &project.read) {
                    (Some(cut), _) => Some(cut),
                    (None, Some(_)) => Some("but a project that is said to be ours is to be read".into()),
                    (None, None) if begun < doubt.search.proves_from => Some("too early to prove anything".into()),
                    (None, None) => None,
                };
                let Some(cut) = open else { return self.absent(draft, doubt, begun, scan.read).await };
                draft.because("not found", format!("{} projects read, {}: that proves nothing", scan.read, cut.why));
                // What only had no leave to go on is gone on with as soon as there is leave for more than a few reads:
                // each search reads the list anew.
                let next = match cut.until {
                    Some(until) => Search { next_at: until.max(draft.now + QUOTA_IS_BACK), ..doubt.search.clone() },
                    None => self.later(&doubt, draft.now),
                };
                draft.project.sync = doubt.stays(scan.read, next);
            }
        }
        draft.commit(self.cause.clone()).await.map(|_| Step::Rest)
    }

    /// It is looked for again, seldomer and seldomer.
    fn later(&self, doubt: &Doubt<'_>, now: DateTime<Utc>) -> Search {
        let wait = (self.config.settle_after * 2_i32.saturating_pow(doubt.search.done.min(8))).min(SELDOM);
        // Nothing keeps the first search that counts from its time.
        let next_at = if now < doubt.search.proves_from { doubt.search.proves_from } else { now + wait };
        Search { next_at, ..doubt.search.clone() }
    }

    /// A scan that began then looked everywhere, and the project was not there.
    async fn absent(
        &self,
        mut draft: Draft<'_>,
        doubt: Doubt<'_>,
        begun: DateTime<Utc>,
        read: u32,
    ) -> Result<Step, StoreError> {
        let gap = self.config.settle_after;
        match doubt.search.absent_at {
            Some(first) if first + gap <= begun => self.proven_absent(draft, doubt, read).await,
            first => {
                draft.because("absent", "opensolar shows no such project; it is looked for once more".to_owned());
                let first = first.unwrap_or(begun);
                let search =
                    Search { next_at: first.max(draft.now) + gap, absent_at: Some(first), ..doubt.search.clone() };
                draft.project.sync = doubt.stays(read, search);
                draft.commit(self.cause.clone()).await.map(|_| Step::Rest)
            }
        }
    }

    /// There is no such project: the create is sent again, or for the first time, but never twice again.
    async fn proven_absent(&self, mut draft: Draft<'_>, doubt: Doubt<'_>, read: u32) -> Result<Step, StoreError> {
        let intent = doubt.intent;
        let (org, request) = (draft.project.org, draft.project.request_id().clone());
        if draft.project.resent_at.is_some() {
            let reason = format!(
                "opensolar was sent the create twice and shows no project with the identifier {}: link one, or declare \
                 it absent",
                intent.payload.identifier
            );
            draft.because("operator", reason.clone());
            draft.project.sync = SyncState::Parked { reason, in_doubt: Some(intent.clone()) };
            return draft.commit(self.cause.clone()).await.map(|_| Step::Rest);
        }
        if let Some(reason) = skip_reason(&draft.project.desired, Insistence::Forced, self.config) {
            not_made(&mut draft, intent, "twice opensolar showed no such project");
            release_contact(&mut draft);
            draft.because("skipped", format!("no project was made; {}", reason.describe()));
            draft.project.sync = SyncState::Skipped(reason);
            return draft.commit(self.cause.clone()).await.map(|_| Step::Rest);
        }
        if let (Origin::CreatedByUs, Err(error)) =
            (intent.origin, self.opensolar.may_send(&self.config.account, Write::CreateProject).await)
        {
            // By then it is looked for once more: what is proven now may not hold any longer.
            draft.because("not now", format!("it is absent and may be sent again, but {error}"));
            let later = self.later(&doubt, draft.now);
            let next_at = retry_or_park(self.core, &error, 0, draft.now).unwrap_or(later.next_at);
            draft.project.sync = doubt.stays(read, Search { next_at, ..later });
            return draft.commit(self.cause.clone()).await.map(|_| Step::Rest);
        }
        draft.project.resent_at = Some(draft.now);
        match intent.origin {
            Origin::CreatedByUs => {
                draft.because(
                    "sent again",
                    "twice opensolar showed no such project: the create was not made".to_owned(),
                );
                not_made(&mut draft, intent, "twice opensolar showed no such project");
                let (sent_at, log_ids) = (draft.now, self.log_ids(&intent.payload));
                let intent = Intent { sent_at, log_ids, ..intent.clone() };
                draft.project.sync = SyncState::Creating { intent: intent.clone(), claim: self.claim(), failures: 0 };
                for row in rows(org, &request, &intent) {
                    draft.change(Change::LogSync(row));
                }
                draft.commit(self.cause.clone()).await?;
                self.send_create(&request, &intent).await
            }
            // This record never sent it: it is planned like any other.
            Origin::Found | Origin::LinkedByOperator => {
                draft.because("trusted", "twice opensolar showed no project of this request".to_owned());
                draft.project.sync = due(0, self.deadline);
                draft.commit(self.cause.clone()).await.map(|_| Step::Again)
            }
        }
    }
}
