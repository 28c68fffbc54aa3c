//! `retry-sweep`: each minute, wakes what is due again.

mod handler;

use std::sync::Arc;

use aws_adapters::ambient::SystemAmbient;
use aws_adapters::connect::Aws;
use aws_adapters::queues::SqsQueues;
use aws_adapters::store::DynamoStore;
use domain::jobs::QueueName;
use domain::usecase::Core;
use lambda_kit::{env, telemetry};
use lambda_runtime::{Error, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let (core, pace) = (connect().await?, env::parsed("PACE")?);
    lambda_runtime::run(service_fn(|event| handler::handle(&core, pace, event))).await
}

async fn connect() -> anyhow::Result<Core> {
    let ambient = Arc::new(SystemAmbient);
    let aws = Aws::from_env()?;
    let queue = Arc::new(SqsQueues::new(
        aws.sqs(),
        [
            (QueueName::Webhooks, env::required("WEBHOOK_QUEUE_URL")?),
            (QueueName::SyncRequests, env::required("SYNC_REQUESTS_QUEUE_URL")?),
            (QueueName::Notifications, env::required("NOTIFICATIONS_QUEUE_URL")?),
            (QueueName::CrmUpdates, env::required("CRM_UPDATES_QUEUE_URL")?),
        ],
    ));
    let store = Arc::new(DynamoStore::new(aws.dynamodb(), env::required("TABLE_NAME")?, ambient.clone()));
    tokio::join!(store.warm(), queue.warm());
    Ok(Core { store, queue, ambient })
}
