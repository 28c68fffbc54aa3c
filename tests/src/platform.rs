//! OpenSolar under whichever contract, in words that both know: a flow that is told in them holds under both.
//!
//! What only one contract knows (stages, histories, signatures) is not here: a flow about that asks the fake itself.

mod people;
mod seen;
mod server;
mod trouble;

use domain::configuration::ApiContract;
use testkit::{Call, FakeOpenSolar, FakeRelay};

pub use seen::{Contact, Project};
pub use server::{Keys, Server};

/// The server that stands for OpenSolar, by its contract.
#[derive(Debug)]
pub enum Platform {
    /// OpenSolar's published API.
    Live(FakeOpenSolar),
    /// The API of the original design document.
    Design(FakeRelay),
}

impl Platform {
    /// A server of this contract, empty, on a free port of loopback.
    pub async fn start(contract: ApiContract) -> Self {
        match contract {
            ApiContract::Live => Self::Live(FakeOpenSolar::start().await),
            ApiContract::Design => Self::Design(FakeRelay::start().await),
        }
    }

    /// What it speaks.
    pub fn contract(&self) -> ApiContract {
        Server::contract(self)
    }

    /// The server of the contract `live`, for what only that contract knows.
    ///
    /// # Panics
    /// It is of the other contract.
    pub fn live(&self) -> &FakeOpenSolar {
        match self {
            Self::Live(live) => live,
            Self::Design(_) => panic!("this flow is the contract live's"),
        }
    }

    /// The token that it lets in at first.
    pub fn token(&self) -> &'static str {
        Server::token(self)
    }

    /// The bodies that it told webhooks, in the order of what happened.
    pub fn delivered(&self) -> Vec<String> {
        Server::delivered(self)
    }

    /// The calls of its API, in the order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        Server::calls(self)
    }
}
