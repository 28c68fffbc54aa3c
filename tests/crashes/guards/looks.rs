//! A table that does not show what is there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use domain::configuration::Configuration;
use domain::ids::DeliveryKey;
use domain::jobs::Wake;
use domain::notification::{News, Notice, NoticeState};
use domain::ports::{Change, DueItem, Store, StoreError};
use domain::project::{Project, SyncState, Told};
use domain::webhook::DeliveryLog;
use testkit::memory::MemoryStore;

use crate::inner::{Tampering, at_once};

/// Shows ledger entries otherwise than they are.
struct Notices(fn(&mut Notice));

impl Tampering for Notices {
    fn notice(&self, mut notice: Notice) -> Notice {
        (self.0)(&mut notice);
        notice
    }
}

pub(super) fn ledger_off() -> Arc<dyn Tampering> {
    Arc::new(Notices(|notice| notice.state = due(notice.created_at)))
}

pub(super) fn overdue_sendings_due() -> Arc<dyn Tampering> {
    Arc::new(Notices(|notice| {
        if let NoticeState::Sending { .. } = notice.state {
            notice.state = due(notice.created_at);
        }
    }))
}

fn due(until: DateTime<Utc>) -> NoticeState {
    NoticeState::Due { until, reason: None }
}

/// Shows the record as the ledger entry that was read last would like it.
#[derive(Default)]
struct AnyEpoch(Mutex<Option<Notice>>);

impl Tampering for AnyEpoch {
    fn notice(&self, notice: Notice) -> Notice {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(notice.clone());
        notice
    }

    fn project(&self, mut project: Project) -> Project {
        let Some(notice) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() else { return project };
        project.epochs.insert(notice.key.milestone, notice.key.epoch);
        if let (Some(observed), News::InstallationScheduled(day)) = (&mut project.observed, &notice.news) {
            observed.installation_day = Some(*day);
        }
        project
    }
}

pub(super) fn any_epoch() -> Arc<dyn Tampering> {
    Arc::new(AnyEpoch::default())
}

struct DeliveriesUnknown;

impl Tampering for DeliveriesUnknown {
    fn delivery(&self, _: DeliveryLog) -> Option<DeliveryLog> {
        None
    }

    fn commit(&self, table: &MemoryStore, changes: Vec<Change>) -> Result<(), StoreError> {
        match at_once(table.commit(changes.clone())) {
            Err(StoreError::Conflict) => {}
            outcome => return outcome,
        }
        let is_new = |change: &Change| !matches!(change, Change::RecordDelivery { .. });
        at_once(table.commit(changes.into_iter().filter(is_new).collect()))
    }
}

pub(super) fn deliveries_unknown() -> Arc<dyn Tampering> {
    Arc::new(DeliveriesUnknown)
}

/// Does not show everything that is due.
struct Due(fn(&Wake) -> bool);

impl Tampering for Due {
    fn due(&self, mut items: Vec<DueItem>) -> Vec<DueItem> {
        items.retain(|item| (self.0)(&item.wake));
        items
    }
}

pub(super) fn outbox_unswept() -> Arc<dyn Tampering> {
    Arc::new(Due(|wake| !matches!(wake, Wake::Outbox { .. })))
}

pub(super) fn records_unswept() -> Arc<dyn Tampering> {
    Arc::new(Due(|wake| !matches!(wake, Wake::Sync(_))))
}

/// Shows records otherwise than they are.
struct Projects(fn(&mut Project));

impl Tampering for Projects {
    fn project(&self, mut project: Project) -> Project {
        (self.0)(&mut project);
        project
    }
}

pub(super) fn endless_leases() -> Arc<dyn Tampering> {
    Arc::new(Projects(|project| {
        if let SyncState::Creating { claim, .. } | SyncState::Updating { claim, .. } = &mut project.sync {
            claim.lease_end += TimeDelta::days(1000);
        }
    }))
}

pub(super) fn forgetful_status() -> Arc<dyn Tampering> {
    Arc::new(Projects(|project| project.shown_status = None))
}

pub(super) fn searches_at_any_wake() -> Arc<dyn Tampering> {
    Arc::new(Projects(|project| {
        if let SyncState::Verifying { search, .. } = &mut project.sync {
            (search.next_at, search.proves_from) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
        }
    }))
}

pub(super) fn doubts_settled_at_once() -> Arc<dyn Tampering> {
    Arc::new(Projects(|project| {
        if let SyncState::Unsettled { settle_at, .. } = &mut project.sync {
            *settle_at = DateTime::UNIX_EPOCH;
        }
    }))
}

/// As if no event had come before.
pub(super) fn moments_forgotten() -> Arc<dyn Tampering> {
    Arc::new(Projects(|project| project.told = Told::default()))
}

pub(super) fn last_body_forgotten() -> Arc<dyn Tampering> {
    Arc::new(Projects(|project| project.told.last_body = None))
}

/// Holds deliveries, and does not know them when they are asked for.
struct HeldForgotten;

impl Tampering for HeldForgotten {
    fn held(&self, _: Vec<DeliveryKey>) -> Vec<DeliveryKey> {
        Vec::new()
    }
}

pub(super) fn held_forgotten() -> Arc<dyn Tampering> {
    Arc::new(HeldForgotten)
}

/// Shows every wish as the oldest one.
struct AnyWish;

impl Tampering for AnyWish {
    fn project(&self, mut project: Project) -> Project {
        project.desired.version.revision = Some(0);
        project
    }

    fn commit(&self, table: &MemoryStore, mut changes: Vec<Change>) -> Result<(), StoreError> {
        for change in &mut changes {
            if let Change::UpdateProject(project) = change
                && project.desired.version.revision == Some(0)
                && let Ok(Some(there)) = at_once(table.project(project.org, project.request_id()))
            {
                project.desired.version = there.desired.version;
            }
        }
        at_once(table.commit(changes))
    }
}

pub(super) fn any_wish() -> Arc<dyn Tampering> {
    Arc::new(AnyWish)
}

/// A worker waits until the time that the sweep moved the item to.
#[derive(Default)]
struct ObeyingTheSweep(Mutex<BTreeMap<String, DateTime<Utc>>>);

impl Tampering for ObeyingTheSweep {
    fn commit(&self, table: &MemoryStore, changes: Vec<Change>) -> Result<(), StoreError> {
        let mut moved = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for change in &changes {
            match change {
                Change::Postpone { item, to, .. } => drop(moved.insert(item.partition.clone(), *to)),
                Change::UpdateProject(project) => {
                    moved.remove(&partition(project));
                }
                _ => {}
            }
        }
        at_once(table.commit(changes))
    }

    fn project(&self, mut project: Project) -> Project {
        let moved = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&partition(&project)).copied();
        if let (Some(to), SyncState::Waiting { until, .. }) = (moved, &mut project.sync) {
            *until = to;
        }
        project
    }
}

fn partition(project: &Project) -> String {
    format!("ORG#{}#REQUEST#{}", project.org, project.request_id())
}

pub(super) fn obeying_the_sweep() -> Arc<dyn Tampering> {
    Arc::new(ObeyingTheSweep::default())
}

/// Shows the settings otherwise than they are.
struct Settings(fn(&mut Configuration));

impl Tampering for Settings {
    fn configuration(&self, mut settings: Configuration) -> Configuration {
        (self.0)(&mut settings);
        settings
    }
}

/// A create in doubt is looked for at once, and again at once.
pub(super) fn impatient() -> Arc<dyn Tampering> {
    Arc::new(Settings(|settings| settings.settle_after = TimeDelta::zero()))
}

pub(super) fn trusting_the_table() -> Arc<dyn Tampering> {
    Arc::new(Settings(|settings| settings.trusted_since = None))
}

/// Shows a record in doubt as if a scan had found nothing before.
struct OneScanIsEnough;

impl Tampering for OneScanIsEnough {
    fn project(&self, mut project: Project) -> Project {
        if let SyncState::Verifying { search, .. } = &mut project.sync {
            search.absent_at.get_or_insert(DateTime::UNIX_EPOCH);
        }
        project
    }
}

pub(super) fn one_scan_is_enough() -> Arc<dyn Tampering> {
    Arc::new(OneScanIsEnough)
}
