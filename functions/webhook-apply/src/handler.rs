//! A batch of deliveries: each is logged by itself, then each record that is due is read back once.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;

use aws_adapters::queues::DeadLetters;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::ids::RequestId;
use domain::jobs::WebhookJob;
use domain::log::chain;
use domain::ports::{Deadline, OpenSolar, Pace};
use domain::usecase::apply_webhook::arrive;
use domain::usecase::read_back::read_back;
use domain::usecase::{Core, UseCaseError};
use lambda_kit::deadline;
use lambda_kit::sqs_batch::{Outcome, Unreadable, each_message};
use lambda_runtime::LambdaEvent;
use tracing::error;

/// What the worker works with.
pub(crate) struct Ports {
    pub(crate) core: Core,
    pub(crate) opensolar: Arc<dyn OpenSolar>,
    pub(crate) dead_letters: DeadLetters,
    pub(crate) pace: Pace,
}

pub(crate) async fn handle(ports: &Ports, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Infallible> {
    let deadline = Deadline::paced(deadline(&event.context), ports.pace);
    let due = RefCell::new(BTreeSet::new());
    let take = |message| {
        let due = &due;
        async move {
            let arrived = take(ports, message, deadline).await;
            Outcome::of(arrived.map(|requests| due.borrow_mut().extend(requests)), UseCaseError::unreadable)
        }
    };
    let aside = async |found: Unreadable| ports.dead_letters.move_aside(&found.body, &found.group, &found.reason).await;
    let response = each_message(event.payload, take, aside).await;
    for request in due.into_inner() {
        read(ports, &request, deadline).await;
    }
    Ok(response)
}

async fn take(ports: &Ports, message: SqsMessage, deadline: Deadline) -> Result<Vec<RequestId>, UseCaseError> {
    let job = serde_json::from_str::<WebhookJob>(message.body.as_deref().unwrap_or_default());
    let unreadable = |_| UseCaseError::Unreadable { reason: "not a job of ours".to_owned() };
    arrive(&ports.core, job.map_err(unreadable)?, deadline).await
}

/// The deliveries are logged and their record says that a read is due: what fails here, a sweep does again.
async fn read(ports: &Ports, request: &RequestId, deadline: Deadline) {
    let outcome = match ports.core.active_configuration().await {
        Ok(config) => read_back(&ports.core, &*ports.opensolar, &config, request, deadline).await,
        Err(error) => Err(error),
    };
    if let Err(error) = outcome {
        error!(request.id = %request, error = chain(&error), "project of request {request} is still to be read back");
    }
}
