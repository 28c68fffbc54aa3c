//! The queues, OpenSolar, WhatsApp and the secrets, behind the gate.

use async_trait::async_trait;
use domain::configuration::{Account, WhatsAppSender};
use domain::fields::{ContactPatch, ProjectPatch};
use domain::ids::{ContactId, ProjectId};
use domain::jobs::{QueueMessage, QueueName};
use domain::phone::EmailAddress;
use domain::ports::{
    Credential, CredentialError, Notifier, NotifierError, OpenSolar, OpenSolarError, OutboundMessage, Queue,
    QueueError, SecretText, Write,
};
use domain::remote::{
    ContactPage, CreatedProject, NewProject, ProjectEvent, ProjectPage, RemoteContact, RemoteProject, Stage,
};
use domain::remote_log::{QueuedDelivery, SentPage};

use super::{Gated, Kind, Mishap};

#[async_trait]
impl<P: Queue + ?Sized> Queue for Gated<P> {
    async fn send(&self, message: &QueueMessage) -> Result<(), QueueError> {
        let name = match message.queue {
            QueueName::Webhooks => "queue: send to webhooks",
            QueueName::SyncRequests => "queue: send to sync-requests",
            QueueName::Notifications => "queue: send to notifications",
            QueueName::CrmUpdates => "queue: send to crm-updates",
        };
        self.gate.pass(Kind::Send, name, self.port.send(message), |_| QueueError("no answer".into())).await
    }
}

fn opensolar(mishap: Mishap) -> OpenSolarError {
    match mishap {
        Mishap::NotDone => OpenSolarError::NotSent { operation: "call", source: "not reached".into() },
        Mishap::Unanswered | Mishap::Conflict => {
            OpenSolarError::InDoubt { operation: "call", source: "no answer".into() }
        }
    }
}

impl<P: OpenSolar + ?Sized> Gated<P> {
    async fn ask<T: Send>(
        &self,
        name: &'static str,
        call: impl Future<Output = Result<T, OpenSolarError>> + Send,
    ) -> Result<T, OpenSolarError> {
        self.gate.pass(Kind::OpenSolar, name, call, opensolar).await
    }
}

#[async_trait]
impl<P: OpenSolar + ?Sized> OpenSolar for Gated<P> {
    async fn create_project(&self, account: &Account, new: &NewProject) -> Result<CreatedProject, OpenSolarError> {
        self.ask("opensolar: POST project", self.port.create_project(account, new)).await
    }

    async fn project(&self, account: &Account, id: &ProjectId) -> Result<RemoteProject, OpenSolarError> {
        self.ask("opensolar: GET project", self.port.project(account, id)).await
    }

    async fn contact_by_email(
        &self,
        account: &Account,
        email: &EmailAddress,
    ) -> Result<Option<RemoteContact>, OpenSolarError> {
        self.ask("opensolar: GET contacts by e-mail", self.port.contact_by_email(account, email)).await
    }

    async fn contact_page(&self, account: &Account, page: u32) -> Result<ContactPage, OpenSolarError> {
        self.ask("opensolar: GET contacts", self.port.contact_page(account, page)).await
    }

    async fn update_project(
        &self,
        account: &Account,
        id: &ProjectId,
        patch: &ProjectPatch,
    ) -> Result<(), OpenSolarError> {
        self.ask("opensolar: PATCH project", self.port.update_project(account, id, patch)).await
    }

    async fn contact(&self, account: &Account, id: &ContactId) -> Result<RemoteContact, OpenSolarError> {
        self.ask("opensolar: GET contact", self.port.contact(account, id)).await
    }

    async fn update_contact(
        &self,
        account: &Account,
        id: &ContactId,
        patch: &ContactPatch,
    ) -> Result<(), OpenSolarError> {
        self.ask("opensolar: PATCH contact", self.port.update_contact(account, id, patch)).await
    }

    async fn event(&self, account: &Account, id: u64) -> Result<Option<ProjectEvent>, OpenSolarError> {
        self.ask("opensolar: GET event", self.port.event(account, id)).await
    }

    async fn stages(&self, account: &Account) -> Result<Vec<Stage>, OpenSolarError> {
        self.ask("opensolar: GET workflows", self.port.stages(account)).await
    }

    async fn project_page(&self, account: &Account, page: u32) -> Result<ProjectPage, OpenSolarError> {
        self.ask("opensolar: GET projects", self.port.project_page(account, page)).await
    }

    async fn may_send(&self, account: &Account, write: Write) -> Result<(), OpenSolarError> {
        self.ask("governor: may it be sent", self.port.may_send(account, write)).await
    }

    async fn sent_deliveries(&self, account: &Account, page: u32) -> Result<SentPage, OpenSolarError> {
        self.ask("opensolar: GET delivery log", self.port.sent_deliveries(account, page)).await
    }

    async fn queued_deliveries(&self, account: &Account) -> Result<Vec<QueuedDelivery>, OpenSolarError> {
        self.ask("opensolar: GET delivery queue", self.port.queued_deliveries(account)).await
    }

    async fn project_of_event(&self, account: &Account, id: u64) -> Result<Option<ProjectId>, OpenSolarError> {
        self.ask("opensolar: GET event's project", self.port.project_of_event(account, id)).await
    }
}

#[async_trait]
impl<P: Notifier + ?Sized> Notifier for Gated<P> {
    async fn send(&self, sender: &WhatsAppSender, message: &OutboundMessage) -> Result<String, NotifierError> {
        let mishap = |mishap| match mishap {
            Mishap::NotDone => NotifierError::NotSent("not reached".into()),
            Mishap::Unanswered | Mishap::Conflict => NotifierError::InDoubt("no answer".into()),
        };
        self.gate.pass(Kind::WhatsApp, "whatsapp: send", self.port.send(sender, message), mishap).await
    }
}

fn secret(_: Mishap) -> CredentialError {
    CredentialError::Unavailable { name: "keys".to_owned(), source: "no answer".into() }
}

#[async_trait]
impl<P: Credential + ?Sized> Credential for Gated<P> {
    async fn current(&self) -> Result<SecretText, CredentialError> {
        self.gate.pass(Kind::Secret, "secret: current", self.port.current(), secret).await
    }

    async fn refreshed(&self) -> Result<SecretText, CredentialError> {
        self.gate.pass(Kind::Secret, "secret: refreshed", self.port.refreshed(), secret).await
    }
}
