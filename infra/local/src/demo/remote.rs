//! Who stands in OpenSolar's place, as far as both stories look at it; and what each of them sees of its own.

use testkit::fake_opensolar::{Contact, Project};
use testkit::{Call, FakeOpenSolar, FakeRelay, fake_relay};

use super::stage::Stage;
use crate::crm::Enquiry;
use crate::error::LocalError;

/// A fake in OpenSolar's place.
pub(super) trait Remote {
    /// The calls of its API, in the order of arrival.
    fn calls(&self) -> Vec<Call>;

    /// How many projects it has.
    fn project_count(&self) -> usize;

    /// The ids of the projects that carry this identifier of ours.
    fn projects_with(&self, identifier: &str) -> Vec<u64>;

    /// The exact bodies of its deliveries, in their order.
    fn delivered(&self) -> Vec<String>;

    /// Delivers the one of this number once more.
    fn deliver_again(&self, number: usize) -> Result<(), LocalError>;

    /// Waits until each of them is answered or given up.
    async fn deliveries_settled(&self);
}

impl Remote for FakeOpenSolar {
    fn calls(&self) -> Vec<Call> {
        self.calls()
    }

    fn project_count(&self) -> usize {
        self.projects().len()
    }

    fn projects_with(&self, identifier: &str) -> Vec<u64> {
        let projects = self.projects().into_iter().filter(|project| project.identifier == identifier);
        projects.map(|project| project.id).collect()
    }

    fn delivered(&self) -> Vec<String> {
        self.deliveries().into_iter().map(|delivery| delivery.body).collect()
    }

    fn deliver_again(&self, number: usize) -> Result<(), LocalError> {
        self.deliver_again(number).map_err(LocalError::call("delivering again"))
    }

    async fn deliveries_settled(&self) {
        self.deliveries_settled().await;
    }
}

impl Remote for FakeRelay {
    fn calls(&self) -> Vec<Call> {
        self.calls()
    }

    fn project_count(&self) -> usize {
        self.projects().len()
    }

    fn projects_with(&self, identifier: &str) -> Vec<u64> {
        let is_it = |project: &fake_relay::Project| {
            project.fields.get("custom_fields").is_some_and(|custom| custom["hanna_identifier"] == identifier)
        };
        self.projects().into_iter().filter(is_it).map(|project| project.id).collect()
    }

    fn delivered(&self) -> Vec<String> {
        self.deliveries().into_iter().map(|delivery| delivery.body).collect()
    }

    fn deliver_again(&self, number: usize) -> Result<(), LocalError> {
        self.deliver_again(number).map_err(LocalError::call("delivering again"))
    }

    async fn deliveries_settled(&self) {
        self.deliveries_settled().await;
    }
}

impl Stage<'_> {
    /// The request's projects, whole.
    pub(super) fn projects_of(&self, enquiry: &Enquiry<'_>) -> Vec<Project> {
        let ids = self.project_ids_of(enquiry);
        ids.into_iter().filter_map(|id| self.opensolar.project(id)).collect()
    }

    /// The contacts that have the customer's number or, in whatever case, e-mail address.
    pub(super) fn contacts_of(&self, enquiry: &Enquiry<'_>) -> Vec<Contact> {
        let is_theirs = |contact: &Contact| {
            contact.text("phone") == enquiry.phone || contact.text("email").eq_ignore_ascii_case(enquiry.email)
        };
        self.opensolar.contacts().into_iter().filter(is_theirs).collect()
    }
}

impl Stage<'_, FakeRelay> {
    /// The request's projects, whole.
    pub(super) fn projects_of(&self, enquiry: &Enquiry<'_>) -> Vec<fake_relay::Project> {
        let ids = self.project_ids_of(enquiry);
        self.opensolar.projects().into_iter().filter(|project| ids.contains(&project.id)).collect()
    }

    /// The contacts that have the customer's number, however it is written, or e-mail address.
    pub(super) fn contacts_of(&self, enquiry: &Enquiry<'_>) -> Vec<fake_relay::Contact> {
        // Without the country, a number begins with a 0.
        let national = |number: &str| number.trim_start_matches("+263").trim_start_matches('0').replace(' ', "");
        let is_theirs = |contact: &fake_relay::Contact| {
            let phone = contact.text("phone");
            (!phone.is_empty() && national(phone) == national(enquiry.phone)) || contact.text("email") == enquiry.email
        };
        self.opensolar.contacts().into_iter().filter(is_theirs).collect()
    }

    /// The requests of this method whose path ends like this, with their bodies and answers.
    pub(super) fn asked(&self, method: &str, path_end: &str) -> Vec<Call> {
        let calls = self.opensolar.calls().into_iter();
        calls.filter(|call| call.method == method && call.path.ends_with(path_end)).collect()
    }
}
