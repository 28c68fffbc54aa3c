//! One ledger entry at a time.

use std::convert::Infallible;
use std::sync::Arc;

use aws_adapters::queues::DeadLetters;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::jobs::NoticeJob;
use domain::ports::{Deadline, Notifier, Pace};
use domain::usecase::notify::notify;
use domain::usecase::{Core, UseCaseError};
use lambda_kit::deadline;
use lambda_kit::sqs_batch::{Outcome, Unreadable, each_message};
use lambda_runtime::LambdaEvent;

/// What the worker works with.
pub(crate) struct Ports {
    pub(crate) core: Core,
    pub(crate) notifier: Arc<dyn Notifier>,
    pub(crate) dead_letters: DeadLetters,
    pub(crate) pace: Pace,
}

pub(crate) async fn handle(ports: &Ports, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Infallible> {
    let deadline = Deadline::paced(deadline(&event.context), ports.pace);
    let run = |message| async move { Outcome::of(work(ports, message, deadline).await, UseCaseError::unreadable) };
    let aside = async |found: Unreadable| ports.dead_letters.move_aside(&found.body, &found.group, &found.reason).await;
    Ok(each_message(event.payload, run, aside).await)
}

async fn work(ports: &Ports, message: SqsMessage, deadline: Deadline) -> Result<(), UseCaseError> {
    let job = serde_json::from_str::<NoticeJob>(message.body.as_deref().unwrap_or_default());
    let unreadable = |_| UseCaseError::Unreadable { reason: "not a ledger entry's key".to_owned() };
    notify(&ports.core, &*ports.notifier, job.map_err(unreadable)?, deadline).await
}
