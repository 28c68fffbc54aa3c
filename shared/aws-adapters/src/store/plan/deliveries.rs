//! The webhook log: rows that are moved on without being read, so their updates carry all that follows from a status.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use domain::ids::{DeliveryKey, OrgId, RequestId};
use domain::project::Lane;
use domain::webhook::{DeliveryLog, DeliveryStatus, Payload};

use super::{Plan, expire, json, set_due, set_feed};
use crate::store::items::{
    DeliveryItem, DeliveryStatusItem, HeldItem, LOG_KEPT, PAYLOAD_KEPT, attribute, delivery_feeds, delivery_reason,
    delivery_summary, payload_item, written,
};
use crate::store::keys::{Key, index_time, number, text};
use crate::store::write::{Assignments, Write};

const NEW_OR_EXPIRED: &str = "attribute_not_exists(pk) OR expires_at <= :now";

/// There, and not written by this commit before: counting twice would count wrong.
const LOGGED: &str =
    "attribute_exists(pk) AND expires_at > :now AND (attribute_not_exists(commit_id) OR commit_id <> :commit)";

impl Plan {
    /// A delivery's row and, apart from it, its body, and a pointer by which all of its group are found.
    pub(super) fn recorded(self, log: &DeliveryLog, payload: &Payload) -> Vec<Write> {
        let key = Key::delivery(log.org, &log.key);
        let mut item = written(&DeliveryItem::from(log));
        // Whom to wake stands there from the beginning: should the delivery be held later, only the time is missing.
        let held = DeliveryLog { status: DeliveryStatus::Held { until: log.received_at }, ..log.clone() };
        if let Some((_, wake)) = held.wake() {
            item.insert("wake".to_owned(), json(&wake));
        }
        set_due(&mut item, &key, Lane::Own, log.wake());
        let feeds = delivery_feeds(log);
        set_feed(&mut item, feeds.get(log.status.as_str()).cloned().unwrap_or_default(), log.received_at);
        item.insert("feeds".to_owned(), attribute(&feeds));
        item.insert("summary".to_owned(), attribute(&delivery_summary(log)));
        expire(&mut item, log.received_at, LOG_KEPT);
        let row = Write::put(key, item).stamped(self.commit).when(NEW_OR_EXPIRED).value(":now", self.epoch_seconds());
        let mut body = payload_item(payload);
        expire(&mut body, log.received_at, PAYLOAD_KEPT);
        let mut writes = vec![row, Write::put(Key::payload(log.org, &log.key), body)];
        if let Some(envelope) = &log.envelope {
            let mut pointer = written(&HeldItem { delivery: log.key.clone() });
            expire(&mut pointer, log.received_at, LOG_KEPT);
            writes.push(Write::put(Key::about(log.org, &envelope.group(), log.key.as_str()), pointer));
        }
        writes
    }

    /// A row that says no more what its delivery told, and no body.
    pub(super) fn erased(self, org: OrgId, delivery: &DeliveryKey) -> Vec<Write> {
        let mut update = Assignments::default();
        update.set_or_remove("tells", ":tells", None);
        vec![self.logged(Key::delivery(org, delivery), update), Write::delete(Key::payload(org, delivery))]
    }

    /// A row with another status, in the list and in the index where that belongs.
    pub(super) fn moved(
        self,
        org: OrgId,
        delivery: &DeliveryKey,
        status: &DeliveryStatus,
        request: Option<&RequestId>,
        at: DateTime<Utc>,
    ) -> Write {
        let key = Key::delivery(org, delivery);
        let until = match status {
            DeliveryStatus::Held { until } => Some(text(index_time(*until))),
            DeliveryStatus::Received
            | DeliveryStatus::Processed
            | DeliveryStatus::Ignored(_)
            | DeliveryStatus::Failed { .. } => None,
        };
        let shard = until.is_some().then(|| text(key.due_shard(Lane::Own)));
        let mut update = Assignments::default();
        update.set("updated_at", ":at", attribute(&at));
        update.set("#status", ":status", attribute(&DeliveryStatusItem::from(status)));
        update.set("summary.#status", ":name", text(status.as_str()));
        update.set_or_remove("summary.reason", ":reason", delivery_reason(status).map(text));
        update.copy("feed", "feeds.#name");
        update.set_or_remove("next_attempt_at", ":until", until);
        update.set_or_remove("due_shard", ":shard", shard);
        if let Some(request) = request {
            update.set("request_id", ":request", text(request.as_str()));
        }
        self.logged(key, update).name("#status", "status").name("#name", status.as_str())
    }

    /// A row with one more repeat.
    pub(super) fn counted(self, org: OrgId, delivery: &DeliveryKey) -> Write {
        let mut update = Assignments::default();
        update.add("repeats", ":one", number(1));
        self.logged(Key::delivery(org, delivery), update)
    }

    /// An update of a row, which has to be there.
    fn logged(self, key: Key, mut update: Assignments) -> Write {
        update.set("commit_id", ":commit", text(self.commit));
        update.of(key).when(LOGGED).value(":now", self.epoch_seconds())
    }

    fn epoch_seconds(self) -> AttributeValue {
        number(self.now.timestamp())
    }
}
