use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use domain::ports::Ambient;

use crate::builders::NOON;

/// A clock that stands still until it is moved, at noon at first, and chance that is the same in each run.
#[derive(Debug)]
pub struct TestAmbient(Mutex<State>);

#[derive(Debug)]
struct State {
    now: DateTime<Utc>,
    draws: u64,
    seed: u64,
}

impl TestAmbient {
    /// Noon, and the numbers of this seed: two of one seed draw the same, of different seeds different ones.
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(State { now: NOON, draws: 0, seed }))
    }

    /// Sets the clock, forward or back.
    pub fn set(&self, now: DateTime<Utc>) {
        self.state().now = now;
    }

    /// Moves the clock on, and says what it shows then.
    pub fn advance(&self, by: TimeDelta) -> DateTime<Utc> {
        let mut state = self.state();
        state.now += by;
        state.now
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for TestAmbient {
    fn default() -> Self {
        Self::seeded(0)
    }
}

impl Ambient for TestAmbient {
    fn now(&self) -> DateTime<Utc> {
        self.state().now
    }

    fn random(&self) -> u128 {
        let mut state = self.state();
        state.draws += 2;
        let high = mixed(state.seed, state.draws);
        let low = mixed(state.seed, state.draws + 1);
        u128::from(high) << 64 | u128::from(low)
    }
}

/// The output function of SplitMix64 (Steele, Lea and Flood, 2014): no two draws of a seed are the same.
fn mixed(seed: u64, draw: u64) -> u64 {
    let mut z = seed.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(draw.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_moves_only_when_told() {
        let ambient = TestAmbient::default();
        assert_eq!((ambient.now(), ambient.now()), (NOON, NOON));
        assert_eq!(ambient.advance(TimeDelta::minutes(2)), NOON + TimeDelta::minutes(2));
        ambient.set(NOON);
        assert_eq!(ambient.now(), NOON);
    }

    #[test]
    fn chance_never_repeats_itself_and_is_the_same_in_each_run() {
        let draws = |seed| {
            let ambient = TestAmbient::seeded(seed);
            (0..1000).map(|_| ambient.random()).collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(draws(1).len(), 1000);
        assert_eq!(draws(1), draws(1));
        assert!(draws(1).is_disjoint(&draws(2)));
    }
}
