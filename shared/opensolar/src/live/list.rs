//! Pages of lists: a bare array, or `{"results": []}`, which some resources are said to have.

use domain::remote::{ProjectRow, RemoteContact};
use serde_json::Value;

use crate::exchange::{End, Page, rows};
use crate::lenient::{exact_moment, id, moment};
use crate::live::workflow::Workflow;
use crate::live::{PAGE_SIZE, contact, workflow};

/// A limit on rows is a multiple of this.
const ROUND: usize = 5;

/// A page of projects. A row without an id spoils the page: absence is concluded from lists, so no row may be missed.
pub(super) fn projects(body: &Value) -> Option<Page<ProjectRow>> {
    let rows = rows(body)?;
    let readable = rows.iter().map(project).collect::<Option<Vec<_>>>()?;
    Some(Page { rows: readable, is_last: is_last(rows.len()), end: End::Shown, total: None })
}

/// A page of contacts. A row without an id is passed over: one odd contact must not hide the others.
pub(super) fn contacts(body: &Value) -> Option<Page<RemoteContact>> {
    let rows = rows(body)?;
    Some(Page {
        rows: rows.iter().filter_map(contact::read).collect(),
        is_last: is_last(rows.len()),
        end: End::Shown,
        total: None,
    })
}

/// A page of workflows, archived ones included. A row without an id is passed over.
pub(super) fn workflows(body: &Value) -> Option<Page<Workflow>> {
    let rows = rows(body)?;
    Some(Page {
        rows: rows.iter().filter_map(workflow::read).collect(),
        is_last: is_last(rows.len()),
        end: End::Shown,
        total: None,
    })
}

/// Whether nothing follows a page of so many rows: it is shorter than what was asked for.
///
/// The most rows that a page may have are not documented. A server that never gives more than 20 or 50 answers with
/// short pages that others follow; so a round number of rows is not taken for an end, at the cost of one more page.
pub(super) fn is_last(rows: usize) -> bool {
    rows < PAGE_SIZE && (rows == 0 || !rows.is_multiple_of(ROUND))
}

fn project(row: &Value) -> Option<ProjectRow> {
    Some(ProjectRow {
        id: id(row.get("id"))?,
        // Rows are ruled out by it.
        created_at: exact_moment(row.get("created_date")),
        modified_at: moment(row.get("modified_date")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_forms_of_a_list_are_read() {
        let rows = json!([
            {
                "id": 9000001,
                "created_date": "2026-11-19T12:00:00.000000Z",
                "modified_date": "2026-11-20T12:00:00.000000Z",
                "title": "12 Example Street",
            },
            {"id": "9000002", "modified_date": null},
            {"id": 9000003, "created_date": "2026-11-19"},
        ]);
        let expected = vec![
            ProjectRow {
                id: 9_000_001.into(),
                created_at: "2026-11-19T12:00:00Z".parse().ok(),
                modified_at: "2026-11-20T12:00:00Z".parse().ok(),
            },
            ProjectRow { id: 9_000_002.into(), created_at: None, modified_at: None },
            ProjectRow { id: 9_000_003.into(), created_at: None, modified_at: None },
        ];
        for body in [rows.clone(), json!({"count": 2, "results": rows})] {
            assert_eq!(
                projects(&body),
                Some(Page { rows: expected.clone(), is_last: true, end: End::Shown, total: None })
            );
        }
        for body in [json!({}), json!({"results": null}), json!("[]"), json!(null)] {
            assert_eq!(projects(&body), None, "{body}");
            assert_eq!(contacts(&body), None, "{body}");
            assert_eq!(workflows(&body), None, "{body}");
        }
    }

    #[test]
    fn a_project_without_an_id_spoils_the_page_and_a_contact_without_one_is_passed_over() {
        let rows = json!([{"id": 1, "email": "rudo@example.com"}, {"email": "no id"}, {"id": 2, "email": "none"}]);
        assert_eq!(projects(&rows), None);
        let read = contacts(&rows).expect("a page").rows;
        let emails: Vec<bool> = read.iter().map(|contact| contact.email.is_some()).collect();
        assert_eq!(emails, [true, false]);
    }

    #[test]
    fn a_page_ends_its_list_unless_a_limit_may_have_cut_it() {
        for (rows, expected) in [(0, true), (1, true), (19, true), (99, true), (20, false), (50, false), (100, false)] {
            assert_eq!(is_last(rows), expected, "{rows}");
        }
    }

    #[test]
    fn a_full_page_may_have_a_successor() {
        let full: Vec<Value> = (1..=PAGE_SIZE).map(|id| json!({"id": id})).collect();
        assert!(!projects(&json!(full)).expect("a page").is_last);
        let one_unreadable: Vec<Value> = std::iter::once(json!({})).chain(full.into_iter().skip(1)).collect();
        assert!(!contacts(&json!(one_unreadable)).expect("a page").is_last);
    }
}
