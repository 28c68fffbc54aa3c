//! Lists: under `results`, or a bare array.
//!
//! The contract knows no pages: a list is whole, unless it says itself that something follows, by the usual `next`, or by
//! a `count` above the rows that it shows. One that cuts without a word cannot be told from one that is whole: servers
//! that do not page answer for each page with the same rows.

use domain::remote::{ProjectRow, RemoteContact};
use serde_json::Value;

use crate::design::contact;
use crate::exchange::{End, Page, rows};
use crate::lenient::{exact_moment, id, moment};

/// The projects. A row without an id spoils the list: absence is concluded from it, so no row may be missed.
pub(super) fn projects(body: &Value) -> Option<Page<ProjectRow>> {
    let readable = rows(body)?.iter().map(project).collect::<Option<Vec<_>>>()?;
    Some(page(body, readable))
}

/// The contacts. A row without an id is passed over: one odd contact must not hide the others.
pub(super) fn contacts(body: &Value) -> Option<Page<RemoteContact>> {
    Some(page(body, rows(body)?.iter().filter_map(contact::read).collect()))
}

fn page<T>(body: &Value, readable: Vec<T>) -> Page<T> {
    // Who says nothing of an end may mean a page that it does not have.
    let end = match (rows(body).map_or(0, Vec::len), body.get("next")) {
        (0, None) => End::Presumed,
        (_, _) => End::Shown,
    };
    Page { rows: readable, is_last: is_last(body), end, total: total(body) }
}

fn total(body: &Value) -> Option<u64> {
    body.get("count").and_then(Value::as_u64)
}

fn is_last(body: &Value) -> bool {
    let shown = rows(body).map_or(0, Vec::len);
    let counted = total(body).and_then(|count| usize::try_from(count).ok());
    match body.get("next") {
        Some(next) => next.is_null(),
        None => shown == 0 || counted.is_none_or(|count| count <= shown),
    }
}

fn project(row: &Value) -> Option<ProjectRow> {
    Some(ProjectRow {
        id: id(row.get("id"))?,
        // Rows are ruled out by it, and the contract does not even name it.
        created_at: ["created_at", "created_date"].iter().find_map(|name| exact_moment(row.get(name))),
        modified_at: ["updated_at", "modified_date"].iter().find_map(|name| moment(row.get(name))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_forms_of_a_list_are_read() {
        let rows = json!([{"id": "p-1", "updated_at": "2026-11-20T12:00:00Z"}, {"id": 2, "created_at": "2026-11-19"}]);
        for body in [rows.clone(), json!({"results": rows}), json!({"count": 2, "next": null, "results": rows})] {
            let page = projects(&body).expect("a list");
            let ids: Vec<&str> = page.rows.iter().map(|row| row.id.as_str()).collect();
            assert_eq!((ids, page.is_last), (vec!["p-1", "2"], true), "{body}");
            assert_eq!(page.rows[0].modified_at, "2026-11-20T12:00:00Z".parse().ok());
            assert_eq!(page.rows[1].created_at, None, "a plain date may be any moment of two days");
        }
        for body in [json!({}), json!({"results": null}), json!("[]"), json!(null)] {
            assert_eq!((projects(&body), contacts(&body)), (None, None), "{body}");
        }
    }

    #[test]
    fn a_list_goes_on_only_if_it_says_so() {
        let rows = json!([{"id": 1}]);
        let next = "https://relay.example.com/api/orgs/1234/projects/?page=2";
        for (body, expected) in [
            (json!({"next": next, "results": rows}), false),
            (json!({"count": 2, "results": rows}), false),
            (json!({"count": 2, "next": null, "results": rows}), true),
            // Who filters what is on a page may leave nothing of it, and go on.
            (json!({"count": 2, "next": next, "results": []}), false),
            (json!({"count": 1, "results": rows}), true),
        ] {
            assert_eq!(projects(&body).expect("a list").is_last, expected, "{body}");
        }
    }

    #[test]
    fn a_page_without_rows_is_the_end_only_if_it_says_so() {
        for (body, expected) in [
            (json!({"next": null, "results": []}), End::Shown),
            (json!({"count": 57, "results": []}), End::Presumed),
            (json!({"results": []}), End::Presumed),
            (json!([]), End::Presumed),
            (json!([{"id": 1}]), End::Shown),
        ] {
            let page = projects(&body).expect("a list");
            assert_eq!((page.is_last, page.end, page.total), (true, expected, total(&body)), "{body}");
        }
    }

    #[test]
    fn a_project_without_an_id_spoils_the_list_and_a_contact_without_one_is_passed_over() {
        let rows = json!([{"id": 1}, {"name": "no id"}, {"id": 2}]);
        assert_eq!(projects(&rows), None);
        assert_eq!(contacts(&rows).expect("a list").rows.len(), 2);
    }
}
