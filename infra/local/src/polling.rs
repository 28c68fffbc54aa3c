//! Waiting for something that takes as long as it takes: asked again and again, with an end.

use std::time::{Duration, Instant};

use crate::error::LocalError;

/// Short against everything that is waited for, long against what asking costs.
const POLL: Duration = Duration::from_millis(100);

/// Asks until there is an answer; nothing if there is none within `limit`.
///
/// # Errors
/// Whatever asking fails with.
pub async fn poll<T>(
    limit: Duration,
    mut ask: impl AsyncFnMut() -> Result<Option<T>, LocalError>,
) -> Result<Option<T>, LocalError> {
    let begin = Instant::now();
    loop {
        if let Some(answer) = ask().await? {
            return Ok(Some(answer));
        }
        if limit < begin.elapsed() {
            return Ok(None);
        }
        tokio::time::sleep(POLL).await;
    }
}
