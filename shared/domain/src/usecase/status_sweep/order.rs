//! Whether OpenSolar's list may be left before its end.
//!
//! `ordering=-modified_date` is asked for. That projects can be ordered so is documented nowhere, unknown orderings are
//! ignored without an error, and one page of the documentation says that `-` is ascending. So the rows have to show it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::remote::ProjectRow;

/// A run looks at what was changed so long before the last one again: our clock and OpenSolar's may differ, and a row
/// may have been missed because others moved while the pages were read.
pub(super) const MARGIN: TimeDelta = TimeDelta::days(1);

/// What the rows seen so far tell of the list's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    /// No row was changed later than the one before it.
    descends: bool,
    /// A row was made later than the one before it: it is not the newest projects that come first. Where nobody changes
    /// what is made, the two orders cannot be told apart.
    is_not_by_creation: bool,
    last: Option<Times>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Times {
    created_at: Option<DateTime<Utc>>,
    modified_at: DateTime<Utc>,
}

impl Default for Order {
    fn default() -> Self {
        Self { descends: true, is_not_by_creation: false, last: None }
    }
}

impl Order {
    /// Looks at the next row. A row that repeats the one before it, as at the edge of a page, says nothing.
    pub(super) fn see(&mut self, row: &ProjectRow) {
        let Some(modified_at) = row.modified_at else {
            self.descends = false;
            return;
        };
        let times = Times { created_at: row.created_at, modified_at };
        if let Some(last) = self.last.replace(times) {
            self.descends &= times.modified_at <= last.modified_at;
            self.is_not_by_creation |= last.created_at.zip(times.created_at).is_some_and(|(last, this)| last < this);
        }
    }

    /// Whether nothing that follows this page was changed since the run that began at `all_seen_at`, less the margin.
    pub(super) fn leaves_nothing_new(&self, page: &[ProjectRow], all_seen_at: Option<DateTime<Utc>>) -> bool {
        let Some(known_until) = all_seen_at.and_then(|begun| begun.checked_sub_signed(MARGIN)) else { return false };
        let is_known = |row: &ProjectRow| row.modified_at.is_some_and(|at| at < known_until);
        self.descends && self.is_not_by_creation && !page.is_empty() && page.iter().all(is_known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + number)
    }

    /// Rows made and changed on these days.
    fn rows(days: &[(i64, i64)]) -> Vec<ProjectRow> {
        let row = |(number, (created, modified)): (u64, &(i64, i64))| ProjectRow {
            id: number.into(),
            created_at: Some(day(*created)),
            modified_at: Some(day(*modified)),
        };
        (1..).zip(days).map(row).collect()
    }

    /// Whether the list may be left after these pages; the run before began on day 50.
    fn may_leave(pages: &[Vec<ProjectRow>]) -> bool {
        let mut order = Order::default();
        pages.iter().flatten().for_each(|row| order.see(row));
        order.leaves_nothing_new(pages.last().expect("a page"), Some(day(50)))
    }

    #[test]
    fn a_descending_list_is_left_after_a_page_that_is_all_known() {
        let (new, known) = (rows(&[(1, 55), (3, 51)]), rows(&[(2, 40), (4, 30)]));
        assert!(!may_leave(std::slice::from_ref(&new)));
        assert!(may_leave(&[new.clone(), known.clone()]));
        assert!(may_leave(std::slice::from_ref(&known)));
        assert!(!may_leave(&[new, rows(&[(2, 49), (4, 30)])]), "a day before the last run is looked at again");
        assert!(!may_leave(&[known, Vec::new()]));
    }

    #[test]
    fn a_row_that_is_repeated_at_a_pages_edge_breaks_no_order() {
        assert!(may_leave(&[rows(&[(1, 55), (3, 40)]), rows(&[(3, 40), (4, 30)])]));
    }

    #[test]
    fn a_list_in_another_order_is_read_to_its_end() {
        let orders = [
            ("ascending", vec![rows(&[(2, 10), (1, 20)]), rows(&[(4, 30), (3, 40)])]),
            ("none", vec![rows(&[(2, 10), (1, 20)]), rows(&[(4, 9), (3, 8)])]),
            ("broken between pages", vec![rows(&[(1, 10), (2, 9)]), rows(&[(4, 30), (3, 20)])]),
            ("newest first", vec![rows(&[(40, 40), (39, 39)]), rows(&[(38, 38), (37, 37)])]),
        ];
        for (name, pages) in orders {
            assert!(!may_leave(&pages), "{name}");
        }
    }

    #[test]
    fn a_row_without_its_time_proves_nothing() {
        let mut pages = [rows(&[(1, 40), (2, 30)]), rows(&[(3, 20), (4, 10)])];
        assert!(may_leave(&pages));
        pages[0][1].modified_at = None;
        assert!(!may_leave(&pages));
        for row in pages.iter_mut().flatten() {
            row.modified_at = Some(day(5));
            row.created_at = None;
        }
        assert!(!may_leave(&pages), "without creation times it may be the order of creation");
    }

    #[test]
    fn the_first_run_reads_all() {
        let page = rows(&[(1, 40), (2, 30)]);
        let mut order = Order::default();
        page.iter().for_each(|row| order.see(row));
        assert!(!order.leaves_nothing_new(&page, None));
    }
}
