//! The tables as they stand in the README.

use std::collections::BTreeMap;

use domain::fields::Field;

use super::Situations;
use super::back::Told;
use super::there::{Row, only};

/// From the CRM's message to OpenSolar.
pub(super) fn there(rows: &[Row]) -> String {
    let head = "| `installation_request.sync` | OpenSolar's project | its contact | not sent: what it is for |";
    let rows = rows.iter().map(|row| {
        let why_not = row.why_not.unwrap_or_default();
        line(&[code(&row.field), cell(&row.project), cell(&row.contact), why_not.to_owned()])
    });
    table(head, rows)
}

/// From OpenSolar to the CRM.
pub(super) fn back(told: &[Told]) -> String {
    let head = "| OpenSolar's project | `state` of `installation_request.updated` | not told: what it is for |";
    let rows = told.iter().map(|fact| {
        let fields = fact.fields.iter().map(|(field, when)| qualified(field, *when)).collect::<Vec<_>>();
        line(&[fact.fact.to_owned(), fields.join(", "), fact.why_not.unwrap_or_default().to_owned()])
    });
    table(head, rows)
}

fn table(head: &str, rows: impl Iterator<Item = String>) -> String {
    let columns = head.matches(" | ").count() + 1;
    let rule = format!("|{}", "---|".repeat(columns));
    [head.to_owned(), rule].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
}

fn line(cells: &[String]) -> String {
    let cells: String =
        cells.iter().map(|cell| if cell.is_empty() { " |".to_owned() } else { format!(" {cell} |") }).collect();
    format!("|{cells}")
}

fn cell<F: Field>(fields: &BTreeMap<F, Situations>) -> String {
    let fields = fields.iter().map(|(field, situations)| qualified(opensolars_name(field.as_str()), only(situations)));
    fields.collect::<Vec<_>>().join(", ")
}

/// We keep a position as one field, OpenSolar as two.
fn opensolars_name(field: &str) -> &str {
    if field == "position" { "lat`, `lon" } else { field }
}

fn qualified(field: &str, when: Option<&str>) -> String {
    match when {
        Some(when) => format!("{} ({when})", code(field)),
        None => code(field),
    }
}

fn code(name: &str) -> String {
    format!("`{name}`")
}
