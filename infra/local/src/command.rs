//! The commands of `cargo local`, one function each.

mod demo;
mod down;
mod logs;
mod send;
mod soak;
mod status;
mod up;

pub use demo::demo;
pub use down::down;
pub use logs::{Lines, logs};
pub use send::send;
pub use soak::{Size, soak};
pub use status::{Report, status};
pub use up::{ServerOptions, UpOptions, up};

use crate::endpoints::Endpoints;
use crate::error::LocalError;
use crate::lock;
use crate::workspace::Workspace;

/// The name of the stack that `up` runs.
pub const STACK: &str = "hanna";

/// The endpoints of what `up` runs.
fn running() -> Result<Endpoints, LocalError> {
    let workspace = Workspace::of_this_build();
    match lock::holder(&workspace.stack(STACK).lock_file())? {
        Some(_) if workspace.endpoints_file().exists() => Endpoints::read(&workspace.endpoints_file()),
        Some(process_id) => Err(LocalError::NotReady { process_id }),
        None => Err(LocalError::NotRunning),
    }
}
