//! What is given mutated input. Each target says how far an input got, and panics at an answer that may not be.

mod envelope;
mod gateway;
mod live_project;
mod sync_request;

use crate::mutation;
use crate::random::Random;
use crate::tally::Reached;

/// A way in.
#[derive(Debug)]
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// Valid inputs.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Bends an input.
    pub bend: fn(&[u8], &mut Random) -> Vec<u8>,
    /// Reads an input. Panics if what comes of it is wrong; that it is refused never is.
    pub read: fn(&[u8]) -> Reached,
}

/// Every way in.
pub static TARGETS: [Target; 4] = [
    Target { name: "gateway", seeds: gateway::seeds, bend: mutation::event, read: gateway::read },
    Target { name: "envelope", seeds: envelope::seeds, bend: mutation::document, read: envelope::read },
    Target { name: "live-project", seeds: live_project::seeds, bend: mutation::document, read: live_project::read },
    Target { name: "sync-request", seeds: sync_request::seeds, bend: mutation::document, read: sync_request::read },
];

/// The target of this name.
pub fn named(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
