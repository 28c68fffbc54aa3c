//! What is given mutated input. Each target says how far an input got, and panics at an answer that may not be.

mod envelope;
mod event;
mod gateway;
mod project;
mod signature;
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
    /// The input that got so far, bent. One that is refused at the door is mostly given up for a valid one: what is left of it is as good as
    /// noise, and noise tries the first parser and nothing else.
    pub fn bent(&self, input: &[u8], reached: Reached, random: &mut Random) -> Vec<u8> {
        if reached < Reached::Json && !random.one_in(8) {
            return (self.bend)(random.pick::<Vec<u8>>(&(self.seeds)()), random);
        }
        (self.bend)(input, random)
    }
}

/// Every way in.
pub static TARGETS: [Target; 7] = [
    Target { name: "gateway", seeds: gateway::seeds, bend: mutation::event, read: gateway::read },
    Target { name: "envelope", seeds: envelope::seeds, bend: mutation::document, read: envelope::read },
    Target { name: "signature", seeds: signature::seeds, bend: signature::bent, read: signature::read },
    Target { name: "event", seeds: event::seeds, bend: mutation::document, read: event::read },
    Target { name: "live-project", seeds: project::live_seeds, bend: mutation::document, read: project::read_live },
    Target {
        name: "design-project",
        seeds: project::design_seeds,
        bend: mutation::document,
        read: project::read_design,
    },
    Target { name: "sync-request", seeds: sync_request::seeds, bend: mutation::document, read: sync_request::read },
];

/// The target of this name.
pub fn named(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
