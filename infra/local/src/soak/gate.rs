//! The way to OpenSolar, which can be closed: then nobody answers there, and calls on their way are cut.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::error::LocalError;

/// A port of loopback that leads to a server, unless it is closed. Dropping it closes it for good.
#[derive(Debug)]
pub(crate) struct Gate {
    address: SocketAddr,
    open: watch::Sender<bool>,
    keeper: JoinHandle<()>,
}

impl Gate {
    /// Opens a free port that leads to the server at `url`.
    pub(crate) async fn to(url: &str) -> Result<Self, LocalError> {
        let failed = "opening the way to OpenSolar";
        let target = url.trim_start_matches("http://").parse().map_err(LocalError::call(failed))?;
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = TcpListener::bind(free).await.map_err(LocalError::call(failed))?;
        let address = listener.local_addr().map_err(LocalError::call(failed))?;
        let (open, opened) = watch::channel(true);
        Ok(Self { address, open, keeper: tokio::spawn(keep(listener, address, target, opened)) })
    }

    /// Where it is, as a base address.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on nobody is reached.
    pub(super) fn close(&self) {
        self.open.send_replace(false);
    }

    /// From now on the server is.
    pub(super) fn open(&self) {
        self.open.send_replace(true);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

async fn keep(first: TcpListener, address: SocketAddr, target: SocketAddr, mut opened: watch::Receiver<bool>) {
    let mut listener = Some(first);
    loop {
        let Some(accepting) = &listener else {
            // An error means that the gate is gone.
            if opened.wait_for(|open| *open).await.is_err() {
                return;
            }
            // Nobody else was told of the port; should it be taken all the same, it may be free a moment later.
            match TcpListener::bind(address).await {
                Ok(bound) => listener = Some(bound),
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
            }
            continue;
        };
        let mut closing = opened.clone();
        tokio::select! {
            accepted = accepting.accept() => {
                if let Ok((caller, _)) = accepted {
                    tokio::spawn(pass(caller, target, opened.clone()));
                }
            }
            closed = closing.wait_for(|open| !*open) => {
                if closed.is_err() {
                    return;
                }
                listener = None;
            }
        }
    }
}

/// Passes everything on until one side ends, or the gate closes.
async fn pass(mut caller: TcpStream, target: SocketAddr, mut opened: watch::Receiver<bool>) {
    let Ok(mut server) = TcpStream::connect(target).await else { return };
    // Without this a small answer may wait 40 ms for an acknowledgement; failing to set it only costs time.
    let _ = (caller.set_nodelay(true), server.set_nodelay(true));
    tokio::select! {
        _ended = copy_bidirectional(&mut caller, &mut server) => {}
        _closed = opened.wait_for(|open| !*open) => {}
    }
}

#[cfg(test)]
mod tests {
    use testkit::FakeOpenSolar;

    use super::*;
    use crate::http;

    #[tokio::test]
    async fn a_closed_gate_answers_nobody_and_an_open_one_leads_to_the_server() {
        let fake = FakeOpenSolar::start().await;
        let gate = Gate::to(fake.url()).await.expect("a gate");
        let health = format!("{}/_fake/health", gate.url());
        let client = http::client().expect("a client");
        let is_reached = async || client.get(&health).send().await.is_ok_and(|answer| answer.status().is_success());
        assert!(is_reached().await);
        gate.close();
        while is_reached().await {}
        gate.open();
        while !is_reached().await {}
    }
}
