//! Lists: filtering, ordering and paging as far as OpenSolar does it.

use serde_json::Value;

use super::model::{Contact, Organisation, Project};
use crate::fake_http::Request;

/// Rows per page without a `limit`. The real number is not public.
const USUAL_LIMIT: usize = 20;
/// The most rows per page that a caller can ask for. The real number is not public; clients use up to 100.
const LARGEST_LIMIT: usize = 100;

/// One page of a list.
pub(super) enum Page<T> {
    Rows(Vec<T>),
    /// A page after the last one. The first page is never that.
    PastTheEnd,
}

impl<T> Page<T> {
    /// The page that `page` (from 1) and `limit` ask for; what is no number counts as absent.
    pub(super) fn of(rows: Vec<T>, request: &Request) -> Self {
        let asked = |name: &str| request.query(name).and_then(|value| value.parse::<usize>().ok());
        let limit = asked("limit").filter(|limit| 0 < *limit).unwrap_or(USUAL_LIMIT).min(LARGEST_LIMIT);
        let before = asked("page").unwrap_or(1).saturating_sub(1).saturating_mul(limit);
        if 0 < before && rows.len() <= before {
            return Self::PastTheEnd;
        }
        Self::Rows(rows.into_iter().skip(before).take(limit).collect())
    }
}

/// The projects, newest first unless another known ordering is asked for. There is no filter and no search.
pub(super) fn projects<'a>(org: &'a Organisation, request: &Request) -> Vec<&'a Project> {
    let mut projects: Vec<&Project> = org.projects.values().rev().collect();
    let ordering = request.query("ordering").unwrap_or_default();
    match ordering.trim_start_matches('-') {
        "modified_date" => projects.sort_by_key(|project| project.modified_date),
        "created_date" => projects.sort_by_key(|project| project.created_date),
        _ => return projects,
    }
    if ordering.starts_with('-') {
        projects.reverse();
    }
    projects
}

/// The contacts, oldest first unless ordered by a name or the e-mail. `email` filters, by the exact text; `phone` and
/// `search` are ignored, so that whoever relies on them gets everybody.
pub(super) fn contacts<'a>(org: &'a Organisation, request: &Request) -> Vec<&'a Contact> {
    let email = request.query("email");
    let wanted = |contact: &&Contact| email.as_ref().is_none_or(|email| contact.text("email") == email);
    let mut contacts: Vec<&Contact> = org.contacts.values().filter(wanted).collect();
    let ordering = request.query("ordering").unwrap_or_default();
    let field = ordering.trim_start_matches('-');
    if ["first_name", "family_name", "email"].contains(&field) {
        contacts.sort_by_key(|contact| contact.text(field).to_owned());
        if ordering.starts_with('-') {
            contacts.reverse();
        }
    }
    contacts
}

/// The systems of all projects, or of the one that `project` names, each as its row.
pub(super) fn systems(org: &Organisation, project: Option<u64>) -> Vec<Value> {
    let projects = org.projects.values().filter(|candidate| project.is_none_or(|id| candidate.id == id));
    let rows = projects.flat_map(|project| {
        let systems = project.systems.iter().enumerate();
        systems.map(move |(order, system)| org.system(project, order, system))
    });
    rows.collect()
}
