//! `notify`: sends one WhatsApp message per ledger entry.

mod handler;

use std::sync::Arc;

use aws_adapters::ambient::SystemAmbient;
use aws_adapters::connect::Aws;
use aws_adapters::queues::{DeadLetters, SqsQueues};
use aws_adapters::secrets::SecretsManagerCredential;
use aws_adapters::store::DynamoStore;
use domain::jobs::QueueName;
use domain::ports::Pace;
use domain::usecase::Core;
use handler::Ports;
use lambda_kit::{env, telemetry};
use lambda_runtime::{Error, service_fn};
use whatsapp::WhatsAppClient;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let ports = connect().await?;
    lambda_runtime::run(service_fn(|event| handler::handle(&ports, event))).await
}

async fn connect() -> anyhow::Result<Ports> {
    let ambient = Arc::new(SystemAmbient);
    let aws = Aws::from_env()?;
    let queue = Arc::new(SqsQueues::new(aws.sqs(), [(QueueName::CrmUpdates, env::required("CRM_UPDATES_QUEUE_URL")?)]));
    let store = Arc::new(DynamoStore::new(aws.dynamodb(), env::required("TABLE_NAME")?, ambient.clone()));
    let token = Arc::new(SecretsManagerCredential::new(
        aws.secrets_manager(),
        env::required("WHATSAPP_TOKEN_SECRET_ID")?,
        ambient.clone(),
    ));
    let pace: Pace = env::parsed("PACE")?;
    tokio::join!(store.warm(), token.warm(), queue.warm());
    Ok(Ports {
        core: Core { store, queue, ambient },
        notifier: Arc::new(WhatsAppClient::new(token, env::parsed("ADDRESS_POLICY")?).within(pace.longest_send())),
        dead_letters: DeadLetters::new(aws.sqs(), env::required("NOTIFICATIONS_DLQ_URL")?),
        pace,
    })
}
