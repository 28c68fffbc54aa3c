//! Lines that say what is being done and since when, so that nobody wonders whether it hangs.

use std::fmt::Display;
use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::time::{Instant as TokioInstant, interval_at};

const HEARTBEAT: Duration = Duration::from_secs(10);

/// Writes to standard error, each line with the time since the start.
#[derive(Debug, Clone)]
pub struct Progress {
    started: Instant,
}

impl Progress {
    /// The clock starts now.
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }

    /// How long it has been.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// One line.
    pub fn say(&self, what: impl Display) {
        eprintln!("[{:>6.1} s] {what}", self.elapsed().as_secs_f64());
    }

    /// Says that `work` begins, then every ten seconds that it goes on, with what `detail` has to add.
    pub async fn during<T>(&self, what: &str, detail: impl Fn() -> String, work: impl Future<Output = T>) -> T {
        self.say(what);
        let mut work = pin!(work);
        let mut heartbeat = interval_at(TokioInstant::now() + HEARTBEAT, HEARTBEAT);
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = heartbeat.tick() => self.say(format_args!("  … {what}{}", detail())),
            }
        }
    }
}
