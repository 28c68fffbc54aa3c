//! Ctrl-C and its like.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::LocalError;

/// Listens for the signals that mean "end". From then on none of them ends the process by itself.
#[derive(Debug)]
pub struct Interrupt {
    signals: [Signal; 3],
}

impl Interrupt {
    /// Begins to listen.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn listen() -> Result<Self, LocalError> {
        let listen = |kind| signal(kind).map_err(LocalError::call("listening for Ctrl-C"));
        Ok(Self {
            signals: [
                listen(SignalKind::interrupt())?,
                listen(SignalKind::terminate())?,
                listen(SignalKind::hangup())?,
            ],
        })
    }

    /// Waits for one.
    pub async fn received(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }

    /// Runs `work`, which is dropped if a signal comes first.
    ///
    /// # Errors
    /// [`LocalError::Interrupted`], or what `work` fails with.
    pub async fn or<T>(&mut self, work: impl Future<Output = Result<T, LocalError>>) -> Result<T, LocalError> {
        tokio::select! {
            done = work => done,
            () = self.received() => Err(LocalError::Interrupted),
        }
    }
}
