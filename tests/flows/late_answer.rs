//! The outside world as a worker sees it that has to wait long: the call is made, and the answer comes when the test
//! says so, or never.

use std::sync::Arc;

use async_trait::async_trait;
use domain::configuration::{Account, WhatsAppSender};
use domain::fields::{ContactPatch, ProjectPatch};
use domain::ids::{ContactId, ProjectId};
use domain::phone::EmailAddress;
use domain::ports::{Notifier, NotifierError, OpenSolar, OpenSolarError, OutboundMessage};
use domain::remote::{
    ContactPage, CreatedProject, NewProject, ProjectEvent, ProjectPage, RemoteContact, RemoteProject, Stage,
};
use domain::remote_log::{QueuedDelivery, SentPage};
use integration_tests::World;
use tokio::sync::Notify;

/// Answers creates, reads of a project and messages late, all else at once.
pub(crate) struct LateAnswer {
    opensolar: Arc<dyn OpenSolar>,
    notifier: Arc<dyn Notifier>,
    asked: Notify,
    arrives: Notify,
}

impl LateAnswer {
    pub(crate) fn of(world: &World) -> Self {
        Self {
            opensolar: world.opensolar_port.clone(),
            notifier: world.notifier_port.clone(),
            asked: Notify::new(),
            arrives: Notify::new(),
        }
    }

    /// What was asked for is done; the worker still waits for the answer.
    pub(crate) async fn asked(&self) {
        self.asked.notified().await;
    }

    /// The worker gets the answer.
    pub(crate) fn arrives(&self) {
        self.arrives.notify_one();
    }

    async fn late<T>(&self, answer: T) -> T {
        self.asked.notify_one();
        self.arrives.notified().await;
        answer
    }
}

#[async_trait]
impl Notifier for LateAnswer {
    async fn send(&self, sender: &WhatsAppSender, message: &OutboundMessage) -> Result<String, NotifierError> {
        self.late(self.notifier.send(sender, message).await).await
    }
}

#[async_trait]
impl OpenSolar for LateAnswer {
    async fn create_project(&self, account: &Account, new: &NewProject) -> Result<CreatedProject, OpenSolarError> {
        self.late(self.opensolar.create_project(account, new).await).await
    }

    async fn project(&self, account: &Account, id: &ProjectId) -> Result<RemoteProject, OpenSolarError> {
        self.late(self.opensolar.project(account, id).await).await
    }

    async fn contact_by_email(
        &self,
        account: &Account,
        email: &EmailAddress,
    ) -> Result<Option<RemoteContact>, OpenSolarError> {
        self.opensolar.contact_by_email(account, email).await
    }

    async fn contact_page(&self, account: &Account, page: u32) -> Result<ContactPage, OpenSolarError> {
        self.opensolar.contact_page(account, page).await
    }

    async fn update_project(
        &self,
        account: &Account,
        id: &ProjectId,
        patch: &ProjectPatch,
    ) -> Result<(), OpenSolarError> {
        self.late(self.opensolar.update_project(account, id, patch).await).await
    }

    async fn contact(&self, account: &Account, id: &ContactId) -> Result<RemoteContact, OpenSolarError> {
        self.opensolar.contact(account, id).await
    }

    async fn update_contact(
        &self,
        account: &Account,
        id: &ContactId,
        patch: &ContactPatch,
    ) -> Result<(), OpenSolarError> {
        self.late(self.opensolar.update_contact(account, id, patch).await).await
    }

    async fn event(&self, account: &Account, id: u64) -> Result<Option<ProjectEvent>, OpenSolarError> {
        self.opensolar.event(account, id).await
    }

    async fn stages(&self, account: &Account) -> Result<Vec<Stage>, OpenSolarError> {
        self.opensolar.stages(account).await
    }

    async fn project_page(&self, account: &Account, page: u32) -> Result<ProjectPage, OpenSolarError> {
        self.opensolar.project_page(account, page).await
    }

    async fn sent_deliveries(&self, account: &Account, page: u32) -> Result<SentPage, OpenSolarError> {
        self.opensolar.sent_deliveries(account, page).await
    }

    async fn queued_deliveries(&self, account: &Account) -> Result<Vec<QueuedDelivery>, OpenSolarError> {
        self.opensolar.queued_deliveries(account).await
    }

    async fn project_of_event(&self, account: &Account, id: u64) -> Result<Option<ProjectId>, OpenSolarError> {
        self.opensolar.project_of_event(account, id).await
    }
}
