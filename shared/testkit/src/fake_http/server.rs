//! A server on loopback that ends with its handle.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::backstage::Api;
use super::control;
use super::line::{Line, Lines};

/// How long a stop waits for calls that are still running.
const LONGEST_FAREWELL: Duration = Duration::from_secs(2);

/// A port that is taken but not served yet: a fake has to know its own address before it can answer.
#[derive(Debug)]
pub(crate) struct Bound {
    listener: TcpListener,
    pub(crate) address: SocketAddr,
}

impl Bound {
    /// Takes the port, or a free one for port 0.
    ///
    /// # Errors
    /// The port is taken, or the address is not one of loopback: a fake has no business on a network.
    pub(crate) async fn to(address: SocketAddr) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a fake listens on loopback only"));
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Serves the API, the common control endpoints and the fake's own `control` endpoints.
    pub(crate) fn serve<A: Api>(self, api: Arc<A>, control: Router<Arc<A>>) -> Server {
        let routes = control::routes::<A>().merge(control).with_state(api);
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = axum::serve(Lines(self.listener), routes.into_make_service_with_connect_info::<Line>())
            .with_graceful_shutdown(async move {
                // An error means that the handle is gone, which is a reason to stop too.
                let _ = stopped.await;
            });
        let task = tokio::spawn(async move { serving.await });
        Server { stop, task }
    }
}

/// A running server. Dropping it ends it: no new calls, and those that run are finished.
#[derive(Debug)]
pub(crate) struct Server {
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Ends it and waits until the port is free again.
    pub(crate) async fn stop(self) {
        let Self { stop, mut task } = self;
        drop(stop);
        if tokio::time::timeout(LONGEST_FAREWELL, &mut task).await.is_err() {
            task.abort();
        }
    }
}
