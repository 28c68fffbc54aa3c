//! `cargo local down`: ends what `up` runs.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::STACK;
use crate::error::LocalError;
use crate::lock;
use crate::workspace::Workspace;

const LIMIT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);

/// Ends the running `up` and waits until it has ended. Nothing running is fine too.
///
/// # Errors
/// [`LocalError::DoesNotEnd`] if it is still there after half a minute.
pub async fn down() -> Result<(), LocalError> {
    let lock = Workspace::of_this_build().stack(STACK).lock_file();
    let Some(process_id) = lock::holder(&lock)? else {
        println!("nothing is running");
        return Ok(());
    };
    if let Some(process) = i32::try_from(process_id).ok().and_then(Pid::from_raw) {
        kill_process(process, Signal::TERM).map_err(LocalError::call("ending the running stack"))?;
    }
    let begin = Instant::now();
    while begin.elapsed() < LIMIT {
        if lock::holder(&lock)?.is_none() {
            println!("ended after {:.1} s", begin.elapsed().as_secs_f64());
            return Ok(());
        }
        tokio::time::sleep(POLL).await;
    }
    Err(LocalError::DoesNotEnd { process_id, seconds: LIMIT.as_secs() })
}
