use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::configuration::Configuration;
use domain::ids::{DeliveryKey, OrgId, ProjectId, RequestId};
use domain::jobs::OutboxEntry;
use domain::log::{Decision, SyncLog};
use domain::notification::{Notice, NoticeKey};
use domain::phone::PhoneNumber;
use domain::ports::{
    Ambient, Change, Checkpoint, ContactEntry, CustomerFiles, DueIn, DueItem, DueKey, Limit, LimitName, ProjectList,
    ProjectsPage, RequestRows, Stages, Store, StoreError, StoredConfiguration, SweepName,
};
use domain::project::{Project, Shelf};
use domain::webhook::{DeliveryLog, Payload};
use uuid::Uuid;

use super::effects::{Before, Effect};
use super::items::{
    Items, Record, about_key, checkpoint_key, contact_key, delivery_row, index_time, intent_key, limit_key, link_key,
    log_key, notice_key, number_key, outbox_key, project_key, request_row, stages_key,
};

/// DynamoDB's limit of items in one transaction, kept here too.
const COMMIT_LIMIT: usize = 100;

/// The table in memory: the same promises as the real one, and the same refusals.
pub struct MemoryStore {
    ambient: Arc<dyn Ambient>,
    state: Mutex<State>,
    calls: AtomicU64,
}

#[derive(Default)]
struct State {
    items: Items,
    commits: u64,
}

impl MemoryStore {
    /// An empty store; `ambient` tells what has expired.
    pub fn new(ambient: Arc<dyn Ambient>) -> Self {
        Self { ambient, state: Mutex::default(), calls: AtomicU64::default() }
    }

    /// A store of its own that holds the same, by another clock.
    #[must_use]
    pub fn copied(&self, ambient: Arc<dyn Ambient>) -> Self {
        let state = self.state();
        let copy = State { items: state.items.clone(), commits: state.commits };
        Self { ambient, state: Mutex::new(copy), calls: AtomicU64::default() }
    }

    /// How often it was read or written so far: what a table would have to be paid for.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// A request's ledger entries, by milestone and epoch.
    pub fn notices(&self, org: OrgId, request: &RequestId) -> Vec<Notice> {
        self.rows(org, request, |record| match record {
            Record::Notice(notice) => Some(notice.clone()),
            _ => None,
        })
    }

    /// A request's sync log, oldest first.
    pub fn sync_log(&self, org: OrgId, request: &RequestId) -> Vec<SyncLog> {
        self.rows(org, request, |record| match record {
            Record::SyncLog(row) => Some(row.clone()),
            _ => None,
        })
    }

    /// What was decided about a request, oldest first.
    pub fn decisions(&self, org: OrgId, request: &RequestId) -> Vec<Decision> {
        self.rows(org, request, |record| match record {
            Record::Decision(row) => Some(row.clone()),
            _ => None,
        })
    }

    /// The whole webhook log, in the order of its keys.
    pub fn deliveries(&self) -> Vec<DeliveryLog> {
        let rows = |record: &Record| match record {
            Record::Delivery(log) => Some((**log).clone()),
            _ => None,
        };
        let now = self.ambient.now();
        let state = self.state();
        state.items.values().filter(|item| item.is_there(now)).filter_map(|item| rows(&item.record)).collect()
    }

    /// A logged delivery's body and headers.
    pub fn payload(&self, org: OrgId, key: &DeliveryKey) -> Option<Payload> {
        self.read(|before| match before.record(&delivery_row(org, key, "PAYLOAD")) {
            Some(Record::Payload(payload, _)) => Some(payload.clone()),
            Some(_) | None => None,
        })
    }

    /// Everything that is there, as text: for who looks for what must not be anywhere.
    pub fn text(&self) -> String {
        let now = self.ambient.now();
        let state = self.state();
        let there = state.items.iter().filter(|(_, item)| item.is_there(now));
        there.map(|(key, item)| format!("{}/{}: {}\n", key.partition, key.sort, item.text())).collect()
    }

    fn rows<T>(&self, org: OrgId, request: &RequestId, pick: impl Fn(&Record) -> Option<T>) -> Vec<T> {
        self.within(&request_row(org, request, ""), pick)
    }

    /// What is there of a partition from this place on.
    fn within<T>(&self, first: &DueKey, pick: impl Fn(&Record) -> Option<T>) -> Vec<T> {
        let now = self.ambient.now();
        let state = self.state();
        let rows = state.items.range(first.clone()..).take_while(|(key, _)| key.partition == first.partition);
        rows.filter(|(_, item)| item.is_there(now)).filter_map(|(_, item)| pick(&item.record)).collect()
    }

    fn read<T>(&self, read: impl FnOnce(Before<'_>) -> T) -> T {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let now = self.ambient.now();
        let state = self.state();
        read(Before { items: &state.items, now, commits: state.commits })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn configuration(&self) -> Result<Option<Configuration>, StoreError> {
        self.read(|before| before.active_configuration())
    }

    async fn configuration_of(&self, org: OrgId) -> Result<Option<StoredConfiguration>, StoreError> {
        Ok(self.read(|before| before.configuration_of(org).cloned()))
    }

    async fn stages(&self, org: OrgId) -> Result<Option<Stages>, StoreError> {
        Ok(self.read(|before| match before.record(&stages_key(org)) {
            Some(Record::Stages(stages)) => Some(stages.clone()),
            Some(_) | None => None,
        }))
    }

    async fn checkpoint(&self, org: OrgId, sweep: SweepName) -> Result<Option<Checkpoint>, StoreError> {
        Ok(self.read(|before| match before.record(&checkpoint_key(org, sweep)) {
            Some(Record::Checkpoint(checkpoint)) => Some(checkpoint.clone()),
            Some(_) | None => None,
        }))
    }

    async fn limit(&self, org: OrgId, name: LimitName) -> Result<Option<Limit>, StoreError> {
        Ok(self.read(|before| match before.record(&limit_key(org, name)) {
            Some(Record::Limit(limit)) => Some(limit.clone()),
            Some(_) | None => None,
        }))
    }

    async fn projects(&self, org: OrgId, page: ProjectsPage) -> Result<ProjectList, StoreError> {
        self.read(|before| before.listed(org, &page))
    }

    async fn shelved(
        &self,
        org: OrgId,
        shelf: Shelf,
        before: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<RequestId>, StoreError> {
        Ok(self.read(|items| items.on_shelf(org, shelf, before, limit)))
    }

    async fn project(&self, org: OrgId, request: &RequestId) -> Result<Option<Project>, StoreError> {
        Ok(self.read(|before| match before.record(&project_key(org, request)) {
            Some(Record::Project(project)) => Some((**project).clone()),
            Some(_) | None => None,
        }))
    }

    async fn intended_by(&self, org: OrgId, identifier: Uuid) -> Result<Option<RequestId>, StoreError> {
        Ok(self.read(|before| match before.record(&intent_key(org, identifier)) {
            Some(Record::Intent(request)) => Some(request.clone()),
            Some(_) | None => None,
        }))
    }

    async fn linked_to(&self, org: OrgId, project: &ProjectId) -> Result<Option<RequestId>, StoreError> {
        Ok(self.read(|before| match before.record(&link_key(org, project)) {
            Some(Record::Link(request)) => Some(request.clone()),
            Some(_) | None => None,
        }))
    }

    async fn contact(&self, org: OrgId, phone: &PhoneNumber) -> Result<Option<ContactEntry>, StoreError> {
        Ok(self.read(|before| match before.record(&contact_key(org, phone)) {
            Some(Record::Contact(entry)) => Some(entry.clone()),
            Some(_) | None => None,
        }))
    }

    async fn delivery(&self, org: OrgId, key: &DeliveryKey) -> Result<Option<DeliveryLog>, StoreError> {
        Ok(self.read(|before| match before.record(&log_key(org, key)) {
            Some(Record::Delivery(log)) => Some((**log).clone()),
            Some(_) | None => None,
        }))
    }

    async fn arrivals(
        &self,
        org: OrgId,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<(DeliveryKey, DateTime<Utc>)>, StoreError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let is_wanted = |log: &DeliveryLog| log.org == org && since <= log.received_at && log.received_at < until;
        let found = self.deliveries().into_iter().filter(is_wanted);
        Ok(found.map(|log| (log.key, index_time(log.received_at))).collect())
    }

    async fn held(&self, org: OrgId, project: &ProjectId) -> Result<Vec<DeliveryKey>, StoreError> {
        Ok(self.read(|before| before.held(org, project).map(|(_, delivery)| delivery.clone()).collect()))
    }

    async fn notice(&self, org: OrgId, key: &NoticeKey) -> Result<Option<Notice>, StoreError> {
        Ok(self.read(|before| match before.record(&notice_key(org, key)) {
            Some(Record::Notice(notice)) => Some(notice.clone()),
            Some(_) | None => None,
        }))
    }

    async fn outbox(&self, org: OrgId, request: &RequestId) -> Result<Vec<OutboxEntry>, StoreError> {
        let first = outbox_key(org, request, "");
        Ok(self.read(|before| {
            let rows = before.items.range(first.clone()..).take_while(|(key, _)| key.partition == first.partition);
            rows.filter_map(|(_, item)| match &item.record {
                Record::Outbox(entry) => Some(entry.clone()),
                _ => None,
            })
            .collect()
        }))
    }

    async fn due(&self, wanted: &[DueIn]) -> Result<Vec<DueItem>, StoreError> {
        Ok(self.read(|before| before.due(wanted)))
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let now = self.ambient.now();
        let mut state = self.state();
        let before = Before { items: &state.items, now, commits: state.commits };
        let effects: Vec<_> = changes.into_iter().map(|change| before.effects(change)).collect::<Result<_, _>>()?;
        let effects: Vec<_> = effects.into_iter().flatten().collect();
        let items: BTreeSet<_> = effects.iter().map(|(key, _)| key).collect();
        if items.len() < effects.len() || COMMIT_LIMIT < effects.len() {
            let source = "a commit changes each item once, and at most 100".into();
            return Err(StoreError::Unavailable { operation: "commit", source });
        }
        for (key, effect) in effects {
            match effect {
                Effect::Put(item) => drop(state.items.insert(key, *item)),
                Effect::Delete => drop(state.items.remove(&key)),
                Effect::Keep => {}
            }
        }
        state.commits += 1;
        Ok(())
    }
}

#[async_trait]
impl CustomerFiles for MemoryStore {
    async fn requests_of(&self, org: OrgId, phone: &PhoneNumber) -> Result<Vec<RequestId>, StoreError> {
        Ok(self.within(&number_key(org, phone, ""), |record| match record {
            Record::Number(request) => Some(request.clone()),
            _ => None,
        }))
    }

    async fn rows(&self, org: OrgId, request: &RequestId) -> Result<RequestRows, StoreError> {
        let numbers = self.within(&request_row(org, request, "PHONE#"), |record| match record {
            Record::NumberOf(phone) => Some(phone.clone()),
            _ => None,
        });
        Ok(RequestRows {
            numbers,
            notices: self.notices(org, request),
            sync_log: self.sync_log(org, request),
            decisions: self.decisions(org, request),
        })
    }

    async fn deliveries_about(&self, org: OrgId, group: &str) -> Result<Vec<DeliveryKey>, StoreError> {
        Ok(self.within(&about_key(org, group, ""), |record| match record {
            Record::About(delivery, _) => Some(delivery.clone()),
            _ => None,
        }))
    }

    async fn payload(&self, org: OrgId, delivery: &DeliveryKey) -> Result<Option<Payload>, StoreError> {
        Ok(Self::payload(self, org, delivery))
    }
}
