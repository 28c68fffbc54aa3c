//! What test runs leave for whoever reads it after them.

use std::fs::{File, OpenOptions, create_dir_all};
use std::path::PathBuf;
use std::sync::Once;

use lambda_kit::telemetry::lines_to;
use tracing::Level;

/// The folder `run` of the build's target folder: what the run itself wrote, and the logs of its flows.
pub fn run_folder() -> PathBuf {
    let program = std::env::current_exe().expect("a program has a file");
    // TARGET/debug/deps/flows-0123
    program.ancestors().nth(3).expect("it is in a target folder").join("run")
}

static BEGUN: Once = Once::new();

/// From now on this process writes down what the functions would, at the most talkative level. What fails is nobody's
/// loss but of who reads it: a flow is not about its logs.
pub(crate) fn keep_the_log() {
    BEGUN.call_once(|| {
        let Some(file) = fresh("flows.log") else { return };
        let _ =
            tracing::subscriber::set_global_default(lines_to(Level::TRACE, move || file.try_clone().expect("a file")));
    });
}

fn fresh(name: &str) -> Option<File> {
    create_dir_all(run_folder()).ok()?;
    File::create(run_folder().join(name)).ok()?;
    // Whole lines of several threads do not mix.
    OpenOptions::new().append(true).open(run_folder().join(name)).ok()
}
