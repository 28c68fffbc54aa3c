//! `cargo local logs FUNCTION`: what a function wrote.

use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use super::STACK;
use crate::error::LocalError;
use crate::functions::FUNCTIONS;
use crate::interrupt::Interrupt;
use crate::workspace::Workspace;

const POLL: Duration = Duration::from_millis(200);

/// Which lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Those that are there.
    Present,
    /// And those to come, until Ctrl-C.
    Followed,
}

/// Prints the log of one function of the stack that runs, or of the last one that ran.
///
/// # Errors
/// If there is no such function, or nothing ever ran.
pub async fn logs(function: &str, lines: Lines) -> Result<(), LocalError> {
    if !FUNCTIONS.contains(&function) {
        let reason = format!("there is no function {function}; there are {}", FUNCTIONS.join(", "));
        return Err(LocalError::Answer { operation: "reading the log", reason });
    }
    let path = Workspace::of_this_build().stack(STACK).logs().join(format!("{STACK}-{function}.log"));
    let mut file = File::open(&path).map_err(LocalError::file("read", &path))?;
    let mut interrupt = Interrupt::listen()?;
    loop {
        // A reader that has gone away, such as `head`, is the end of it.
        let Ok(_) = io::copy(&mut file, &mut io::stdout()).and_then(|_| io::stdout().flush()) else { return Ok(()) };
        tokio::select! {
            () = tokio::time::sleep(POLL), if lines == Lines::Followed => {}
            () = interrupt.received(), if lines == Lines::Followed => return Ok(()),
            else => return Ok(()),
        }
    }
}
