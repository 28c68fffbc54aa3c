//! `retry-sweep`: claims what is due and wakes its worker. It decides nothing itself: the record says what comes next.

use chrono::{DateTime, TimeDelta, Utc};
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
    /// Messages sent that a commit had left behind.
    pub sent: usize,
    /// Items that somebody else had moved on meanwhile.
    pub moved_on: usize,
    /// Wake-ups that failed; they are due again in 15 minutes.
    pub failed: usize,
    /// Whether there may be more due than the sweep took.
    pub more: bool,
}

/// Wakes at most `limit` of the things that are due.
pub async fn retry_sweep(core: &Core, limit: usize, deadline: Deadline) -> Result<RetryReport, UseCaseError> {
    let now = core.now();
    let items = core.store.due(now, limit).await?;
    let mut report = RetryReport { due: items.len(), more: items.len() == limit, ..RetryReport::default() };
    for item in items {
        if !deadline.allows(std::time::Duration::ZERO, core.now()) {
            report.more = true;
            break;
        }
        let claim = Change::Postpone { item: item.key.clone(), read: item.at, to: now + CLAIM };
        match core.store.commit(vec![claim]).await {
            Ok(()) => wake(core, item, &mut report).await,
            Err(StoreError::Conflict) => report.moved_on += 1,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(report)
}

async fn wake(core: &Core, item: DueItem, report: &mut RetryReport) {
    if let Wake::Outbox { org_id, request_id } = &item.wake {
        report.sent += outbox::flush(core, *org_id, request_id).await;
        return;
    }
    let Some(message) = item.wake.message(deduplication_id(&item, item.at)) else { return };
    match core.queue.send(&message).await {
        Ok(()) => report.woken += 1,
        Err(error) => {
            warn!(error = chain(&error), "a wake-up was not sent, it is due again in 15 minutes");
            report.failed += 1;
        }
    }
}

/// The item and the time that it was due at: two wake-ups of one item differ, so the queue drops neither.
fn deduplication_id(item: &DueItem, at: DateTime<Utc>) -> String {
    let name = format!("{}/{}/{}", item.key.partition, item.key.sort, at.timestamp_millis());
    crate::webhook::sha256_hex(name.as_bytes())
}
