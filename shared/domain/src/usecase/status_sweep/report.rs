//! What a turn of the sweep says about itself: what the function returns and logs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a turn did, in counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StatusReport {
    /// Whether a run was due, unfinished or asked for.
    pub ran: bool,
    /// Why the turn ended.
    pub end: Option<TurnEnd>,
    /// What this turn did.
    #[serde(flatten)]
    pub turn: SweepCounts,
    /// Why the list could not be read, if it could not.
    pub unread: Option<String>,
    /// The run that the turn belongs to, all its turns together.
    pub run: Option<RunReport>,
    /// The run that was not finished when this one had to begin.
    pub closed: Option<RunReport>,
}

/// Counts of a turn or of a run. A page that was repeated counts twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepCounts {
    /// Pages of OpenSolar's list that were read.
    pub pages: usize,
    /// Rows on them.
    pub rows: usize,
    /// Rows of projects that are linked to a request.
    pub linked: usize,
    /// Fetches enqueued of linked projects that changed since our last read.
    pub changed: usize,
    /// Fetches enqueued of unfinished projects that were not seen for longest.
    pub open: usize,
    /// Fetches enqueued for deliveries that never arrived.
    pub missed: usize,
    /// Pages of OpenSolar's log of deliveries that were read.
    pub log_pages: usize,
}

/// A run so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunReport {
    /// When it began.
    pub begun_at: DateTime<Utc>,
    /// When it was finished, if it is.
    pub finished_at: Option<DateTime<Utc>>,
    /// How far OpenSolar's list was read; nothing while it is.
    pub list: Option<ListEnd>,
    /// All its turns together.
    #[serde(flatten)]
    pub counts: SweepCounts,
    /// What comparing OpenSolar's account of its deliveries with ours found; nothing until that is done.
    pub audit: Option<AuditReport>,
}

/// What an audit found, in counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditReport {
    /// Whether there is anything to compare with: without it all counts are 0, and what was lost is found by the other
    /// phases alone.
    #[serde(default)]
    pub log: DeliveryLogIs,
    /// What was looked at: what happened from then on.
    pub since: DateTime<Utc>,
    /// Up to then.
    pub until: DateTime<Utc>,
    /// Deliveries that OpenSolar says it made or tried to make.
    pub sent: usize,
    /// Of those, the ones that are in our log.
    pub held: usize,
    /// Those that are not, and that OpenSolar is not going to make any more.
    pub missing: usize,
    /// Missing ones whose project was fetched for it.
    pub healed: usize,
    /// Missing ones of projects that are no request's.
    pub nobodys: usize,
    /// Missing ones whose project cannot be asked for; the other phases find what they told of.
    pub unattributed: usize,
    /// Deliveries in our log that OpenSolar knows nothing of; nothing if its log was not read to its end.
    pub never_sent: Option<usize>,
    /// Why OpenSolar's log was not read to its end, if it was not.
    pub cut_short: Option<String>,
}

impl AuditReport {
    /// What is said where OpenSolar keeps no log.
    pub(super) fn not_available(since: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        Self {
            log: DeliveryLogIs::NotAvailable,
            since,
            until,
            sent: 0,
            held: 0,
            missing: 0,
            healed: 0,
            nobodys: 0,
            unattributed: 0,
            never_sent: None,
            cut_short: None,
        }
    }
}

/// Whether OpenSolar keeps an account of its deliveries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryLogIs {
    /// It does.
    #[default]
    Kept,
    /// Its contract has none.
    NotAvailable,
}

/// Why a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnEnd {
    /// So did the run.
    Finished,
    /// It read as many pages as a turn may.
    PagesOfTurn,
    /// It enqueued as many fetches as can be read before the next turn.
    ReadsOfTurn,
    /// The invocation was about to end.
    OutOfTime,
    /// OpenSolar's limits left no room for it.
    NotGranted,
    /// A page could not be read.
    Unread,
    /// Another turn went on with the run.
    TakenOver,
}

/// Where the reading of OpenSolar's list ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListEnd {
    /// At its end.
    Complete,
    /// At a page without rows: past the end, or an outage there. OpenSolar is said to answer both with 500.
    EmptyPage,
    /// Where everything that follows was looked at by an earlier run.
    Known,
    /// After as many pages as a run may read: changes further down were not seen.
    CutShort,
    /// At a page that could not be read in several turns: changes from there on were not seen.
    Unreadable,
    /// Where the run's share of the reads was used up: changes from there on were not seen.
    ShareUsed,
}

impl ListEnd {
    /// Whether every change was surely seen that the list shows.
    pub(super) fn saw_all(self) -> bool {
        match self {
            Self::Complete | Self::Known => true,
            Self::EmptyPage | Self::CutShort | Self::Unreadable | Self::ShareUsed => false,
        }
    }

    /// Whether somebody should know that changes may not have been seen.
    pub(super) fn is_too_early(self) -> bool {
        match self {
            Self::Complete | Self::Known | Self::EmptyPage => false,
            Self::CutShort | Self::Unreadable | Self::ShareUsed => true,
        }
    }
}
