//! The fake in OpenSolar's place: which one it is, the contract says.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use domain::configuration::ApiContract;
use testkit::{FakeOpenSolar, FakeRelay};

use super::{read, write};
use crate::error::LocalError;
use crate::workspace::StackDir;

/// A fake that speaks one of the two contracts.
#[derive(Debug)]
pub(crate) enum OpenSolarFake {
    /// OpenSolar's published API.
    Live(FakeOpenSolar),
    /// A relay, with the API of the design document.
    Design(FakeRelay),
}

impl OpenSolarFake {
    /// Starts the one that speaks the contract; an error means that the port is taken.
    pub(super) async fn start_on(contract: ApiContract, address: SocketAddr) -> io::Result<Self> {
        match contract {
            ApiContract::Live => FakeOpenSolar::start_on(address).await.map(Self::Live),
            ApiContract::Design => FakeRelay::start_on(address).await.map(Self::Design),
        }
    }

    pub(super) fn url(&self) -> &str {
        match self {
            Self::Live(fake) => fake.url(),
            Self::Design(fake) => fake.url(),
        }
    }

    pub(super) fn token(&self) -> &str {
        match self {
            Self::Live(fake) => fake.token(),
            Self::Design(fake) => fake.token(),
        }
    }

    /// Takes over what an earlier run left.
    pub(super) fn restore(&self, stack: &StackDir) -> Result<(), LocalError> {
        let file = self.file(stack);
        match self {
            Self::Live(fake) => read(&file).map(|state| state.map(|state| fake.restore(state))),
            Self::Design(fake) => read(&file).map(|state| state.map(|state| fake.restore(state))),
        }
        .map(drop)
    }

    /// Leaves what it holds for a later run.
    pub(super) fn save(&self, stack: &StackDir) -> Result<(), LocalError> {
        let file = self.file(stack);
        match self {
            Self::Live(fake) => write(&file, &fake.snapshot()),
            Self::Design(fake) => write(&file, &fake.snapshot()),
        }
    }

    fn file(&self, stack: &StackDir) -> PathBuf {
        stack.fakes().join(match self {
            Self::Live(_) => "opensolar.json",
            Self::Design(_) => "relay.json",
        })
    }
}
