//! OpenSolar in memory: bills per project, commits late if told to, hides identifiers in its list and keeps no order
//! there, and tells of each change by webhooks that may or may not arrive.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use domain::configuration::{Account, ApiContract};
use domain::fields::{ContactField, ContactFields, Field, FieldValue, ProjectField, ProjectFields};
use domain::ports::{Ambient, LimitName};
use domain::remote::{InstallationDate, Phase, ProjectEvent, SystemSize};
use testkit::memory::TestAmbient;

use super::outcome::Outcome;

mod port;
mod shown;
mod tell;
mod write;

pub(crate) use shown::link;
use write::Effect;

/// A contact that is made later than that after it was asked for is looked for too early to be found.
const LATE_AT_CONTACTS: TimeDelta = TimeDelta::minutes(10);

/// The calls whose outcome a schedule can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// Creates and changes.
    Write,
    /// Reads of a project in detail.
    Read,
    /// Messages to customers.
    Message,
}

/// A write as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(crate) at: DateTime<Utc>,
    pub(crate) kind: WriteKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriteKind {
    Create,
    CreateContact,
    UpdateProject,
    UpdateContact,
}

/// A webhook on its way.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) body: String,
    pub(crate) at: DateTime<Utc>,
}

pub(crate) struct SimOpenSolar {
    ambient: Arc<TestAmbient>,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) projects: BTreeMap<u64, SimProject>,
    pub(crate) contacts: BTreeMap<u64, SimContact>,
    /// Webhooks that nobody has carried away yet.
    pub(crate) deliveries: Vec<Delivery>,
    /// Writes as they arrived, whatever became of them.
    pub(crate) writes: Vec<Write>,
    /// Every call as it arrived, by the quota that it counts against.
    pub(crate) calls: Vec<(DateTime<Utc>, LimitName)>,
    /// Detail reads of projects.
    pub(crate) reads: u32,
    /// What must never have happened, as it was seen.
    pub(crate) misdeeds: Vec<String>,
    pub(crate) script: Vec<(Target, u32, Outcome)>,
    /// So many lists do not show the newest project yet.
    pub(crate) blind_lists: u32,
    /// Whether the list of contacts can be filtered.
    pub(crate) filter: Filter,
    /// Identifiers of projects that were changed late.
    pub(crate) late_changes: BTreeSet<String>,
    /// Which contract it speaks.
    pub(crate) speech: Speech,
    /// How many contacts were, or are going to be, made so late that nobody can wait for them.
    pub(crate) late_contacts: u32,
    late: Vec<(DateTime<Utc>, Effect)>,
    made: u64,
    made_contacts: u64,
    events: u64,
    sequence: u64,
    last_change: DateTime<Utc>,
    /// Who calls, and what each caller read last of which project or contact.
    caller: u32,
    seen: BTreeMap<(u32, u64), u64>,
    targets: [u32; 2],
}

/// OpenSolar's filter of contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Filter {
    #[default]
    Works,
    ShowsNobody,
    ShowsEverybody,
}

/// Which contract it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Speech {
    #[default]
    Live,
    Design(Stamps),
}

/// Whether an event says which it is, and when it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stamps {
    Stamped,
    Bare,
}

impl Speech {
    /// Its contract, with events that say when they happened.
    pub(crate) fn of(contract: ApiContract) -> Self {
        match contract {
            ApiContract::Live => Self::Live,
            ApiContract::Design => Self::Design(Stamps::Stamped),
        }
    }

    pub(crate) fn contract(self) -> ApiContract {
        match self {
            Self::Live => ApiContract::Live,
            Self::Design(_) => ApiContract::Design,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct SimProject {
    pub(crate) identifier: String,
    pub(crate) site: ProjectFields,
    pub(crate) contact: u64,
    pub(crate) stage: Option<u64>,
    pub(crate) phase: Phase,
    /// How far it is, in the words of `design`.
    pub(crate) status: &'static str,
    pub(crate) size: Option<SystemSize>,
    pub(crate) sold_at: Option<DateTime<Utc>>,
    pub(crate) installation: Option<InstallationDate>,
    pub(crate) is_installed: bool,
    pub(crate) history: Vec<ProjectEvent>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) modified_at: DateTime<Utc>,
    /// What a person wrote last, and when in the order of everything.
    pub(crate) edits: BTreeMap<ProjectField, (Option<FieldValue>, u64)>,
}

#[derive(Debug, Clone)]
pub(crate) struct SimContact {
    pub(crate) fields: ContactFields,
    /// Whether we had it made.
    pub(crate) is_ours: bool,
    pub(crate) edits: BTreeMap<ContactField, (Option<FieldValue>, u64)>,
}

impl SimProject {
    /// One that somebody made, and wrote every field of.
    pub(crate) fn by_hand(contact: u64, at: DateTime<Utc>) -> Self {
        Self {
            identifier: String::new(),
            site: ProjectFields::default(),
            contact,
            stage: Some(6541),
            phase: Phase::Presale,
            status: domain::project::FIRST_STATUS,
            size: None,
            sold_at: None,
            installation: None,
            is_installed: false,
            history: Vec::new(),
            created_at: at,
            modified_at: at,
            edits: ProjectField::ALL.iter().map(|field| (*field, (None, 0))).collect(),
        }
    }
}

impl SimOpenSolar {
    pub(crate) fn new(ambient: Arc<TestAmbient>, state: State) -> Self {
        Self { ambient, state: Mutex::new(state) }
    }

    /// What is there now.
    pub(crate) fn now(&self) -> MutexGuard<'_, State> {
        let now = self.ambient.now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(index) = state.late.iter().position(|(at, _)| *at <= now) {
            let (at, effect) = state.late.remove(index);
            state.lands(effect, at);
        }
        state
    }

    /// From now on it is this worker who calls.
    pub(crate) fn called_by(&self, worker: u32) {
        self.now().caller = worker;
    }

    /// How often a call of this kind was made.
    pub(crate) fn calls_of(&self, target: Target) -> u32 {
        self.now().targets[usize::from(target == Target::Read)]
    }

    /// When something lands by itself.
    pub(crate) fn next_at(&self) -> Option<DateTime<Utc>> {
        self.now().late.iter().map(|(at, _)| *at).min()
    }

    fn arrives(
        &self,
        counts_as: LimitName,
        target: Option<Target>,
        account: &Account,
    ) -> (MutexGuard<'_, State>, Outcome) {
        let outcome = self.now().outcome(target);
        if outcome != Outcome::ConnectRefused {
            let at = self.ambient.now();
            self.now().calls.push((at, counts_as));
        }
        if outcome.is_silent() {
            self.ambient.advance(TimeDelta::from_std(account.api_timeout).unwrap_or_default());
        }
        (self.now(), outcome)
    }
}

impl State {
    /// One with nothing in it.
    pub(crate) fn speaking(speech: Speech) -> Self {
        Self { speech, ..Self::default() }
    }

    fn outcome(&mut self, target: Option<Target>) -> Outcome {
        let Some(target) = target else { return Outcome::Answered };
        let index = usize::from(target == Target::Read);
        self.targets[index] += 1;
        let number = self.targets[index];
        let scripted = self.script.iter().find(|(of, nth, _)| *of == target && *nth == number);
        scripted.map_or(Outcome::Answered, |(_, _, outcome)| *outcome)
    }

    /// A moment later than everything that was changed before.
    pub(crate) fn touch(&mut self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.last_change = at.max(self.last_change + TimeDelta::milliseconds(1));
        self.last_change
    }

    pub(crate) fn next_in_order(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    fn saw(&mut self, id: u64) {
        let (caller, sequence) = (self.caller, self.next_in_order());
        self.seen.insert((caller, id), sequence);
    }

    fn seen_by_caller(&self, id: u64) -> u64 {
        self.seen.get(&(self.caller, id)).copied().unwrap_or_default()
    }
}

impl State {
    /// The same, with nothing counted or outstanding.
    pub(crate) fn begin_anew(&mut self) {
        self.deliveries.clear();
        self.writes.clear();
        self.calls.clear();
        self.script.clear();
        self.seen.clear();
        (self.reads, self.blind_lists, self.targets, self.late_contacts) = (0, 0, [0; 2], 0);
    }
}

fn number(id: &str) -> u64 {
    id.parse().unwrap_or_default()
}
