//! How far a run has come, as the checkpoint keeps it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::order::Order;
use super::report::{AuditReport, ListEnd, RunReport, SweepCounts};
use crate::jobs::to_json;

/// A run, and what it knows of those before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    pub(super) begun_at: DateTime<Utc>,
    #[serde(flatten)]
    pub(super) phase: Phase,
    pub(super) list: Option<ListEnd>,
    pub(super) counts: SweepCounts,
    pub(super) share: Share,
    /// When the last run began that saw every change in OpenSolar's list.
    pub(super) all_seen_at: Option<DateTime<Utc>>,
    /// Up to when OpenSolar's account of its deliveries was compared with ours.
    pub(super) audited_until: Option<DateTime<Utc>>,
    /// What this run's comparison found.
    pub(super) audit: Option<AuditReport>,
}

/// What a run is at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub(super) enum Phase {
    /// OpenSolar's list is being read.
    Changed(Place),
    /// Unfinished projects are being fetched.
    Open,
    /// OpenSolar's account of its deliveries is compared with ours.
    Audit,
    /// Nothing is left to do.
    Finished { at: DateTime<Utc> },
}

/// Which page of the list comes next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    /// From 1.
    pub(super) page: u32,
    /// What the pages before it tell of the list's order.
    pub(super) order: Order,
    /// In how many turns it could not be read.
    pub(super) failures: u32,
}

/// Fetches that were enqueued out of a day's share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Share {
    /// When the day began.
    pub(super) since: DateTime<Utc>,
    pub(super) used: usize,
}

impl Share {
    /// A share of which nothing is used.
    pub(super) fn whole(now: DateTime<Utc>) -> Self {
        Self { since: now, used: 0 }
    }

    /// What is left of the share that a run before had, or the next day's.
    pub(super) fn left_of(self, now: DateTime<Utc>) -> Self {
        if now < self.since + TimeDelta::days(1) { self } else { Self::whole(now) }
    }
}

impl Progress {
    /// A run that begins now.
    pub(super) fn new(
        share: Share,
        all_seen_at: Option<DateTime<Utc>>,
        audited_until: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Self {
        let first = Place { page: 1, order: Order::default(), failures: 0 };
        let counts = SweepCounts::default();
        let phase = Phase::Changed(first);
        Self { begun_at: now, phase, list: None, counts, share, all_seen_at, audited_until, audit: None }
    }

    /// Reads what a checkpoint holds. What another version of the program wrote is as good as nothing: a new run
    /// finds all that an unfinished one would have.
    pub(super) fn parse(json: &str) -> Option<Self> {
        match serde_json::from_str(json) {
            Ok(progress) => Some(progress),
            Err(error) => {
                warn!(%error, "the status sweep's checkpoint cannot be read: a new run begins");
                None
            }
        }
    }

    pub(super) fn to_json(&self) -> String {
        to_json(self)
    }

    pub(super) fn report(&self) -> RunReport {
        let finished_at = match self.phase {
            Phase::Finished { at } => Some(at),
            Phase::Changed(_) | Phase::Open | Phase::Audit => None,
        };
        let audit = self.audit.clone();
        RunReport { begun_at: self.begun_at, finished_at, list: self.list, counts: self.counts, audit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_comes_back_from_a_checkpoint() {
        let now: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().expect("a time");
        let begun = Progress::new(Share::whole(now), None, None, now);
        for phase in [begun.phase.clone(), Phase::Open, Phase::Audit, Phase::Finished { at: now }] {
            let progress = Progress { phase, list: Some(ListEnd::Known), all_seen_at: Some(now), ..begun.clone() };
            let json = progress.to_json();
            assert_eq!(Progress::parse(&json), Some(progress));
            assert!(json.len() < 1_000, "{json}");
        }
        assert_eq!(Progress::parse(r#"{"phase": "of the moon"}"#), None);
    }

    #[test]
    fn a_share_lasts_a_day() {
        let now: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().expect("a time");
        let share = Share { since: now, used: 7 };
        assert_eq!(share.left_of(now + TimeDelta::hours(23)), share);
        assert_eq!(share.left_of(now + TimeDelta::hours(24)), Share::whole(now + TimeDelta::hours(24)));
    }
}
