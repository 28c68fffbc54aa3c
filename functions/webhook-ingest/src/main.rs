//! `webhook-ingest`: OpenSolar's webhooks come in here. It verifies, enqueues and answers; it has no table.

mod handler;

use std::sync::Arc;

use aws_adapters::ambient::SystemAmbient;
use aws_adapters::connect::Aws;
use aws_adapters::queues::SqsQueues;
use aws_adapters::secrets::SecretsManagerCredential;
use domain::jobs::QueueName;
use handler::Door;
use lambda_http::http::HeaderName;
use lambda_http::{Error, service_fn};
use lambda_kit::{env, gateway, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let door = connect().await?;
    gateway::run(service_fn(|request| handler::handle(&door, request))).await
}

async fn connect() -> anyhow::Result<Door> {
    let header: HeaderName = env::parsed("WEBHOOK_HEADER")?;
    let ambient = Arc::new(SystemAmbient);
    let aws = Aws::from_env()?;
    let queue = Arc::new(SqsQueues::new(aws.sqs(), [(QueueName::Webhooks, env::required("WEBHOOK_QUEUE_URL")?)]));
    let keys = Arc::new(SecretsManagerCredential::new(
        aws.secrets_manager(),
        env::required("WEBHOOK_KEYS_SECRET_ID")?,
        ambient.clone(),
    ));
    tokio::join!(keys.warm(), queue.warm());
    Ok(Door { keys, queue, ambient, header })
}
