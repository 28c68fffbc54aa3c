//! The contract `design`: the API as the original design document describes it, for relays and test servers, as pure
//! mappings.
//!
//! It has no stages, no history and no log of deliveries: what happens to a project is told by webhooks alone, so a read
//! shows how far it is, its size and its link, and says nothing of milestones. A contact is made before its project.

use std::fmt::Display;

use domain::configuration::Account;
use domain::fields::ContactPatch;
use domain::ids::{ContactId, ProjectId, RegistrationId};
use domain::phone::{EmailAddress, PhoneNumber};
use domain::registration::{NewRegistration, Registration};
use domain::remote::{
    CreatedProject, NewPerson, NewProject, ProjectChange, ProjectRow, RemoteContact, RemoteProject, Stage,
};
use outbound::Method;

use crate::change;
use crate::email_in_use;
use crate::exchange::{Exchange, Page, rows};

mod contact;
mod list;
mod project;
mod webhooks;

/// `POST /api/orgs/{org}/projects/`, for a contact that is there.
pub(crate) fn create_project(account: &Account, new: &NewProject, contact: &ContactId) -> Exchange<CreatedProject> {
    let body = project::payload(new, contact);
    Exchange::write("create", Method::POST, collection(account, "projects"), body, project::created)
}

/// `PATCH /api/orgs/{org}/projects/{id}`. The answer is the id that it names.
pub(crate) fn update_project(account: &Account, id: &ProjectId, change: &ProjectChange) -> Exchange<Option<ProjectId>> {
    let (path, body) = (member(account, "projects", id), project::changes(change));
    let exchange = Exchange::write("project update", Method::PATCH, path, body, change::answer);
    Exchange { empty: Some(|| None), ..exchange }
}

/// `GET /api/orgs/{org}/projects/{id}`.
pub(crate) fn project(account: &Account, id: &ProjectId) -> Exchange<RemoteProject> {
    Exchange::get("project read", member(account, "projects", id), Vec::new(), project::read)
}

/// `GET /api/orgs/{org}/projects/`.
pub(crate) fn project_page(account: &Account, page: u32) -> Exchange<Page<ProjectRow>> {
    let exchange = Exchange::get("project list", collection(account, "projects"), paging(page), list::projects);
    Exchange { past_the_end: (1 < page).then_some(Page::missing), ..exchange }
}

/// `POST /api/orgs/{org}/contacts/`.
pub(crate) fn create_contact(account: &Account, new: &NewPerson) -> Exchange<ContactId> {
    let body = contact::payload(new);
    let path = collection(account, "contacts");
    let exchange = Exchange::write("create of the contact", Method::POST, path, body, contact::created);
    Exchange { says_email_in_use: Some(email_in_use::is_said_by), ..exchange }
}

/// `PATCH /api/orgs/{org}/contacts/{id}`. The answer is the id that it names.
pub(crate) fn update_contact(account: &Account, id: &ContactId, patch: &ContactPatch) -> Exchange<Option<ContactId>> {
    let (path, body) = (member(account, "contacts", id), contact::changes(patch));
    let exchange = Exchange::write("contact update", Method::PATCH, path, body, change::answer);
    Exchange { empty: Some(|| None), says_email_in_use: Some(email_in_use::is_said_by), ..exchange }
}

/// `GET /api/orgs/{org}/contacts/{id}`.
pub(crate) fn contact(account: &Account, id: &ContactId) -> Exchange<RemoteContact> {
    Exchange::get("contact read", member(account, "contacts", id), Vec::new(), contact::read)
}

/// `GET /api/orgs/{org}/contacts/?phone=`. Whoever does not know the filter shows everybody.
pub(crate) fn contacts_by_phone(account: &Account, phone: &PhoneNumber, page: u32) -> Exchange<Page<RemoteContact>> {
    contacts("contact search", account, ("phone", phone.e164()), page)
}

/// `GET /api/orgs/{org}/contacts/?email=`, the same.
pub(crate) fn contacts_with(account: &Account, email: &EmailAddress) -> Exchange<Page<RemoteContact>> {
    contacts("contact search", account, ("email", email.as_str()), 1)
}

/// `GET /api/orgs/{org}/contacts/`.
pub(crate) fn contact_page(account: &Account, page: u32) -> Exchange<Page<RemoteContact>> {
    let exchange = Exchange::get("contact scan", collection(account, "contacts"), paging(page), list::contacts);
    Exchange { past_the_end: (1 < page).then_some(Page::missing), ..exchange }
}

/// `GET /api/orgs/{org}/webhooks/`.
pub(crate) fn registrations(account: &Account) -> Exchange<Vec<Registration>> {
    Exchange::get("webhook list", collection(account, "webhooks"), Vec::new(), webhooks::list)
}

/// `POST /api/orgs/{org}/webhooks/`.
pub(crate) fn register(account: &Account, new: &NewRegistration) -> Exchange<()> {
    let body = Some(webhooks::payload(new));
    Exchange::settled("registration of the webhook", Method::POST, collection(account, "webhooks"), body)
}

/// `PATCH /api/orgs/{org}/webhooks/{id}`.
pub(crate) fn renew(account: &Account, id: &RegistrationId, new: &NewRegistration) -> Exchange<()> {
    let body = Some(webhooks::payload(new));
    Exchange::settled("change of the webhook", Method::PATCH, member(account, "webhooks", id), body)
}

/// `DELETE /api/orgs/{org}/webhooks/{id}`.
pub(crate) fn unregister(account: &Account, id: &RegistrationId) -> Exchange<()> {
    Exchange::settled("end of the webhook", Method::DELETE, member(account, "webhooks", id), None)
}

/// `GET /api/orgs/{org}/webhooks/`: the smallest thing that can be asked for. There are no stages.
pub(crate) fn stages(account: &Account) -> Exchange<Vec<Stage>> {
    Exchange::get("webhook list", collection(account, "webhooks"), Vec::new(), |body| rows(body).map(|_| Vec::new()))
}

fn contacts(
    operation: &'static str,
    account: &Account,
    (name, value): (&'static str, &str),
    page: u32,
) -> Exchange<Page<RemoteContact>> {
    let mut query = vec![(name, value.to_owned())];
    query.extend(paging(page));
    // A page that the one before announced is there: that it is refused says nothing of who is on it.
    Exchange::get(operation, collection(account, "contacts"), query, list::contacts)
}

fn collection(account: &Account, name: &str) -> String {
    format!("/api/orgs/{}/{name}/", account.org)
}

fn member(account: &Account, name: &str, id: impl Display) -> String {
    format!("{}{id}", collection(account, name))
}

/// The first page is the list itself.
fn paging(page: u32) -> Vec<(&'static str, String)> {
    if page <= 1 { Vec::new() } else { vec![("page", page.to_string())] }
}

#[cfg(test)]
mod tests {
    use domain::fields::ProjectPatch;

    use super::*;
    use crate::live::tests::{account, new_project};

    #[test]
    fn collections_end_with_a_slash_and_their_members_do_not() {
        let account = account();
        let patch = ProjectPatch::from_iter([]);
        let phone = PhoneNumber::from_e164("+263770000001").expect("a number");
        let paths = [
            create_project(&account, &new_project(), &777.into()).path,
            project_page(&account, 1).path,
            project(&account, &9_000_001.into()).path,
            update_project(&account, &9_000_001.into(), &patch.into()).path,
            contacts_by_phone(&account, &phone, 1).path,
            contact(&account, &777.into()).path,
            update_contact(&account, &777.into(), &ContactPatch::from_iter([])).path,
            stages(&account).path,
        ];
        let expected = [
            "projects/",
            "projects/",
            "projects/9000001",
            "projects/9000001",
            "contacts/",
            "contacts/777",
            "contacts/777",
            "webhooks/",
        ];
        assert_eq!(paths, expected.map(|path| format!("/api/orgs/1234/{path}")));
    }

    #[test]
    fn a_number_is_asked_for_as_it_is_written_internationally() {
        let phone = PhoneNumber::from_e164("+263770000001").expect("a number");
        let query = |page| contacts_by_phone(&account(), &phone, page).query;
        assert_eq!(query(1), [("phone", "+263770000001".to_owned())]);
        assert_eq!(query(2), [("phone", "+263770000001".to_owned()), ("page", "2".to_owned())]);
    }
}
