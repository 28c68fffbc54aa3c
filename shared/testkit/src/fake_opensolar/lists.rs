//! Lists: filtering, ordering and paging as far as OpenSolar does it.

use serde_json::{Value, json};

use super::model::{Contact, Organisation, Project};
use super::quirks::{EmailFilter, Envelope, Hyphen, LargestLimit, Ordering, PastTheEnd, UnprovenFilter, UsualLimit};
use crate::fake_http::{Answer, Request};

/// One page of a list.
pub(super) enum Page<T> {
    Rows(Vec<T>),
    /// A page after the last one. The first page is never that.
    PastTheEnd,
}

impl Organisation {
    /// The page that `page` (from 1) and `limit`, or else `range`, ask for; what cannot be read counts as absent.
    pub(super) fn page<T>(&self, rows: Vec<T>, request: &Request) -> Page<T> {
        let usual = match self.quirks.lists.usual_limit {
            UsualLimit::Five => 5,
            UsualLimit::Twenty => 20,
            UsualLimit::Hundred => 100,
        };
        let largest = match self.quirks.lists.largest_limit {
            LargestLimit::Twenty => 20,
            LargestLimit::Hundred => 100,
            LargestLimit::Boundless => usize::MAX,
        };
        let asked = |name: &str| request.query(name).and_then(|value| value.parse::<usize>().ok());
        let range = request.query("range").and_then(|value| serde_json::from_str::<(usize, usize)>(&value).ok());
        let (before, limit) = match range.filter(|(first, last)| first <= last) {
            Some((first, last)) => (first, (last - first + 1).min(largest)),
            None => {
                let limit = asked("limit").filter(|limit| 0 < *limit).unwrap_or(usual).min(largest);
                (asked("page").unwrap_or(1).saturating_sub(1).saturating_mul(limit), limit)
            }
        };
        if 0 < before && rows.len() <= before {
            return Page::PastTheEnd;
        }
        Page::Rows(rows.into_iter().skip(before).take(limit).collect())
    }

    /// The answer with one page of these.
    pub(super) fn page_of<T>(&self, records: Vec<T>, request: &Request, row: impl Fn(T) -> Value) -> Answer {
        let count = records.len();
        match self.page(records, request) {
            Page::Rows(records) => Answer::ok(self.enveloped(count, records.into_iter().map(row).collect())),
            Page::PastTheEnd => match self.quirks.lists.past_the_end {
                PastTheEnd::NotFound => Answer::json(404, json!({"detail": "Invalid page."})),
                PastTheEnd::EmptyPage => Answer::ok(self.enveloped(count, Vec::new())),
                PastTheEnd::ServerError => Answer::page(500, "<h1>Server Error (500)</h1>"),
            },
        }
    }

    fn enveloped(&self, count: usize, rows: Vec<Value>) -> Value {
        match self.quirks.lists.envelope {
            Envelope::BareArray => Value::Array(rows),
            Envelope::UnderResults => json!({"count": count, "next": null, "previous": null, "results": rows}),
        }
    }

    /// Orders by the key of the asked field, which is none for a field that does not order.
    fn order<T, K: Ord>(&self, records: &mut [T], request: &Request, key: impl Fn(&T, &str) -> Option<K>) {
        let ordering = request.query("ordering").unwrap_or_default();
        let field = ordering.trim_start_matches('-');
        if self.quirks.lists.order != Ordering::Honoured || records.iter().any(|record| key(record, field).is_none()) {
            return;
        }
        let hyphen = match self.quirks.lists.hyphen {
            Hyphen::Descending => ordering.starts_with('-'),
            Hyphen::Ascending => !ordering.starts_with('-'),
        };
        records.sort_by_key(|record| key(record, field));
        if hyphen {
            records.reverse();
        }
    }
}

/// The projects, newest first unless another known ordering is asked for. There is no search.
pub(super) fn projects<'a>(org: &'a Organisation, request: &Request) -> Vec<&'a Project> {
    let mut projects: Vec<&Project> = org.projects.values().collect();
    match org.quirks.lists.order {
        Ordering::Honoured => projects.reverse(),
        Ordering::IgnoredOldestFirst => {}
        Ordering::IgnoredShuffled => projects.sort_by_key(|project| shuffled(project.id)),
    }
    if let Some(identifier) = filter(request, "identifier", org.quirks.lists.identifier_filter) {
        projects.retain(|project| project.identifier == identifier);
    }
    org.order(&mut projects, request, |project, field| match field {
        "modified_date" => Some(project.modified_date),
        "created_date" => Some(project.created_date),
        _ => None,
    });
    projects
}

/// The contacts, oldest first unless ordered by a name or the e-mail.
pub(super) fn contacts<'a>(org: &'a Organisation, request: &Request) -> Vec<&'a Contact> {
    let mut contacts: Vec<&Contact> = org.contacts.values().collect();
    if org.quirks.lists.order == Ordering::IgnoredShuffled {
        contacts.sort_by_key(|contact| shuffled(contact.id));
    }
    if let Some(email) = request.query("email") {
        contacts.retain(|contact| match org.quirks.lists.email_filter {
            EmailFilter::Exact => contact.text("email") == email,
            EmailFilter::IgnoringCase => contact.text("email").to_lowercase() == email.to_lowercase(),
            EmailFilter::Ignored => true,
        });
    }
    if let Some(phone) = filter(request, "phone", org.quirks.lists.phone_filter) {
        contacts.retain(|contact| contact.text("phone") == phone);
    }
    if let Some(text) = filter(request, "search", org.quirks.lists.contact_search) {
        let found = |contact: &Contact, field: &str| contact.text(field).to_lowercase().contains(&text.to_lowercase());
        contacts.retain(|contact| ["first_name", "family_name", "email"].iter().any(|field| found(contact, field)));
    }
    org.order(&mut contacts, request, |contact, field| {
        ["first_name", "family_name", "email"].contains(&field).then(|| contact.text(field).to_owned())
    });
    contacts
}

/// The systems of all projects, or of the one that `project` names, each as its row.
pub(super) fn systems(org: &Organisation, project: Option<u64>) -> Vec<Value> {
    let projects = org.projects.values().filter(|candidate| project.is_none_or(|id| candidate.id == id));
    let rows = projects.flat_map(|project| {
        let systems = project.systems.iter().enumerate();
        systems.map(move |(order, system)| org.system(project, order, system, org.links()))
    });
    rows.collect()
}

/// What a filter asks for, if it works at all. What is ignored is ignored without an error, as any unknown name.
fn filter(request: &Request, name: &str, works: UnprovenFilter) -> Option<String> {
    match works {
        UnprovenFilter::Ignored => None,
        UnprovenFilter::Works => request.query(name),
    }
}

/// A place in no order, always the same.
fn shuffled(id: u64) -> u64 {
    id.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
}
