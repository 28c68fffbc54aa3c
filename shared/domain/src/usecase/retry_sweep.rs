//! `retry-sweep`: claims what is due and wakes its worker. It decides nothing itself: the record says what comes next.
//!
//! Of the workers that would ask OpenSolar no more are woken than its limits have room for in the coming minute. The
//! others are not even looked at: they stay due, in a lane for each kind of work, so that nobody waits behind a backlog
//! of something else. Beside what it does about each item that it takes (a write, and for these a read of the record), a
//! sweep costs the five small reads that tell what there is room for, and the query: the same for a backlog of any size.

mod resume;
mod room;

use std::time::Duration;

use serde::Serialize;
use tracing::warn;

use super::{Core, UseCaseError, outbox};
use crate::jobs::Wake;
use crate::log::chain;
use crate::ports::{Change, Deadline, DueIn, DueItem, StoreError};
use crate::project::Lane;
use room::{Room, Verdict};

/// What a sweep did, in counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RetryReport {
    /// Items that were due, of each lane at most one more than the sweep takes.
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
    /// Whether more was due than the sweep took.
    pub more: bool,
}

/// Wakes of each lane at most `limit` workers for what is due, and no more of them to OpenSolar than it has room for. The
/// rest stays due. Who waits for a limit that is over is woken before its time.
pub async fn retry_sweep(core: &Core, limit: usize, deadline: Deadline) -> Result<RetryReport, UseCaseError> {
    let now = core.now();
    // Without a configuration nobody asks OpenSolar anything.
    let mut room = match core.store.configuration().await? {
        Some(config) => Some(Room::now(core, &config.account).await?),
        None => None,
    };
    let mut wanted = vec![DueIn { lane: Lane::Own, by: now, limit }];
    wanted.extend(room.iter().flat_map(|room| room.wanted(limit, now)));
    let items = core.store.due(&wanted).await?;
    let is_full = |wanted: &DueIn| items.iter().filter(|item| item.lane == wanted.lane).count() == wanted.limit;
    let mut report = RetryReport {
        due: items.iter().filter(|item| item.at <= now).count(),
        more: wanted.iter().any(is_full),
        ..RetryReport::default()
    };
    for item in &items {
        if !deadline.allows(Duration::ZERO, core.now()) {
            report.more = true;
            break;
        }
        let verdict = match &mut room {
            Some(room) => room.verdict(item, now).await?,
            None => Verdict::Wake,
        };
        if verdict == Verdict::Leave {
            continue;
        }
        // If the worker that is woken writes nothing in this time, the item is due again.
        let claim = Change::Postpone { item: item.key.clone(), read: item.at, to: deadline.left_until(now) };
        match core.store.commit(vec![claim]).await {
            Ok(()) => {
                let creates = room.as_ref().map_or(limit, Room::creates);
                let before = report.resumed;
                attend(core, item, limit.min(creates), deadline, &mut report).await;
                if let Some(room) = &mut room {
                    room.use_up(report.resumed - before);
                }
            }
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
