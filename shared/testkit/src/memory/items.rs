//! What the store in memory holds, and under which keys.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use domain::ids::{DeliveryKey, OrgId, ProjectId, RequestId};
use domain::jobs::{NoticeJob, OutboxEntry, Wake};
use domain::log::{Decision, SyncLog};
use domain::notification::{Notice, NoticeKey};
use domain::phone::PhoneNumber;
use domain::ports::{Checkpoint, ContactEntry, DueKey, Limit, LimitName, Stages, StoredConfiguration, SweepName};
use domain::project::{Lane, Project};
use domain::webhook::{DeliveryLog, Payload};
use uuid::Uuid;

pub(super) type Items = BTreeMap<DueKey, Item>;

/// A record, and when a sweep looks at it.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) record: Record,
    pub(super) due: Option<(DateTime<Utc>, Wake)>,
}

#[derive(Debug, Clone)]
pub(super) enum Record {
    Project(Box<Project>),
    /// The record's place in the list of all; what a list shows is taken from the record.
    Listed,
    Intent(RequestId),
    Link(RequestId),
    Contact(ContactEntry),
    Delivery(Box<DeliveryLog>),
    Payload(Payload),
    Held(DeliveryKey),
    Notice(Notice),
    SyncLog(SyncLog),
    Decision(Decision),
    Outbox(OutboxEntry),
    Configuration(Box<StoredConfiguration>),
    ActiveConfiguration(OrgId),
    Stages(Stages),
    Checkpoint(Checkpoint),
    Limit(Limit),
}

/// How long the webhook log is kept.
const LOG_KEPT: TimeDelta = TimeDelta::days(90);

impl Item {
    /// A record that nothing waits for.
    pub(super) fn resting(record: Record) -> Self {
        Self { record, due: None }
    }

    pub(super) fn project(project: Project) -> Self {
        Self { due: rounded(project.wake()), record: Record::Project(Box::new(project)) }
    }

    pub(super) fn delivery(log: DeliveryLog) -> Self {
        Self { due: rounded(log.wake()), record: Record::Delivery(Box::new(log)) }
    }

    pub(super) fn notice(notice: Notice) -> Self {
        let job = NoticeJob { org_id: notice.org, key: notice.key.clone() };
        let due = notice.next_attempt_at().map(|at| (at, Wake::Notice(job)));
        Self { due: rounded(due), record: Record::Notice(notice) }
    }

    pub(super) fn outbox(entry: OutboxEntry) -> Self {
        Self { due: rounded(Some(entry.wake())), record: Record::Outbox(entry) }
    }

    pub(super) fn checkpoint(checkpoint: Checkpoint) -> Self {
        Self { due: rounded(checkpoint.wake.clone()), record: Record::Checkpoint(checkpoint) }
    }

    /// In which lane it waits, if it does.
    pub(super) fn lane(&self) -> Lane {
        match &self.record {
            Record::Project(project) => Lane::of(project),
            Record::Listed
            | Record::Intent(_)
            | Record::Link(_)
            | Record::Contact(_)
            | Record::Delivery(_)
            | Record::Payload(_)
            | Record::Held(_)
            | Record::Notice(_)
            | Record::SyncLog(_)
            | Record::Decision(_)
            | Record::Outbox(_)
            | Record::Configuration(_)
            | Record::ActiveConfiguration(_)
            | Record::Stages(_)
            | Record::Checkpoint(_)
            | Record::Limit(_) => Lane::Own,
        }
    }

    /// Whether it is there at all: an expired row may be deleted at any moment, so it never is.
    pub(super) fn is_there(&self, now: DateTime<Utc>) -> bool {
        match &self.record {
            Record::Delivery(log) => now < log.received_at + LOG_KEPT,
            Record::Project(_)
            | Record::Listed
            | Record::Intent(_)
            | Record::Link(_)
            | Record::Contact(_)
            | Record::Payload(_)
            | Record::Held(_)
            | Record::Notice(_)
            | Record::SyncLog(_)
            | Record::Decision(_)
            | Record::Outbox(_)
            | Record::Configuration(_)
            | Record::ActiveConfiguration(_)
            | Record::Stages(_)
            | Record::Checkpoint(_)
            | Record::Limit(_) => true,
        }
    }
}

fn rounded(due: Option<(DateTime<Utc>, Wake)>) -> Option<(DateTime<Utc>, Wake)> {
    due.map(|(at, wake)| (index_time(at), wake))
}

/// As exact as the index: the first whole millisecond that is not before `at`, so that nothing is woken too early.
pub(super) fn index_time(at: DateTime<Utc>) -> DateTime<Utc> {
    let millisecond = at.trunc_subsecs(3);
    if millisecond < at { millisecond + TimeDelta::milliseconds(1) } else { millisecond }
}

fn key(partition: String, sort: impl Into<String>) -> DueKey {
    DueKey { partition, sort: sort.into() }
}

pub(super) fn request_row(org: OrgId, request: &RequestId, sort: impl Into<String>) -> DueKey {
    key(format!("ORG#{org}#REQUEST#{request}"), sort)
}

pub(super) fn project_key(org: OrgId, request: &RequestId) -> DueKey {
    request_row(org, request, "PROJECT")
}

pub(super) fn listed_key(org: OrgId, request: &RequestId) -> DueKey {
    request_row(org, request, "LISTED")
}

pub(super) fn notice_key(org: OrgId, notice: &NoticeKey) -> DueKey {
    request_row(org, &notice.request_id, format!("NOTICE#{}#{}", notice.milestone.as_str(), notice.epoch))
}

pub(super) fn outbox_key(org: OrgId, request: &RequestId, id: &str) -> DueKey {
    request_row(org, request, format!("OUTBOX#{id}"))
}

pub(super) fn intent_key(org: OrgId, identifier: Uuid) -> DueKey {
    key(format!("ORG#{org}#IDENT#{identifier}"), "INTENT")
}

pub(super) fn link_key(org: OrgId, project: &ProjectId) -> DueKey {
    key(format!("ORG#{org}#REMOTE#{project}"), "LINK")
}

pub(super) fn contact_key(org: OrgId, phone: &PhoneNumber) -> DueKey {
    key(format!("ORG#{org}#PHONE#{}", phone.e164()), "CONTACT")
}

pub(super) fn delivery_row(org: OrgId, delivery: &DeliveryKey, sort: &str) -> DueKey {
    key(format!("ORG#{org}#DELIVERY#{delivery}"), sort)
}

pub(super) fn log_key(org: OrgId, delivery: &DeliveryKey) -> DueKey {
    delivery_row(org, delivery, "LOG")
}

pub(super) fn held_key(org: OrgId, project: &ProjectId, id: &str) -> DueKey {
    key(format!("ORG#{org}#UNLINKED#{project}"), id)
}

pub(super) fn stages_key(org: OrgId) -> DueKey {
    key(format!("ORG#{org}#STAGES"), "STAGES")
}

pub(super) fn checkpoint_key(org: OrgId, sweep: SweepName) -> DueKey {
    key(format!("ORG#{org}#SWEEP#{}", sweep.as_str()), "CHECKPOINT")
}

pub(super) fn limit_key(org: OrgId, name: LimitName) -> DueKey {
    key(format!("ORG#{org}#LIMIT#{}", name.as_str()), "LIMIT")
}

pub(super) fn configuration_key(sort: impl Into<String>) -> DueKey {
    key("CONFIG".to_owned(), sort)
}
