//! The contract `live`: OpenSolar's published REST API (developers.opensolar.com), as pure mappings.

use std::fmt::Display;

use domain::configuration::Account;
use domain::fields::{ContactPatch, ProjectPatch};
use domain::ids::{ContactId, ProjectId, RegistrationId};
use domain::phone::EmailAddress;
use domain::registration::{NewRegistration, Registration};
use domain::remote::{CreatedProject, NewPerson, NewProject, ProjectRow, RemoteContact, RemoteProject};
use domain::remote_log::{QueuedDelivery, SentDelivery};
use outbound::Method;
use serde_json::{Value, json};

use crate::change;
use crate::email_in_use;
use crate::exchange::{Exchange, Page};
use crate::lenient::id;

mod contact;
mod create;
mod deliveries;
mod detail;
mod history;
mod list;
mod sale;
mod site;
mod system;
mod webhooks;
mod workflow;

use history::SingleEvent;
use workflow::Workflow;

/// Rows that are asked for per page. No limit is documented; this is the most that is known to work.
const PAGE_SIZE: usize = 100;

/// `POST /api/orgs/{org}/projects/`.
pub(crate) fn create_project(account: &Account, new: &NewProject) -> Exchange<CreatedProject> {
    let body = create::payload(account, new);
    write("create", Method::POST, collection(account, "projects"), body, create::answer)
}

/// `PATCH /api/orgs/{org}/projects/{id}/`. The answer is the id that it names.
pub(crate) fn update_project(account: &Account, id: &ProjectId, patch: &ProjectPatch) -> Exchange<Option<ProjectId>> {
    let path = member(account, "projects", id);
    let body = Value::Object(site::written(patch.iter()));
    let exchange = write("project update", Method::PATCH, path, body, change::answer);
    Exchange { empty: Some(|| None), ..exchange }
}

/// `PUT /api/orgs/{org}/contacts/{id}/`: the documented verb, observed to leave alone what it does not name. The answer
/// is the id that it names.
pub(crate) fn update_contact(account: &Account, id: &ContactId, patch: &ContactPatch) -> Exchange<Option<ContactId>> {
    let path = member(account, "contacts", id);
    let exchange = write("contact update", Method::PUT, path, contact::changes(patch), change::answer);
    Exchange { empty: Some(|| None), ..exchange }
}

/// `POST /api/orgs/{org}/contacts/`.
pub(crate) fn create_contact(account: &Account, new: &NewPerson) -> Exchange<ContactId> {
    let body = contact::changes(&new.fields.beside(&ContactPatch::from_iter([])));
    write("create of the contact", Method::POST, collection(account, "contacts"), body, |body| id(body.get("id")))
}

/// `GET /api/orgs/{org}/projects/{id}/`.
pub(crate) fn project(account: &Account, id: &ProjectId) -> Exchange<RemoteProject> {
    Exchange::get("project read", member(account, "projects", id), Vec::new(), detail::answer)
}

/// `GET /api/orgs/{org}/contacts/{id}/`.
pub(crate) fn contact(account: &Account, id: &ContactId) -> Exchange<RemoteContact> {
    Exchange::get("contact read", member(account, "contacts", id), Vec::new(), contact::read)
}

/// `GET /api/orgs/{org}/events/{id}/`; a project's own path for them does not exist.
pub(crate) fn event(account: &Account, id: u64) -> Exchange<SingleEvent> {
    Exchange::get("event read", member(account, "events", id), Vec::new(), history::answer)
}

/// `GET /api/orgs/{org}/workflows/`, one page. Without its filter `is_archived`, archived ones come too.
pub(crate) fn workflow_page(account: &Account, page: u32) -> Exchange<Page<Workflow>> {
    let mut exchange = Exchange::get("workflow list", collection(account, "workflows"), paging(page), list::workflows);
    exchange.past_the_end = Page::perhaps_past_the_end(page);
    exchange
}

/// `GET /api/orgs/{org}/contacts/?email=`: an exact match, as other clients found; not documented.
pub(crate) fn contacts_with(account: &Account, email: &EmailAddress) -> Exchange<Page<RemoteContact>> {
    let query = vec![("email", email.as_str().to_owned())];
    Exchange::get("contact search", collection(account, "contacts"), query, list::contacts)
}

/// `GET /api/orgs/{org}/contacts/`, one page.
pub(crate) fn contact_page(account: &Account, page: u32) -> Exchange<Page<RemoteContact>> {
    let mut exchange = Exchange::get("contact scan", collection(account, "contacts"), paging(page), list::contacts);
    exchange.past_the_end = Page::perhaps_past_the_end(page);
    exchange
}

/// `GET /api/orgs/{org}/projects/?fieldset=list`, one page, what changed last at its head.
///
/// A `-` is documented as ascending in one place and as descending in another; descending is what others saw. The
/// caller must not rely on the order.
pub(crate) fn project_page(account: &Account, page: u32) -> Exchange<Page<ProjectRow>> {
    let mut query = vec![("ordering", "-modified_date".to_owned()), ("fieldset", "list".to_owned())];
    query.extend(paging(page));
    let mut exchange = Exchange::get("project list", collection(account, "projects"), query, list::projects);
    exchange.past_the_end = Page::perhaps_past_the_end(page);
    exchange
}

/// `GET /api/orgs/{org}/webhooks/`: an array, as other clients found it; not documented, nor that it has pages.
pub(crate) fn registrations(account: &Account) -> Exchange<Vec<Registration>> {
    Exchange::get("webhook list", collection(account, "webhooks"), Vec::new(), webhooks::list)
}

/// `POST /api/orgs/{org}/webhooks/`.
pub(crate) fn register(account: &Account, new: &NewRegistration) -> Exchange<()> {
    let body = Some(webhooks::payload(new));
    Exchange::settled("registration of the webhook", Method::POST, collection(account, "webhooks"), body)
}

/// `PATCH /api/orgs/{org}/webhooks/{id}/`.
pub(crate) fn renew(account: &Account, id: &RegistrationId, new: &NewRegistration) -> Exchange<()> {
    let body = Some(webhooks::payload(new));
    Exchange::settled("change of the webhook", Method::PATCH, member(account, "webhooks", id), body)
}

/// `PATCH /api/orgs/{org}/webhooks/{id}/`: no way to delete one is documented, and other clients switch it off.
pub(crate) fn unregister(account: &Account, id: &RegistrationId) -> Exchange<()> {
    let body = Some(json!({"enabled": false}));
    Exchange::settled("end of the webhook", Method::PATCH, member(account, "webhooks", id), body)
}

/// `GET /api/orgs/{org}/webhook_process_logs/`, one page.
pub(crate) fn sent_page(account: &Account, page: u32) -> Exchange<Page<SentDelivery>> {
    let mut exchange =
        Exchange::get("delivery log", collection(account, "webhook_process_logs"), paging(page), deliveries::sent);
    exchange.past_the_end = Page::perhaps_past_the_end(page);
    exchange
}

/// `GET /api/orgs/{org}/webhook_queue_models/`, one page.
pub(crate) fn queued_page(account: &Account, page: u32) -> Exchange<Page<QueuedDelivery>> {
    let path = collection(account, "webhook_queue_models");
    let mut exchange = Exchange::get("delivery queue", path, paging(page), deliveries::queued);
    exchange.past_the_end = Page::perhaps_past_the_end(page);
    exchange
}

/// `GET /api/orgs/{org}/events/{id}/`, for whose it is.
pub(crate) fn project_of_event(account: &Account, id: u64) -> Exchange<Option<ProjectId>> {
    Exchange::get("event read", member(account, "events", id), Vec::new(), deliveries::project_of_event)
}

fn write<T>(
    operation: &'static str,
    method: Method,
    path: String,
    body: Value,
    read: fn(&Value) -> Option<T>,
) -> Exchange<T> {
    let exchange = Exchange::write(operation, method, path, body, read);
    Exchange { says_email_in_use: Some(email_in_use::is_said_by), ..exchange }
}

fn collection(account: &Account, name: &str) -> String {
    format!("/api/orgs/{}/{name}/", account.org)
}

fn member(account: &Account, name: &str, id: impl Display) -> String {
    format!("{}{id}/", collection(account, name))
}

fn paging(page: u32) -> Vec<(&'static str, String)> {
    vec![("page", page.to_string()), ("limit", PAGE_SIZE.to_string())]
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use domain::configuration::ApiContract;
    use domain::fields::{FieldValue, ProjectField, ProjectFields};
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
            quotas: domain::configuration::Quotas::default(),
        }
    }

    /// All fields but the postal code and the names of businesses.
    pub(crate) fn site() -> ProjectFields {
        ProjectFields::from_iter([
            (ProjectField::IsResidential, Some(FieldValue::Flag(true))),
            (ProjectField::Title, FieldValue::text("Rudo Example, Avondale")),
            (ProjectField::LeadSource, FieldValue::text("WhatsApp")),
            (ProjectField::Address, FieldValue::text("12 Example Street")),
            (ProjectField::Locality, FieldValue::text("Avondale")),
            (ProjectField::State, FieldValue::text("Harare")),
            (ProjectField::CountryIso2, FieldValue::text("ZW")),
            (ProjectField::Position, Position::new(-17.8, 31.05).map(FieldValue::place)),
            (ProjectField::Notes, FieldValue::text("Asked for 6 kW and a battery.")),
            (ProjectField::CustomProjectInfo1, FieldValue::text("HAN-77")),
        ])
    }

    pub(crate) fn new_project() -> NewProject {
        NewProject {
            identifier: "6f0f4f0e-0000-5000-8000-000000000001".parse().expect("a UUID"),
            site: site(),
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
        let patch = ProjectPatch::from_iter([(ProjectField::Notes, None)]);
        let paths = [
            create_project(&account, &new_project()).path,
            project(&account, &9_000_001.into()).path,
            update_project(&account, &9_000_001.into(), &patch).path,
            project_page(&account, 1).path,
            contacts_with(&account, &email).path,
            contact_page(&account, 1).path,
            contact(&account, &777.into()).path,
            update_contact(&account, &777.into(), &ContactPatch::from_iter([])).path,
            event(&account, 88_001).path,
            workflow_page(&account, 1).path,
        ];
        let expected = [
            "projects/",
            "projects/9000001/",
            "projects/9000001/",
            "projects/",
            "contacts/",
            "contacts/",
            "contacts/777/",
            "contacts/777/",
            "events/88001/",
            "workflows/",
        ];
        assert_eq!(paths, expected.map(|path| format!("/api/orgs/1234/{path}")));
    }

    #[test]
    fn only_later_pages_may_be_past_the_end() {
        let account = account();
        for (page, expected) in [(1, false), (2, true)] {
            let told = [
                project_page(&account, page).past_the_end.is_some(),
                contact_page(&account, page).past_the_end.is_some(),
                workflow_page(&account, page).past_the_end.is_some(),
            ];
            assert_eq!(told, [expected; 3], "page {page}");
        }
    }
}
