//! `status-sweep`: by night, asks OpenSolar what changed without telling us.

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
        (QueueName::SyncRequests, env::required("SYNC_REQUESTS_QUEUE_URL")?),
    ]);
    let store = aws.store(env::required("TABLE_NAME")?, ambient.clone());
    let token = aws.credential(env::required("OPENSOLAR_TOKEN_SECRET_ID")?, ambient.clone());
    tokio::join!(warm_store(&*store), warm_secret(&*token), queue.warm());
    Ok(Ports {
        core: Core { store, queue, ambient },
        opensolar: Arc::new(OpenSolarClient::new(token, env::parsed("ADDRESS_POLICY")?)),
        nightly_run: env::parsed("NIGHTLY_RUN")?,
    })
}
