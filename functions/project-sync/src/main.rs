//! `project-sync`: records what the CRM wants, one installation request at a time, and brings OpenSolar to it.

mod handler;

use std::sync::Arc;

use aws_adapters::{Aws, SystemAmbient, warm_secret, warm_store};
use domain::jobs::QueueName;
use domain::usecase::Core;
use handler::Ports;
use lambda_kit::{env, telemetry};
use lambda_runtime::{Error, service_fn};
use opensolar::OpenSolarClient;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let ports = connect().await?;
    lambda_runtime::run(service_fn(|event| handler::handle(&ports, event))).await
}

async fn connect() -> anyhow::Result<Ports> {
    let ambient = Arc::new(SystemAmbient);
    let aws = Aws::from_environment().await;
    let queue = aws.queues([
        (QueueName::Webhooks, env::required("WEBHOOK_QUEUE_URL")?),
        (QueueName::SyncRequests, env::required("SYNC_REQUESTS_QUEUE_URL")?),
        (QueueName::Notifications, env::required("NOTIFICATIONS_QUEUE_URL")?),
        (QueueName::CrmUpdates, env::required("CRM_UPDATES_QUEUE_URL")?),
    ]);
    let store = aws.store(env::required("TABLE_NAME")?, ambient.clone());
    let token = aws.credential(env::required("OPENSOLAR_TOKEN_SECRET_ID")?, ambient.clone());
    tokio::join!(warm_store(&*store), warm_secret(&*token), queue.warm());
    Ok(Ports {
        core: Core { store, queue, ambient },
        opensolar: Arc::new(OpenSolarClient::new(token, env::parsed("ADDRESS_POLICY")?)),
        dead_letters: aws.dead_letters(env::required("SYNC_REQUESTS_DLQ_URL")?),
    })
}
