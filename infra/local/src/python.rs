//! The pinned Python programs: the local AWS and `sam`, each in a virtual environment of its own.
//!
//! Apart, because they pin different versions of boto. A stamp says what an environment was made from, so that a
//! second run costs nothing.

use std::fs;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::error::LocalError;
use crate::lock;
use crate::process::{last_line, run};
use crate::progress::Progress;
use crate::workspace::Workspace;

const OLDEST: (u32, u32) = (3, 11);
/// Tried in this order: what the machine calls Python, then its versions by name.
const NAMES: [&str; 5] = ["python3", "python3.11", "python3.12", "python3.13", "python"];

/// The interpreters of both environments.
#[derive(Debug, Clone)]
pub struct Environments {
    /// `python` of the one that has ministack.
    pub ministack: PathBuf,
    /// `sam` of the other.
    pub sam: PathBuf,
}

impl Environments {
    /// Makes what is missing or no longer what its requirements say.
    ///
    /// # Errors
    /// [`LocalError::Python`] without a Python that is new enough, [`LocalError::Step`] if pip fails.
    pub async fn ready(workspace: &Workspace, progress: &Progress) -> Result<Self, LocalError> {
        let python = Python::find().await?;
        let home = workspace.local().join("venv");
        fs::create_dir_all(&home).map_err(LocalError::file("make", &home))?;
        let _one_at_a_time = lock::wait_for(&home.join("lock")).await?;
        for name in ["ministack", "sam"] {
            let requirements = workspace.python_files().join(format!("{name}.txt"));
            python.environment(&home, name, &requirements, progress).await?;
        }
        Ok(Self { ministack: home.join("ministack/bin/python"), sam: home.join("sam/bin/sam") })
    }
}

struct Python {
    program: &'static str,
    version: String,
}

impl Python {
    async fn find() -> Result<Self, LocalError> {
        let mut too_old = None;
        for program in NAMES {
            let ask = "import sys; print('%d.%d.%d' % sys.version_info[:3])";
            let Ok(answer) = Command::new(program).args(["-c", ask]).output().await else { continue };
            let version = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
            match major_minor(&version) {
                Some(found) if OLDEST <= found => return Ok(Self { program, version }),
                Some(_) => too_old = too_old.or(Some(version)),
                None => {}
            }
        }
        let found = match too_old {
            Some(version) => format!("found {version} only"),
            None => "found none on the PATH".to_owned(),
        };
        Err(LocalError::Python { found })
    }

    async fn environment(
        &self,
        home: &Path,
        name: &'static str,
        requirements: &Path,
        progress: &Progress,
    ) -> Result<(), LocalError> {
        let pinned = fs::read_to_string(requirements).map_err(LocalError::file("read", requirements))?;
        let wanted = format!("# Python {}\n{pinned}", self.version);
        let (folder, stamp) = (home.join(name), home.join(format!("{name}.stamp")));
        if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == wanted) {
            return Ok(());
        }
        let log = home.join(format!("{name}.log"));
        let work = async {
            let mut make = Command::new(self.program);
            make.args(["-m", "venv", "--clear"]).arg(&folder);
            run("making a virtual environment", &mut make, &log, venv_reason).await?;
            let mut install = Command::new(folder.join("bin/python"));
            install.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"]);
            install.arg("--requirement").arg(requirements);
            run("pip install", &mut install, &log, pip_reason).await
        };
        progress.during(&format!("installing {name} into a virtual environment"), String::new, work).await?;
        fs::write(&stamp, wanted).map_err(LocalError::file("write", &stamp))
    }
}

fn major_minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

fn venv_reason(output: &str) -> String {
    match output.contains("ensurepip") {
        true => "this Python comes without ensurepip (on Debian: apt-get install python3-venv)".to_owned(),
        false => last_line(output),
    }
}

fn pip_reason(output: &str) -> String {
    let error = output.lines().rev().find_map(|line| line.strip_prefix("ERROR: "));
    error.map_or_else(|| last_line(output), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_compared_as_numbers() {
        assert!(OLDEST <= major_minor("3.11.0").expect("a version"));
        assert!(major_minor("3.9.18").expect("a version") < OLDEST);
        assert_eq!(major_minor("Python"), None);
    }

    #[test]
    fn of_pips_output_the_last_error_is_told() {
        let output = "Collecting x\nERROR: No matching distribution found for x==9\n\n[notice] more\n";
        assert_eq!(pip_reason(output), "No matching distribution found for x==9");
    }
}
