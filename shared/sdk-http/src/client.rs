//! The client: whom it speaks to, and how a request of the SDK becomes an answer.

use std::net::IpAddr;
use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http::Uri;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::client::legacy::{Builder, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::RootCertStore;

use crate::connect::Connect;
use crate::{failure, tls};

/// Longest that a connection may take, TLS included; within a region it is a few milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection that nobody used for so long is closed. What comes each minute finds its own still open.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

/// Whom a client speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Everybody whom the operating system's certificates vouch for, over https.
    Https,
    /// This machine alone, over plain http: a local AWS.
    HttpOnLoopback,
}

/// A request to somebody whom its client does not speak to. The address is not named.
#[derive(Debug, thiserror::Error)]
#[error("aws is spoken to over https, and over plain http only on this machine")]
struct OutOfReach;

impl Reach {
    /// What this endpoint needs. Without one it is AWS itself, which needs https.
    pub fn of(endpoint: Option<&str>) -> Self {
        let address = endpoint.and_then(|url| url.parse::<Uri>().ok());
        match address.as_ref().and_then(Uri::scheme_str) {
            Some("http") => Self::HttpOnLoopback,
            Some(_) | None => Self::Https,
        }
    }

    fn check(self, address: &Uri) -> Result<(), OutOfReach> {
        let is_within = match (self, address.scheme_str()) {
            (Self::Https, Some("https")) => true,
            (Self::HttpOnLoopback, Some("http")) => address.host().is_some_and(is_this_machine),
            (Self::Https | Self::HttpOnLoopback, _) => false,
        };
        if is_within { Ok(()) } else { Err(OutOfReach) }
    }
}

fn is_this_machine(host: &str) -> bool {
    let ip = host.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')).unwrap_or(host);
    host == "localhost" || ip.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A client for the configuration of any service; made once, and shared by all of them. Nothing is sent.
///
/// A connection has to stand within two seconds, whatever the SDK is set to. How long an attempt and a call may take is
/// limited above this client, by the SDK's own timeouts.
pub fn client(reach: Reach) -> SharedHttpClient {
    let trusted = match reach {
        Reach::Https => tls::trusted_by_the_system(),
        Reach::HttpOnLoopback => RootCertStore::empty(),
    };
    trusting(trusted, reach, CONNECT_TIMEOUT)
}

fn trusting(trusted: RootCertStore, reach: Reach, within: Duration) -> SharedHttpClient {
    let client = Builder::new(TokioExecutor::new())
        .pool_idle_timeout(IDLE_TIMEOUT)
        // Without it nothing is closed for being idle.
        .pool_timer(TokioTimer::new())
        .build(Connect::new(tls::config(trusted), within));
    SharedHttpClient::new(OneForAll(SharedHttpConnector::new(Connections { reach, client })))
}

/// Hands out the same connections whatever the operation.
#[derive(Debug)]
struct OneForAll(SharedHttpConnector);

impl HttpClient for OneForAll {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.0.clone()
    }
}

#[derive(Debug)]
struct Connections {
    reach: Reach,
    client: Client<Connect, SdkBody>,
}

impl HttpConnector for Connections {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let refused = |error| HttpConnectorFuture::ready(Err(ConnectorError::user(error)));
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return refused(error.into()),
        };
        if let Err(error) = self.reach.check(request.uri()) {
            return refused(error.into());
        }
        let used = capture_connection(&mut request);
        if let Some(asked) = request.extensions().get::<CaptureSmithyConnection>() {
            asked.set_connection_retriever(move || described(&used));
        }
        let answer = self.client.request(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(failure::told_apart)?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// The connection that a call went over, so that the SDK can give it up: after a failure that may pass, it asks another
/// server rather than the same one again.
fn described(used: &CaptureConnection) -> Option<ConnectionMetadata> {
    used.connection_metadata().as_ref()?;
    let used = used.clone();
    let give_up = move || {
        if let Some(connection) = used.connection_metadata().as_ref() {
            connection.poison();
        }
    };
    Some(ConnectionMetadata::builder().proxied(false).poison_fn(give_up).build())
}

#[cfg(test)]
mod tests;
