//! What a change does to the items, decided on the items as they are before the commit.

use chrono::{DateTime, Utc};
use domain::ids::{DeliveryKey, OrgId, ProjectId, Revision};
use domain::jobs::Wake;
use domain::notification::Notice;
use domain::ports::{Change, ContactEntry, DueKey, StoreError};
use domain::project::Project;
use domain::webhook::DeliveryLog;

use super::items::{
    Item, Items, Record, about_key, contact_key, delivery_row, held_key, index_time, intent_key, link_key, listed_key,
    log_key, notice_key, number_key, number_of_key, outbox_key, project_key, request_row, stages_key,
};

/// What becomes of one item.
#[derive(Debug)]
pub(super) enum Effect {
    Put(Box<Item>),
    Delete,
    /// Only looked at.
    Keep,
}

pub(super) type Effects = Vec<(DueKey, Effect)>;

/// The items as a commit finds them.
pub(super) struct Before<'a> {
    pub(super) items: &'a Items,
    pub(super) now: DateTime<Utc>,
    /// How many commits there were.
    pub(super) commits: u64,
}

impl Before<'_> {
    /// The effects of one change; [`StoreError::Conflict`] if something is not what it was decided on.
    pub(super) fn effects(&self, change: Change) -> Result<Effects, StoreError> {
        match change {
            Change::CreateProject(project) => {
                let key = project_key(project.org, project.request_id());
                self.require(self.record(&key).is_none())?;
                Ok(recorded(key, Project { revision: Revision::NONE.next(), ..project }))
            }
            Change::UpdateProject(project) => {
                let key = project_key(project.org, project.request_id());
                self.require(self.project_revision(&key) == project.revision && project.revision != Revision::NONE)?;
                Ok(recorded(key, Project { revision: project.revision.next(), ..project }))
            }
            Change::CheckProject { org, request, read } => {
                let key = project_key(org, &request);
                self.require(self.project_revision(&key) == read)?;
                Ok(vec![(key, Effect::Keep)])
            }
            Change::RecordIntent { org, identifier, request, generation: _ } => {
                let key = intent_key(org, identifier);
                let free = match self.record(&key) {
                    None => true,
                    Some(Record::Intent(owner)) => *owner == request,
                    Some(_) => false,
                };
                self.require(free)?;
                Ok(put(key, Item::resting(Record::Intent(request))))
            }
            Change::LinkProject { org, project, request } => {
                let key = link_key(org, &project);
                let free = match self.record(&key) {
                    None => true,
                    Some(Record::Link(owner)) => *owner == request,
                    Some(_) => false,
                };
                self.require(free)?;
                Ok(put(key, Item::resting(Record::Link(request))))
            }
            Change::ClaimContact { org, phone, request } => {
                let key = contact_key(org, &phone);
                let free = match self.record(&key) {
                    None => true,
                    Some(Record::Contact(ContactEntry::Claimed { by })) => *by == request,
                    Some(_) => false,
                };
                self.require(free)?;
                Ok(put(key, Item::resting(Record::Contact(ContactEntry::Claimed { by: request }))))
            }
            Change::KeepContact { org, phone, contact, request } => {
                let key = contact_key(org, &phone);
                let is_nobody_elses = match self.record(&key) {
                    None => true,
                    Some(Record::Contact(ContactEntry::Claimed { by })) => *by == request,
                    Some(Record::Contact(ContactEntry::Known(known))) => *known == contact,
                    Some(_) => false,
                };
                self.require(is_nobody_elses)?;
                Ok(put(key, Item::resting(Record::Contact(ContactEntry::Known(contact)))))
            }
            Change::ForgetContact { org, phone, contact } => {
                let key = contact_key(org, &phone);
                match self.record(&key) {
                    Some(Record::Contact(ContactEntry::Known(known))) => {
                        self.require(*known == contact)?;
                        Ok(vec![(key, Effect::Delete)])
                    }
                    Some(_) => Err(StoreError::Conflict),
                    None => Ok(vec![(key, Effect::Keep)]),
                }
            }
            Change::ReleaseContact { org, phone, request } => {
                let key = contact_key(org, &phone);
                match self.record(&key) {
                    Some(Record::Contact(ContactEntry::Claimed { by })) => {
                        self.require(*by == request)?;
                        Ok(vec![(key, Effect::Delete)])
                    }
                    Some(_) | None => Ok(vec![(key, Effect::Keep)]),
                }
            }
            Change::RecordDelivery { log, payload } => {
                let (row, body) = (log_key(log.org, &log.key), delivery_row(log.org, &log.key, "PAYLOAD"));
                self.require(self.record(&row).is_none())?;
                let mut effects = put(body, Item::resting(Record::Payload(payload, log.received_at)));
                if let Some(envelope) = &log.envelope {
                    let about = about_key(log.org, &envelope.group(), log.key.as_str());
                    let pointer = Record::About(log.key.clone(), log.received_at);
                    effects.extend(put(about, Item::resting(pointer)));
                }
                effects.extend(put(row, Item::delivery(log)));
                Ok(effects)
            }
            Change::EraseDelivery { org, key } => {
                let mut effects = self.rewritten(org, &key, |log, due| Item {
                    due,
                    record: Record::Delivery(Box::new(DeliveryLog { tells: None, ..log })),
                })?;
                effects.push((delivery_row(org, &key, "PAYLOAD"), Effect::Delete));
                Ok(effects)
            }
            Change::NoteNumber { org, phone, request } => {
                let mut effects =
                    put(number_of_key(org, &request, &phone), Item::resting(Record::NumberOf(phone.clone())));
                let at_number = number_key(org, &phone, request.as_str());
                effects.extend(put(at_number, Item::resting(Record::Number(request))));
                Ok(effects)
            }
            Change::EraseNumber { org, phone, request } => Ok(vec![
                (number_of_key(org, &request, &phone), Effect::Delete),
                (number_key(org, &phone, request.as_str()), Effect::Delete),
            ]),
            Change::EraseContact { org, phone } => {
                let key = contact_key(org, &phone);
                let is_claimed = matches!(self.record(&key), Some(Record::Contact(ContactEntry::Claimed { .. })));
                self.require(!is_claimed)?;
                Ok(vec![(key, Effect::Delete)])
            }
            Change::MoveDelivery { org, key, status, request, at } => self.rewritten(org, &key, |log, _| {
                Item::delivery(DeliveryLog { status, request: request.or(log.request), updated_at: at, ..log })
            }),
            // When it is due is nobody's business here, and may be a sweep's claim.
            Change::CountRepeat { org, key } => self.rewritten(org, &key, |log, due| Item {
                due,
                record: Record::Delivery(Box::new(DeliveryLog { repeats: log.repeats + 1, ..log })),
            }),
            Change::HoldDelivery { org, project, key, id } => {
                let link = link_key(org, &project);
                self.require(self.record(&link).is_none())?;
                let mut effects = put(held_key(org, &project, &id), Item::resting(Record::Held(key)));
                effects.push((link, Effect::Keep));
                Ok(effects)
            }
            Change::DropHeld { org, project, key } => {
                let place = self.held(org, &project).find(|(_, held)| **held == key).map(|(place, _)| place.clone());
                Ok(place.map(|place| (place, Effect::Delete)).into_iter().collect())
            }
            Change::CreateNotice(notice) => {
                let key = notice_key(notice.org, &notice.key);
                self.require(self.record(&key).is_none())?;
                Ok(put(key, Item::notice(Notice { revision: Revision::NONE.next(), ..notice })))
            }
            Change::UpdateNotice(notice) => {
                let key = notice_key(notice.org, &notice.key);
                let stored = match self.record(&key) {
                    Some(Record::Notice(stored)) => Some(stored.revision),
                    Some(_) | None => None,
                };
                self.require(stored == Some(notice.revision))?;
                Ok(put(key, Item::notice(Notice { revision: notice.revision.next(), ..notice })))
            }
            Change::LogSync(row) => {
                let key = request_row(row.org, &row.request, format!("SYNC#{}", row.id));
                Ok(put(key, Item::resting(Record::SyncLog(row))))
            }
            Change::LogDecision(row) => {
                let key = request_row(row.org, &row.request, format!("WHY#{}", row.id));
                Ok(put(key, Item::resting(Record::Decision(row))))
            }
            Change::Send(entry) => Ok(put(outbox_key(entry.org, &entry.request, &entry.id), Item::outbox(entry))),
            Change::Sent { org, request, id } => Ok(vec![(outbox_key(org, &request, &id), Effect::Delete)]),
            Change::Postpone { item: key, read, to } => {
                let item = self.items.get(&key).filter(|item| item.is_there(self.now)).ok_or(StoreError::Conflict)?;
                let (at, wake) = item.due.clone().ok_or(StoreError::Conflict)?;
                self.require(at == read)?;
                Ok(put(key, Item { due: Some((index_time(to), wake)), ..item.clone() }))
            }
            Change::ActivateConfiguration { document, read, at } => self.activated(document, read, at),
            Change::KeepStages { org, stages } => Ok(put(stages_key(org), Item::resting(Record::Stages(stages)))),
            Change::SaveCheckpoint { org, checkpoint } => self.saved(org, checkpoint),
            Change::SaveLimit { org, limit } => self.counted(org, limit),
        }
    }

    /// The deliveries that are held for a project, in order.
    pub(super) fn held(&self, org: OrgId, project: &ProjectId) -> impl Iterator<Item = (&DueKey, &DeliveryKey)> {
        let first = held_key(org, project, "");
        let partition = first.partition.clone();
        self.items.range(first..).take_while(move |(key, _)| key.partition == partition).filter_map(|(key, item)| {
            match &item.record {
                Record::Held(delivery) => Some((key, delivery)),
                _ => None,
            }
        })
    }

    /// A record that is there.
    pub(super) fn record(&self, key: &DueKey) -> Option<&Record> {
        self.items.get(key).filter(|item| item.is_there(self.now)).map(|item| &item.record)
    }

    fn project_revision(&self, key: &DueKey) -> Revision {
        match self.record(key) {
            Some(Record::Project(project)) => project.revision,
            Some(_) | None => Revision::NONE,
        }
    }

    fn rewritten(
        &self,
        org: OrgId,
        delivery: &DeliveryKey,
        change: impl FnOnce(DeliveryLog, Option<(DateTime<Utc>, Wake)>) -> Item,
    ) -> Result<Effects, StoreError> {
        let key = log_key(org, delivery);
        match self.items.get(&key).filter(|item| item.is_there(self.now)) {
            Some(Item { record: Record::Delivery(log), due }) => Ok(put(key, change((**log).clone(), due.clone()))),
            Some(_) | None => Err(StoreError::Conflict),
        }
    }

    pub(super) fn require(&self, holds: bool) -> Result<(), StoreError> {
        if holds { Ok(()) } else { Err(StoreError::Conflict) }
    }
}

/// A record and its place in the list of all.
fn recorded(key: DueKey, project: Project) -> Effects {
    let listed = listed_key(project.org, project.request_id());
    let mut effects = put(key, Item::project(project));
    effects.extend(put(listed, Item::resting(Record::Listed)));
    effects
}

pub(super) fn put(key: DueKey, item: Item) -> Effects {
    vec![(key, Effect::Put(Box::new(item)))]
}
