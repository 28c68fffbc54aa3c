//! A change of a project.

use serde_json::{Map, Value};

use super::RemoteProject;
use crate::fields::{ProjectFields, ProjectPatch};

/// What changes of a project, and what is there beside it: nobody says that an object of which only a part is sent keeps
/// its other parts, so a contract that nests fields sends such an object whole.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectChange {
    /// What changes.
    pub patch: ProjectPatch,
    /// What the project's fields hold before.
    pub there: ProjectFields,
    /// The objects in which fields are nested, as they were read, with what has no name here.
    pub objects: Map<String, Value>,
}

impl ProjectChange {
    /// Of a project as it was just read; `there` is what it holds, with what a read did not show.
    pub fn of(read: RemoteProject, there: ProjectFields, patch: ProjectPatch) -> Self {
        Self { patch, there, objects: read.objects }
    }
}

/// Of a project of which nothing is known.
impl From<ProjectPatch> for ProjectChange {
    fn from(patch: ProjectPatch) -> Self {
        Self { patch, there: ProjectFields::default(), objects: Map::new() }
    }
}
