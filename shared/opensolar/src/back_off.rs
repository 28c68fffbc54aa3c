//! How long a read waits before it is made again.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

/// Doubling waits, each shortened at random by up to a half, so that functions that failed together do not come back
/// together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BackOff {
    /// Before the first repetition.
    pub(crate) first: Duration,
    /// Before any repetition.
    pub(crate) longest: Duration,
}

impl BackOff {
    /// A quarter of a second, half a second, one, two, four.
    pub(crate) const USUAL: Self = Self { first: Duration::from_millis(250), longest: Duration::from_secs(4) };

    /// The wait before repetition number `repetition`, from 0.
    pub(crate) fn wait(self, repetition: u32) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(repetition));
        // Each `RandomState` is seeded anew: chance enough here, and no crate for it.
        let noise = RandomState::new().build_hasher().finish() % 1_000;
        let shortened_by = u32::try_from(noise).unwrap_or(0);
        let wait = doubled.min(self.longest);
        wait - wait / 2_000 * shortened_by
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_are_shortened_by_a_half_at_most() {
        let expected = [250, 500, 1_000, 2_000, 4_000, 4_000, 4_000].map(Duration::from_millis);
        for (repetition, full) in (0..).zip(expected) {
            for _ in 0..100 {
                let wait = BackOff::USUAL.wait(repetition);
                assert!(full / 2 <= wait && wait <= full, "{repetition}: {wait:?}");
            }
        }
        assert!(BackOff::USUAL.wait(u32::MAX) <= BackOff::USUAL.longest);
    }
}
