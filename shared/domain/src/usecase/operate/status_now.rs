//! An operator wants to know how a project stands in OpenSolar, now.

use std::time::Duration;

use tracing::{info, warn};

use super::{Obstacle, OperateError};
use crate::authentication::Operator;
use crate::configuration::Configuration;
use crate::ids::RequestId;
use crate::jobs::crm_update::{Cause, CauseKind};
use crate::jobs::{SyncJob, Wake};
use crate::log::chain;
use crate::ports::{Deadline, OpenSolar};
use crate::project::Project;
use crate::request::SkipReason;
use crate::usecase::read_back::{Fetched, fetch_now};
use crate::usecase::{Core, UseCaseError};

/// A person waits for the answer: there is one try, and it takes no longer than this.
const PATIENCE: Duration = Duration::from_secs(15);

/// How a project stands.
#[derive(Debug, Clone, PartialEq)]
pub enum StatusNow {
    /// As OpenSolar shows it now.
    Fresh(Box<Project>),
    /// OpenSolar was not to be had; it is asked again from the queue. The record is what was last known.
    Queued(Box<Project>),
}

/// Asks OpenSolar how a linked project stands, and stores what it shows.
pub async fn fetch_status_now(
    core: &Core,
    opensolar: &dyn OpenSolar,
    request: &RequestId,
    operator: &Operator,
    deadline: Deadline,
) -> Result<StatusNow, OperateError> {
    let config = core.active_configuration().await?;
    let org = config.account.org;
    let known = core.store.project(org, request).await?.ok_or(OperateError::Unknown)?;
    if let Some(at) = known.erased_at() {
        return Err(Obstacle::Skipped(SkipReason::Erased(at)).into());
    }
    info!(operator = operator.name(), request.id = %request, "{operator} asked for the status of request {request}");
    let cause = Cause { kind: CauseKind::Operator, id: operator.name().to_owned() };
    match fetch_now(core, opensolar, &impatient(config), request, &cause, deadline).await? {
        Fetched::Fresh(project) => Ok(StatusNow::Fresh(project)),
        Fetched::NotLinked => Err(OperateError::NotLinked),
        Fetched::Unavailable(error) => {
            warn!(request.id = %request, error = chain(&error), "the status of request {request} is asked for later");
            ask_again(core, SyncJob::FetchStatus { org_id: org, request_id: request.clone() }).await?;
            // That it was tried is on the record by now.
            let known = core.store.project(org, request).await?.unwrap_or(known);
            Ok(StatusNow::Queued(Box::new(known)))
        }
    }
}

async fn ask_again(core: &Core, job: SyncJob) -> Result<(), UseCaseError> {
    let Some(message) = Wake::Sync(job).message(format!("operator-{}", core.ulid())) else { return Ok(()) };
    Ok(core.queue.send(&message).await?)
}

/// The same settings for somebody who waits: one try, and a shorter one.
fn impatient(mut config: Configuration) -> Configuration {
    config.account.api_timeout = config.account.api_timeout.min(PATIENCE);
    config.account.api_retry_count = 0;
    config
}
