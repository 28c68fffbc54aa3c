//! Where each record stands in the table, and how its index entries are written.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, NaiveDateTime, SubsecRound, TimeDelta, Utc};
use domain::ids::{DeliveryKey, OrgId, ProjectId, RequestId};
use domain::notification::NoticeKey;
use domain::phone::PhoneNumber;
use domain::ports::{DueKey, LimitName, SweepName};
use domain::project::{Lane, Shelf};
use uuid::Uuid;

/// The attribute after which an item is not there any more, in seconds since 1970: the table's time to live.
pub(crate) const EXPIRES_AT: &str = "expires_at";

/// An item as DynamoDB has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// An item's place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl Key {
    fn of_request(org: OrgId, request: &RequestId, sk: impl Into<String>) -> Self {
        Self { pk: format!("ORG#{org}#REQUEST#{request}"), sk: sk.into() }
    }

    pub(crate) fn project(org: OrgId, request: &RequestId) -> Self {
        Self::of_request(org, request, "PROJECT")
    }

    /// The record's entry in the list of all records.
    pub(crate) fn listed(org: OrgId, request: &RequestId) -> Self {
        Self::of_request(org, request, "LISTED")
    }

    pub(crate) fn sync_log(org: OrgId, request: &RequestId, id: &str) -> Self {
        Self::of_request(org, request, format!("SYNC#{id}"))
    }

    pub(crate) fn decision(org: OrgId, request: &RequestId, id: &str) -> Self {
        Self::of_request(org, request, format!("WHY#{id}"))
    }

    pub(crate) fn notice(org: OrgId, key: &NoticeKey) -> Self {
        Self::of_request(org, &key.request_id, format!("NOTICE#{}#{}", key.milestone.as_str(), key.epoch))
    }

    /// With an empty id, what the sort keys of all of a request's entries begin with.
    pub(crate) fn outbox(org: OrgId, request: &RequestId, id: &str) -> Self {
        Self::of_request(org, request, format!("OUTBOX#{id}"))
    }

    pub(crate) fn intent(org: OrgId, identifier: Uuid) -> Self {
        Self { pk: format!("ORG#{org}#IDENT#{identifier}"), sk: "INTENT".to_owned() }
    }

    pub(crate) fn link(org: OrgId, project: &ProjectId) -> Self {
        Self { pk: format!("ORG#{org}#REMOTE#{project}"), sk: "LINK".to_owned() }
    }

    pub(crate) fn contact(org: OrgId, phone: &PhoneNumber) -> Self {
        Self { pk: format!("ORG#{org}#PHONE#{}", phone.e164()), sk: "CONTACT".to_owned() }
    }

    /// A request that names a number, at the number; with an empty request, what the sort keys of all of them begin with.
    pub(crate) fn number(org: OrgId, phone: &PhoneNumber, request: &str) -> Self {
        Self { sk: format!("REQUEST#{request}"), ..Self::contact(org, phone) }
    }

    /// The same at the request.
    pub(crate) fn number_of(org: OrgId, request: &RequestId, phone: &PhoneNumber) -> Self {
        Self::of_request(org, request, format!("PHONE#{}", phone.e164()))
    }

    /// A pointer to a delivery of a group; with an empty delivery, all of the group's partition.
    pub(crate) fn about(org: OrgId, group: &str, delivery: &str) -> Self {
        Self { pk: format!("ORG#{org}#ABOUT#{group}"), sk: delivery.to_owned() }
    }

    /// The whole of a request's partition.
    pub(crate) fn of_all(org: OrgId, request: &RequestId) -> Self {
        Self::of_request(org, request, "")
    }

    pub(crate) fn delivery(org: OrgId, key: &DeliveryKey) -> Self {
        Self { pk: format!("ORG#{org}#DELIVERY#{key}"), sk: "LOG".to_owned() }
    }

    pub(crate) fn payload(org: OrgId, key: &DeliveryKey) -> Self {
        Self { sk: "PAYLOAD".to_owned(), ..Self::delivery(org, key) }
    }

    /// With an empty id, what all deliveries held for a project have in common.
    pub(crate) fn held(org: OrgId, project: &ProjectId, id: &str) -> Self {
        Self { pk: format!("ORG#{org}#UNLINKED#{project}"), sk: id.to_owned() }
    }

    pub(crate) fn stages(org: OrgId) -> Self {
        Self { pk: format!("ORG#{org}#STAGES"), sk: "STAGES".to_owned() }
    }

    pub(crate) fn checkpoint(org: OrgId, sweep: SweepName) -> Self {
        Self { pk: format!("ORG#{org}#SWEEP#{}", sweep.as_str()), sk: "CHECKPOINT".to_owned() }
    }

    pub(crate) fn limit(org: OrgId, name: LimitName) -> Self {
        Self { pk: format!("ORG#{org}#LIMIT#{}", name.as_str()), sk: "LIMIT".to_owned() }
    }

    pub(crate) fn configuration_of(org: OrgId) -> Self {
        Self { pk: "CONFIG".to_owned(), sk: format!("ORG#{org}") }
    }

    pub(crate) fn active_configuration() -> Self {
        Self { pk: "CONFIG".to_owned(), sk: "ACTIVE".to_owned() }
    }

    pub(crate) fn configuration_history(id: &str) -> Self {
        Self { pk: "CONFIG".to_owned(), sk: format!("LOG#{id}") }
    }

    /// The request in whose partition an item of this partition key is.
    pub(crate) fn request(org: OrgId, pk: &str) -> Option<RequestId> {
        pk.strip_prefix(&format!("ORG#{org}#REQUEST#"))?.parse().ok()
    }

    /// The delivery that a partition key is of.
    pub(crate) fn delivery_of(pk: &str) -> Option<DeliveryKey> {
        let (_, key) = pk.strip_prefix("ORG#")?.split_once("#DELIVERY#")?;
        Some(DeliveryKey::stored(key.to_owned()))
    }

    /// As an item's key attributes.
    pub(crate) fn attributes(&self) -> Item {
        HashMap::from([("pk".to_owned(), text(&self.pk)), ("sk".to_owned(), text(&self.sk))])
    }

    /// Which part of the index `due` the item is in while it waits in this lane.
    pub(crate) fn due_shard(&self, lane: Lane) -> String {
        let hash = |hash: u32, byte: u8| hash.wrapping_mul(31).wrapping_add(u32::from(byte));
        shard(lane, self.pk.bytes().chain(self.sk.bytes()).fold(7, hash) % DUE_SHARDS)
    }
}

impl From<DueKey> for Key {
    fn from(key: DueKey) -> Self {
        Self { pk: key.partition, sk: key.sort }
    }
}

impl From<Key> for DueKey {
    fn from(key: Key) -> Self {
        Self { partition: key.pk, sort: key.sk }
    }
}

/// Into so many parts each lane of the index `due` is split: one part takes a thousand writes a second.
const DUE_SHARDS: u32 = 4;

/// All parts of a lane of the index `due`.
pub(crate) fn due_shards(lane: Lane) -> impl Iterator<Item = String> {
    (0..DUE_SHARDS).map(move |number| shard(lane, number))
}

fn shard(lane: Lane, number: u32) -> String {
    match lane {
        Lane::Own => format!("DUE#{number}"),
        Lane::OpenSolar(org, errand) => format!("ORG#{org}#DUE#{}#{number}", errand.as_str()),
    }
}

/// The part of the index `due` that a shelf is: not one of those where something is due.
pub(crate) fn shelf_shard(org: OrgId, shelf: Shelf) -> String {
    let name = match shelf {
        Shelf::Paused => "PAUSED",
        Shelf::Open => "OPEN",
    };
    format!("ORG#{org}#{name}")
}

const INDEX_TIME: &str = "%Y-%m-%dT%H:%M:%S%.3fZ";

/// A time as the indexes sort it: always as wide, in whole milliseconds, the first that is not before `at`, so that
/// nothing is woken too early.
pub(crate) fn index_time(at: DateTime<Utc>) -> String {
    let millisecond = at.trunc_subsecs(3);
    let rounded = if millisecond < at { millisecond + TimeDelta::milliseconds(1) } else { millisecond };
    rounded.format(INDEX_TIME).to_string()
}

/// The last whole millisecond that is not after `by`: items up to it are due by then.
pub(crate) fn index_time_before(by: DateTime<Utc>) -> String {
    by.trunc_subsecs(3).format(INDEX_TIME).to_string()
}

/// A time that [`index_time`] wrote.
pub(crate) fn parse_index_time(written: &str) -> Option<DateTime<Utc>> {
    NaiveDateTime::parse_from_str(written, INDEX_TIME).ok().map(|time| time.and_utc())
}

/// Names a list of records in the index `feed`: those of a sync status, or `all`. Not one by month: a page would have
/// to ask for the months before it until it is full.
pub(crate) fn project_feed(org: OrgId, status: &str) -> String {
    format!("ORG#{org}#PROJECT#{status}")
}

/// Names the list of deliveries in the index `feed` that one is in: by how it stands, and by month.
pub(crate) fn delivery_feed(org: OrgId, status: &str, at: DateTime<Utc>) -> String {
    format!("ORG#{org}#DELIVERY#{status}#{}", at.format("%Y-%m"))
}

pub(crate) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use testkit::builders::{NOON, ORG, every_lane};

    use super::*;

    #[test]
    fn index_times_sort_as_time_does_and_are_never_early() {
        let times =
            [0, 1, 1_000_000, 1_000_001, 999_999_999, 1_000_000_000].map(|nanos| NOON + TimeDelta::nanoseconds(nanos));
        let written = times.map(index_time);
        assert!(written.is_sorted() && written.iter().all(|time| time.len() == 24), "{written:?}");
        assert_eq!(written[0], "2026-11-20T12:00:00.000Z");
        assert_eq!(written[1], "2026-11-20T12:00:00.001Z");
        for (time, written) in times.iter().zip(&written) {
            assert!(*time <= parse_index_time(written).expect("a time"));
        }
    }

    #[test]
    fn requests_spread_over_all_parts_of_each_lane_and_no_lane_has_a_part_of_another() {
        let mut parts = BTreeSet::new();
        for lane in every_lane(ORG).into_iter().chain(every_lane(OrgId(ORG.0 + 1)).into_iter().skip(1)) {
            let shards: BTreeSet<_> = (1..50u64).map(|id| Key::project(ORG, &id.into()).due_shard(lane)).collect();
            assert!(shards.iter().cloned().eq(due_shards(lane)));
            assert!(shards.is_disjoint(&parts), "{lane:?}");
            parts.extend(shards);
        }
    }
}
