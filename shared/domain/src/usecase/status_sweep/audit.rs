//! The third phase: OpenSolar's own account of its deliveries against our log of them.
//!
//! A delivery that OpenSolar says it made, or gave up, and that we do not hold is made up for: its project is fetched. One
//! that we hold and that OpenSolar knows nothing of was sent by somebody else, with a credential of ours.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use tracing::{error, warn};

use super::changed::PAGES_A_TURN;
use super::report::{AuditReport, DeliveryLogIs, TurnEnd};
use super::{Found, Step, Turn};
use crate::ids::ProjectId;
use crate::log::chain;
use crate::ports::OpenSolarError;
use crate::project::GoneBecause;
use crate::remote_log::{QueuedDelivery, SentDelivery, Subject};
use crate::usecase::UseCaseError;
use crate::webhook::DeliveryName;

/// What happened later is left to the next night: OpenSolar tries a delivery several times, and writes its log as it does.
const STILL_MOVING: TimeDelta = TimeDelta::hours(1);

/// What no audit has looked at so far; nights without one are made up for, up to this.
const LONGEST: TimeDelta = TimeDelta::days(7);

/// A first audit looks back so far.
const FIRST: TimeDelta = TimeDelta::days(1);

/// A delivery may arrive so much later than what it tells of, or by our clock earlier.
const MARGIN: TimeDelta = TimeDelta::days(1);

/// So many events are asked which project they belong to.
const EVENTS_ASKED: usize = 20;

/// OpenSolar's log, as far as it was read.
struct Account {
    sent: Vec<SentDelivery>,
    queued: BTreeSet<QueuedDelivery>,
    cut_short: Option<String>,
    log: DeliveryLogIs,
}

impl Turn<'_> {
    /// Compares both logs, fetches what is missing, and ends the run.
    pub(super) async fn audit(&mut self) -> Result<Step, UseCaseError> {
        let begun_at = self.progress.begun_at;
        let until = begun_at - STILL_MOVING;
        let since = self.progress.audited_until.unwrap_or(begun_at - FIRST).max(begun_at - LONGEST).min(until);
        if self.pages_left() == 0 {
            return Ok(Step::Stop(TurnEnd::PagesOfTurn));
        }
        let Some(account) = self.account(since).await else { return Ok(Step::Stop(TurnEnd::NotGranted)) };
        if account.log == DeliveryLogIs::NotAvailable {
            self.progress.audit = Some(AuditReport::not_available(since, until));
            return self.finish().await;
        }
        let ours = self.core.store.arrivals(self.config.account.org, since - MARGIN, begun_at).await?;
        let ours: BTreeMap<DeliveryName, DateTime<Utc>> =
            ours.into_iter().filter_map(|(key, at)| Some((DeliveryName::of_key(&key)?, at))).collect();
        let known: BTreeSet<&DeliveryName> = account.sent.iter().map(|row| &row.name).collect();
        let strange = ours.iter().filter(|(name, at)| since <= **at && **at < until && !known.contains(name)).count();
        let missing = missing(&account, &ours, since, until);
        let mut report = AuditReport {
            log: account.log,
            since,
            until,
            sent: missing.sent,
            held: missing.sent - missing.rows.len() - missing.to_come,
            missing: missing.rows.len(),
            healed: 0,
            nobodys: 0,
            unattributed: 0,
            never_sent: account.cut_short.is_none().then_some(strange),
            cut_short: account.cut_short,
        };
        if let Step::Stop(end) = self.heal(missing.rows, &mut report).await? {
            self.save().await?;
            return Ok(Step::Stop(end));
        }
        tell(&report);
        if report.cut_short.is_none() {
            self.progress.audited_until = Some(until);
        }
        self.progress.audit = Some(report);
        self.finish().await
    }

    /// Reads OpenSolar's log and queue; nothing if there is no leave to do so now. What cannot be read tonight is looked
    /// at tomorrow.
    async fn account(&mut self, since: DateTime<Utc>) -> Option<Account> {
        let log = DeliveryLogIs::Kept;
        let mut account = Account { sent: Vec::new(), queued: BTreeSet::new(), cut_short: None, log };
        // The queue first: what leaves it meanwhile is in the log by then.
        match self.opensolar.queued_deliveries(&self.config.account).await {
            Ok(queued) => account.queued.extend(queued),
            Err(OpenSolarError::NotGranted { .. }) => return None,
            Err(error) => return Some(Account { cut_short: Some(unread(&error)), ..account }),
        }
        let mut newest_first = true;
        for page in 1.. {
            if self.pages_left() == 0 || !self.deadline.allows(self.config.account.api_timeout, self.core.now()) {
                let why = format!("page {page} and what follows was not read");
                return Some(Account { cut_short: Some(why), ..account });
            }
            let page = match self.opensolar.sent_deliveries(&self.config.account, page).await {
                Ok(Some(page)) => page,
                Ok(None) => return Some(Account { log: DeliveryLogIs::NotAvailable, ..account }),
                Err(OpenSolarError::NotGranted { .. }) => return None,
                Err(error) => return Some(Account { cut_short: Some(unread(&error)), ..account }),
            };
            self.count(|counts| counts.log_pages += 1);
            let is_old = |row: &SentDelivery| row.at.is_some_and(|at| at < since - MARGIN);
            let is_over = !page.rows.is_empty() && page.rows.iter().all(is_old);
            newest_first &= descends(account.sent.last(), &page.rows);
            account.sent.extend(page.rows);
            if page.is_last || (is_over && newest_first) {
                break;
            }
        }
        Some(account)
    }

    async fn heal(&mut self, missing: Vec<SentDelivery>, report: &mut AuditReport) -> Result<Step, UseCaseError> {
        let mut asked = 0;
        for row in missing {
            let project = match row.subject() {
                Subject::Project(project) => Some(project),
                Subject::Event(event) if asked < EVENTS_ASKED => {
                    asked += 1;
                    self.project_of_event(event).await
                }
                Subject::Event(_) | Subject::Other => None,
            };
            let Some(project) = project else {
                report.unattributed += 1;
                continue;
            };
            let Some(request) = self.core.store.linked_to(self.config.account.org, &project).await? else {
                report.nobodys += 1;
                continue;
            };
            let Some(record) = self.record(&request).await? else { continue };
            if let Step::Stop(end) = self.fetch(&record, Found::Missed).await? {
                return Ok(Step::Stop(end));
            }
            report.healed += 1;
        }
        Ok(Step::GoOn)
    }

    /// Pages of any list that this turn may still read.
    fn pages_left(&self) -> usize {
        PAGES_A_TURN.saturating_sub(self.counts.pages + self.counts.log_pages)
    }

    /// A deleted event tells no project any more.
    async fn project_of_event(&self, event: u64) -> Option<ProjectId> {
        if !self.deadline.allows(self.config.account.api_timeout, self.core.now()) {
            return None;
        }
        match self.opensolar.project_of_event(&self.config.account, event).await {
            Ok(project) => project,
            Err(OpenSolarError::Rejected { status, .. }) if GoneBecause::of_status(status).is_some() => None,
            Err(error) => {
                warn!(error = chain(&error), "the project of a missing delivery's event was not read");
                None
            }
        }
    }
}

/// What OpenSolar sent in the time that is looked at, and what of it we do not hold.
struct Missing {
    sent: usize,
    to_come: usize,
    rows: Vec<SentDelivery>,
}

fn missing(
    account: &Account,
    ours: &BTreeMap<DeliveryName, DateTime<Utc>>,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Missing {
    let mut occasions: BTreeMap<_, Vec<&SentDelivery>> = BTreeMap::new();
    let in_time = |row: &&SentDelivery| row.at.is_none_or(|at| since <= at && at < until);
    for row in account.sent.iter().filter(in_time) {
        occasions.entry(row.occasion()).or_default().push(row);
    }
    let mut missing = Missing { sent: occasions.len(), to_come: 0, rows: Vec::new() };
    for ((what, _), attempts) in occasions {
        let is_held = attempts.iter().any(|row| ours.contains_key(&row.name));
        let is_sent = attempts.iter().any(|row| row.is_successful);
        match (is_held, attempts.first()) {
            (true, _) | (false, None) => {}
            (false, Some(_)) if !is_sent && account.queued.contains(&what) => missing.to_come += 1,
            (false, Some(row)) => missing.rows.push((*row).clone()),
        }
    }
    missing
}

fn descends(before: Option<&SentDelivery>, rows: &[SentDelivery]) -> bool {
    let times: Vec<_> = before.into_iter().chain(rows).filter_map(|row| row.at).collect();
    times.is_sorted_by(|newer, older| older <= newer)
}

fn unread(error: &OpenSolarError) -> String {
    warn!(error = chain(error), "opensolar's log of its deliveries was not read: the next night looks at it");
    error.to_string()
}

/// What somebody should look at, in a line each.
fn tell(report: &AuditReport) {
    if 0 < report.missing {
        let (missing, healed) = (report.missing, report.healed);
        warn!(missing, healed, "opensolar made deliveries that never arrived: their projects are read instead");
    }
    if let Some(never_sent) = report.never_sent.filter(|count| 0 < *count) {
        error!(
            never_sent,
            "deliveries came with our credential that opensolar knows nothing of: it may be stolen, replace the webhook key"
        );
    }
}
