//! What the runtime tells about an invocation.

use chrono::{DateTime, Utc};
use lambda_runtime::Context;

/// When Lambda ends this invocation, whatever it is doing.
pub fn deadline(context: &Context) -> DateTime<Utc> {
    let milliseconds = i64::try_from(context.deadline).unwrap_or(i64::MAX);
    DateTime::from_timestamp_millis(milliseconds).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deadline_is_the_runtimes() {
        let mut context = Context::default();
        context.deadline = 1_795_176_000_123;
        assert_eq!(Some(deadline(&context)), "2026-11-20T12:00:00.123Z".parse().ok());
        context.deadline = u64::MAX;
        assert_eq!(deadline(&context), DateTime::<Utc>::MAX_UTC);
    }
}
