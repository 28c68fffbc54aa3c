//! `operator-api`: what operators ask of the system, over HTTP.

mod router;

use std::sync::Arc;

use aws_adapters::{Aws, SystemAmbient, warm_store};
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
    let aws = Aws::from_environment().await;
    let queue = aws.queues([]);
    let store = aws.store(env::required("TABLE_NAME")?, ambient.clone());
    warm_store(&*store).await;
    Ok(Core { store, queue, ambient })
}
