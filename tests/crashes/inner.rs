//! The ports themselves, behind the gate: each counts its calls once more, so that none can pass the gate by; and here a
//! guard can be broken from outside, to see whether anybody notices.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::configuration::{Account, Configuration, WhatsAppSender};
use domain::fields::ContactPatch;
use domain::ids::{ContactId, DeliveryKey, OrgId, ProjectId, RequestId};
use domain::jobs::{OutboxEntry, QueueMessage};
use domain::notification::{Notice, NoticeKey};
use domain::phone::{EmailAddress, PhoneNumber};
use domain::ports::{
    Ambient, Change, Checkpoint, ContactEntry, DueIn, DueItem, Limit, LimitName, Notifier, NotifierError, OpenSolar,
    OpenSolarError, OutboundMessage, ProjectList, ProjectsPage, Queue, QueueError, Stages, Store, StoreError,
    StoredConfiguration, SweepName, Write,
};
use domain::project::{Project, Shelf};
use domain::remote::{
    ContactPage, CreatedProject, NewPerson, NewProject, ProjectChange, ProjectEvent, ProjectPage, RemoteContact,
    RemoteProject, Stage,
};
use domain::remote_log::{QueuedDelivery, SentPage};
use domain::webhook::DeliveryLog;
use testkit::memory::{MemoryStore, TestAmbient};
use uuid::Uuid;

use crate::sim::opensolar::SimOpenSolar;
use crate::sim::sqs::Sqs;
use crate::sim::whatsapp::SimWhatsApp;

/// The answer of a port in memory: it has it at once.
pub(crate) fn at_once<T>(call: impl Future<Output = T>) -> T {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("a port in memory answers at once"),
    }
}

/// What is wrong with the ports, where a guard is broken. By itself nothing is.
pub(crate) trait Tampering: Send + Sync {
    /// A commit on its way to the table.
    fn commit(&self, table: &MemoryStore, changes: Vec<Change>) -> Result<(), StoreError> {
        at_once(table.commit(changes))
    }

    /// The settings on their way back.
    fn configuration(&self, settings: Configuration) -> Configuration {
        settings
    }

    /// A record on its way back.
    fn project(&self, project: Project) -> Project {
        project
    }

    /// A ledger entry on its way back.
    fn notice(&self, notice: Notice) -> Notice {
        notice
    }

    /// A delivery's row on its way back.
    fn delivery(&self, log: DeliveryLog) -> Option<DeliveryLog> {
        Some(log)
    }

    /// Whose a project is.
    fn linked(&self, project: &ProjectId, owner: Option<RequestId>) -> Option<RequestId> {
        let _ = project;
        owner
    }

    /// What is held for a project.
    fn held(&self, keys: Vec<DeliveryKey>) -> Vec<DeliveryKey> {
        keys
    }

    /// What is due.
    fn due(&self, items: Vec<DueItem>) -> Vec<DueItem> {
        items
    }

    /// A message on its way to its queue; nothing if it never gets there.
    fn message(&self, message: &QueueMessage) -> Option<QueueMessage> {
        Some(message.clone())
    }

    /// A create's answer.
    fn created(
        &self,
        answer: Result<CreatedProject, OpenSolarError>,
        again: &dyn Fn() -> Result<CreatedProject, OpenSolarError>,
    ) -> Result<CreatedProject, OpenSolarError> {
        let _ = again;
        answer
    }

    /// The answer to the create of a contact by itself.
    fn contact_created(
        &self,
        answer: Result<ContactId, OpenSolarError>,
        again: &dyn Fn() -> Result<ContactId, OpenSolarError>,
    ) -> Result<ContactId, OpenSolarError> {
        let _ = again;
        answer
    }

    /// Contacts that are looked for by their number.
    fn contacts(&self, page: ContactPage) -> ContactPage {
        page
    }

    /// A change's answer.
    fn updated(&self, answer: Result<(), OpenSolarError>) -> Result<(), OpenSolarError> {
        answer
    }

    /// A project as it is read.
    fn read(
        &self,
        id: &ProjectId,
        answer: Result<RemoteProject, OpenSolarError>,
    ) -> Result<RemoteProject, OpenSolarError> {
        let _ = id;
        answer
    }

    /// A page of the projects.
    fn page(&self, page: ProjectPage) -> ProjectPage {
        page
    }

    /// A message's answer.
    fn sent(
        &self,
        answer: Result<String, NotifierError>,
        again: &dyn Fn() -> Result<String, NotifierError>,
    ) -> Result<String, NotifierError> {
        let _ = again;
        answer
    }
}

/// The ports as they are.
pub(crate) struct Untouched;

impl Tampering for Untouched {}

/// A port with its count.
pub(crate) struct Inner<P> {
    port: Arc<P>,
    tampering: Arc<dyn Tampering>,
    calls: AtomicU32,
}

impl<P> Inner<P> {
    pub(crate) fn new(port: Arc<P>, tampering: Arc<dyn Tampering>) -> Arc<Self> {
        Arc::new(Self { port, tampering, calls: AtomicU32::new(0) })
    }

    /// How often it was called.
    pub(crate) fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    fn port(&self) -> &P {
        self.calls.fetch_add(1, Ordering::Relaxed);
        &self.port
    }
}

#[async_trait]
impl Ambient for Inner<TestAmbient> {
    fn now(&self) -> DateTime<Utc> {
        self.port.now()
    }

    fn random(&self) -> u128 {
        self.port.random()
    }

    async fn rest(&self, wait: Duration) {
        self.port.advance(TimeDelta::from_std(wait).unwrap_or_default());
    }
}

#[async_trait]
impl Store for Inner<MemoryStore> {
    async fn configuration(&self) -> Result<Option<Configuration>, StoreError> {
        Ok(self.port().configuration().await?.map(|settings| self.tampering.configuration(settings)))
    }

    async fn configuration_of(&self, org: OrgId) -> Result<Option<StoredConfiguration>, StoreError> {
        self.port().configuration_of(org).await
    }

    async fn stages(&self, org: OrgId) -> Result<Option<Stages>, StoreError> {
        self.port().stages(org).await
    }

    async fn checkpoint(&self, org: OrgId, sweep: SweepName) -> Result<Option<Checkpoint>, StoreError> {
        self.port().checkpoint(org, sweep).await
    }

    async fn projects(&self, org: OrgId, page: ProjectsPage) -> Result<ProjectList, StoreError> {
        self.port().projects(org, page).await
    }

    async fn shelved(
        &self,
        org: OrgId,
        shelf: Shelf,
        before: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<RequestId>, StoreError> {
        self.port().shelved(org, shelf, before, limit).await
    }

    async fn project(&self, org: OrgId, request: &RequestId) -> Result<Option<Project>, StoreError> {
        let project = self.port().project(org, request).await?;
        Ok(project.map(|project| self.tampering.project(project)))
    }

    async fn intended_by(&self, org: OrgId, identifier: Uuid) -> Result<Option<RequestId>, StoreError> {
        self.port().intended_by(org, identifier).await
    }

    async fn linked_to(&self, org: OrgId, project: &ProjectId) -> Result<Option<RequestId>, StoreError> {
        self.port().linked_to(org, project).await.map(|owner| self.tampering.linked(project, owner))
    }

    async fn contact(&self, org: OrgId, phone: &PhoneNumber) -> Result<Option<ContactEntry>, StoreError> {
        self.port().contact(org, phone).await
    }

    async fn delivery(&self, org: OrgId, key: &DeliveryKey) -> Result<Option<DeliveryLog>, StoreError> {
        let log = self.port().delivery(org, key).await?;
        Ok(log.and_then(|log| self.tampering.delivery(log)))
    }

    async fn held(&self, org: OrgId, project: &ProjectId) -> Result<Vec<DeliveryKey>, StoreError> {
        self.port().held(org, project).await.map(|keys| self.tampering.held(keys))
    }

    async fn notice(&self, org: OrgId, key: &NoticeKey) -> Result<Option<Notice>, StoreError> {
        let notice = self.port().notice(org, key).await?;
        Ok(notice.map(|notice| self.tampering.notice(notice)))
    }

    async fn outbox(&self, org: OrgId, request: &RequestId) -> Result<Vec<OutboxEntry>, StoreError> {
        self.port().outbox(org, request).await
    }

    async fn due(&self, wanted: &[DueIn]) -> Result<Vec<DueItem>, StoreError> {
        self.port().due(wanted).await.map(|items| self.tampering.due(items))
    }

    async fn limit(&self, org: OrgId, name: LimitName) -> Result<Option<Limit>, StoreError> {
        self.port().limit(org, name).await
    }

    async fn arrivals(
        &self,
        org: OrgId,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<(DeliveryKey, DateTime<Utc>)>, StoreError> {
        self.port().arrivals(org, since, until).await
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.tampering.commit(self.port(), changes)
    }
}

#[async_trait]
impl Queue for Inner<Sqs> {
    async fn send(&self, message: &QueueMessage) -> Result<(), QueueError> {
        let queue = self.port();
        match self.tampering.message(message) {
            Some(message) => queue.send(&message).await,
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Notifier for Inner<SimWhatsApp> {
    async fn send(&self, sender: &WhatsAppSender, message: &OutboundMessage) -> Result<String, NotifierError> {
        let answer = self.port().send(sender, message).await;
        self.tampering.sent(answer, &|| at_once(self.port.send(sender, message)))
    }
}

#[async_trait]
impl OpenSolar for Inner<SimOpenSolar> {
    async fn create_project(&self, account: &Account, new: &NewProject) -> Result<CreatedProject, OpenSolarError> {
        let answer = self.port().create_project(account, new).await;
        self.tampering.created(answer, &|| at_once(self.port.create_project(account, new)))
    }

    async fn project(&self, account: &Account, id: &ProjectId) -> Result<RemoteProject, OpenSolarError> {
        self.tampering.read(id, self.port().project(account, id).await)
    }

    async fn contact_by_email(
        &self,
        account: &Account,
        email: &EmailAddress,
    ) -> Result<Option<RemoteContact>, OpenSolarError> {
        self.port().contact_by_email(account, email).await
    }

    async fn contacts_by_phone(
        &self,
        account: &Account,
        phone: &PhoneNumber,
        page: u32,
    ) -> Result<ContactPage, OpenSolarError> {
        self.port().contacts_by_phone(account, phone, page).await.map(|page| self.tampering.contacts(page))
    }

    async fn create_contact(&self, account: &Account, new: &NewPerson) -> Result<ContactId, OpenSolarError> {
        let answer = self.port().create_contact(account, new).await;
        self.tampering.contact_created(answer, &|| at_once(self.port.create_contact(account, new)))
    }

    async fn contact_page(&self, account: &Account, page: u32) -> Result<ContactPage, OpenSolarError> {
        self.port().contact_page(account, page).await
    }

    async fn update_project(
        &self,
        account: &Account,
        id: &ProjectId,
        change: &ProjectChange,
    ) -> Result<(), OpenSolarError> {
        self.tampering.updated(self.port().update_project(account, id, change).await)
    }

    async fn contact(&self, account: &Account, id: &ContactId) -> Result<RemoteContact, OpenSolarError> {
        self.port().contact(account, id).await
    }

    async fn update_contact(
        &self,
        account: &Account,
        id: &ContactId,
        patch: &ContactPatch,
    ) -> Result<(), OpenSolarError> {
        self.tampering.updated(self.port().update_contact(account, id, patch).await)
    }

    async fn event(&self, account: &Account, id: u64) -> Result<Option<ProjectEvent>, OpenSolarError> {
        self.port().event(account, id).await
    }

    async fn stages(&self, account: &Account) -> Result<Vec<Stage>, OpenSolarError> {
        self.port().stages(account).await
    }

    async fn project_page(&self, account: &Account, page: u32) -> Result<ProjectPage, OpenSolarError> {
        self.port().project_page(account, page).await.map(|page| self.tampering.page(page))
    }

    async fn may_send(&self, account: &Account, write: Write) -> Result<(), OpenSolarError> {
        self.port().may_send(account, write).await
    }

    async fn sent_deliveries(&self, account: &Account, page: u32) -> Result<Option<SentPage>, OpenSolarError> {
        self.port().sent_deliveries(account, page).await
    }

    async fn queued_deliveries(&self, account: &Account) -> Result<Vec<QueuedDelivery>, OpenSolarError> {
        self.port().queued_deliveries(account).await
    }

    async fn project_of_event(&self, account: &Account, id: u64) -> Result<Option<ProjectId>, OpenSolarError> {
        self.port().project_of_event(account, id).await
    }
}
