//! OpenSolar in memory: bills per project, commits late if told to, hides identifiers in its list and keeps no order
//! there, and tells of each change by webhooks that may or may not arrive.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use domain::configuration::Account;
use domain::fields::{
    ContactField, ContactFields, ContactPatch, Field, FieldValue, Fields, ProjectField, ProjectFields, ProjectPatch,
};
use domain::ports::{Ambient, LimitName, OpenSolarError};
use domain::remote::{CreatedProject, InstallationDate, NewContact, NewProject, Phase, ProjectEvent, SystemSize};
use serde_json::json;
use testkit::memory::TestAmbient;

use super::outcome::Outcome;

mod port;
mod shown;

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
    /// Whether the list of contacts can be filtered by e-mail address, or the filter shows nobody.
    pub(crate) filter: Filter,
    /// Identifiers of projects that were changed late.
    pub(crate) late_changes: BTreeSet<String>,
    late: Vec<(DateTime<Utc>, Effect)>,
    made: u64,
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
}

#[derive(Debug, Clone)]
pub(crate) struct SimProject {
    pub(crate) identifier: String,
    pub(crate) site: ProjectFields,
    pub(crate) contact: u64,
    pub(crate) stage: Option<u64>,
    pub(crate) phase: Phase,
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

#[derive(Debug, Clone)]
enum Effect {
    Create(NewProject),
    UpdateProject { id: u64, patch: ProjectPatch, seen: u64 },
    UpdateContact { id: u64, patch: ContactPatch, seen: u64 },
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
            if let Effect::UpdateProject { id, .. } = &effect {
                let changed = state.projects.get(id).map(|project| project.identifier.clone());
                state.late_changes.extend(changed);
            }
            state.apply(effect, at);
        }
        state
    }

    /// From now on it is this worker who calls.
    pub(crate) fn called_by(&self, worker: u32) {
        self.now().caller = worker;
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

    pub(crate) fn tell_of_project(&mut self, id: u64, event: &str, at: DateTime<Utc>) {
        let Some(project) = self.projects.get(&id) else { return };
        self.events += 1;
        let body = json!({ "timestamp": at.timestamp().to_string(), "model": "Project", "model_id": id, "event": event,
            "event_id": self.events, "identifier": project.identifier, "fields": { "id": id } });
        self.deliveries.push(Delivery { body: body.to_string(), at });
    }

    pub(crate) fn tell_of_event(&mut self, project: u64, at: DateTime<Utc>) {
        self.events += 1;
        let id = 88_000 + self.events;
        let body = json!({ "timestamp": at.timestamp().to_string(), "model": "Event", "model_id": id, "event": "CREATE",
            "event_id": self.events, "fields": { "id": id, "project": format!("/api/orgs/1234/projects/{project}/") } });
        self.deliveries.push(Delivery { body: body.to_string(), at });
    }

    fn contact_with(&self, email: &str) -> Option<u64> {
        let is_it = |contact: &SimContact| match contact.fields.get(ContactField::Email) {
            Some(FieldValue::Text(text)) => text.eq_ignore_ascii_case(email),
            Some(_) | None => false,
        };
        self.contacts.iter().find(|(_, contact)| is_it(contact)).map(|(id, _)| *id)
    }

    /// What refuses a write before anything is done.
    fn objection(&self, effect: &Effect) -> Result<(), OpenSolarError> {
        let rejected = |operation, status| Err(OpenSolarError::Rejected { operation, status, fields: Vec::new() });
        match effect {
            Effect::Create(new) => match &new.contact {
                NewContact::Existing(id) if !self.contacts.contains_key(&number(id.as_str())) => {
                    rejected("create", 400)
                }
                NewContact::Created { email: Some(email), .. } if self.contact_with(email.as_str()).is_some() => {
                    Err(OpenSolarError::EmailInUse { operation: "create" })
                }
                NewContact::Existing(_) | NewContact::Created { .. } => Ok(()),
            },
            Effect::UpdateProject { id, .. } if !self.projects.contains_key(id) => rejected("update", 404),
            Effect::UpdateContact { id, .. } if !self.contacts.contains_key(id) => rejected("update", 404),
            Effect::UpdateProject { .. } | Effect::UpdateContact { .. } => Ok(()),
        }
    }

    fn apply(&mut self, effect: Effect, at: DateTime<Utc>) -> Option<CreatedProject> {
        match effect {
            Effect::Create(new) => Some(self.create(new, at)),
            Effect::UpdateProject { id, patch, seen } => {
                let modified_at = self.touch(at);
                let project = self.projects.get_mut(&id)?;
                let undone = undone(&project.site, &patch, &project.edits, seen);
                project.site = project.site.with(&patch);
                project.modified_at = modified_at;
                self.misdeeds.extend(undone.map(|field| format!("a person's {field} of project {id} was overwritten")));
                self.tell_of_project(id, "UPDATE", at);
                None
            }
            Effect::UpdateContact { id, patch, seen } => {
                let contact = self.contacts.get_mut(&id)?;
                let undone = undone(&contact.fields, &patch, &contact.edits, seen);
                contact.fields = contact.fields.with(&patch);
                self.misdeeds.extend(undone.map(|field| format!("a person's {field} of contact {id} was overwritten")));
                None
            }
        }
    }

    fn create(&mut self, new: NewProject, at: DateTime<Utc>) -> CreatedProject {
        self.made += 1;
        let (id, contact_id) = (9_000_000 + self.made, 700_000 + self.made);
        let contact = match &new.contact {
            NewContact::Existing(id) => number(id.as_str()),
            NewContact::Created { first_name, family_name, email, phone } => {
                let fields = Fields::from_iter([
                    (ContactField::FirstName, FieldValue::text(first_name)),
                    (ContactField::FamilyName, FieldValue::text(family_name)),
                    (ContactField::Email, email.as_ref().and_then(|email| FieldValue::text(email.as_str()))),
                    (ContactField::Phone, FieldValue::text(phone.e164())),
                ]);
                self.contacts.insert(contact_id, SimContact { fields, is_ours: true, edits: BTreeMap::new() });
                contact_id
            }
        };
        let made_at = self.touch(at);
        let project = SimProject {
            identifier: new.identifier.to_string(),
            site: new.site,
            contact,
            stage: Some(6541),
            phase: Phase::Presale,
            size: None,
            sold_at: None,
            installation: None,
            is_installed: false,
            history: Vec::new(),
            created_at: made_at,
            modified_at: made_at,
            edits: BTreeMap::new(),
        };
        self.projects.insert(id, project);
        self.tell_of_project(id, "CREATE", at);
        CreatedProject { id: id.into(), contact: Some(contact.into()) }
    }

    fn hear(
        &mut self,
        effect: Effect,
        outcome: Outcome,
        now: DateTime<Utc>,
    ) -> Result<Option<CreatedProject>, OpenSolarError> {
        let (kind, operation) = match &effect {
            Effect::Create(_) => (WriteKind::Create, "create"),
            Effect::UpdateProject { .. } => (WriteKind::UpdateProject, "update"),
            Effect::UpdateContact { .. } => (WriteKind::UpdateContact, "update"),
        };
        if outcome != Outcome::ConnectRefused {
            self.writes.push(Write { at: now, kind });
        }
        let told = outcome.opensolar(operation);
        let Some(wait) = outcome.effect() else { return told.map(|()| None) };
        self.objection(&effect)?;
        if wait.is_zero() {
            let created = self.apply(effect, now);
            return told.map(|()| created);
        }
        self.late.push((now + wait, effect));
        told.map(|()| None)
    }

    fn saw(&mut self, id: u64) {
        let (caller, sequence) = (self.caller, self.next_in_order());
        self.seen.insert((caller, id), sequence);
    }

    fn seen_by_caller(&self, id: u64) -> u64 {
        self.seen.get(&(self.caller, id)).copied().unwrap_or_default()
    }
}

/// A field whose value a person wrote, and the writer saw before it sent another.
fn undone<F: Field>(
    there: &Fields<F>,
    patch: &domain::fields::Patch<F>,
    edits: &BTreeMap<F, (Option<FieldValue>, u64)>,
    seen: u64,
) -> Option<&'static str> {
    let is_undone = |(field, (value, edited)): &(&F, &(Option<FieldValue>, u64))| {
        let new = patch.iter().find(|(patched, _)| patched == *field);
        let still_there = there.get(**field) == value.as_ref();
        still_there && *edited <= seen && new.is_some_and(|(_, new)| new != value.as_ref())
    };
    edits.iter().find(is_undone).map(|(field, _)| field.as_str())
}

impl State {
    /// The same, with nothing counted or outstanding.
    pub(crate) fn begin_anew(&mut self) {
        self.deliveries.clear();
        self.writes.clear();
        self.calls.clear();
        self.script.clear();
        self.seen.clear();
        (self.reads, self.blind_lists, self.targets) = (0, 0, [0; 2]);
    }
}

fn number(id: &str) -> u64 {
    id.parse().unwrap_or_default()
}
