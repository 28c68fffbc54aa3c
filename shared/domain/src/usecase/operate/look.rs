//! What is recorded, without asking anybody.

use tracing::warn;

use super::OperateError;
use crate::ids::RequestId;
use crate::log::chain;
use crate::ports::{ProjectList, ProjectsPage, StoreError};
use crate::project::Project;
use crate::usecase::Core;

/// A page of the active organisation's records, newest first.
pub async fn list_projects(core: &Core, page: ProjectsPage) -> Result<ProjectList, OperateError> {
    let config = core.active_configuration().await?;
    let has_cursor = page.after.is_some();
    match core.store.projects(config.account.org, page).await {
        Ok(list) => Ok(list),
        Err(error @ StoreError::Unreadable { .. }) if has_cursor => {
            warn!(error = chain(&error), "a page was asked for that no other led to");
            Err(OperateError::BadCursor)
        }
        Err(error) => Err(error.into()),
    }
}

/// A request's record, of the active organisation.
pub async fn show_project(core: &Core, request: &RequestId) -> Result<Project, OperateError> {
    let config = core.active_configuration().await?;
    core.store.project(config.account.org, request).await?.ok_or(OperateError::Unknown)
}
