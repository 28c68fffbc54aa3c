use chrono::{DateTime, Utc};
use domain::ids::{ProjectId, RequestId};
use domain::ports::{ListedStatus, ProjectListing};
use domain::project::{Project, SyncStatus};
use serde::{Deserialize, Serialize};

use super::{BadField, Form};

/// An entry of the operators' lists, as the index has it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ListedItem {
    summary: ProjectSummary,
}

/// What the operators' lists show of a record.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ProjectSummary {
    request_id: RequestId,
    order_number: Option<String>,
    sync_status: String,
    opensolar_project_id: Option<ProjectId>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// How a record stands in the operators' lists.
pub(crate) fn listed_status(project: &Project) -> ListedStatus {
    project.sync_status().map_or(ListedStatus::Skipped, ListedStatus::Synced)
}

/// The name of the list of all records that stand so.
pub(crate) fn status_name(status: ListedStatus) -> &'static str {
    match status {
        ListedStatus::Synced(status) => status.as_str(),
        ListedStatus::Skipped => "skipped",
    }
}

fn status_named(name: &str) -> Option<ListedStatus> {
    [SyncStatus::Pending, SyncStatus::Synced, SyncStatus::SyncFailed, SyncStatus::Updated]
        .map(ListedStatus::Synced)
        .into_iter()
        .chain([ListedStatus::Skipped])
        .find(|status| status_name(*status) == name)
}

/// What the operators' lists show of a record: nothing personal.
pub(crate) fn project_summary(project: &Project) -> ProjectSummary {
    ProjectSummary {
        request_id: project.request_id().clone(),
        order_number: project.desired.order_number.clone(),
        sync_status: status_name(listed_status(project)).to_owned(),
        opensolar_project_id: project.remote.as_ref().map(|remote| remote.project.clone()),
        created_at: project.created_at,
        updated_at: project.updated_at,
    }
}

impl Form for ListedItem {
    const KIND: &'static str = "LISTED";
}

impl TryFrom<ListedItem> for ProjectListing {
    type Error = BadField;

    fn try_from(ListedItem { summary }: ListedItem) -> Result<Self, BadField> {
        Ok(Self {
            request: summary.request_id,
            order_number: summary.order_number,
            status: status_named(&summary.sync_status).ok_or(BadField("summary.sync_status"))?,
            project: summary.opensolar_project_id,
            created_at: summary.created_at,
            updated_at: summary.updated_at,
        })
    }
}
