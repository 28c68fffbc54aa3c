//! A table that commits what it should refuse, or leaves out what it should commit.

use std::sync::{Arc, Mutex, PoisonError};

use domain::compose;
use domain::ids::DeliveryKey;
use domain::jobs::{QueueMessage, WebhookJob};
use domain::log::SyncLogStatus;
use domain::ports::{Change, Store, StoreError};
use domain::project::{Project, Pushed, SyncState};
use testkit::builders;
use testkit::memory::MemoryStore;

use crate::inner::{Tampering, at_once};

fn try_commit(table: &MemoryStore, changes: Vec<Change>) -> Result<(), StoreError> {
    at_once(table.commit(changes))
}

fn stored(table: &MemoryStore, project: &Project) -> Option<Project> {
    at_once(table.project(project.org, project.request_id())).ok().flatten()
}

/// A refused commit of a record, once more with that record made from the one that is there.
fn insisting(
    table: &MemoryStore,
    changes: Vec<Change>,
    remake: impl Fn(Project, Project) -> Project,
) -> Result<(), StoreError> {
    match try_commit(table, changes.clone()) {
        Err(StoreError::Conflict) => {}
        outcome => return outcome,
    }
    let again = changes.into_iter().map(|change| match change {
        Change::UpdateProject(project) => match stored(table, &project) {
            Some(there) => Change::UpdateProject(remake(project, there)),
            None => Change::UpdateProject(project),
        },
        other => other,
    });
    try_commit(table, again.collect())
}

struct Overwriting;

impl Tampering for Overwriting {
    fn commit(&self, table: &MemoryStore, changes: Vec<Change>) -> Result<(), StoreError> {
        insisting(table, changes, |project, there| Project { revision: there.revision, ..project })
    }
}

pub(super) fn overwriting() -> Arc<dyn Tampering> {
    Arc::new(Overwriting)
}

struct MergingStaleReads;

impl Tampering for MergingStaleReads {
    fn commit(&self, table: &MemoryStore, changes: Vec<Change>) -> Result<(), StoreError> {
        insisting(table, changes, |project, there| Project { observed: project.observed, ..there })
    }
}

pub(super) fn merging_stale_reads() -> Arc<dyn Tampering> {
    Arc::new(MergingStaleReads)
}

/// Leaves out, or changes, some of the changes of each commit.
struct Without(fn(&mut Vec<Change>));

impl Tampering for Without {
    fn commit(&self, table: &MemoryStore, mut changes: Vec<Change>) -> Result<(), StoreError> {
        (self.0)(&mut changes);
        try_commit(table, changes)
    }
}

pub(super) fn without_rows() -> Arc<dyn Tampering> {
    Arc::new(Without(|changes| {
        changes.retain(|change| !matches!(change, Change::LogSync(row) if row.status == SyncLogStatus::Started));
    }))
}

pub(super) fn without_read_marks() -> Arc<dyn Tampering> {
    Arc::new(Without(|changes| {
        if changes.iter().any(|change| matches!(change, Change::RecordDelivery { .. })) {
            records(changes).for_each(|project| project.read = None);
        }
    }))
}

pub(super) fn keeping_claims() -> Arc<dyn Tampering> {
    Arc::new(Without(|changes| changes.retain(|change| !matches!(change, Change::ReleaseContact { .. }))))
}

pub(super) fn without_claims() -> Arc<dyn Tampering> {
    Arc::new(Without(|changes| changes.retain(|change| !matches!(change, Change::ClaimContact { .. }))))
}

pub(super) fn adopting_wishes() -> Arc<dyn Tampering> {
    Arc::new(Without(|changes| {
        if !changes.iter().any(|change| matches!(change, Change::LinkProject { .. })) {
            return;
        }
        for project in records(changes) {
            let Some(email_place) = project.pushed.as_ref().map(|pushed| pushed.email_place) else { continue };
            let site = compose::site(&project.desired, email_place, &builders::configuration());
            let contact = compose::contact(&project.desired, email_place);
            project.pushed = Some(Pushed { site, contact, email_place });
            project.sync = SyncState::InStep;
        }
    }))
}

fn records(changes: &mut [Change]) -> impl Iterator<Item = &mut Project> {
    changes.iter_mut().filter_map(|change| match change {
        Change::UpdateProject(project) | Change::CreateProject(project) => Some(project),
        _ => None,
    })
}

/// Takes the contact that is going to be made for written down, and keeps only its row.
struct ContactsUnwritten;

impl Tampering for ContactsUnwritten {
    fn commit(&self, table: &MemoryStore, mut changes: Vec<Change>) -> Result<(), StoreError> {
        let is_sent = |project: &Project| matches!(project.sync, SyncState::Updating { .. });
        if records(&mut changes).any(|project| is_sent(project) && project.open_contact().is_some()) {
            changes.retain(|change| matches!(change, Change::LogSync(_)));
        }
        try_commit(table, changes)
    }
}

pub(super) fn contacts_unwritten() -> Arc<dyn Tampering> {
    Arc::new(ContactsUnwritten)
}

/// Logs an event whose record another worker has written meanwhile, without it.
struct LoggedWithoutItsRecord;

impl Tampering for LoggedWithoutItsRecord {
    fn commit(&self, table: &MemoryStore, changes: Vec<Change>) -> Result<(), StoreError> {
        match try_commit(table, changes.clone()) {
            Err(StoreError::Conflict) => {}
            outcome => return outcome,
        }
        let is_log = |change: &Change| matches!(change, Change::RecordDelivery { .. });
        if !changes.iter().any(is_log) {
            return Err(StoreError::Conflict);
        }
        try_commit(table, changes.into_iter().filter(is_log).collect())
    }
}

pub(super) fn logged_without_its_record() -> Arc<dyn Tampering> {
    Arc::new(LoggedWithoutItsRecord)
}

/// Holds what it should not, in a list of its own, since the table refuses it.
#[derive(Default)]
struct HoldingBlindly(Mutex<Vec<DeliveryKey>>);

impl Tampering for HoldingBlindly {
    fn commit(&self, table: &MemoryStore, changes: Vec<Change>) -> Result<(), StoreError> {
        match try_commit(table, changes.clone()) {
            Err(StoreError::Conflict) => {}
            outcome => return outcome,
        }
        let is_hold = |change: &Change| matches!(change, Change::HoldDelivery { .. });
        if !changes.iter().any(is_hold) {
            return Err(StoreError::Conflict);
        }
        let keys = changes.iter().filter_map(|change| match change {
            Change::HoldDelivery { key, .. } => Some(key.clone()),
            _ => None,
        });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(keys);
        try_commit(table, changes.into_iter().filter(|change| !is_hold(change)).collect())
    }

    fn held(&self, mut keys: Vec<DeliveryKey>) -> Vec<DeliveryKey> {
        keys.extend(self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned());
        keys
    }

    fn message(&self, message: &QueueMessage) -> Option<QueueMessage> {
        let job = serde_json::from_str(&message.body);
        let is_replay = matches!(job, Ok(WebhookJob::ReplayHeld { .. }));
        let group = if is_replay { "elsewhere".to_owned() } else { message.group.clone() };
        Some(QueueMessage { group, ..message.clone() })
    }
}

pub(super) fn holding_blindly() -> Arc<dyn Tampering> {
    Arc::new(HoldingBlindly::default())
}

/// Keeps no account of what was granted.
struct FullBuckets;

impl Tampering for FullBuckets {
    fn commit(&self, table: &MemoryStore, changes: Vec<Change>) -> Result<(), StoreError> {
        match changes.as_slice() {
            [Change::SaveLimit { .. }] => Ok(()),
            _ => try_commit(table, changes),
        }
    }
}

pub(super) fn full_buckets() -> Arc<dyn Tampering> {
    Arc::new(FullBuckets)
}

/// Takes another worker's claim for its own, as ids that are made from the message would have it.
struct ClaimsOfTheMessage;

impl Tampering for ClaimsOfTheMessage {
    fn commit(&self, table: &MemoryStore, mut changes: Vec<Change>) -> Result<(), StoreError> {
        let refused = match try_commit(table, changes.clone()) {
            Err(StoreError::Conflict) => StoreError::Conflict,
            outcome => return outcome,
        };
        let is_claimed = |project: &Project| matches!(project.sync, SyncState::Creating { .. });
        let mut claims = records(&mut changes).filter(|project| is_claimed(project));
        let looks_like_ours = claims.any(|project| stored(table, project).is_some_and(|there| is_claimed(&there)));
        if looks_like_ours { Ok(()) } else { Err(refused) }
    }
}

pub(super) fn claims_of_the_message() -> Arc<dyn Tampering> {
    Arc::new(ClaimsOfTheMessage)
}
