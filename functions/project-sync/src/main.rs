//! `project-sync`: records what the CRM wants, one installation request at a time, and brings OpenSolar to it.

mod handler;

use std::sync::Arc;

use aws_adapters::ambient::SystemAmbient;
use aws_adapters::connect::Aws;
use aws_adapters::queues::{DeadLetters, SqsQueues};
use aws_adapters::secrets::SecretsManagerCredential;
use aws_adapters::store::DynamoStore;
use domain::governor::Class;
use domain::jobs::QueueName;
use domain::usecase::Core;
use domain::usecase::governed::Governed;
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
    let token = Arc::new(SecretsManagerCredential::new(
        aws.secrets_manager(),
        env::required("OPENSOLAR_TOKEN_SECRET_ID")?,
        ambient.clone(),
    ));
    tokio::join!(store.warm(), token.warm(), queue.warm());
    let client = Arc::new(OpenSolarClient::new(token.clone(), env::parsed("ADDRESS_POLICY")?));
    let opensolar = Governed::new(client, store.clone(), ambient.clone(), token, Class::Update);
    Ok(Ports {
        core: Core { store, queue, ambient },
        fetches: Arc::new(opensolar.reading_as(Class::Fetch)),
        opensolar: Arc::new(opensolar),
        dead_letters: DeadLetters::new(aws.sqs(), env::required("SYNC_REQUESTS_DLQ_URL")?),
        pace: env::parsed("PACE")?,
    })
}
