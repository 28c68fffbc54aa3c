//! The functions, without Lambda around them: what each does with what its queue brings.

use std::collections::BTreeSet;

use domain::ids::RequestId;
use domain::jobs::{NoticeJob, QueueMessage, QueueName, WebhookJob};
use domain::usecase::UseCaseError;
use domain::usecase::apply_webhook::arrive;
use domain::usecase::notify::notify;
use domain::usecase::read_back::read_back;
use domain::usecase::retry_sweep::{RetryReport, retry_sweep};
use domain::usecase::status_sweep::{Run, StatusReport, status_sweep};
use domain::usecase::sync_project::{SyncMessage, sync_project};

use super::World;
use crate::platform::Server;

/// Seconds that each function may take, as the template says.
mod timeout {
    pub(super) const WEBHOOK_APPLY: i64 = 90;
    pub(super) const PROJECT_SYNC: i64 = 180;
    pub(super) const NOTIFY: i64 = 60;
    pub(super) const RETRY_SWEEP: i64 = 55;
    pub(super) const STATUS_SWEEP: i64 = 300;
}

/// So many deliveries come in one batch at most, as SQS hands out a FIFO queue.
const BATCH: usize = 10;

/// So many things one sweep takes.
const SWEEP_LIMIT: usize = 200;

/// A system that is not at rest by then never will be.
const MOST_ROUNDS: usize = 100;

impl<S: Server> World<S> {
    /// Works off what is on the queues, and what OpenSolar tells meanwhile, until nothing is left. Then looks whether
    /// the promises hold that always have to.
    pub async fn run_until_quiet(&mut self) {
        for _ in 0..MOST_ROUNDS {
            let has_post = self.take_post().await;
            let has_work = self.work().await;
            if !has_post && !has_work {
                return self.keeps_its_promises().await;
            }
        }
        panic!("the system does not come to rest");
    }

    /// Does what is on the queues now; whether there was anything.
    async fn work(&mut self) -> bool {
        let requests = self.queue.take(QueueName::SyncRequests);
        let deliveries = self.queue.take(QueueName::Webhooks);
        let notices = self.queue.take(QueueName::Notifications);
        let is_idle = requests.is_empty() && deliveries.is_empty() && notices.is_empty();
        for message in requests {
            let outcome = Box::pin(self.sync(&message)).await;
            self.settle(outcome);
        }
        for batch in deliveries.chunks(BATCH) {
            Box::pin(self.apply(batch)).await;
        }
        for message in notices {
            let outcome = Box::pin(self.notify(&message)).await;
            self.settle(outcome);
        }
        !is_idle
    }

    /// What the retry sweep wakes is done too.
    pub async fn sweep(&mut self) -> RetryReport {
        let deadline = self.deadline_in(timeout::RETRY_SWEEP);
        let report = retry_sweep(&self.core, SWEEP_LIMIT, deadline).await.expect("a sweep");
        self.run_until_quiet().await;
        report
    }

    /// Time passes from one wake-up of a request to the next, until nothing of it waits any more.
    pub async fn until_nothing_waits(&mut self, request: &str) {
        for _ in 0..1000 {
            let Some((at, _)) = self.project(request).await.wake() else { return };
            self.advance_to(at.max(self.now()));
            self.sweep().await;
        }
        panic!("request {request} waits for ever: {:?}", self.project(request).await.sync);
    }

    /// A turn of the status sweep; what it enqueues is done too.
    pub async fn status_sweep(&mut self, run: Run) -> StatusReport {
        let report = self.status_turn(run).await.expect("a sweep");
        self.run_until_quiet().await;
        report
    }

    /// A turn of the status sweep by itself: what it enqueues waits.
    pub async fn status_turn(&self, run: Run) -> Result<StatusReport, UseCaseError> {
        let deadline = self.deadline_in(timeout::STATUS_SWEEP);
        status_sweep(&self.core, &*self.opensolar_port, run, deadline).await
    }

    async fn sync(&self, message: &QueueMessage) -> Result<(), UseCaseError> {
        let deadline = self.deadline_in(timeout::PROJECT_SYNC);
        sync_project(&self.core, &*self.opensolar_port, SyncMessage::parse(&message.body)?, deadline).await
    }

    /// As in the function: each delivery is logged by itself, then each record that is due is read back once.
    async fn apply(&mut self, batch: &[QueueMessage]) {
        let deadline = self.deadline_in(timeout::WEBHOOK_APPLY);
        let mut due: BTreeSet<RequestId> = BTreeSet::new();
        for message in batch {
            let job: WebhookJob = serde_json::from_str(&message.body).expect("a job");
            let outcome = arrive(&self.core, job, deadline).await;
            self.settle(outcome.map(|requests| due.extend(requests)));
        }
        let config = self.core.active_configuration().await.expect("a configuration");
        for request in due {
            let outcome = read_back(&self.core, &*self.opensolar_port, &config, &request, deadline).await;
            self.settle(outcome);
        }
    }

    async fn notify(&self, message: &QueueMessage) -> Result<(), UseCaseError> {
        let job: NoticeJob = serde_json::from_str(&message.body).expect("a ledger entry's key");
        notify(&self.core, &*self.notifier_port, job, self.deadline_in(timeout::NOTIFY)).await
    }

    /// Unreadable messages are dead letters. Nothing else may fail here: store and queues are in memory.
    fn settle(&mut self, outcome: Result<(), UseCaseError>) {
        let Err(error) = outcome else { return };
        let reason = error.unreadable().unwrap_or_else(|| panic!("a worker failed: {error:?}"));
        self.dead_letters.push(reason.to_owned());
    }
}
