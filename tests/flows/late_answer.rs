//! The outside world as a worker sees it that has to wait long: the call is made, and the answer comes when the test
//! says so, or never.

use std::sync::Arc;

use async_trait::async_trait;
use domain::configuration::{Account, WhatsAppSender};
use domain::ports::{Notifier, NotifierError, OpenSolarError, OutboundMessage};
use integration_tests::World;
use integration_tests::around::{Around, Call, OpenSolarWith};
use integration_tests::platform::Server;
use tokio::sync::Notify;

/// OpenSolar's calls that are answered late; all others are at once.
const LATE: [Call; 4] = [Call::CREATE_PROJECT, Call::PROJECT, Call::UPDATE_PROJECT, Call::UPDATE_CONTACT];

/// Answers creates, changes, reads of a project and messages late, all else at once.
pub(crate) struct LateAnswer {
    /// OpenSolar, which answers late.
    pub(crate) opensolar: OpenSolarWith<Arc<Wait>>,
    notifier: Arc<dyn Notifier>,
    wait: Arc<Wait>,
}

/// Between a call and its answer.
#[derive(Default)]
pub(crate) struct Wait {
    asked: Notify,
    arrives: Notify,
}

impl LateAnswer {
    pub(crate) fn of<S: Server>(world: &World<S>) -> Self {
        let wait = Arc::new(Wait::default());
        let opensolar = OpenSolarWith { around: wait.clone(), port: world.opensolar_port.clone() };
        Self { opensolar, notifier: world.notifier_port.clone(), wait }
    }

    /// What was asked for is done; the worker still waits for the answer.
    pub(crate) async fn asked(&self) {
        self.wait.asked.notified().await;
    }

    /// The worker gets the answer.
    pub(crate) fn arrives(&self) {
        self.wait.arrives.notify_one();
    }
}

impl Wait {
    async fn late<T>(&self, answer: T) -> T {
        self.asked.notify_one();
        self.arrives.notified().await;
        answer
    }
}

impl Around for Wait {
    async fn call<T: Send>(
        &self,
        call: Call,
        _: &Account,
        answer: impl Future<Output = Result<T, OpenSolarError>> + Send,
    ) -> Result<T, OpenSolarError> {
        let answer = answer.await;
        if LATE.contains(&call) { self.late(answer).await } else { answer }
    }
}

#[async_trait]
impl Notifier for LateAnswer {
    async fn send(&self, sender: &WhatsAppSender, message: &OutboundMessage) -> Result<String, NotifierError> {
        self.wait.late(self.notifier.send(sender, message).await).await
    }
}
