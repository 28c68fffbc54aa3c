//! The queues, OpenSolar, WhatsApp and the secrets, behind the gate.

use async_trait::async_trait;
use domain::configuration::{Account, WhatsAppSender};
use domain::jobs::{QueueMessage, QueueName};
use domain::ports::{
    Credential, CredentialError, Notifier, NotifierError, OpenSolarError, OutboundMessage, Queue, QueueError,
    SecretText,
};
use integration_tests::around::{Around, Call};

use super::{Gate, Gated, Kind, Mishap};

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

impl Around for Gate {
    async fn call<T: Send>(
        &self,
        call: Call,
        _: &Account,
        answer: impl Future<Output = Result<T, OpenSolarError>> + Send,
    ) -> Result<T, OpenSolarError> {
        self.pass(Kind::OpenSolar, call.0, answer, opensolar).await
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
