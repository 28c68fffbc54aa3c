//! When an invocation ends.

use std::time::{Duration, UNIX_EPOCH};

use lambda_runtime::Context;

/// The moment at which Lambda ends the invocation, as time since the Unix epoch.
pub fn since_epoch(context: &Context) -> Duration {
    context.deadline().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deadline_is_lambdas() {
        let mut context = Context::default();
        context.deadline = 1_790_000_000_123;
        assert_eq!(since_epoch(&context), Duration::from_millis(1_790_000_000_123));
    }
}
