//! What the store in memory holds, and under which keys.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use domain::ids::{DeliveryKey, OrgId, ProjectId, RequestId};
use domain::jobs::sync_request::InstallationRequestMessage;
use domain::jobs::{NoticeJob, OutboxEntry, Wake};
use domain::log::{Decision, SyncLog};
use domain::notification::{News, Notice, NoticeKey};
use domain::phone::PhoneNumber;
use domain::ports::{Checkpoint, ContactEntry, DueKey, Limit, LimitName, Stages, StoredConfiguration, SweepName};
use domain::project::{Lane, Project};
use domain::remote::ProposalLink;
use domain::webhook::{DeliveryLog, Fact, Payload};
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
    /// A request that names a number, at the number.
    Number(RequestId),
    /// The same at the request.
    NumberOf(PhoneNumber),
    Delivery(Box<DeliveryLog>),
    /// With when its delivery came.
    Payload(Payload, DateTime<Utc>),
    /// The same: that there is a delivery of its group.
    About(DeliveryKey, DateTime<Utc>),
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

/// How long the logs are kept.
const LOG_KEPT: TimeDelta = TimeDelta::days(90);

/// How long bodies are kept.
const PAYLOAD_KEPT: TimeDelta = TimeDelta::days(30);

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

    /// All that it says, links and numbers too, which nothing else prints.
    pub(super) fn text(&self) -> String {
        let link = |link: Option<&ProposalLink>| link.map(|link| link.as_str().to_owned()).unwrap_or_default();
        match &self.record {
            Record::Project(project) => {
                let desired = InstallationRequestMessage::of(&project.desired);
                let desired = serde_json::to_string(&desired).expect("a request is JSON");
                let seen = link(project.observed.as_ref().and_then(|seen| seen.proposal_link.as_ref()));
                let told = link(project.told.proposal_link.as_ref().map(|told| &told.value));
                format!("{desired} {seen} {told} {project:?}")
            }
            Record::Payload(payload, _) => format!("{} {:?}", String::from_utf8_lossy(&payload.body), payload.headers),
            Record::Delivery(log) => match log.tells.as_ref().map(|telling| &telling.fact) {
                Some(Fact::ProposalSent(told)) => format!("{} {log:?}", told.as_str()),
                Some(_) | None => format!("{log:?}"),
            },
            Record::Notice(notice) => match &notice.news {
                News::ProposalSent(told) => format!("{} {notice:?}", told.as_str()),
                _ => format!("{notice:?}"),
            },
            other => format!("{other:?}"),
        }
    }

    /// In which lane it waits, if it does.
    pub(super) fn lane(&self) -> Lane {
        match &self.record {
            Record::Project(project) => Lane::of(project),
            Record::Listed
            | Record::Intent(_)
            | Record::Link(_)
            | Record::Contact(_)
            | Record::Number(_)
            | Record::NumberOf(_)
            | Record::Delivery(_)
            | Record::Payload(..)
            | Record::About(..)
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
        // In whole seconds, as the table's clock for this counts.
        self.expires_at().is_none_or(|at| now.timestamp() < at.timestamp())
    }

    /// When it is there no more; nothing for what stays.
    fn expires_at(&self) -> Option<DateTime<Utc>> {
        match &self.record {
            Record::Delivery(log) => Some(log.received_at + LOG_KEPT),
            Record::About(_, received_at) => Some(*received_at + LOG_KEPT),
            Record::Payload(_, received_at) => Some(*received_at + PAYLOAD_KEPT),
            Record::SyncLog(row) => Some(row.started_at + LOG_KEPT),
            Record::Decision(row) => Some(row.at + LOG_KEPT),
            Record::Project(_)
            | Record::Listed
            | Record::Intent(_)
            | Record::Link(_)
            | Record::Contact(_)
            | Record::Number(_)
            | Record::NumberOf(_)
            | Record::Held(_)
            | Record::Notice(_)
            | Record::Outbox(_)
            | Record::Configuration(_)
            | Record::ActiveConfiguration(_)
            | Record::Stages(_)
            | Record::Checkpoint(_)
            | Record::Limit(_) => None,
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

/// With an empty request, what is at the number.
pub(super) fn number_key(org: OrgId, phone: &PhoneNumber, request: &str) -> DueKey {
    key(format!("ORG#{org}#PHONE#{}", phone.e164()), format!("REQUEST#{request}"))
}

pub(super) fn number_of_key(org: OrgId, request: &RequestId, phone: &PhoneNumber) -> DueKey {
    request_row(org, request, format!("PHONE#{}", phone.e164()))
}

/// With an empty delivery, what is about the group.
pub(super) fn about_key(org: OrgId, group: &str, delivery: &str) -> DueKey {
    key(format!("ORG#{org}#ABOUT#{group}"), delivery)
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
