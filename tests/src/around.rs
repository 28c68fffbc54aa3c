//! OpenSolar's port with something around each of its calls, whichever it is.

use std::sync::Arc;

use async_trait::async_trait;
use domain::configuration::Account;
use domain::fields::ContactPatch;
use domain::ids::{ContactId, ProjectId};
use domain::phone::{EmailAddress, PhoneNumber};
use domain::ports::{OpenSolar, OpenSolarError, Write};
use domain::remote::{
    ContactPage, CreatedProject, NewPerson, NewProject, ProjectChange, ProjectEvent, ProjectPage, RemoteContact,
    RemoteProject, Stage,
};
use domain::remote_log::{QueuedDelivery, SentPage};

/// A call of the port, by its name for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call(pub &'static str);

impl Call {
    /// Creates a project.
    pub const CREATE_PROJECT: Self = Self("opensolar: POST project");
    /// Reads a project.
    pub const PROJECT: Self = Self("opensolar: GET project");
    /// Looks a contact up.
    pub const CONTACT_BY_EMAIL: Self = Self("opensolar: GET contacts by e-mail");
    /// Looks contacts up by their number.
    pub const CONTACTS_BY_PHONE: Self = Self("opensolar: GET contacts by phone");
    /// Creates a contact.
    pub const CREATE_CONTACT: Self = Self("opensolar: POST contact");
    /// Reads a page of the contacts.
    pub const CONTACT_PAGE: Self = Self("opensolar: GET contacts");
    /// Changes a project.
    pub const UPDATE_PROJECT: Self = Self("opensolar: PATCH project");
    /// Reads a contact.
    pub const CONTACT: Self = Self("opensolar: GET contact");
    /// Changes a contact.
    pub const UPDATE_CONTACT: Self = Self("opensolar: PUT contact");
    /// Reads an event.
    pub const EVENT: Self = Self("opensolar: GET event");
    /// Reads the workflows.
    pub const STAGES: Self = Self("opensolar: GET workflows");
    /// Reads a page of the projects.
    pub const PROJECT_PAGE: Self = Self("opensolar: GET projects");
    /// Asks for leave: no call of OpenSolar itself.
    pub const MAY_SEND: Self = Self("governor: may it be sent");
    /// Reads a page of the delivery log.
    pub const SENT_DELIVERIES: Self = Self("opensolar: GET delivery log");
    /// Reads the delivery queue.
    pub const QUEUED_DELIVERIES: Self = Self("opensolar: GET delivery queue");
    /// Reads whose an event is.
    pub const PROJECT_OF_EVENT: Self = Self("opensolar: GET event's project");
}

/// What happens around a call: it decides whether and when the call is made, and what is answered.
pub trait Around: Send + Sync {
    /// Makes the call, or does not.
    fn call<T: Send>(
        &self,
        call: Call,
        account: &Account,
        answer: impl Future<Output = Result<T, OpenSolarError>> + Send,
    ) -> impl Future<Output = Result<T, OpenSolarError>> + Send;
}

impl<A: Around> Around for Arc<A> {
    fn call<T: Send>(
        &self,
        call: Call,
        account: &Account,
        answer: impl Future<Output = Result<T, OpenSolarError>> + Send,
    ) -> impl Future<Output = Result<T, OpenSolarError>> + Send {
        A::call(self, call, account, answer)
    }
}

/// The port with something around it.
pub struct OpenSolarWith<A, P: ?Sized = dyn OpenSolar> {
    /// What is around it.
    pub around: A,
    /// The port itself.
    pub port: Arc<P>,
}

#[async_trait]
impl<A: Around, P: OpenSolar + ?Sized> OpenSolar for OpenSolarWith<A, P> {
    async fn may_send(&self, account: &Account, write: Write) -> Result<(), OpenSolarError> {
        self.around.call(Call::MAY_SEND, account, self.port.may_send(account, write)).await
    }

    async fn create_project(&self, account: &Account, new: &NewProject) -> Result<CreatedProject, OpenSolarError> {
        self.around.call(Call::CREATE_PROJECT, account, self.port.create_project(account, new)).await
    }

    async fn project(&self, account: &Account, id: &ProjectId) -> Result<RemoteProject, OpenSolarError> {
        self.around.call(Call::PROJECT, account, self.port.project(account, id)).await
    }

    async fn contact_by_email(
        &self,
        account: &Account,
        email: &EmailAddress,
    ) -> Result<Option<RemoteContact>, OpenSolarError> {
        self.around.call(Call::CONTACT_BY_EMAIL, account, self.port.contact_by_email(account, email)).await
    }

    async fn contacts_by_phone(
        &self,
        account: &Account,
        phone: &PhoneNumber,
        page: u32,
    ) -> Result<ContactPage, OpenSolarError> {
        self.around.call(Call::CONTACTS_BY_PHONE, account, self.port.contacts_by_phone(account, phone, page)).await
    }

    async fn create_contact(&self, account: &Account, new: &NewPerson) -> Result<ContactId, OpenSolarError> {
        self.around.call(Call::CREATE_CONTACT, account, self.port.create_contact(account, new)).await
    }

    async fn contact_page(&self, account: &Account, page: u32) -> Result<ContactPage, OpenSolarError> {
        self.around.call(Call::CONTACT_PAGE, account, self.port.contact_page(account, page)).await
    }

    async fn update_project(
        &self,
        account: &Account,
        id: &ProjectId,
        change: &ProjectChange,
    ) -> Result<(), OpenSolarError> {
        self.around.call(Call::UPDATE_PROJECT, account, self.port.update_project(account, id, change)).await
    }

    async fn contact(&self, account: &Account, id: &ContactId) -> Result<RemoteContact, OpenSolarError> {
        self.around.call(Call::CONTACT, account, self.port.contact(account, id)).await
    }

    async fn update_contact(
        &self,
        account: &Account,
        id: &ContactId,
        patch: &ContactPatch,
    ) -> Result<(), OpenSolarError> {
        self.around.call(Call::UPDATE_CONTACT, account, self.port.update_contact(account, id, patch)).await
    }

    async fn event(&self, account: &Account, id: u64) -> Result<Option<ProjectEvent>, OpenSolarError> {
        self.around.call(Call::EVENT, account, self.port.event(account, id)).await
    }

    async fn stages(&self, account: &Account) -> Result<Vec<Stage>, OpenSolarError> {
        self.around.call(Call::STAGES, account, self.port.stages(account)).await
    }

    async fn project_page(&self, account: &Account, page: u32) -> Result<ProjectPage, OpenSolarError> {
        self.around.call(Call::PROJECT_PAGE, account, self.port.project_page(account, page)).await
    }

    async fn sent_deliveries(&self, account: &Account, page: u32) -> Result<Option<SentPage>, OpenSolarError> {
        self.around.call(Call::SENT_DELIVERIES, account, self.port.sent_deliveries(account, page)).await
    }

    async fn queued_deliveries(&self, account: &Account) -> Result<Vec<QueuedDelivery>, OpenSolarError> {
        self.around.call(Call::QUEUED_DELIVERIES, account, self.port.queued_deliveries(account)).await
    }

    async fn project_of_event(&self, account: &Account, id: u64) -> Result<Option<ProjectId>, OpenSolarError> {
        self.around.call(Call::PROJECT_OF_EVENT, account, self.port.project_of_event(account, id)).await
    }
}
