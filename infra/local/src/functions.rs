//! The seven functions: built, and laid beside the template where its `CodeUri` looks for them.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::error::LocalError;
use crate::process::last_line;
use crate::progress::Progress;
use crate::workspace::{StackDir, Workspace};

/// Each a crate below `functions/` and a function of the template, in the order of the data's way.
pub const FUNCTIONS: [&str; 7] =
    ["webhook-ingest", "webhook-apply", "project-sync", "notify", "retry-sweep", "status-sweep", "operator-api"];

/// Builds the functions and lays them out below `stack`, with a copy of the template.
///
/// # Errors
/// [`LocalError::Step`] with the compiler's first error.
pub async fn lay_out(workspace: &Workspace, stack: &StackDir, progress: &Progress) -> Result<(), LocalError> {
    let built = build(workspace, stack, progress).await?;
    let deploy = stack.deploy();
    for function in FUNCTIONS {
        let Some(binary) = built.get(function) else {
            let reason = format!("cargo named no program {function}");
            return Err(LocalError::Answer { operation: "building the functions", reason });
        };
        copy_stripped(binary, &deploy, function).await?;
    }
    let copy = deploy.join("template.yaml");
    fs::copy(workspace.template(), &copy).map(drop).map_err(LocalError::file("write", &copy))
}

/// The programs by name.
async fn build(
    workspace: &Workspace,
    stack: &StackDir,
    progress: &Progress,
) -> Result<HashMap<String, PathBuf>, LocalError> {
    let log = stack.logs().join("build.log");
    let errors = File::create(&log).map_err(LocalError::file("write", &log))?;
    let failed = |reason| LocalError::Step { step: "building the functions", reason, log: log.clone() };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_of_the_running_crate)) {
        command.env_remove(name);
    }
    // All programs of the workspace, not these packages alone: so dependencies have the features, and are the very
    // builds, that `cargo local` and the tests made already.
    command.current_dir(workspace.root()).args(["build", "--bins", "--locked"]);
    command.arg("--message-format=json-render-diagnostics");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors).kill_on_drop(true);

    let parts = AtomicUsize::new(0);
    let work = async {
        let mut cargo = command.spawn().map_err(|error| failed(error.to_string()))?;
        let mut programs = HashMap::new();
        if let Some(messages) = cargo.stdout.take() {
            let mut lines = BufReader::new(messages).lines();
            while let Some(line) = lines.next_line().await.map_err(|error| failed(error.to_string()))? {
                parts.fetch_add(1, Ordering::Relaxed);
                programs.extend(program(&line));
            }
        }
        let status = cargo.wait().await.map_err(|error| failed(error.to_string()))?;
        let output = fs::read_to_string(&log).unwrap_or_default();
        if status.success() { Ok(programs) } else { Err(failed(compiler_reason(&output))) }
    };
    let detail = || format!(", {} parts ready", parts.load(Ordering::Relaxed));
    progress.during("building the functions", detail, work).await
}

/// Whether cargo sets this variable for the crate that it runs (Cargo Book, "environment variables"). To a build script
/// that watches such a variable, ring's for one, a build with it and a build without it are two.
fn is_of_the_running_crate(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_")
        || variable.starts_with("CARGO_MANIFEST_")
        || ["CARGO_CRATE_NAME", "CARGO_BIN_NAME", "CARGO_PRIMARY_PACKAGE", "OUT_DIR"].contains(&variable)
}

/// The program that a message of cargo's names, if it names one.
fn program(message: &str) -> Option<(String, PathBuf)> {
    #[derive(Deserialize)]
    struct Message {
        target: Option<Target>,
        executable: Option<PathBuf>,
    }
    #[derive(Deserialize)]
    struct Target {
        name: String,
    }
    let message: Message = serde_json::from_str(message).ok()?;
    Some((message.target?.name, message.executable?))
}

fn compiler_reason(output: &str) -> String {
    let error = output.lines().find(|line| line.starts_with("error"));
    error.map_or_else(|| last_line(output), str::to_owned)
}

/// Copies `binary` without its symbols, unless that very binary was copied before.
async fn copy_stripped(binary: &Path, deploy: &Path, function: &str) -> Result<(), LocalError> {
    let folder = deploy.join("target/lambda").join(function);
    // Beside the folder, not in it: what is in it is deployed.
    let (copy, stamp) = (folder.join("bootstrap"), deploy.join("target").join(format!("{function}.copied")));
    let source = source(binary)?;
    if copy.exists() && fs::read_to_string(&stamp).is_ok_and(|copied| copied == source) {
        return Ok(());
    }
    fs::create_dir_all(&folder).map_err(LocalError::file("make", &folder))?;
    let strip = Command::new("strip").arg("-o").arg(&copy).arg(binary).stderr(Stdio::null()).status().await;
    if !strip.is_ok_and(|status| status.success()) {
        // Larger, and as good.
        fs::copy(binary, &copy).map_err(LocalError::file("write", &copy))?;
    }
    fs::write(&stamp, source).map_err(LocalError::file("write", &stamp))
}

/// Tells one build of a binary from the next.
fn source(binary: &Path) -> Result<String, LocalError> {
    let data = fs::metadata(binary).map_err(LocalError::file("read", binary))?;
    let modified = data.modified().map_err(LocalError::file("read", binary))?;
    let age = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{} {} {}", binary.display(), data.len(), age.as_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_messages_name_the_programs() {
        let artifact =
            r#"{"reason":"compiler-artifact","target":{"name":"notify","kind":["bin"]},"executable":"/t/notify"}"#;
        assert_eq!(program(artifact), Some(("notify".to_owned(), PathBuf::from("/t/notify"))));
        let library = r#"{"reason":"compiler-artifact","target":{"name":"domain","kind":["lib"]},"executable":null}"#;
        assert_eq!(program(library), None);
        assert_eq!(program(r#"{"reason":"build-finished","success":true}"#), None);
    }

    #[test]
    fn of_the_compilers_output_the_first_error_is_told() {
        let output = "   Compiling notify\nerror[E0425]: cannot find value `x`\n --> a.rs\nerror: could not compile\n";
        assert_eq!(compiler_reason(output), "error[E0425]: cannot find value `x`");
    }
}
