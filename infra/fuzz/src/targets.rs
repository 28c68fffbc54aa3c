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
    /// Bends an input that is like a valid one.
    bend: fn(&[u8], &mut Random) -> Vec<u8>,
    /// Reads an input. Panics if what comes of it is wrong; that it is refused never is.
    pub read: fn(&[u8]) -> Reached,
}

impl Target {
    /// The input, bent. One that is refused at the door is mostly given up for a valid one: what is left of it is as good as
    /// noise, and noise tries the first parser and nothing else.
    pub fn bent(&self, input: &[u8], random: &mut Random) -> Vec<u8> {
        if (self.read)(input) < Reached::Json && !random.one_in(8) {
            return (self.bend)(random.pick::<Vec<u8>>(&(self.seeds)()), random);
        }
        (self.bend)(input, random)
    }
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
