//! A new connection, TCP and TLS, within its time.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower_service::Service;

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

/// What hyper's pool asks for a connection.
#[derive(Clone)]
pub(crate) struct Connect {
    connector: HttpsConnector<HttpConnector>,
    within: Duration,
}

/// There was none in time.
#[derive(Debug, thiserror::Error)]
#[error("no connection within {0:?}")]
pub(crate) struct NotInTime(Duration);

impl Connect {
    pub(crate) fn new(tls: ClientConfig, within: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        // https too: TLS is put on top of it.
        tcp.enforce_http(false);
        // A head and a body written one after the other would wait for each other's acknowledgement.
        tcp.set_nodelay(true);
        Self { connector: HttpsConnector::from((tcp, tls)), within }
    }
}

impl Service<Uri> for Connect {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let within = self.within;
        let connecting = self.connector.call(address);
        Box::pin(async move { timeout(within, connecting).await.map_err(|_| NotInTime(within))? })
    }
}
