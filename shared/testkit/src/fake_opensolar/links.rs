//! Links between records: absolute in the API and in a Project's webhook, paths in an Event's and a Contact's.

use serde_json::{Value, json};

/// How links are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Links<'a> {
    base: &'a str,
    org_id: u64,
}

impl<'a> Links<'a> {
    pub(super) fn absolute(base: &'a str, org_id: u64) -> Self {
        Self { base, org_id }
    }

    pub(super) fn paths(org_id: u64) -> Self {
        Self { base: "", org_id }
    }

    pub(super) fn org(self) -> String {
        format!("{}/api/orgs/{}/", self.base, self.org_id)
    }

    /// The link to one record, such as `.../projects/9000001/`.
    pub(super) fn to(self, collection: &str, id: u64) -> String {
        format!("{}{collection}/{id}/", self.org())
    }

    pub(super) fn to_each(self, collection: &str, ids: &[u64]) -> Vec<String> {
        ids.iter().map(|id| self.to(collection, *id)).collect()
    }
}

/// The id in a contact's link. As in Django, only the path counts, not the host.
///
/// # Errors
/// The words of Django REST Framework for what is no such link.
pub(super) fn contact_id(link: &Value, org_id: u64) -> Result<u64, Value> {
    let Some(text) = link.as_str() else {
        let kind = match link {
            Value::Null => "NoneType",
            Value::Bool(_) => "bool",
            Value::Number(_) => "int",
            Value::Array(_) => "list",
            Value::Object(_) | Value::String(_) => "dict",
        };
        return Err(json!([format!("Incorrect type. Expected URL string, received {kind}.")]));
    };
    let path = match text.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |start| &rest[start..]),
        None => text,
    };
    path.strip_prefix(&format!("/api/orgs/{org_id}/contacts/"))
        .and_then(|rest| rest.strip_suffix('/'))
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| json!(["Invalid hyperlink - No URL match."]))
}
