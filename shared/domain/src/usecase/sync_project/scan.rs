//! Looks through OpenSolar's projects for one that carries an identifier of ours, and says how much that proves.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use tracing::warn;

use super::Sync;
use crate::ids::{ProjectId, RequestId};
use crate::log::chain;
use crate::ports::{OpenSolarError, StoreError};
use crate::project::{Intent, Project, Search};
use crate::remote::{ProjectPage, ProjectRow, RemoteProject};

/// So many pages of the list are read in one scan.
const PAGES: u32 = 20;

/// So many projects are read in detail in one scan: list rows need not carry the identifier.
const CANDIDATES: u32 = 80;

/// So many projects of ours are tried as the control.
const CONTROLS: usize = 3;

/// So many rows that cannot be the project are looked up for a control.
const LOOKUPS: usize = 50;

/// A project may bear an earlier time than the intent that made it: clocks differ by less than this.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(10);

/// What a scan showed.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Projects that carry our identifier.
    pub(super) ours: BTreeSet<ProjectId>,
    /// How many were read in detail.
    pub(super) read: u32,
    /// Why it does not prove that there is no other, if it does not.
    pub(super) inconclusive: Option<Cut>,
}

/// Why a scan did not come to its end.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) why: String,
    /// When it can be gone on with, if only a limit of calls was in the way.
    pub(super) until: Option<DateTime<Utc>>,
}

impl From<&str> for Cut {
    fn from(why: &str) -> Self {
        Self { why: why.to_owned(), until: None }
    }
}

/// What the list showed.
#[derive(Debug, Default)]
struct Listed {
    rows: BTreeMap<ProjectId, ProjectRow>,
    /// How many there are by the list's own count, if it has one.
    total: u64,
    cut_short: Option<Cut>,
}

impl Listed {
    fn take(&mut self, rows: Vec<ProjectRow>, total: Option<u64>) {
        self.rows.extend(rows.into_iter().map(|row| (row.id.clone(), row)));
        self.total = self.total.max(total.unwrap_or(0));
    }

    /// Whether the list has a count, and showed so many.
    fn is_all_that_is_counted(&self) -> bool {
        0 < self.total && usize::try_from(self.total).is_ok_and(|total| total <= self.rows.len())
    }
}

/// What the list's rows are to us.
struct Sorted {
    /// Young enough, and linked to no request: to be read in detail.
    candidates: Vec<ProjectId>,
    /// Linked ones, with their requests.
    linked: Vec<(ProjectId, RequestId)>,
}

impl Sync<'_> {
    /// Reads the whole list there and back, then whatever may be ours in detail.
    ///
    /// It proves absence only if nothing was left out or refused, and if it showed a project that is known to be ours,
    /// identifier and all: otherwise the list, or what a project shows, could hide the one that is looked for.
    pub(super) async fn scan(&self, project: &Project, intent: &Intent, search: &Search) -> Result<Scan, StoreError> {
        let asked_at = project.desired.created_at.unwrap_or(intent.committed_at);
        let made_after = asked_at.min(intent.committed_at) - CLOCKS_DIFFER;
        let Listed { rows, cut_short, total: _ } = self.list().await;
        let Sorted { mut candidates, linked } = self.sort(rows, made_after).await?;
        // Each scan begins where the last one ended, so that a crowd of strangers' projects hides ours for a while only.
        let begin = usize::try_from(search.read).unwrap_or_default().checked_rem(candidates.len()).unwrap_or_default();
        candidates.rotate_left(begin);
        let mut scan = Scan { inconclusive: cut_short, ..Scan::default() };
        self.read(project, candidates, &mut scan).await;
        if scan.ours.is_empty() && scan.inconclusive.is_none() {
            scan.inconclusive = self.control(linked).await?.err();
        }
        Ok(scan)
    }

    /// All rows. A row that changes its place meanwhile may slip past whoever goes one way only.
    async fn list(&self) -> Listed {
        let mut listed = Listed::default();
        let mut last = 1;
        loop {
            match self.page(last).await {
                Ok(page) => {
                    listed.take(page.rows, page.total);
                    if page.is_presumed && !listed.is_all_that_is_counted() {
                        let why = format!("then nothing on page {last}, which may be the list's end");
                        return Listed { cut_short: Some(why.as_str().into()), ..listed };
                    }
                    if page.is_last {
                        break;
                    }
                }
                Err(reason) => return Listed { cut_short: Some(reason), ..listed },
            }
            if last == PAGES {
                let why = format!("then after {PAGES} pages it was enough");
                return Listed { cut_short: Some(why.as_str().into()), ..listed };
            }
            last += 1;
        }
        for number in (1..last).rev() {
            match self.page(number).await {
                Ok(page) => listed.take(page.rows, page.total),
                Err(reason) => return Listed { cut_short: Some(reason), ..listed },
            }
        }
        if 0 < listed.total && !listed.is_all_that_is_counted() {
            let why = format!("then {} projects of the {} that the list counts", listed.rows.len(), listed.total);
            return Listed { cut_short: Some(why.as_str().into()), ..listed };
        }
        listed
    }

    async fn page(&self, number: u32) -> Result<ProjectPage, Cut> {
        if !self.has_time() {
            return Err("then the time was up".into());
        }
        self.opensolar.project_page(&self.config.account, number).await.map_err(|error| refused(&error))
    }

    async fn sort(
        &self,
        rows: BTreeMap<ProjectId, ProjectRow>,
        made_after: DateTime<Utc>,
    ) -> Result<Sorted, StoreError> {
        let org = self.config.account.org;
        let (mut candidates, mut linked, mut lookups) = (Vec::new(), Vec::new(), 0);
        for (id, row) in rows {
            let may_be_ours = row.created_at.is_none_or(|made_at| made_after <= made_at);
            let may_be_control = linked.len() < CONTROLS && lookups < LOOKUPS;
            if !may_be_ours && !may_be_control {
                continue;
            }
            lookups += usize::from(!may_be_ours);
            match self.core.store.linked_to(org, &id).await? {
                Some(request) => linked.push((id, request)),
                None if may_be_ours => candidates.push(id),
                None => {}
            }
        }
        Ok(Sorted { candidates, linked })
    }

    async fn read(&self, project: &Project, candidates: Vec<ProjectId>, scan: &mut Scan) {
        for candidate in candidates {
            if scan.read == CANDIDATES || !self.has_time() {
                scan.inconclusive = Some("then it was enough for once".into());
                return;
            }
            scan.read += 1;
            match self.opensolar.project(&self.config.account, &candidate).await {
                Ok(read) if self.is_carried(project, &read) => {
                    scan.ours.insert(read.id);
                }
                Ok(_) => {}
                // One that is not ours to see may be anybody's; the others still tell.
                Err(error @ OpenSolarError::Rejected { .. }) => scan.inconclusive = Some(refused(&error)),
                Err(error) => {
                    scan.inconclusive = Some(refused(&error));
                    return;
                }
            }
        }
    }

    /// Whether a project that is known to be ours shows its identifier; if none does, why not.
    async fn control(&self, linked: Vec<(ProjectId, RequestId)>) -> Result<Result<(), Cut>, StoreError> {
        let account = &self.config.account;
        for (id, request) in linked.into_iter().take(CONTROLS) {
            let Some(record) = self.core.store.project(account.org, &request).await? else { continue };
            if !self.has_time() {
                return Ok(Err("then the time was up".into()));
            }
            match self.opensolar.project(account, &id).await {
                Ok(read) if self.is_carried(&record, &read) => return Ok(Ok(())),
                Ok(_) => {}
                Err(error) => return Ok(Err(refused(&error))),
            }
        }
        Ok(Err("but nothing that is known to be ours was seen with its identifier either".into()))
    }

    fn is_carried(&self, project: &Project, read: &RemoteProject) -> bool {
        project.is_carried_by(read, self.config.namespace)
    }

    fn has_time(&self) -> bool {
        self.deadline.allows(self.config.account.api_timeout, self.core.now())
    }
}

fn refused(error: &OpenSolarError) -> Cut {
    warn!(error = chain(error), "a search for a project in doubt was cut short");
    let until = match error {
        OpenSolarError::NotGranted { until, .. } => Some(*until),
        _ => None,
    };
    Cut { why: format!("then {error}"), until }
}
