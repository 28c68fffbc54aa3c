//! The schedule's event in, a report of counts out.

use domain::ports::{Deadline, Pace};
use domain::usecase::Core;
use domain::usecase::retry_sweep::{RetryReport, retry_sweep};
use lambda_kit::deadline;
use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;
use tracing::info;

/// So many items of each lane one sweep takes; more are taken a minute later. How many of their workers OpenSolar has room
/// for, the use case asks.
const LIMIT: usize = 200;

/// What the event says does not matter: it is time.
pub(crate) async fn handle(core: &Core, pace: Pace, event: LambdaEvent<Value>) -> Result<RetryReport, Error> {
    let deadline = Deadline::paced(deadline(&event.context), pace);
    let report = retry_sweep(core, LIMIT, deadline).await?;
    info!(
        due = report.due,
        woken = report.woken,
        resumed = report.resumed,
        sent = report.sent,
        moved_on = report.moved_on,
        failed = report.failed,
        more = report.more,
        "swept"
    );
    Ok(report)
}
