//! The system on ports in memory, each behind the gate. Nothing moves by itself; the clock jumps to what comes next.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use domain::configuration::{ApiContract, Configuration, ConfigurationDocument, DesignRule, Quotas};
use domain::fields::{ContactField, ContactFields, FieldValue};
use domain::ids::Revision;
use domain::jobs::crm_update::CrmUpdate;
use domain::jobs::sync_request::SyncRequestMessage;
use domain::jobs::{QueueMessage, QueueName};
use domain::ports::{Ambient, Notifier, Store};
use domain::request::InstallationRequest;
use domain::usecase::Core;
use domain::usecase::operate::activate_configuration;
use integration_tests::around::OpenSolarWith;
use testkit::builders::{self, NOON, ORG};
use testkit::memory::{FixedCredential, MemoryStore, TestAmbient};

use crate::boundary::{Gate, Gated};
use crate::inner::{Inner, Tampering, at_once};
use crate::plan::Plan;
use crate::sim::office::Deed;
use crate::sim::opensolar::{self, Filter, SimContact, SimOpenSolar, SimProject, Speech, Stamps};
use crate::sim::sqs::Sqs;
use crate::sim::whatsapp::{self, SimWhatsApp};

mod mail;
mod processes;
mod quiet;
mod turns;
mod workers;

use processes::Processes;
pub(crate) use quiet::Restless;
pub(crate) use workers::{MADE_BY_HAND, Worker};

/// What OpenSolar's webhooks carry in their credential header, or are signed with.
pub(crate) const WEBHOOK_KEY: &str = testkit::secrets::WEBHOOK_KEY;

/// What happens from outside, so many seconds after the beginning.
pub(crate) type Agenda = &'static [(i64, fn(&World))];

/// Something that happens then.
type Act = (DateTime<Utc>, fn(&World));

/// How a world begins.
pub(crate) struct Base {
    store: MemoryStore,
    governor: Governor,
    opensolar: opensolar::State,
    whatsapp: whatsapp::State,
    crm: Vec<CrmUpdate>,
    asked: Vec<InstallationRequest>,
    /// Changes that no webhook will ever tell of.
    unheard: u32,
    now: DateTime<Utc>,
}

pub(crate) struct World {
    pub(crate) ambient: Arc<TestAmbient>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) sqs: Arc<Sqs>,
    pub(crate) opensolar: Arc<SimOpenSolar>,
    pub(crate) whatsapp: Arc<SimWhatsApp>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) core: Core,
    pub(crate) config: Configuration,
    processes: Processes,
    notifier: Arc<dyn Notifier>,
    keys: Arc<Gated<FixedCredential>>,
    tables: Arc<Inner<MemoryStore>>,
    queues: Arc<Inner<Sqs>>,
    remotes: Arc<Inner<SimOpenSolar>>,
    notifiers: Arc<Inner<SimWhatsApp>>,
    governor: Governor,
    plan: Plan,
    began_at: DateTime<Utc>,
    state: Mutex<State>,
}

/// What the world outside knows.
#[derive(Default)]
pub(crate) struct State {
    /// What the CRM asked for, the last wish of each request.
    pub(crate) asked: Vec<InstallationRequest>,
    /// What the CRM was told, in the order of arrival.
    pub(crate) crm: Vec<CrmUpdate>,
    /// Deliveries that the door took, in the order of their arrival.
    pub(crate) accepted: Vec<String>,
    /// What was seen on the way that never may be.
    pub(crate) misdeeds: Vec<(&'static str, String)>,
    /// How often the door took nothing.
    pub(crate) unanswered: u32,
    agenda: VecDeque<Act>,
    mail: Vec<(DateTime<Utc>, String)>,
    /// The retry sweep comes each minute, not more often.
    next_sweep_at: DateTime<Utc>,
    asked_at: u32,
}

/// Whether OpenSolar is asked through the governor. Where it has nothing to hold back it would only double the boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Governor {
    Absent,
    Stands,
}

fn document(contract: ApiContract, governor: Governor) -> ConfigurationDocument {
    let quotas = match governor {
        Governor::Absent => Quotas::default(),
        // So little that a handful of requests is a burst.
        Governor::Stands => Quotas { creates_per_minute: 2, updates_per_minute: 2, ..Quotas::default() },
    };
    let usual = builders::configuration_document();
    ConfigurationDocument { api_contract: contract, design_complete: DesignRule::SystemSized, quotas, ..usual }
}

/// A table with nothing but the settings, activated long enough ago for nothing to be left to be resumed.
fn configured(trusted_since: DateTime<Utc>, contract: ApiContract, governor: Governor) -> MemoryStore {
    let ambient = Arc::new(TestAmbient::seeded(7));
    let before = NOON - TimeDelta::minutes(20);
    ambient.set(before);
    let store = Arc::new(MemoryStore::new(ambient.clone()));
    let sqs = Arc::new(Sqs::new(ambient.clone(), None));
    let core = Core { store: store.clone(), queue: sqs, ambient: ambient.clone() };
    let document = ConfigurationDocument { trusted_since: Some(trusted_since), ..document(contract, governor) };
    at_once(activate_configuration(&core, document, Revision::NONE)).expect("settings that can be used");
    ambient.set(NOON - TimeDelta::minutes(10));
    let deadline = domain::ports::Deadline::at(NOON);
    at_once(domain::usecase::retry_sweep::retry_sweep(&core, 10, deadline)).expect("a sweep");
    store.copied(ambient)
}

impl Base {
    /// A configured system that has done nothing yet.
    pub(crate) fn empty(contract: ApiContract) -> Self {
        Self::with(contract, Governor::Absent)
    }

    /// The same, with narrow quotas and the governor that keeps to them.
    pub(crate) fn governed(contract: ApiContract) -> Self {
        Self::with(contract, Governor::Stands)
    }

    pub(crate) fn governor(&self) -> Governor {
        self.governor
    }

    fn with(contract: ApiContract, governor: Governor) -> Self {
        Self {
            store: configured(NOON - TimeDelta::days(365), contract, governor),
            governor,
            opensolar: opensolar::State::speaking(Speech::of(contract)),
            whatsapp: whatsapp::State::default(),
            crm: Vec::new(),
            asked: Vec::new(),
            unheard: 0,
            now: NOON,
        }
    }

    /// After this happened to it by that plan, and everything is quiet; what comes later by itself (a reminder, say) is
    /// still to come.
    pub(crate) fn then(&self, agenda: Agenda, plan: &str) -> Self {
        let words: Vec<&str> = plan.split_whitespace().collect();
        let plan = Plan::parse(&words).expect("a plan");
        let world = World::new(self, &plan, Arc::new(crate::inner::Untouched), agenda);
        while world.work_once() || world.pass_until_next_act() {}
        // What the queue remembers, and what an outbox left, is over by then.
        world.to_base(world.ambient.now() + TimeDelta::seconds(20))
    }

    /// The table as it was at first, and OpenSolar as it is now.
    pub(crate) fn restored(self) -> Self {
        let store = configured(self.now - TimeDelta::minutes(1), self.opensolar.speech.contract(), self.governor);
        Self { store, crm: Vec::new(), asked: Vec::new(), ..self }
    }

    /// With a contact in OpenSolar that has this of the customer and nothing else.
    pub(crate) fn with_contact(mut self, field: ContactField, value: &str, filter: Filter) -> Self {
        let fields = [(field, FieldValue::text(value))].into_iter().collect();
        let contact = SimContact { fields, is_ours: false, edits: BTreeMap::new() };
        self.opensolar.contacts.insert(699_999, contact);
        self.opensolar.filter = filter;
        self
    }

    /// With events that say neither which they are nor when they happened.
    pub(crate) fn without_stamps(mut self) -> Self {
        self.opensolar.speech = Speech::Design(Stamps::Bare);
        self
    }

    /// With a project that somebody made by hand in OpenSolar.
    pub(crate) fn with_project_by_hand(mut self) -> Self {
        let (contact, made_at) = (699_998, self.now - TimeDelta::minutes(5));
        let of_nobody = SimContact { fields: ContactFields::default(), is_ours: false, edits: BTreeMap::new() };
        self.opensolar.contacts.insert(contact, of_nobody);
        self.opensolar.projects.insert(MADE_BY_HAND, SimProject::by_hand(contact, made_at));
        self
    }

    /// With something different in OpenSolar.
    pub(crate) fn with_deed(mut self, deed: Deed) -> Self {
        deed.happen(&mut self.opensolar, self.now - TimeDelta::minutes(5));
        self.opensolar.deliveries.clear();
        self.unheard += 1;
        self
    }
}

impl World {
    pub(crate) fn new(base: &Base, plan: &Plan, tampering: Arc<dyn Tampering>, agenda: Agenda) -> Self {
        let ambient = Arc::new(TestAmbient::seeded(11));
        ambient.set(base.now);
        let mut opensolar_state = base.opensolar.clone();
        opensolar_state.script.clone_from(&plan.remote);
        opensolar_state.blind_lists = plan.blind_lists;
        let mut whatsapp_state = base.whatsapp.clone();
        let messages = plan.remote.iter().filter(|(target, _, _)| *target == opensolar::Target::Message);
        whatsapp_state.script = messages.map(|(_, number, outcome)| (*number, *outcome)).collect();
        let store = Arc::new(base.store.copied(ambient.clone()));
        let sqs = Arc::new(Sqs::new(ambient.clone(), plan.mischief));
        let opensolar = Arc::new(SimOpenSolar::new(ambient.clone(), opensolar_state));
        let whatsapp = Arc::new(SimWhatsApp::new(ambient.clone(), whatsapp_state));
        let gate = Arc::new(Gate::new(ambient.clone(), opensolar.clone(), plan.faults.clone()));
        let tables = Inner::new(store.clone(), tampering.clone());
        let queues = Inner::new(sqs.clone(), tampering.clone());
        let remotes = Inner::new(opensolar.clone(), tampering.clone());
        let notifiers = Inner::new(whatsapp.clone(), tampering.clone());
        let dice = Inner::new(ambient.clone(), tampering);
        let around = Arc::new(OpenSolarWith { around: gate.clone(), port: remotes.clone() });
        let core =
            Core { store: Gated::new(&gate, tables.clone()), queue: Gated::new(&gate, queues.clone()), ambient: dice };
        let scheme = match base.opensolar.speech.contract() {
            ApiContract::Live => "header",
            ApiContract::Design => "hmac",
        };
        let keys = format!(r#"[{{"key": "{WEBHOOK_KEY}", "org_id": {ORG}, "scheme": "{scheme}"}}]"#);
        let state = State {
            asked: base.asked.clone(),
            crm: base.crm.clone(),
            unanswered: base.unheard,
            agenda: agenda.iter().map(|(after, act)| (base.now + TimeDelta::seconds(*after), *act)).collect(),
            ..State::default()
        };
        let config = at_once(store.configuration()).expect("the store answers").expect("a configuration");
        Self {
            processes: Processes::new(base.governor, around, &core),
            core,
            notifier: Gated::new(&gate, notifiers.clone()),
            keys: Gated::new(&gate, Arc::new(FixedCredential::new(&keys))),
            ambient,
            store,
            sqs,
            opensolar,
            whatsapp,
            gate,
            config,
            tables,
            queues,
            remotes,
            notifiers,
            governor: base.governor,
            plan: plan.clone(),
            began_at: base.now,
            state: Mutex::new(state),
        }
    }

    /// As it is now, to begin others with.
    fn to_base(&self, now: DateTime<Utc>) -> Base {
        self.ambient.set(now);
        let mut opensolar = self.opensolar.now().clone();
        opensolar.begin_anew();
        let mut state = self.state();
        Base {
            store: self.store.copied(self.ambient.clone()),
            governor: self.governor,
            opensolar,
            whatsapp: whatsapp::State { shown: self.whatsapp.now().shown.clone(), ..whatsapp::State::default() },
            crm: std::mem::take(&mut state.crm),
            asked: std::mem::take(&mut state.asked),
            unheard: 0,
            now,
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.ambient.now()
    }

    /// Whether its quotas are kept.
    pub(crate) fn governor(&self) -> Governor {
        self.governor
    }

    /// What its OpenSolar speaks.
    pub(crate) fn speech(&self) -> Speech {
        self.opensolar.now().speech
    }

    /// When its story began.
    pub(crate) fn began_at(&self) -> DateTime<Utc> {
        self.began_at
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls that the ports had, but the gate had not. Only ever zero, or a port was reached around it.
    pub(crate) fn unwatched(&self) -> i64 {
        use crate::boundary::Kind;
        let inner = [self.tables.calls(), self.queues.calls(), self.remotes.calls(), self.notifiers.calls()];
        let struck = self.plan.faults.iter().filter(|(_, fault)| {
            use crate::boundary::Fault::{CutBefore, FailBefore};
            matches!(fault, CutBefore | FailBefore)
        });
        let passed = self.gate.passed();
        let at = |number: u32| passed.get(usize::try_from(number).unwrap_or_default().wrapping_sub(1)).copied();
        let unheard = struck.filter(|(number, _)| at(*number).is_some_and(|kind| kind != Kind::Secret)).count();
        let gated = passed.iter().filter(|kind| **kind != Kind::Secret).count() - unheard;
        i64::from(inner.iter().sum::<u32>()) - i64::try_from(gated).unwrap_or_default()
    }

    /// The CRM puts its wish on the queue.
    pub(crate) fn crm_sends(&self, request: &InstallationRequest, change: fn(&mut SyncRequestMessage)) {
        let mut message = builders::sync_request(request);
        let number = {
            let mut state = self.state();
            state.asked.retain(|known| known.id != request.id || known.version.compare(&request.version).is_gt());
            if !state.asked.iter().any(|known| known.id == request.id) {
                state.asked.push(request.clone());
            }
            state.asked_at += 1;
            state.asked_at
        };
        message.message_id = Some(format!("message-{}-{number}-{}", request.id, self.now().timestamp_millis()));
        change(&mut message);
        self.gate.note(|| format!("the crm asks for request {}, force {}", request.id, message.force));
        self.sqs.put(&QueueMessage {
            queue: QueueName::SyncRequests,
            group: request.id.to_string(),
            deduplication_id: message.message_id.clone().unwrap_or_default(),
            body: serde_json::to_string(&message).expect("a message is JSON"),
        });
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: TimeDelta) {
        self.ambient.advance(time);
    }

    /// Somebody works in OpenSolar.
    pub(crate) fn deed(&self, deed: Deed) {
        self.gate.note(|| format!("in opensolar: {deed:?}"));
        deed.happen(&mut self.opensolar.now(), self.now());
    }
}
