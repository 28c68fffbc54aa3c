//! The store's promises once more, as a model: plain maps, and what [`Store`] and its changes say in words. Random commits
//! are made to both, and both have to answer and to look the same.

mod looks;
mod moves;
mod rules;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use domain::ids::{DeliveryKey, OrgId, ProjectId, RequestId};
use domain::jobs::{NoticeJob, OutboxEntry, Wake};
use domain::notification::{Notice, NoticeKey};
use domain::phone::PhoneNumber;
use domain::ports::{
    Ambient, Checkpoint, ContactEntry, DueIn, DueItem, DueKey, Limit, LimitName, Stages, Store, StoreError,
    StoredConfiguration, SweepName,
};
use domain::project::{Lane, Project};
use domain::webhook::DeliveryLog;
use proptest::test_runner::{Config, TestRunner};
use proptest_state_machine::ReferenceStateMachine;
use uuid::Uuid;

use crate::builders::NOON;
use crate::memory::TestAmbient;
use moves::{Move, Moves};
use rules::Outcome;

/// When the store is looked at whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// After each commit.
    Often,
    /// Once all commits were made: for a store that answers slowly.
    AtTheEnd,
}

/// Makes random commits to so many stores and to a model of each, and panics with the shortest sequence of commits after
/// which they differ.
///
/// `new_store` is as for [`keeps_the_contract`](super::keeps_the_contract).
pub fn keeps_to_the_model<F, Fut, Guard>(stores: u32, looks: Looks, new_store: F)
where
    F: Fn(Arc<dyn Ambient>) -> Fut,
    Fut: Future<Output = (Arc<dyn Store>, Guard)>,
{
    let config = Config { cases: stores, max_shrink_iters: 2_000, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&Moves::sequential_strategy(1..40), |(model, moves, seen)| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let ambient = Arc::new(TestAmbient::default());
            let (store, _guard) = new_store(ambient.clone()).await;
            // What was not reached is the first to be left out when a shorter failure is looked for.
            let moves = moves.into_iter().inspect(|_| {
                if let Some(seen) = &seen {
                    seen.fetch_add(1, Ordering::Relaxed);
                }
            });
            follow(&*store, &ambient, model, moves, looks).await;
        });
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("the store is not what it promises: {error}");
    }
}

async fn follow(
    store: &dyn Store,
    ambient: &TestAmbient,
    mut model: Model,
    moves: impl Iterator<Item = Move>,
    looks: Looks,
) {
    for step in moves {
        if let Move::Commit(changes) = &step {
            let expected = model.clone().commit(changes);
            let answer = store.commit(changes.clone()).await;
            let is_as_expected = match &answer {
                Ok(()) => expected == Outcome::Done,
                Err(StoreError::Conflict) => matches!(expected, Outcome::Conflict | Outcome::UnfitAndConflict),
                Err(StoreError::Unavailable { .. }) => matches!(expected, Outcome::Unfit | Outcome::UnfitAndConflict),
                Err(StoreError::Unreadable { .. }) => false,
            };
            assert!(is_as_expected, "{answer:?}, and expected was {expected:?}");
        }
        model = Moves::apply(model, &step);
        ambient.set(model.now);
        if looks == Looks::Often {
            model.is_what_is_seen(store).await;
        }
    }
    model.is_what_is_seen(store).await;
}

/// What a store holds.
#[derive(Debug, Clone)]
struct Model {
    now: DateTime<Utc>,
    projects: BTreeMap<(OrgId, RequestId), Project>,
    intents: BTreeMap<(OrgId, Uuid), RequestId>,
    links: BTreeMap<(OrgId, ProjectId), RequestId>,
    contacts: BTreeMap<(OrgId, String), ContactEntry>,
    deliveries: BTreeMap<(OrgId, DeliveryKey), DeliveryLog>,
    /// By project and id.
    held: BTreeMap<(OrgId, ProjectId, String), DeliveryKey>,
    notices: BTreeMap<(OrgId, NoticeKey), Notice>,
    /// By request and id.
    outbox: BTreeMap<(OrgId, RequestId, String), OutboxEntry>,
    checkpoints: BTreeMap<(OrgId, SweepName), Checkpoint>,
    limits: BTreeMap<(OrgId, LimitName), Limit>,
    stages: BTreeMap<OrgId, Stages>,
    configurations: BTreeMap<OrgId, StoredConfiguration>,
    active: Option<OrgId>,
    /// To when sweeps moved items that were not written since.
    postponed: BTreeMap<DueKey, DateTime<Utc>>,
}

/// A delivery's row is kept for so long.
const LOG_KEPT: TimeDelta = TimeDelta::days(90);

impl Model {
    fn empty() -> Self {
        Self {
            now: NOON,
            projects: BTreeMap::new(),
            intents: BTreeMap::new(),
            links: BTreeMap::new(),
            contacts: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            held: BTreeMap::new(),
            notices: BTreeMap::new(),
            outbox: BTreeMap::new(),
            checkpoints: BTreeMap::new(),
            limits: BTreeMap::new(),
            stages: BTreeMap::new(),
            configurations: BTreeMap::new(),
            active: None,
            postponed: BTreeMap::new(),
        }
    }

    fn delivery(&self, org: OrgId, key: &DeliveryKey) -> Option<&DeliveryLog> {
        self.deliveries.get(&(org, key.clone())).filter(|log| self.now < log.received_at + LOG_KEPT)
    }

    /// The first place where a delivery is held for a project.
    fn place_held(&self, org: OrgId, project: &ProjectId, key: &DeliveryKey) -> Option<(OrgId, ProjectId, String)> {
        let mut places = self.held.iter().filter(|((of, held_for, _), _)| *of == org && held_for == project);
        places.find(|(_, held)| *held == key).map(|(place, _)| place.clone())
    }

    /// All that waits, in order.
    fn waiting(&self) -> Vec<DueItem> {
        let item = |key: DueKey, lane, due: Option<(DateTime<Utc>, Wake)>| {
            let (at, wake) = due?;
            let at = self.postponed.get(&key).copied().unwrap_or(at);
            Some(DueItem { key, lane, at: next_millisecond(at), wake })
        };
        let projects = self.projects.iter().map(|((org, request), project)| {
            item(of_request(*org, request, "PROJECT"), Lane::of(project), project.wake())
        });
        let notices = self.notices.values().map(|notice| {
            let job = NoticeJob { org_id: notice.org, key: notice.key.clone() };
            let due = notice.next_attempt_at().map(|at| (at, Wake::Notice(job)));
            item(of_notice(notice.org, &notice.key), Lane::Own, due)
        });
        let outbox = self.outbox.iter().map(|((org, request, id), entry)| {
            item(of_request(*org, request, &format!("OUTBOX#{id}")), Lane::Own, Some(entry.wake()))
        });
        let deliveries = self.deliveries.iter().filter_map(|((org, key), _)| self.delivery(*org, key));
        let deliveries = deliveries.map(|log| item(of_delivery(log.org, &log.key, "LOG"), Lane::Own, log.wake()));
        let checkpoints = self
            .checkpoints
            .iter()
            .map(|((org, sweep), checkpoint)| item(of_checkpoint(*org, *sweep), Lane::Own, checkpoint.wake.clone()));
        let all = projects.chain(notices).chain(outbox).chain(deliveries).chain(checkpoints);
        let mut waiting: Vec<_> = all.flatten().collect();
        waiting.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
        waiting
    }

    fn due(&self, wanted: &[DueIn]) -> Vec<DueItem> {
        let mut due = self.waiting();
        let mut taken: BTreeMap<Lane, usize> = BTreeMap::new();
        due.retain(|item| {
            let Some(wanted) = wanted.iter().find(|wanted| wanted.lane == item.lane) else { return false };
            let taken = taken.entry(item.lane).or_default();
            let is_wanted = item.at <= wanted.by && *taken < wanted.limit;
            *taken += usize::from(is_wanted);
            is_wanted
        });
        due
    }
}

/// As exact as the index is, and never early.
fn next_millisecond(at: DateTime<Utc>) -> DateTime<Utc> {
    let whole = at.trunc_subsecs(3);
    if whole == at { at } else { whole + TimeDelta::milliseconds(1) }
}

fn key(partition: String, sort: &str) -> DueKey {
    DueKey { partition, sort: sort.to_owned() }
}

fn of_request(org: OrgId, request: &RequestId, sort: &str) -> DueKey {
    key(format!("ORG#{org}#REQUEST#{request}"), sort)
}

fn of_notice(org: OrgId, notice: &NoticeKey) -> DueKey {
    of_request(org, &notice.request_id, &format!("NOTICE#{}#{}", notice.milestone.as_str(), notice.epoch))
}

fn of_delivery(org: OrgId, delivery: &DeliveryKey, sort: &str) -> DueKey {
    key(format!("ORG#{org}#DELIVERY#{delivery}"), sort)
}

fn of_checkpoint(org: OrgId, sweep: SweepName) -> DueKey {
    key(format!("ORG#{org}#SWEEP#{}", sweep.as_str()), "CHECKPOINT")
}

fn of_contact(org: OrgId, phone: &PhoneNumber) -> DueKey {
    key(format!("ORG#{org}#PHONE#{}", phone.e164()), "CONTACT")
}

fn of_link(org: OrgId, project: &ProjectId) -> DueKey {
    key(format!("ORG#{org}#REMOTE#{project}"), "LINK")
}
