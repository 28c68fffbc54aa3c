//! What can go wrong, each in one line that says what to do about it.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why the local stack could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// No Python that is new enough.
    #[error("needs Python 3.11 or newer with its venv module: {found}")]
    Python {
        /// What was found instead.
        found: String,
    },
    /// Somebody else listens where this wants to.
    #[error("port {port} on 127.0.0.1, for {purpose}, is busy: end what uses it or choose another with {option}")]
    PortBusy {
        /// The port.
        port: u16,
        /// What would have listened there.
        purpose: &'static str,
        /// The option that chooses another port.
        option: &'static str,
    },
    /// The kept data only works on the port it was made on.
    #[error("the kept data belongs to port {kept}: leave out --port, or give --fresh to begin with none")]
    PortMoved {
        /// The port of the kept data.
        kept: u16,
    },
    /// The kept data's records name projects of a server that speaks another contract.
    #[error("the kept data belongs to the contract {kept}: give --contract {kept}, or --fresh to begin with none")]
    ContractMoved {
        /// The contract of the kept data.
        kept: &'static str,
    },
    /// A second one would share its data with the first.
    #[error("the stack is running already (process {process_id}); `cargo local down` ends it")]
    AlreadyRunning {
        /// Who runs it.
        process_id: u32,
    },
    /// There is nothing to ask.
    #[error("nothing is running; `cargo local up` starts the stack")]
    NotRunning,
    /// It has no addresses yet.
    #[error("the stack is being started (process {process_id}) and not ready yet")]
    NotReady {
        /// Who starts it.
        process_id: u32,
    },
    /// It was told to end and is still there.
    #[error("process {process_id} did not end within {seconds} s")]
    DoesNotEnd {
        /// Who runs the stack.
        process_id: u32,
        /// How long it was waited for.
        seconds: u64,
    },
    /// A program that prepares something failed.
    #[error("{step} failed: {reason} (all of it: {})", .log.display())]
    Step {
        /// What was being done.
        step: &'static str,
        /// The line that says why.
        reason: String,
        /// Everything that the program said.
        log: PathBuf,
    },
    /// One of the servers did not answer as it has to.
    #[error("{operation}: {reason}")]
    Answer {
        /// What was asked for.
        operation: &'static str,
        /// What came instead.
        reason: String,
    },
    /// A file that was given cannot be used.
    #[error("{}: {reason}", .file.display())]
    Input {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file or folder of ours.
    #[error("cannot {doing} {}", .path.display())]
    File {
        /// A verb.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A fact of the story is not as expected.
    #[error("not as expected: {expected} (what the functions wrote: {})", .log_dir.display())]
    Untrue {
        /// The first such fact.
        expected: &'static str,
        /// A file per function.
        log_dir: PathBuf,
    },
    /// Not everything of a soak was accounted for.
    #[error("not everything is accounted for: {lost} lost, {duplicated} duplicated (what the functions wrote: {})", .log_dir.display())]
    Unaccounted {
        /// Ended nowhere, or are still on their way.
        lost: usize,
        /// Are there more than once.
        duplicated: usize,
        /// A file per function.
        log_dir: PathBuf,
    },
    /// Ctrl-C, or its like, before the work was done.
    #[error("interrupted")]
    Interrupted,
}

impl LocalError {
    /// For `map_err`: what was being done to which file.
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }

    /// For `map_err`: which call failed, with all its causes in one line.
    pub(crate) fn call<E: Error>(operation: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Answer { operation, reason: Chain(&error).to_string() }
    }
}

/// An error with its causes, in one line.
pub struct Chain<'a>(
    /// The outermost.
    pub &'a dyn Error,
);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
