//! OpenSolar's quotas, counted exactly by sliding windows as Django REST Framework does it.
//!
//! Published (developers.opensolar.com/api/throttle): project creates and updates 10 a minute each, project reads 100,
//! `systems/details` 60, 10,000 a day each. The number for everything else is not public. A throttled call counts for
//! nothing, as there.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::fake_http::Request;

/// Published for each kind of project call.
const PER_DAY: usize = 10_000;
/// Not public; the fake's choice.
const OTHER_PER_MINUTE: usize = 30;

/// What happens to calls above a quota.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quotas {
    /// They go through, and are told by [`FakeOpenSolar::quota_breaches`](super::FakeOpenSolar::quota_breaches).
    #[default]
    Counted,
    /// They are told there too, and throttled with 429.
    Enforced,
}

/// The calls that share a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuotaKind {
    /// `POST /projects/`.
    ProjectCreates,
    /// `PUT` and `PATCH` of a project.
    ProjectUpdates,
    /// `GET` of a project.
    ProjectReads,
    /// `GET` of a project's `systems/details/`.
    SystemsDetails,
    /// Everything else: lists, contacts, events, workflows, webhooks.
    Other,
}

/// A call that came while its quota was used up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaBreach {
    /// The quota.
    pub kind: QuotaKind,
    /// When, by the fake's clock.
    pub at: DateTime<Utc>,
    /// When the quota would have let it through.
    pub free_at: DateTime<Utc>,
}

/// The calls of the last day, by quota.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct QuotaBook {
    pub(crate) quotas: Quotas,
    pub(super) other_per_minute: usize,
    calls: BTreeMap<QuotaKind, VecDeque<DateTime<Utc>>>,
    pub(crate) breaches: Vec<QuotaBreach>,
}

impl Default for QuotaBook {
    fn default() -> Self {
        Self {
            quotas: Quotas::Counted,
            other_per_minute: OTHER_PER_MINUTE,
            calls: BTreeMap::new(),
            breaches: Vec::new(),
        }
    }
}

impl QuotaBook {
    /// Counts a call.
    ///
    /// # Errors
    /// It is throttled; how many seconds it should wait, at least one.
    pub(crate) fn count(&mut self, request: &Request, now: DateTime<Utc>) -> Result<(), u64> {
        let kind = kind_of(request);
        let windows = [(TimeDelta::minutes(1), self.per_minute(kind)), (TimeDelta::days(1), PER_DAY)];
        let calls = self.calls.entry(kind).or_default();
        while calls.front().is_some_and(|at| *at <= now - TimeDelta::days(1)) {
            calls.pop_front();
        }
        // A window is full until its oldest call that still counts leaves it.
        let full_until = |(window, most): &(TimeDelta, usize)| {
            let oldest = calls.len().checked_sub(*most).and_then(|position| calls.get(position))?;
            Some(*oldest + *window).filter(|free_at| now < *free_at)
        };
        let Some(free_at) = windows.iter().filter_map(full_until).max() else {
            calls.push_back(now);
            return Ok(());
        };
        self.breaches.push(QuotaBreach { kind, at: now, free_at });
        match self.quotas {
            Quotas::Counted => {
                calls.push_back(now);
                Ok(())
            }
            Quotas::Enforced => Err((free_at - now).as_seconds_f64().ceil().max(1.0) as u64),
        }
    }

    fn per_minute(&self, kind: QuotaKind) -> usize {
        match kind {
            QuotaKind::ProjectCreates | QuotaKind::ProjectUpdates => 10,
            QuotaKind::ProjectReads => 100,
            QuotaKind::SystemsDetails => 60,
            QuotaKind::Other => self.other_per_minute,
        }
    }
}

fn kind_of(request: &Request) -> QuotaKind {
    match (request.method.as_str(), request.segments().as_slice()) {
        ("POST", [_, _, _, "projects"]) => QuotaKind::ProjectCreates,
        ("PUT" | "PATCH", [_, _, _, "projects", _]) => QuotaKind::ProjectUpdates,
        ("GET", [_, _, _, "projects", _]) => QuotaKind::ProjectReads,
        ("GET", [_, _, _, "projects", _, "systems", "details"]) => QuotaKind::SystemsDetails,
        _ => QuotaKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::http;

    use super::*;

    fn read_of_a_project() -> Request {
        let call = http::Request::get("/api/orgs/1234/projects/9000001/").body(()).expect("a call");
        Request::new(&call.into_parts().0, Bytes::new())
    }

    #[test]
    fn ten_thousand_reads_a_day_are_enough_however_slowly_they_come() {
        let mut book = QuotaBook { quotas: Quotas::Enforced, ..QuotaBook::default() };
        let request = read_of_a_project();
        let begin = DateTime::UNIX_EPOCH;
        for number in 0..10_000 {
            assert_eq!(book.count(&request, begin + TimeDelta::seconds(2 * number)), Ok(()));
        }
        let last_second = begin + TimeDelta::days(1) - TimeDelta::seconds(1);
        assert_eq!(book.count(&request, last_second), Err(1));
        assert_eq!(book.count(&request, begin + TimeDelta::days(1)), Ok(()), "the first one has left the window");
        assert_eq!(book.breaches.len(), 1);
    }
}
