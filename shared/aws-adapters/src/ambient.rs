//! Time and chance of the machine that we run on.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::ports::Ambient;

/// The system's clock, and the operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemAmbient;

#[async_trait]
impl Ambient for SystemAmbient {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn random(&self) -> u128 {
        let mut bytes = [0; 16];
        // Without randomness nothing can be claimed safely; Linux blocks at boot at most, it does not fail.
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        u128::from_ne_bytes(bytes)
    }

    async fn rest(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_draws_are_the_same() {
        assert_ne!(SystemAmbient.random(), SystemAmbient.random());
    }
}
