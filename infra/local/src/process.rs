//! Programs that are run to their end, with everything they say in a log file.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::error::LocalError;

/// Variables of our own environment that a program of the local stack may see.
///
/// The rest stays out: a proxy, a profile or real credentials there would lead it away from this machine.
const PASSED_ON: [&str; 4] = ["PATH", "HOME", "LANG", "USER"];

/// The environment that every program of the local stack starts from.
pub(crate) fn clean_environment() -> impl Iterator<Item = (&'static str, std::ffi::OsString)> {
    PASSED_ON.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)))
}

/// Runs `command` to its end; dropping the future ends the program.
///
/// # Errors
/// [`LocalError::Step`] if it cannot be started or does not end well, with the line that `reason` finds in its output.
pub(crate) async fn run(
    step: &'static str,
    command: &mut Command,
    log: &Path,
    reason: impl Fn(&str) -> String,
) -> Result<(), LocalError> {
    let file = File::create(log).map_err(LocalError::file("write", log))?;
    let second = file.try_clone().map_err(LocalError::file("write", log))?;
    command.stdin(Stdio::null()).stdout(file).stderr(second).kill_on_drop(true);
    let failed = |reason| LocalError::Step { step, reason, log: log.to_owned() };
    let status = command.status().await.map_err(|error| failed(error.to_string()))?;
    if status.success() {
        return Ok(());
    }
    let output = std::fs::read(log).map_err(LocalError::file("read", log))?;
    Err(failed(reason(&String::from_utf8_lossy(&output))))
}

/// The last line that says something.
pub(crate) fn last_line(output: &str) -> String {
    let line = output.lines().rev().map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or("it said nothing").to_owned()
}
