//! `operator-api`: what operators ask of the system, over HTTP.

mod authentication;
mod connection;
mod customers;
mod dto;
mod error;
mod projects;
mod router;

use std::sync::Arc;

use aws_adapters::ambient::SystemAmbient;
use aws_adapters::connect::Aws;
use aws_adapters::queues::SqsQueues;
use aws_adapters::secrets::SecretsManagerCredential;
use aws_adapters::store::DynamoStore;
use domain::governor::Class;
use domain::jobs::QueueName;
use domain::usecase::Core;
use domain::usecase::governed::Governed;
use lambda_http::Error;
use lambda_kit::{env, gateway, telemetry};
use opensolar::OpenSolarClient;
use router::Ports;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    gateway::run(router::router(connect().await?)).await
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
    let secret = |id| SecretsManagerCredential::new(aws.secrets_manager(), id, ambient.clone());
    let operator_tokens = Arc::new(secret(env::required("OPERATOR_TOKENS_SECRET_ID")?));
    let opensolar_token = Arc::new(secret(env::required("OPENSOLAR_TOKEN_SECRET_ID")?));
    tokio::join!(store.warm(), operator_tokens.warm(), queue.warm());
    let client = Arc::new(OpenSolarClient::new(opensolar_token.clone(), env::parsed("ADDRESS_POLICY")?));
    let opensolar = Governed::new(client.clone(), store.clone(), ambient.clone(), opensolar_token, Class::Fetch);
    let registrations = Arc::new(opensolar.over(client));
    Ok(Ports {
        core: Core { store: store.clone(), queue, ambient },
        files: store,
        opensolar: Arc::new(opensolar),
        registrations,
        webhook_header: env::required("WEBHOOK_HEADER")?,
        operator_tokens,
        pace: env::parsed("PACE")?,
    })
}
