//! `retry-sweep`: claims what is due and wakes its worker. It decides nothing itself: the record says what comes next.

mod resume;

use std::time::Duration;

use chrono::TimeDelta;
use serde::Serialize;
use tracing::warn;

use super::{Core, UseCaseError, outbox};
use crate::jobs::Wake;
use crate::log::chain;
use crate::ports::{Change, Deadline, DueItem, StoreError};

/// What a sweep takes for itself: if the worker that it woke writes nothing in this time, the item is due again.
const CLAIM: TimeDelta = TimeDelta::minutes(15);

/// What a sweep did, in counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RetryReport {
    /// Items that were due, at most as many as the sweep takes.
    pub due: usize,
    /// Workers woken.
    pub woken: usize,
    /// Requests woken that had been skipped for a switch.
    pub resumed: usize,
    /// Messages sent that a commit had left behind.
    pub sent: usize,
    /// Items that somebody else had moved on meanwhile.
    pub moved_on: usize,
    /// Wake-ups that failed; they are due again in 15 minutes at the latest.
    pub failed: usize,
    /// Whether there may be more due than the sweep took.
    pub more: bool,
}

/// Wakes at most `limit` workers for what is due. The limit is what keeps a crowd that is due at once from being worked
/// off at once; the rest is due a minute later.
pub async fn retry_sweep(core: &Core, limit: usize, deadline: Deadline) -> Result<RetryReport, UseCaseError> {
    let now = core.now();
    let items = core.store.due(now, limit).await?;
    let mut report = RetryReport { due: items.len(), more: items.len() == limit, ..RetryReport::default() };
    for item in items {
        let room = limit.saturating_sub(report.woken + report.resumed);
        if room == 0 || !deadline.allows(Duration::ZERO, core.now()) {
            report.more = true;
            break;
        }
        let claim = Change::Postpone { item: item.key.clone(), read: item.at, to: now + CLAIM };
        match core.store.commit(vec![claim]).await {
            Ok(()) => attend(core, &item, room, deadline, &mut report).await,
            Err(StoreError::Conflict) => report.moved_on += 1,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(report)
}

/// Does what an item asks for. What fails is due again, and keeps nothing behind it waiting.
async fn attend(core: &Core, item: &DueItem, room: usize, deadline: Deadline, report: &mut RetryReport) {
    let outcome = match &item.wake {
        Wake::Outbox { org_id, request_id } => {
            report.sent += outbox::flush(core, *org_id, request_id).await;
            Ok(())
        }
        Wake::Resume { org_id } => resume::resume(core, *org_id, room, deadline, report).await,
        Wake::Sync(_) | Wake::Webhooks { .. } | Wake::Notice(_) => wake(core, item, report).await,
    };
    if let Err(error) = outcome {
        warn!(error = chain(&error), "a wake-up failed, it is due again in 15 minutes at the latest");
        report.failed += 1;
    }
}

async fn wake(core: &Core, item: &DueItem, report: &mut RetryReport) -> Result<(), UseCaseError> {
    if let Some(message) = item.wake.message(deduplication_id(item)) {
        core.queue.send(&message).await?;
        report.woken += 1;
    }
    Ok(())
}

/// The item and the time that it was due at: two wake-ups of one item differ, so the queue drops neither.
fn deduplication_id(item: &DueItem) -> String {
    let name = format!("{}/{}/{}", item.key.partition, item.key.sort, item.at.timestamp_millis());
    crate::webhook::sha256_hex(name.as_bytes())
}
