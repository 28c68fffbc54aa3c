//! One message at a time: what the CRM wants, or a wake-up of our own.

use std::convert::Infallible;
use std::sync::Arc;

use aws_adapters::queues::DeadLetters;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::ports::{Deadline, OpenSolar, Pace};
use domain::usecase::sync_project::{SyncMessage, sync_project};
use domain::usecase::{Core, UseCaseError};
use lambda_kit::deadline;
use lambda_kit::sqs_batch::{Outcome, Unreadable, each_message};
use lambda_runtime::LambdaEvent;

/// What the worker works with.
pub(crate) struct Ports {
    pub(crate) core: Core,
    pub(crate) opensolar: Arc<dyn OpenSolar>,
    /// The same for single statuses, which are less urgent.
    pub(crate) fetches: Arc<dyn OpenSolar>,
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
    let message = SyncMessage::parse(message.body.as_deref().unwrap_or_default())?;
    let opensolar = if message.is_fetch() { &ports.fetches } else { &ports.opensolar };
    sync_project(&ports.core, &**opensolar, message, deadline).await
}
