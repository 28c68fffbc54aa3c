//! The contract `live`: OpenSolar's published REST API (developers.opensolar.com), as pure mappings.

use domain::configuration::Account;
use domain::ids::ProjectId;
use domain::phone::EmailAddress;
use domain::remote::{CreatedProject, NewProject, ProjectRow, RemoteContact, RemoteProject};
use outbound::Method;
use serde_json::Value;

use crate::exchange::{Exchange, Page};

mod create;
mod detail;
mod list;
mod sale;
mod system;

/// Rows that are asked for per page. No limit is documented; this is the most that is known to work.
const PAGE_SIZE: usize = 100;

/// `POST /api/orgs/{org}/projects/`.
pub(crate) fn create_project(account: &Account, new: &NewProject) -> Exchange<CreatedProject> {
    Exchange {
        operation: "create",
        method: Method::POST,
        path: collection(account, "projects"),
        query: Vec::new(),
        body: Some(create::payload(account, new)),
        read: create::answer,
        says_email_in_use: Some(create::says_email_in_use),
        past_the_end: None,
    }
}

/// `GET /api/orgs/{org}/projects/{id}/`.
pub(crate) fn project(account: &Account, id: &ProjectId) -> Exchange<RemoteProject> {
    let path = format!("{}{id}/", collection(account, "projects"));
    get("project read", path, Vec::new(), detail::answer)
}

/// `GET /api/orgs/{org}/contacts/?email=`: an exact match, as other clients found; not documented.
pub(crate) fn contacts_with(account: &Account, email: &EmailAddress) -> Exchange<Page<RemoteContact>> {
    let query = vec![("email", email.as_str().to_owned())];
    get("contact search", collection(account, "contacts"), query, list::contacts)
}

/// `GET /api/orgs/{org}/contacts/`, one page.
pub(crate) fn contact_page(account: &Account, page: u32) -> Exchange<Page<RemoteContact>> {
    let mut exchange = get("contact scan", collection(account, "contacts"), paging(page), list::contacts);
    exchange.past_the_end = past_the_end(page);
    exchange
}

/// `GET /api/orgs/{org}/projects/?fieldset=list`, one page, what changed last at its head.
///
/// A `-` is documented as ascending in one place and as descending in another; descending is what others saw. The
/// caller must not rely on the order.
pub(crate) fn project_page(account: &Account, page: u32) -> Exchange<Page<ProjectRow>> {
    let mut query = vec![("ordering", "-modified_date".to_owned()), ("fieldset", "list".to_owned())];
    query.extend(paging(page));
    let mut exchange = get("project list", collection(account, "projects"), query, list::projects);
    exchange.past_the_end = past_the_end(page);
    exchange
}

fn get<T>(
    operation: &'static str,
    path: String,
    query: Vec<(&'static str, String)>,
    read: fn(&Value) -> Option<T>,
) -> Exchange<T> {
    Exchange {
        operation,
        method: Method::GET,
        path,
        query,
        body: None,
        read,
        says_email_in_use: None,
        past_the_end: None,
    }
}

fn collection(account: &Account, name: &str) -> String {
    format!("/api/orgs/{}/{name}/", account.org)
}

fn paging(page: u32) -> Vec<(&'static str, String)> {
    vec![("page", page.to_string()), ("limit", PAGE_SIZE.to_string())]
}

/// The first page is never past the end: what it answers is meant.
fn past_the_end<T>(page: u32) -> Option<fn() -> Page<T>> {
    (1 < page).then_some(Page::past_the_end)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use domain::configuration::ApiContract;
    use domain::ids::OrgId;
    use domain::phone::PhoneNumber;
    use domain::remote::NewContact;
    use domain::request::Position;
    use url::Url;

    use super::*;

    pub(crate) fn account() -> Account {
        Account {
            org: OrgId(1234),
            api_base_url: Url::parse("https://api.opensolar.com").expect("an address"),
            api_contract: ApiContract::Live,
            api_timeout: Duration::from_secs(30),
            api_retry_count: 3,
        }
    }

    pub(crate) fn new_project() -> NewProject {
        NewProject {
            identifier: "6f0f4f0e-0000-5000-8000-000000000001".parse().expect("a UUID"),
            is_residential: true,
            title: "Rudo Example, Avondale".to_owned(),
            lead_source: "WhatsApp".to_owned(),
            address: Some("12 Example Street".to_owned()),
            locality: Some("Avondale".to_owned()),
            state: Some("Harare".to_owned()),
            zip: None,
            country_iso2: "ZW".to_owned(),
            position: Position::new(-17.8, 31.05),
            notes: "Asked for 6 kW and a battery.".to_owned(),
            contact: NewContact::Created {
                first_name: "Rudo".to_owned(),
                family_name: "Example".to_owned(),
                email: EmailAddress::parse("rudo@example.com"),
                phone: PhoneNumber::from_e164("+263770000001").expect("a number"),
            },
        }
    }

    #[test]
    fn every_path_ends_with_a_slash() {
        let account = account();
        let email = EmailAddress::parse("rudo@example.com").expect("an address");
        let paths = [
            create_project(&account, &new_project()).path,
            project(&account, &9_000_001.into()).path,
            contacts_with(&account, &email).path,
            contact_page(&account, 1).path,
            project_page(&account, 1).path,
        ];
        assert_eq!(
            paths,
            [
                "/api/orgs/1234/projects/",
                "/api/orgs/1234/projects/9000001/",
                "/api/orgs/1234/contacts/",
                "/api/orgs/1234/contacts/",
                "/api/orgs/1234/projects/",
            ]
        );
    }

    #[test]
    fn only_later_pages_may_be_past_the_end() {
        let account = account();
        assert!(project_page(&account, 1).past_the_end.is_none() && contact_page(&account, 1).past_the_end.is_none());
        assert!(project_page(&account, 2).past_the_end.is_some() && contact_page(&account, 2).past_the_end.is_some());
    }
}
