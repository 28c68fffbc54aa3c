//! `operator-api`: what operators ask of the system, over HTTP.

mod router;

use std::sync::Arc;

use aws_adapters::ambient::SystemAmbient;
use aws_adapters::connect::Aws;
use aws_adapters::queues::SqsQueues;
use aws_adapters::store::DynamoStore;
use domain::usecase::Core;
use lambda_http::{Error, service_fn};
use lambda_kit::{env, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let core = connect().await?;
    lambda_http::run(service_fn(|request| router::route(&core, request))).await
}

async fn connect() -> anyhow::Result<Core> {
    let ambient = Arc::new(SystemAmbient);
    let aws = Aws::from_env()?;
    let queue = Arc::new(SqsQueues::new(aws.sqs(), []));
    let store = Arc::new(DynamoStore::new(aws.dynamodb(), env::required("TABLE_NAME")?, ambient.clone()));
    store.warm().await;
    Ok(Core { store, queue, ambient })
}
