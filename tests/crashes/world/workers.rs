//! The functions, without Lambda around them: what each does with what its queue brings, and what the queue hears of it.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use chrono::TimeDelta;
use domain::governor::Class;
use domain::ids::RequestId;
use domain::jobs::crm_update::CrmUpdate;
use domain::jobs::{NoticeJob, QueueName, WebhookJob};
use domain::ports::{Deadline, OpenSolar};
use domain::project::Project;
use domain::request::Insistence;
use domain::usecase::UseCaseError;
use domain::usecase::apply_webhook::arrive;
use domain::usecase::notify::notify;
use domain::usecase::operate::{OperateError, SyncWish, declare_absent, link_project, request_sync};
use domain::usecase::read_back::read_back;
use domain::usecase::retry_sweep::retry_sweep;
use domain::usecase::status_sweep::{Run, status_sweep};
use domain::usecase::sync_project::{SyncMessage, sync_project};

use super::World;
use crate::sim::sqs::Received;

/// So many deliveries come in one batch at most.
const BATCH: usize = 10;

/// So many things one sweep takes, as in the function.
const SWEEP_LIMIT: usize = 200;

/// The project that somebody made by hand in OpenSolar, in the stories that have one.
pub(crate) const MADE_BY_HAND: u64 = 8_999_999;

/// A function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worker {
    Sync,
    /// `project-sync` with a message that another one has in its hands, as it never should be.
    SyncTwin,
    Apply,
    Notify,
    RetrySweep,
    StatusSweep,
    /// An operator who asks for a sync.
    Operator,
    /// An operator who found the request's project.
    OperatorLinks,
    /// An operator who is sure that there is none.
    OperatorDeclares,
}

/// What a worker leaves: the messages that its queue deletes.
pub(super) type Work<'a> = Pin<Box<dyn Future<Output = Vec<u64>> + 'a>>;

impl Worker {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sync => "project-sync",
            Self::SyncTwin => "project-sync, a second one",
            Self::Apply => "webhook-apply",
            Self::Notify => "notify",
            Self::RetrySweep => "retry-sweep",
            Self::StatusSweep => "status-sweep",
            Self::Operator | Self::OperatorLinks | Self::OperatorDeclares => "operator-api",
        }
    }

    /// Seconds that it may take, as `template.yaml` says.
    fn timeout(self) -> i64 {
        match self {
            Self::Sync | Self::SyncTwin => 180,
            Self::Apply => 90,
            Self::Notify => 60,
            Self::RetrySweep => 55,
            Self::StatusSweep => 300,
            Self::Operator | Self::OperatorLinks | Self::OperatorDeclares => 29,
        }
    }
}

impl World {
    /// Begins a worker's invocation; nothing if its queue has nothing for it.
    pub(super) fn begin(&self, worker: Worker) -> Option<Work<'_>> {
        let deadline = Deadline::at(self.now() + TimeDelta::seconds(worker.timeout()));
        match worker {
            Worker::Sync | Worker::SyncTwin => {
                let received = self.sqs.receive(QueueName::SyncRequests, 1).pop()?;
                if worker == Worker::SyncTwin {
                    self.sqs.put_back(received.id);
                }
                let opensolar = self.processes.opensolar(Class::Update);
                Some(Box::pin(async move { self.done(received.id, self.sync(&received, &*opensolar, deadline).await) }))
            }
            Worker::Apply => {
                let batch = self.sqs.receive(QueueName::Webhooks, BATCH);
                let opensolar = self.processes.opensolar(Class::Fetch);
                (!batch.is_empty()).then(|| -> Work<'_> { Box::pin(self.apply(batch, opensolar, deadline)) })
            }
            Worker::Notify => {
                let received = self.sqs.receive(QueueName::Notifications, 1).pop()?;
                Some(Box::pin(async move { self.done(received.id, self.notify(&received, deadline).await) }))
            }
            Worker::RetrySweep => Some(Box::pin(async move {
                let swept = retry_sweep(&self.core, SWEEP_LIMIT, deadline).await;
                self.heard(swept.map(|_| ()));
                Vec::new()
            })),
            Worker::StatusSweep => Some(Box::pin(async move {
                let opensolar = self.processes.opensolar(Class::Sweep);
                let swept = status_sweep(&self.core, &*opensolar, Run::Now, deadline).await;
                self.heard(swept.map(|_| ()));
                Vec::new()
            })),
            Worker::Operator | Worker::OperatorLinks | Worker::OperatorDeclares => Some(Box::pin(async move {
                if let Err(error) = self.operate(worker, deadline).await {
                    self.gate.note(|| format!("the operator is told: {error}"));
                }
                Vec::new()
            })),
        }
    }

    async fn operate(&self, worker: Worker, deadline: Deadline) -> Result<Project, OperateError> {
        let request: RequestId = "1042".parse().expect("an id");
        let (core, operator) = (&self.core, testkit::builders::operator());
        match worker {
            Worker::OperatorLinks => {
                let (opensolar, wanted) = (self.processes.opensolar(Class::Fetch), MADE_BY_HAND.into());
                link_project(core, &*opensolar, &request, &wanted, None, &operator, deadline).await
            }
            Worker::OperatorDeclares => declare_absent(core, &request, None, &operator).await,
            _ => {
                let wish = SyncWish { insists: Insistence::Asked, read: None };
                request_sync(core, &request, wish, &operator).await
            }
        }
    }

    /// Lets a worker do its work, to its end or to its death; whether it had anything to do.
    pub(crate) fn run(&self, worker: Worker) -> bool {
        let Some(work) = self.begin(worker) else { return false };
        for id in self.drive(worker.name(), work).unwrap_or_default() {
            self.sqs.delete(id);
        }
        true
    }

    /// Polls an invocation until it ends; nothing if it is cut off.
    pub(super) fn drive<T>(&self, name: &'static str, work: impl Future<Output = T>) -> Option<T> {
        let number = self.gate.next_worker();
        self.opensolar.called_by(number);
        self.gate.note(|| format!("{name} (invocation {number})"));
        let mut work = pin!(work);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            match work.as_mut().poll(&mut context) {
                Poll::Ready(_) if self.gate.take_doom() => return None,
                Poll::Ready(done) => return Some(done),
                Poll::Pending if self.gate.take_cut() => return None,
                Poll::Pending => {}
            }
        }
    }

    async fn sync(
        &self,
        received: &Received,
        opensolar: &dyn OpenSolar,
        deadline: Deadline,
    ) -> Result<(), UseCaseError> {
        sync_project(&self.core, opensolar, SyncMessage::parse(&received.message.body)?, deadline).await
    }

    /// As in the function: each delivery is logged by itself, then each record that is due is read back once.
    async fn apply(&self, batch: Vec<Received>, opensolar: Arc<dyn OpenSolar>, deadline: Deadline) -> Vec<u64> {
        let mut due: BTreeSet<RequestId> = BTreeSet::new();
        let (mut done, mut stopped) = (Vec::new(), BTreeSet::new());
        for received in batch {
            if stopped.contains(&received.message.group) {
                continue;
            }
            let job: WebhookJob = serde_json::from_str(&received.message.body).expect("a job of ours");
            match arrive(&self.core, job, deadline).await {
                Ok(requests) => {
                    due.extend(requests);
                    done.push(received.id);
                }
                outcome @ Err(_) => {
                    stopped.insert(received.message.group.clone());
                    done.extend(self.done(received.id, outcome.map(|_| ())));
                }
            }
        }
        for request in due {
            let outcome = match self.core.active_configuration().await {
                Ok(config) => read_back(&self.core, &*opensolar, &config, &request, deadline).await,
                Err(error) => Err(error),
            };
            self.heard(outcome);
        }
        done
    }

    async fn notify(&self, received: &Received, deadline: Deadline) -> Result<(), UseCaseError> {
        let job: NoticeJob = serde_json::from_str(&received.message.body).expect("a ledger entry's key");
        notify(&self.core, &*self.notifier, job, deadline).await
    }

    /// What the queue deletes: a message that was worked off, or that nobody can read.
    fn done(&self, id: u64, outcome: Result<(), UseCaseError>) -> Vec<u64> {
        let is_done = outcome.as_ref().err().is_none_or(|error| error.unreadable().is_some());
        self.heard(outcome);
        if is_done { vec![id] } else { Vec::new() }
    }

    fn heard(&self, outcome: Result<(), UseCaseError>) {
        if let Err(error) = outcome {
            self.gate.note(|| format!("it fails: {}", domain::log::chain(&error)));
        }
    }

    /// The CRM reads its queue.
    pub(super) fn crm_reads(&self) -> bool {
        let received = self.sqs.receive(QueueName::CrmUpdates, BATCH);
        for received in &received {
            let update: CrmUpdate = serde_json::from_str(&received.message.body).expect("an update");
            self.gate.note(|| {
                format!("the crm hears revision {}: {:?}", update.revision, update.changes.keys().collect::<Vec<_>>())
            });
            self.state().crm.push(update);
            self.sqs.delete(received.id);
        }
        !received.is_empty()
    }
}
