//! Random commits: mostly such as a worker would make, often a little behind, now and then nonsense.

use chrono::TimeDelta;
use domain::ids::{ContactId, OrgId, ProjectId, RequestId, Revision};
use domain::jobs::{OutboxEntry, Wake};
use domain::notification::Notice;
use domain::ports::{Change, Checkpoint, Limit, LimitName, Stages, SweepName};
use domain::project::{Project, ReadDue, SyncState};
use domain::remote::Stage;
use domain::webhook::{DeliveryLog, unreadable_key};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest_state_machine::ReferenceStateMachine;
use uuid::Uuid;

use super::{Model, of_request};
use crate::builders::{
    MINUTE, NOON, ORG, complete_project, configuration_document, decision, delivery_key, delivery_log,
    every_delivery_status, every_news, every_notice_state, every_sync_state, notice, outbox_entry, payload,
    pending_project, phone, remote, sync_log,
};

/// Something that happens to a store.
#[derive(Debug, Clone)]
pub(super) enum Move {
    Commit(Vec<Change>),
    Pass(TimeDelta),
}

/// The model as a machine that proptest drives.
pub(super) struct Moves;

impl ReferenceStateMachine for Moves {
    type State = Model;
    type Transition = Move;

    fn init_state() -> BoxedStrategy<Model> {
        Just(Model::empty()).boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<Move> {
        let model = model.clone();
        let commit = proptest::collection::vec(draw(), 1..5)
            .prop_map(move |draws| Move::Commit(draws.into_iter().map(|draw| draw.change(&model)).collect()));
        let pass = prop_oneof![
            3 => (1..30_i64).prop_map(TimeDelta::minutes),
            1 => (1..60_i64).prop_map(TimeDelta::days),
        ];
        prop_oneof![12 => commit, 1 => pass.prop_map(Move::Pass)].boxed()
    }

    fn apply(mut model: Model, step: &Move) -> Model {
        match step {
            Move::Commit(changes) => drop(model.commit(changes)),
            Move::Pass(by) => model.now += *by,
        }
        model
    }
}

/// What a change is made from. There are few names, so that changes meet.
#[derive(Debug, Clone)]
struct Draw {
    kind: Index,
    is_of_another_org: bool,
    request: u8,
    number: u32,
    variant: Index,
    /// From noon on.
    after: TimeDelta,
    /// How far what was read is from what is stored.
    read: i8,
}

fn draw() -> impl Strategy<Value = Draw> {
    (
        any::<Index>(),
        prop::bool::weighted(0.15),
        1..4_u8,
        1..4_u32,
        any::<Index>(),
        (0..20_i64, prop_oneof![4 => Just(0), 1 => 1..3_000_000_i64]),
        prop_oneof![8 => Just(0), 1 => Just(-1), 1 => Just(1)],
    )
        .prop_map(|(kind, is_of_another_org, request, number, variant, (minutes, nanos), read)| {
            let after = TimeDelta::minutes(minutes) + TimeDelta::nanoseconds(nanos);
            Draw { kind, is_of_another_org, request, number, variant, after, read }
        })
}

/// The other organisation. Its number begins as the first one's, so that keys that are cut short would meet.
pub(super) const OTHER: OrgId = OrgId(12_345);

type Make = fn(&Draw, &Model) -> Change;

const KINDS: [Make; 24] = [
    Draw::create_project,
    Draw::update_project,
    Draw::update_project,
    Draw::update_project,
    Draw::check_project,
    Draw::record_intent,
    Draw::link,
    Draw::claim_contact,
    Draw::keep_contact,
    Draw::forget_contact,
    Draw::release_contact,
    Draw::record_delivery,
    Draw::move_delivery,
    Draw::count_repeat,
    Draw::hold,
    Draw::drop_held,
    Draw::create_notice,
    Draw::update_notice,
    Draw::log,
    Draw::send,
    Draw::sent,
    Draw::postpone,
    Draw::postpone,
    Draw::settings,
];

impl Draw {
    fn change(&self, model: &Model) -> Change {
        self.kind.get(&KINDS)(self, model)
    }

    fn org(&self) -> OrgId {
        if self.is_of_another_org { OTHER } else { ORG }
    }

    fn request(&self) -> RequestId {
        u64::from(self.request).into()
    }

    fn remote(&self) -> ProjectId {
        u64::from(9_000_000 + self.number).into()
    }

    fn contact(&self) -> ContactId {
        // Sometimes the one that is known of the number, sometimes another.
        u64::from(700_000 + self.number + u32::from(self.read != 0)).into()
    }

    fn read(&self, stored: Revision) -> Revision {
        Revision(stored.0.saturating_add_signed(i64::from(self.read)))
    }

    /// A record in any state, linked or not, with or without a read that is due.
    fn project(&self) -> Project {
        let states = every_sync_state();
        let id = self.request();
        let full = self.variant.index(2) == 0;
        let base = if full { complete_project(id.as_str()) } else { pending_project(id.as_str()) };
        let later = NOON + self.after;
        let read = ReadDue { project: self.remote(), pending: vec![delivery_key(1)], failures: 0, next_try: later };
        let is_linked = self.number != 1;
        let mut sync = self.variant.get(&states).clone();
        if let SyncState::Due { look_again, .. } = &mut sync {
            *look_again = later;
        }
        Project {
            org: self.org(),
            sync,
            remote: is_linked.then(remote),
            read: (self.number == 3).then_some(read),
            // Lists are in this order, and how they order equals is not promised.
            created_at: NOON - MINUTE * i32::from(self.request),
            updated_at: later,
            ..base
        }
    }

    fn create_project(&self, _: &Model) -> Change {
        Change::CreateProject(self.project())
    }

    fn update_project(&self, model: &Model) -> Change {
        let stored = model.projects.get(&(self.org(), self.request()));
        let revision = self.read(stored.map_or(Revision::NONE, |stored| stored.revision));
        Change::UpdateProject(Project { revision, ..self.project() })
    }

    fn check_project(&self, model: &Model) -> Change {
        let stored = model.projects.get(&(self.org(), self.request()));
        let read = self.read(stored.map_or(Revision::NONE, |stored| stored.revision));
        Change::CheckProject { org: self.org(), request: self.request(), read }
    }

    fn record_intent(&self, _: &Model) -> Change {
        let identifier = Uuid::from_u128(u128::from(self.number));
        Change::RecordIntent { org: self.org(), identifier, request: self.request(), generation: 1 }
    }

    fn link(&self, _: &Model) -> Change {
        Change::LinkProject { org: self.org(), project: self.remote(), request: self.request() }
    }

    fn claim_contact(&self, _: &Model) -> Change {
        Change::ClaimContact { org: self.org(), phone: phone(self.number), request: self.request() }
    }

    fn keep_contact(&self, _: &Model) -> Change {
        let (phone, contact) = (phone(self.number), self.contact());
        Change::KeepContact { org: self.org(), phone, contact, request: self.request() }
    }

    fn forget_contact(&self, _: &Model) -> Change {
        Change::ForgetContact { org: self.org(), phone: phone(self.number), contact: self.contact() }
    }

    fn release_contact(&self, _: &Model) -> Change {
        Change::ReleaseContact { org: self.org(), phone: phone(self.number), request: self.request() }
    }

    /// The last one is of a body that cannot be read.
    fn delivery(&self) -> DeliveryLog {
        let log = DeliveryLog { org: self.org(), ..delivery_log(self.number) };
        match self.number {
            3 => DeliveryLog { key: unreadable_key("00ff"), envelope: None, ..log },
            _ => log,
        }
    }

    fn record_delivery(&self, model: &Model) -> Change {
        let status = self.variant.get(&every_delivery_status()).clone();
        let log = DeliveryLog { status, received_at: model.now, updated_at: model.now, ..self.delivery() };
        Change::RecordDelivery { log, payload: payload(self.number) }
    }

    fn move_delivery(&self, model: &Model) -> Change {
        let status = self.variant.get(&every_delivery_status()).clone();
        let request = (self.request == 1).then(|| self.request());
        Change::MoveDelivery { org: self.org(), key: self.delivery().key, status, request, at: model.now }
    }

    fn count_repeat(&self, _: &Model) -> Change {
        Change::CountRepeat { org: self.org(), key: self.delivery().key }
    }

    fn hold(&self, _: &Model) -> Change {
        let id = format!("01{}", ["A", "B", "C"][self.variant.index(3)]);
        Change::HoldDelivery { org: self.org(), project: self.remote(), key: delivery_key(self.request.into()), id }
    }

    fn drop_held(&self, _: &Model) -> Change {
        Change::DropHeld { org: self.org(), project: self.remote(), key: delivery_key(self.request.into()) }
    }

    fn notice(&self) -> Notice {
        let news = every_news();
        let state = self.variant.get(&every_notice_state()).clone();
        let news = news[usize::try_from(self.number).unwrap_or_default()].clone();
        Notice { org: self.org(), state, created_at: NOON + self.after, ..notice(&self.request(), news, self.number) }
    }

    fn create_notice(&self, _: &Model) -> Change {
        Change::CreateNotice(self.notice())
    }

    fn update_notice(&self, model: &Model) -> Change {
        let notice = self.notice();
        let stored = model.notices.get(&(notice.org, notice.key.clone()));
        let revision = self.read(stored.map_or(Revision::NONE, |stored| stored.revision));
        Change::UpdateNotice(Notice { revision, ..notice })
    }

    fn log(&self, _: &Model) -> Change {
        let id = format!("01{}", self.number);
        match self.variant.index(2) {
            0 => Change::LogSync(sync_log(&self.request(), &id)),
            _ => Change::LogDecision(decision(&self.request(), &id)),
        }
    }

    fn send(&self, _: &Model) -> Change {
        let entry = outbox_entry(&self.request(), &format!("01{}", self.number));
        Change::Send(OutboxEntry { org: self.org(), created_at: NOON + self.after, ..entry })
    }

    fn sent(&self, _: &Model) -> Change {
        Change::Sent { org: self.org(), request: self.request(), id: format!("01{}", self.number) }
    }

    /// Mostly of something that waits; by the time at which it does, or by another.
    fn postpone(&self, model: &Model) -> Change {
        let waiting = model.waiting();
        let to = NOON + self.after * 3;
        if waiting.is_empty() || self.read < 0 {
            let item = of_request(self.org(), &self.request(), "PROJECT");
            return Change::Postpone { item, read: NOON, to };
        }
        let item = self.variant.get(&waiting);
        let read = item.at + TimeDelta::milliseconds(self.read.into());
        Change::Postpone { item: item.key.clone(), read, to }
    }

    /// One of what belongs to no request.
    fn settings(&self, model: &Model) -> Change {
        let (org, at) = (self.org(), NOON + self.after);
        match self.variant.index(4) {
            0 => {
                let stored = model.configurations.get(&org);
                let read = self.read(stored.map_or(Revision::NONE, |stored| stored.version));
                let mut document = configuration_document();
                (document.org_id, document.auto_sync_enabled) = (org, self.number == 1);
                Change::ActivateConfiguration { document, read, at: model.now }
            }
            1 => {
                let stage = Stage { id: self.number.into(), title: "Sold".to_owned(), phase: None, is_archived: false };
                Change::KeepStages { org, stages: Stages { read_at: model.now, stages: vec![stage] } }
            }
            2 => {
                let sweep = if self.number == 1 { SweepName::Status } else { SweepName::Resume };
                let stored = model.checkpoints.get(&(org, sweep));
                let revision = self.read(stored.map_or(Revision::NONE, |stored| stored.revision));
                let wake = (self.number == 2).then_some((at, Wake::Resume { org_id: org }));
                let progress = format!(r#"{{"page": {}}}"#, self.request);
                Change::SaveCheckpoint { org, checkpoint: Checkpoint { sweep, revision, progress, wake } }
            }
            _ => {
                let name = LimitName::ALL[usize::from(self.request)];
                let stored = model.limits.get(&(org, name));
                let revision = self.read(stored.map_or(Revision::NONE, |stored| stored.revision));
                Change::SaveLimit { org, limit: Limit { name, revision, state: format!("{{\"n\": {}}}", self.number) } }
            }
        }
    }
}

/// Everything that a change may be about, for who looks whether it is there.
pub(super) fn requests() -> impl Iterator<Item = RequestId> {
    (1..4_u64).map(RequestId::from)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::super::rules::Outcome;
    use super::*;

    #[test]
    fn random_commits_do_everything_and_a_fair_part_of_them_is_refused() {
        let mut runner = TestRunner::deterministic();
        let (mut kinds, mut outcomes) = (BTreeSet::new(), BTreeMap::new());
        for _ in 0..200 {
            let (mut model, moves, _) =
                Moves::sequential_strategy(1..40).new_tree(&mut runner).expect("a sequence").current();
            for step in moves {
                if let Move::Commit(changes) = &step {
                    let outcome = model.clone().commit(changes);
                    *outcomes.entry(format!("{outcome:?}")).or_insert(0) += 1;
                    if outcome == Outcome::Done {
                        kinds.extend(changes.iter().map(|change| {
                            let name = format!("{change:?}");
                            name.split([' ', '(']).next().unwrap_or_default().to_owned()
                        }));
                    }
                }
                model = Moves::apply(model, &step);
            }
        }
        assert_eq!(kinds.len(), 25, "every kind of change was made: {kinds:?}");
        let all: i32 = outcomes.values().sum();
        assert!(outcomes.values().all(|count| all / 100 < *count), "{outcomes:?}");
    }
}
