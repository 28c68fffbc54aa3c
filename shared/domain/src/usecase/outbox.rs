//! What commits left to be sent: sent after the commit, in order per request, and deleted.

use tracing::warn;

use super::Core;
use crate::ids::{OrgId, RequestId};
use crate::log::chain;
use crate::ports::Change;

/// Sends what is in a request's outbox. What fails stays there, and everything behind it; a sweep comes back for it.
/// Returns how many messages were sent.
pub async fn flush(core: &Core, org: OrgId, request: &RequestId) -> usize {
    let entries = match core.store.outbox(org, request).await {
        Ok(entries) => entries,
        Err(error) => {
            warn!(request.id = %request, error = chain(&error), "outbox of request {request} was not read, the sweep will");
            return 0;
        }
    };
    let mut sent = 0;
    for entry in entries {
        if let Err(error) = core.queue.send(&entry.message).await {
            warn!(request.id = %request, error = chain(&error), "a message of request {request} was not sent, the sweep will");
            return sent;
        }
        sent += 1;
        let delivered = Change::Sent { org, request: entry.request.clone(), id: entry.id };
        if let Err(error) = core.store.commit(vec![delivered]).await {
            // It will be sent again, under the same deduplication id and with the same content.
            warn!(request.id = %request, error = chain(&error), "a sent message of request {request} was not deleted");
            return sent;
        }
    }
    sent
}
