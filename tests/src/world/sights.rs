//! What can be seen from outside, and of the record: for the tests' assertions.

use std::collections::BTreeMap;

use domain::ids::{OrgId, RequestId};
use domain::jobs::QueueName;
use domain::jobs::crm_update::{CrmState, CrmUpdate};
use domain::log::{Decision, SyncLog};
use domain::notification::{Milestone, Notice, NoticeState};
use domain::ports::Store;
use domain::project::{Project, SyncState};
use domain::request::CrmStatus;
use domain::webhook::{DeliveryLog, DeliveryStatus};
use serde_json::Value;
use testkit::Call;
use testkit::builders::ORG;
use testkit::fake_whatsapp::{Content, Message};

use super::World;
use crate::platform::Server;

/// Everything that can be seen of the system: equal before and after what has to change nothing.
#[derive(Debug, PartialEq)]
pub struct Snapshot {
    requests: Vec<RequestRows>,
    deliveries: Vec<DeliveryLog>,
    crm_updates: Vec<CrmUpdate>,
    calls: Vec<Call>,
    messages: Vec<Message>,
}

/// What the store has of one request.
#[derive(Debug, PartialEq)]
struct RequestRows {
    project: Option<Project>,
    notices: Vec<Notice>,
    sync_log: Vec<SyncLog>,
    decisions: Vec<Decision>,
}

impl<S: Server> World<S> {
    /// A request's record.
    pub async fn project(&self, request: &str) -> Project {
        let id = request.parse().expect("an id");
        self.store.project(ORG, &id).await.expect("the store answers").expect("the request is recorded")
    }

    /// What the CRM was told, in order.
    pub fn crm_updates(&self) -> Vec<CrmUpdate> {
        let messages = self.queue.waiting(QueueName::CrmUpdates);
        messages.iter().map(|message| serde_json::from_str(&message.body).expect("an update")).collect()
    }

    /// A request as the CRM has it by now.
    pub fn crm_state(&self, request: &str) -> CrmState {
        let updates = self.crm_updates().into_iter();
        let of_request = updates.filter(|update| update.installation_request_id.as_str() == request);
        of_request.max_by_key(|update| update.revision).expect("the CRM was told of the request").state
    }

    /// Why a request is not in step, as the CRM has it by now.
    pub fn crm_reason(&self, request: &str) -> Option<String> {
        self.crm_state(request).sync_reason
    }

    /// What customers' telephones show, templates as `name: parameters`.
    pub fn messages(&self) -> Vec<String> {
        let shown = |message: Message| match message.content {
            Content::Text { body } => body,
            Content::Template { name, parameters, .. } => format!("{name}: {}", parameters.join(", ")),
        };
        self.whatsapp.messages().into_iter().map(shown).collect()
    }

    /// A request's ledger: milestone, epoch and state's name.
    pub fn ledger(&self, request: &str) -> Vec<(Milestone, u32, &'static str)> {
        let notices = self.notices(request).into_iter();
        notices.map(|notice| (notice.key.milestone, notice.key.epoch, notice.state.as_str())).collect()
    }

    /// A request's ledger entries.
    pub fn notices(&self, request: &str) -> Vec<Notice> {
        self.store.notices(ORG, &request.parse().expect("an id"))
    }

    /// The state of the only ledger entry.
    pub fn only_notice(&self, request: &str) -> NoticeState {
        let notices = self.notices(request);
        assert_eq!(notices.len(), 1, "one ledger entry was expected: {notices:?}");
        notices[0].state.clone()
    }

    /// The webhook log: model and status of each delivery, in the order of arrival.
    pub fn delivery_log(&self) -> Vec<(String, DeliveryStatus)> {
        let mut rows = self.store.deliveries();
        rows.sort_by_key(|row| (row.received_at, event_number(row)));
        let model = |row: &DeliveryLog| row.envelope.as_ref().and_then(|envelope| envelope.model.clone());
        rows.into_iter().map(|row| (model(&row).unwrap_or_default(), row.status)).collect()
    }

    /// How often each status is in the webhook log.
    pub fn delivery_counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for row in self.store.deliveries() {
            *counts.entry(row.status.as_str()).or_default() += 1;
        }
        counts
    }

    /// How often OpenSolar was asked to create a project.
    pub fn creates(&self) -> usize {
        self.calls_of("POST", "/projects/").filter(|call| call.path.ends_with("/projects/")).count()
    }

    /// How often a project was read in detail.
    pub fn reads(&self) -> usize {
        self.calls_of("GET", "/projects/").filter(|call| !call.path.ends_with("/projects/")).count()
    }

    /// How often OpenSolar's list of projects was asked for.
    pub fn searches(&self) -> usize {
        self.calls_of("GET", "/projects/").filter(|call| call.path.ends_with("/projects/")).count()
    }

    /// What OpenSolar was asked to change of projects, in order.
    pub fn changes(&self) -> Vec<Value> {
        self.calls_of("PATCH", "/projects/").map(|call| call.body.expect("a body")).collect()
    }

    /// What OpenSolar was asked to change of contacts, in order.
    pub fn contact_changes(&self) -> Vec<Value> {
        let calls = self.calls_of("PUT", "/contacts/").chain(self.calls_of("PATCH", "/contacts/"));
        calls.map(|call| call.body.expect("a body")).collect()
    }

    /// The calls with this method whose path contains this.
    fn calls_of(&self, method: &'static str, path: &'static str) -> impl Iterator<Item = Call> {
        let is_it = move |call: &Call| call.method == method && call.path.contains(path);
        self.opensolar.calls().into_iter().filter(is_it)
    }

    /// What was decided about a request, as `rule: outcome`, oldest first.
    pub fn decisions(&self, request: &str) -> Vec<String> {
        let rows = self.store.decisions(ORG, &request.parse().expect("an id"));
        rows.into_iter().map(|row| format!("{}: {}", row.rule, row.outcome)).collect()
    }

    /// Everything that can be seen now.
    pub async fn snapshot(&self) -> Snapshot {
        let mut requests = Vec::new();
        for id in self.requests.keys() {
            requests.push(RequestRows {
                project: self.store.project(ORG, id).await.expect("the store answers"),
                notices: self.store.notices(ORG, id),
                sync_log: self.store.sync_log(ORG, id),
                decisions: self.store.decisions(ORG, id),
            });
        }
        Snapshot {
            requests,
            deliveries: self.store.deliveries(),
            crm_updates: self.crm_updates(),
            calls: self.opensolar.calls(),
            messages: self.whatsapp.messages(),
        }
    }

    /// What holds after whatever happened: a record that is not at rest is woken again, what the CRM is told has
    /// rising revisions, and its status never moves back, but from one that the CRM said itself and took back. It is
    /// left out only for a request that the CRM cancelled.
    pub(super) async fn keeps_its_promises(&self) {
        for id in self.requests.keys() {
            let Some(project) = self.store.project(ORG, id).await.expect("the store answers") else { continue };
            let is_final = match project.sync {
                SyncState::Skipped(_) | SyncState::InStep | SyncState::RemoteGone { .. } | SyncState::Parked { .. } => {
                    true
                }
                SyncState::Due { .. }
                | SyncState::Waiting { .. }
                | SyncState::Creating { .. }
                | SyncState::Verifying { .. }
                | SyncState::Updating { .. }
                | SyncState::Unsettled { .. } => false,
            };
            let rests = is_final && project.read.is_none();
            assert_eq!(project.wake().is_none(), rests, "{:?} {:?}", project.sync, project.read);
        }
        let mut told: BTreeMap<(OrgId, RequestId), (u64, Option<CrmStatus>)> = BTreeMap::new();
        for update in self.crm_updates() {
            let status = update.state.status.as_deref().map(|name| CrmStatus::parse(name).expect("a status"));
            let whose = (update.org_id, update.installation_request_id.clone());
            let said = |status| self.requests[&whose.1].contains(&status);
            let (revision, earlier) = told.get(&whose).copied().unwrap_or_default();
            assert!(revision < update.revision, "revision {} after {revision}", update.revision);
            match (earlier, status) {
                (Some(earlier), None) => assert!(said(CrmStatus::Cancelled), "none after {earlier:?}"),
                (Some(earlier), Some(status)) => {
                    assert!(earlier <= status || said(earlier), "{status:?} after {earlier:?}");
                }
                (None, _) => {}
            }
            assert!(status.is_some() || !update.changes.contains_key("status"), "{:?}", update.changes);
            told.insert(whose, (update.revision, status.or(earlier)));
        }
    }
}

/// OpenSolar's number of what happened, perhaps behind a word; the log itself keeps no order.
fn event_number(row: &DeliveryLog) -> Option<u64> {
    row.envelope.as_ref()?.event_id.as_ref()?.rsplit('-').next()?.parse().ok()
}
