//! Where things are: the source tree, and the ignored folder `.local/` that everything made here lives in.

use std::path::{Path, PathBuf};

/// The source tree that this program was built from.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The tree whose `infra/local` this crate is.
    pub fn of_this_build() -> Self {
        let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = crate_dir.ancestors().nth(2).unwrap_or(crate_dir);
        Self { root: root.to_owned() }
    }

    /// Top level, where `Cargo.toml` is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The template that is deployed.
    pub fn template(&self) -> PathBuf {
        self.root.join("template.yaml")
    }

    /// Python files of this crate: the launcher and the pinned requirements.
    pub fn python_files(&self) -> PathBuf {
        self.root.join("infra/local/python")
    }

    /// Everything that may be deleted at any time while nothing runs.
    pub fn local(&self) -> PathBuf {
        self.root.join(".local")
    }

    /// What `cargo local up` tells other programs.
    pub fn endpoints_file(&self) -> PathBuf {
        self.local().join("endpoints.json")
    }

    /// The folder of one stack.
    pub fn stack(&self, name: &str) -> StackDir {
        StackDir { path: self.local().join(name) }
    }
}

/// The folder of one stack: its data, its logs, what is deployed.
#[derive(Debug, Clone)]
pub struct StackDir {
    path: PathBuf,
}

impl StackDir {
    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the local AWS keeps.
    pub fn aws(&self) -> PathBuf {
        self.path.join("aws")
    }

    /// `template.yaml` and the binaries that it names.
    pub fn deploy(&self) -> PathBuf {
        self.path.join("deploy")
    }

    /// What the fakes keep.
    pub fn fakes(&self) -> PathBuf {
        self.path.join("fakes")
    }

    /// One file per function and per program.
    pub fn logs(&self) -> PathBuf {
        self.path.join("logs")
    }

    /// Held by the process that runs the stack, which writes its process id into it.
    pub fn lock_file(&self) -> PathBuf {
        self.path.join("lock")
    }

    /// What belongs to the kept data and has to stay with it.
    pub fn kept_file(&self) -> PathBuf {
        self.path.join("kept.json")
    }
}
