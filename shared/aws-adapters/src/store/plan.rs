//! Which items each change of a commit writes, and on which conditions.

mod deliveries;
mod projects;
mod settings;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{OrgId, RequestId, Revision};
use domain::jobs::{NoticeJob, OutboxEntry, Wake};
use domain::notification::Notice;
use domain::ports::Change;
use domain::project::{Lane, Shelf};
use uuid::Uuid;

use super::items::{
    ContactItem, DecisionItem, HeldItem, IntentItem, LOG_KEPT, LinkItem, NoticeItem, NumberItem, OutboxItem,
    SyncLogItem, written,
};
use super::keys::{EXPIRES_AT, Item, Key, index_time, number, shelf_shard, text};
use super::write::Write;

pub(super) use projects::ALL;

const NEW: &str = "attribute_not_exists(pk)";
const NEW_OR_THIS_REQUESTS: &str = "attribute_not_exists(pk) OR request_id = :request";
const AS_READ: &str = "revision = :read";
const UNKNOWN_OR_THIS_REQUESTS: &str =
    "attribute_not_exists(contact_id) AND (attribute_not_exists(claimed_by) OR claimed_by = :request)";
const NOT_ANOTHERS: &str = "contact_id = :contact OR \
    (attribute_not_exists(contact_id) AND (attribute_not_exists(claimed_by) OR claimed_by = :request))";
const UNKNOWN_OR_THIS_CONTACTS: &str =
    "contact_id = :contact OR (attribute_not_exists(contact_id) AND attribute_not_exists(claimed_by))";
const NO_OTHERS: &str = "attribute_not_exists(claimed_by) OR claimed_by = :request";
/// A record on a shelf has a time there too, but nothing to be woken for.
const DUE_AS_READ: &str = "next_attempt_at = :read AND attribute_exists(wake)";

/// What is the same for all changes of one commit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// The commit's own id.
    pub(super) commit: Uuid,
    /// When it is made.
    pub(super) now: DateTime<Utc>,
}

impl Plan {
    /// The writes of one change. `held_at` is the place of the held delivery that the change drops, if it has one.
    pub(super) fn writes(self, change: Change, held_at: Option<Key>) -> Vec<Write> {
        match change {
            Change::CreateProject(project) => {
                let (record, listed) = self.project(&project, Revision::NONE);
                vec![record.when(NEW), listed]
            }
            Change::UpdateProject(project) => {
                let (record, listed) = self.project(&project, project.revision);
                vec![as_read(record, project.revision), listed]
            }
            Change::CheckProject { org, request, read } => {
                let check = Write::check(Key::project(org, &request));
                vec![if read == Revision::NONE { check.when(NEW) } else { as_read(check, read) }]
            }
            Change::RecordIntent { org, identifier, request, generation } => {
                let item = IntentItem { request_id: request.clone(), generation };
                vec![self.owned(Key::intent(org, identifier), written(&item), &request)]
            }
            Change::LinkProject { org, project, request } => {
                let item = LinkItem { request_id: request.clone() };
                vec![self.owned(Key::link(org, &project), written(&item), &request)]
            }
            Change::ClaimContact { org, phone, request } => {
                let item = ContactItem { contact_id: None, claimed_by: Some(request.clone()) };
                let put = Write::put(Key::contact(org, &phone), written(&item)).stamped(self.commit);
                vec![put.when(UNKNOWN_OR_THIS_REQUESTS).value(":request", text(request.as_str()))]
            }
            Change::KeepContact { org, phone, contact, request } => {
                let item = ContactItem { contact_id: Some(contact.clone()), claimed_by: None };
                let put = Write::put(Key::contact(org, &phone), written(&item)).stamped(self.commit).when(NOT_ANOTHERS);
                vec![put.value(":contact", text(contact.as_str())).value(":request", text(request.as_str()))]
            }
            Change::ForgetContact { org, phone, contact } => {
                let forget = Write::delete(Key::contact(org, &phone)).when(UNKNOWN_OR_THIS_CONTACTS);
                vec![forget.value(":contact", text(contact.as_str()))]
            }
            Change::ReleaseContact { org, phone, request } => {
                // Not a deletion: that could not leave a known contact as it is.
                let release = Write::update(Key::contact(org, &phone), "SET commit_id = :commit REMOVE claimed_by");
                vec![release.stamped(self.commit).when(NO_OTHERS).value(":request", text(request.as_str()))]
            }
            Change::NoteNumber { org, phone, request } => {
                let named = || written(&NumberItem { request_id: request.clone(), phone: phone.e164().to_owned() });
                let of_request = Write::put(Key::number_of(org, &request, &phone), named());
                vec![of_request, Write::put(Key::number(org, &phone, request.as_str()), named())]
            }
            Change::EraseNumber { org, phone, request } => {
                let of_request = Write::delete(Key::number_of(org, &request, &phone));
                vec![of_request, Write::delete(Key::number(org, &phone, request.as_str()))]
            }
            Change::EraseContact { org, phone } => {
                vec![Write::delete(Key::contact(org, &phone)).when("attribute_not_exists(claimed_by)")]
            }
            Change::RecordDelivery { log, payload } => self.recorded(&log, &payload),
            Change::EraseDelivery { org, key } => self.erased(org, &key),
            Change::MoveDelivery { org, key, status, request, at } => {
                vec![self.moved(org, &key, &status, request.as_ref(), at)]
            }
            Change::CountRepeat { org, key } => vec![self.counted(org, &key)],
            Change::HoldDelivery { org, project, key, id } => {
                let item = written(&HeldItem { delivery: key });
                let held = Write::put(Key::held(org, &project, &id), item).stamped(self.commit);
                vec![held, Write::check(Key::link(org, &project)).when(NEW)]
            }
            Change::DropHeld { .. } => held_at.map(Write::delete).into_iter().collect(),
            Change::CreateNotice(notice) => vec![self.notice(&notice, Revision::NONE).when(NEW)],
            Change::UpdateNotice(notice) => vec![as_read(self.notice(&notice, notice.revision), notice.revision)],
            Change::LogSync(row) => {
                let mut item = written(&SyncLogItem::from(&row));
                expire(&mut item, row.started_at, LOG_KEPT);
                vec![Write::put(Key::sync_log(row.org, &row.request, &row.id), item)]
            }
            Change::LogDecision(row) => {
                let mut item = written(&DecisionItem::from(&row));
                expire(&mut item, row.at, LOG_KEPT);
                vec![Write::put(Key::decision(row.org, &row.request, &row.id), item)]
            }
            Change::Send(entry) => vec![left(&entry)],
            Change::Sent { org, request, id } => vec![Write::delete(Key::outbox(org, &request, &id))],
            Change::Postpone { item, read, to } => {
                let later = Write::update(item.into(), "SET next_attempt_at = :to, commit_id = :commit");
                let later = later.stamped(self.commit).value(":to", text(index_time(to)));
                vec![later.when(DUE_AS_READ).value(":read", text(index_time(read)))]
            }
            Change::ActivateConfiguration { document, read, at } => self.activated(&document, read, at),
            Change::KeepStages { org, stages } => vec![self.stages(org, &stages)],
            Change::SaveCheckpoint { org, checkpoint } => vec![self.checkpoint(org, checkpoint)],
            Change::SaveLimit { org, limit } => vec![self.limit(org, &limit)],
        }
    }

    /// The ledger entry as it is after the revision that was read.
    fn notice(self, notice: &Notice, read: Revision) -> Write {
        let key = Key::notice(notice.org, &notice.key);
        let mut item = written(&NoticeItem::of(notice, read.next()));
        let wake = Wake::Notice(NoticeJob { org_id: notice.org, key: notice.key.clone() });
        set_due(&mut item, &key, Lane::Own, notice.next_attempt_at().map(|at| (at, wake)));
        Write::put(key, item).stamped(self.commit)
    }

    /// An item that belongs to one request for good.
    fn owned(self, key: Key, item: Item, request: &RequestId) -> Write {
        let put = Write::put(key, item).stamped(self.commit);
        put.when(NEW_OR_THIS_REQUESTS).value(":request", text(request.as_str()))
    }
}

fn as_read(write: Write, read: Revision) -> Write {
    write.when(AS_READ).value(":read", number(read.0))
}

fn left(entry: &OutboxEntry) -> Write {
    let key = Key::outbox(entry.org, &entry.request, &entry.id);
    let mut item = written(&OutboxItem::from(entry));
    set_due(&mut item, &key, Lane::Own, Some(entry.wake()));
    Write::put(key, item)
}

/// Puts the item into its lane of the index of what waits; one that waits for nothing has none of these attributes.
fn set_due(item: &mut Item, key: &Key, lane: Lane, due: Option<(DateTime<Utc>, Wake)>) {
    if let Some((at, wake)) = due {
        item.insert("next_attempt_at".to_owned(), text(index_time(at)));
        item.insert("due_shard".to_owned(), text(key.due_shard(lane)));
        item.insert("wake".to_owned(), json(&wake));
    }
}

/// Puts a record that waits for nothing where it is found all the same, beside what is due and never among it.
fn set_shelf(item: &mut Item, org: OrgId, shelf: Option<(Shelf, DateTime<Utc>)>) {
    if let Some((shelf, at)) = shelf {
        item.insert("next_attempt_at".to_owned(), text(index_time(at)));
        item.insert("due_shard".to_owned(), text(shelf_shard(org, shelf)));
    }
}

fn set_feed(item: &mut Item, list: String, at: DateTime<Utc>) {
    item.insert("feed".to_owned(), text(list));
    item.insert("feed_at".to_owned(), text(index_time(at)));
}

fn expire(item: &mut Item, from: DateTime<Utc>, kept: TimeDelta) {
    item.insert(EXPIRES_AT.to_owned(), number((from + kept).timestamp()));
}

fn json(wake: &Wake) -> AttributeValue {
    text(serde_json::to_string(wake).expect("our own messages have text keys"))
}

#[cfg(test)]
mod tests;
