//! One process per stack folder. The kernel lets go of the lock however that process ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;

use crate::error::LocalError;

/// Held for as long as a stack runs.
#[derive(Debug)]
pub(crate) struct StackLock {
    _file: File,
}

impl StackLock {
    /// Takes the lock and leaves our process id in it.
    ///
    /// # Errors
    /// [`LocalError::AlreadyRunning`] if another process holds it.
    pub(crate) fn take(path: &Path) -> Result<Self, LocalError> {
        let mut file = open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LocalError::AlreadyRunning { process_id: written_id(path).unwrap_or_default() });
            }
            Err(TryLockError::Error(source)) => return Err(LocalError::file("lock", path)(source)),
        }
        file.set_len(0).map_err(LocalError::file("write", path))?;
        write!(file, "{}", std::process::id()).map_err(LocalError::file("write", path))?;
        Ok(Self { _file: file })
    }
}

/// The process that holds the lock, if one does.
///
/// # Errors
/// If the file cannot be asked.
pub(crate) fn holder(path: &Path) -> Result<Option<u32>, LocalError> {
    let Ok(file) = File::open(path) else { return Ok(None) };
    match file.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => Ok(Some(written_id(path).unwrap_or_default())),
        Err(TryLockError::Error(source)) => Err(LocalError::file("ask", path)(source)),
    }
}

fn open(path: &Path) -> Result<File, LocalError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).open(path).map_err(LocalError::file("open", path))
}

fn written_id(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// A lock for a step that two processes must not take at once; waits for the other.
pub(crate) async fn wait_for(path: &Path) -> Result<File, LocalError> {
    let file = open(path)?;
    let path = path.to_owned();
    let waited = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
    match waited {
        Ok(locked) => locked.map_err(LocalError::file("lock", &path)),
        Err(stopped) => Err(LocalError::Answer { operation: "waiting for a lock", reason: stopped.to_string() }),
    }
}
