//! How far inputs got, so that it is known whether they tried anything.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// How far an input got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reached {
    /// It was refused for its credential.
    Door,
    /// It was let in, and is not JSON.
    Parser,
    /// It is JSON, and not what it should be.
    Json,
    /// It was understood.
    Understood,
}

impl Reached {
    const ALL: [Self; 4] = [Self::Door, Self::Parser, Self::Json, Self::Understood];

    fn place(self) -> usize {
        match self {
            Self::Door => 0,
            Self::Parser => 1,
            Self::Json => 2,
            Self::Understood => 3,
        }
    }
}

/// Counts inputs by how far they got.
#[derive(Debug, Default)]
pub struct Tally([AtomicU64; 4]);

impl Tally {
    /// None yet.
    pub const fn new() -> Self {
        Self([const { AtomicU64::new(0) }; 4])
    }

    /// Counts one more; returns how many there were by now.
    pub fn count(&self, reached: Reached) -> u64 {
        self.0[reached.place()].fetch_add(1, Ordering::Relaxed);
        self.total()
    }

    fn of(&self, reached: Reached) -> u64 {
        self.0[reached.place()].load(Ordering::Relaxed)
    }

    fn total(&self) -> u64 {
        Reached::ALL.into_iter().map(|reached| self.of(reached)).sum()
    }

    /// How many of a hundred got past the credential and the JSON parser.
    pub fn past_the_door(&self) -> u64 {
        100 * (self.of(Reached::Json) + self.of(Reached::Understood)) / self.total().max(1)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [door, parser, json, understood] = Reached::ALL.map(|reached| self.of(reached));
        write!(
            f,
            "{} inputs: {}% past credential and JSON ({understood} understood, {json} not what they should be; \
             {parser} not JSON, {door} without a right)",
            self.total(),
            self.past_the_door()
        )
    }
}
