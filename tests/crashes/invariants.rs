//! What has to hold of every world, whatever happened to it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::compose;
use domain::configuration::ApiContract;
use domain::fields::{ContactField, FieldValue};
use domain::jobs::crm_update::CrmState;
use domain::log::SyncType;
use domain::notification::{Milestone, News, NoticeState};
use domain::ports::{ContactEntry, LimitName, Store};
use domain::project::{Project, SyncState};
use domain::request::CrmStatus;
use testkit::builders::ORG;

use crate::inner::at_once;
use crate::plan::{Plan, Post};
use crate::sim::opensolar::{Speech, Stamps, Target, WriteKind};
use crate::sim::outcome::Outcome;
use crate::world::{Governor, World};

mod deliveries;
mod truth;

/// What did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) invariant: &'static str,
    pub(crate) words: String,
}

/// How far a world has come when it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// At rest, as far as deliveries and wake-ups bring it.
    Quiet,
    /// At rest after the night's sweep, too.
    AfterNights,
}

/// Looks at a world at rest.
pub(crate) fn check(world: &World, plan: &Plan, moment: Moment) -> Vec<Violation> {
    let look = Look { world, plan, moment, found: Vec::new() };
    look.all()
}

struct Look<'a> {
    world: &'a World,
    plan: &'a Plan,
    moment: Moment,
    found: Vec<Violation>,
}

impl Look<'_> {
    fn all(mut self) -> Vec<Violation> {
        let asked = self.world.state().asked.clone();
        let records: Vec<Project> = asked.iter().filter_map(|wish| self.record(&wish.id)).collect();
        if records.len() < asked.len() {
            self.add("I7", "a request of the crm was never recorded".to_owned());
        }
        for (record, wish) in records.iter().zip(&asked) {
            if record.desired.version != wish.version {
                self.add("I10", format!("the record has not what the crm wants last: {:?}", record.desired.version));
            }
            self.way_on(record);
            self.truth(record);
            self.ledger(record);
            self.crm(record);
            self.wishes(record, &records);
        }
        self.effect_once(&records);
        self.deliveries();
        self.rows(&records);
        self.quotas();
        let misdeeds = self.world.opensolar.now().misdeeds.clone();
        misdeeds.into_iter().for_each(|words| self.add("I11", words));
        let seen = self.world.state().misdeeds.clone();
        seen.into_iter().for_each(|(invariant, words)| self.add(invariant, words));
        self.found
    }

    fn add(&mut self, invariant: &'static str, words: String) {
        self.found.push(Violation { invariant, words });
    }

    fn record(&self, request: &domain::ids::RequestId) -> Option<Project> {
        at_once(self.world.store.project(ORG, request)).expect("the store answers")
    }

    fn was_told(&self, target: Target, is_it: impl Fn(Outcome) -> bool) -> bool {
        self.plan.remote.iter().any(|(of, _, outcome)| *of == target && is_it(*outcome))
    }

    /// I1: one project and one contact at most.
    fn effect_once(&mut self, records: &[Project]) {
        // What no protocol can know: a create that is done more than both gaps after it was given up, or a project that
        // two whole lists hide, ten minutes apart. Whoever sends again then makes a second one.
        let is_too_late = |outcome| matches!(outcome, Outcome::Late(minutes) if 20 < minutes);
        let is_beyond = self.was_told(Target::Write, is_too_late) || 1 < self.plan.blind_lists;
        // Without another project that is known to be ours nothing proves absence, and nothing may be sent again.
        let has_control = |sent: &Project| {
            records.iter().any(|other| other.request_id() != sent.request_id() && other.remote.is_some())
        };
        if is_beyond && records.iter().any(|record| record.resent_at.is_some() && has_control(record)) {
            return;
        }
        let state = self.world.opensolar.now().clone();
        let mut projects: BTreeMap<&str, u32> = BTreeMap::new();
        state.projects.values().for_each(|project| *projects.entry(&project.identifier).or_default() += 1);
        for (identifier, count) in projects.iter().filter(|(_, count)| 1 < **count) {
            self.add("I1", format!("{count} projects with identifier {identifier}"));
        }
        // Nor can it wait for a contact that is made later than it is looked for.
        if 0 < state.late_contacts {
            return;
        }
        let mut phones: BTreeMap<String, u32> = BTreeMap::new();
        for contact in state.contacts.values() {
            if let Some(FieldValue::Text(phone)) = contact.fields.get(ContactField::Phone) {
                *phones.entry(phone.clone()).or_default() += 1;
            }
        }
        if phones.values().any(|count| 1 < *count) {
            self.add("I1", "two contacts of one customer".to_owned());
        }
    }

    /// I4: each message once, in its order, with an end and its reason.
    fn ledger(&mut self, record: &Project) {
        let shown = self.world.whatsapp.now().shown.clone();
        let mut notices = self.world.store.notices(ORG, record.request_id());
        notices.sort_by_key(|notice| (notice.key.milestone, notice.key.epoch));
        // Days that come again without a time of their own have happened again, for all that anybody knows.
        let is_news_again = self.world.speech() == Speech::Design(Stamps::Bare) && self.plan.post == Post::Twice;
        let mut told: BTreeMap<&String, usize> = BTreeMap::new();
        shown.iter().for_each(|facts| *told.entry(facts).or_default() += 1);
        for (facts_told, count) in told {
            let entries = notices.iter().filter(|notice| facts(&notice.news) == *facts_told).count();
            if 1 < count && !(is_news_again && count <= entries) {
                self.add("I4", format!("the customer was told twice: {facts_told}"));
            }
        }
        let mut last: Option<(Milestone, usize)> = None;
        for notice in &notices {
            let name = format!("{} {}", notice.key.milestone.as_str(), notice.key.epoch);
            // Of news that is told again nobody can say which entry told it.
            let place = shown.iter().position(|told| *told == facts(&notice.news)).filter(|_| !is_news_again);
            match &notice.state {
                NoticeState::Due { .. } | NoticeState::Sending { .. } => {
                    self.add("I4", format!("{name} has no end: {}", notice.state.describe()));
                }
                NoticeState::Sent { .. } if place.is_none() && !is_news_again => {
                    self.add("I4", format!("{name} is said to be sent, and the customer does not have it"));
                }
                NoticeState::Skipped(_) | NoticeState::Superseded | NoticeState::Failed { .. } if place.is_some() => {
                    self.add("I4", format!("{name} is {}, and the customer has it", notice.state.describe()));
                }
                NoticeState::Sent { .. }
                | NoticeState::Held { .. }
                | NoticeState::Skipped(_)
                | NoticeState::Superseded
                | NoticeState::Failed { .. } => {}
            }
            if let (Some(place), Some((milestone, earlier))) = (place, last)
                && milestone == notice.key.milestone
                && place < earlier
            {
                self.add("I4", format!("{name} was told before the epoch that it followed"));
            }
            last = place.map(|place| (notice.key.milestone, place)).or(last);
        }
    }

    /// I5 and I10: what the CRM heard.
    fn crm(&mut self, record: &Project) {
        let updates = self.world.state().crm.clone();
        let mut heard = BTreeMap::new();
        for update in updates.iter().filter(|update| update.installation_request_id == *record.request_id()) {
            let known = heard.entry(update.revision).or_insert(update);
            if known.update_id != update.update_id || known.state != update.state {
                self.add("I10", format!("two updates of revision {}", update.revision));
            }
        }
        let mut status = None;
        for update in heard.values() {
            let told = update.state.status.as_deref().and_then(CrmStatus::parse);
            // Nothing is said of a request that the CRM cancelled.
            let is_unsaid = told.is_none() && record.desired.status == CrmStatus::Cancelled;
            if told < status && !is_unsaid {
                self.add("I5", format!("revision {} tells {told:?} after {status:?}", update.revision));
            }
            status = told.max(status);
        }
        for revision in (1..=record.crm_revision).filter(|revision| !heard.contains_key(revision)) {
            self.add("I10", format!("the crm never heard of revision {revision}"));
        }
        let last = heard.values().next_back().map(|update| comparable(update.state.clone()));
        let is = comparable(CrmState::of(record));
        // A request's cancellation is the CRM's own word: nothing is said of its status then, and what was said stays.
        let status = is.status.clone().or_else(|| last.as_ref().and_then(|last| last.status.clone()));
        let is = CrmState { status, ..is };
        if last.as_ref() != Some(&is) {
            self.add("I10", format!("the crm has {last:?}, the record is {is:?}"));
        }
    }

    /// I7: nothing is left that nobody comes back to.
    fn way_on(&mut self, record: &Project) {
        let request = record.request_id().clone();
        if let Some((at, _)) = record.wake() {
            self.add("I7", format!("{:?} is due at {at} and nobody comes", record.sync));
        }
        let identifier = record.open_intent().map(|intent| intent.payload.identifier.to_string());
        let is_there = |identifier: &String| {
            self.world.opensolar.now().projects.values().any(|project| project.identifier == *identifier)
        };
        match &record.sync {
            SyncState::InStep | SyncState::Skipped(_) => {}
            SyncState::Parked { in_doubt: Some(_), .. }
                if identifier.as_ref().is_some_and(is_there) && !self.is_past_finding() =>
            {
                self.add("I7", "the project is there, and an operator has to find it".to_owned());
            }
            SyncState::Parked { in_doubt: Some(_), .. } => {}
            // Who may not have the contact yet is an operator's with the one who may be making it.
            SyncState::Parked { in_doubt: None, .. } if self.is_held_up_by_doubt(record) => {}
            SyncState::RemoteGone { .. }
                if self.was_told(Target::Write, is_gone) || self.was_told(Target::Read, is_gone) => {}
            state @ (SyncState::Parked { .. } | SyncState::RemoteGone { .. }) => {
                self.add("I7", format!("given up though nothing was in its way: {state:?}"));
            }
            state => self.add("I7", format!("it rests in {state:?}")),
        }
        let phone = &record.desired.customer.phone;
        if let Ok(Some(ContactEntry::Claimed { by })) = at_once(self.world.store.contact(ORG, phone)) {
            let holder = self.record(&by);
            if holder.is_none_or(|holder| holder.open_intent().is_none() && holder.open_contact().is_none()) {
                self.add("I7", format!("request {by} holds a contact that it does not make any more"));
            }
        }
        let left = at_once(self.world.store.outbox(ORG, &request)).unwrap_or_default();
        if !left.is_empty() {
            self.add("I7", format!("{} messages were left behind", left.len()));
        }
    }

    /// Whether the project was made after it was proven absent, and no webhook tells of one that is made.
    fn is_past_finding(&self) -> bool {
        let is_too_late = |outcome| matches!(outcome, Outcome::Late(minutes) if 20 < minutes);
        self.world.speech().contract() == ApiContract::Design && self.was_told(Target::Write, is_too_late)
    }

    fn is_held_up_by_doubt(&self, record: &Project) -> bool {
        let contact = at_once(self.world.store.contact(ORG, &record.desired.customer.phone));
        let Ok(Some(ContactEntry::Claimed { by })) = contact else { return false };
        by != *record.request_id() && self.record(&by).is_some_and(|holder| holder.open_intent().is_some())
    }

    /// I9: each write that was sent has its row, begun before it.
    fn rows(&mut self, records: &[Project]) {
        let rows: Vec<_> =
            records.iter().flat_map(|record| self.world.store.sync_log(ORG, record.request_id())).collect();
        let kinds = [
            (WriteKind::Create, SyncType::CreateProject),
            (WriteKind::CreateContact, SyncType::CreateContact),
            (WriteKind::UpdateProject, SyncType::UpdateProject),
            (WriteKind::UpdateContact, SyncType::UpdateContact),
        ];
        for (kind, sync_type) in kinds {
            let state = self.world.opensolar.now().clone();
            let since = self.world.began_at();
            let begun: Vec<DateTime<Utc>> = rows
                .iter()
                .filter(|row| row.sync_type == sync_type && since <= row.started_at)
                .map(|row| row.started_at)
                .collect();
            for (index, write) in state.writes.iter().filter(|write| write.kind == kind).enumerate() {
                if begun.iter().filter(|at| **at <= write.at).count() <= index {
                    self.add("I9", format!("{} number {} has no row", sync_type.as_str(), index + 1));
                }
            }
        }
    }

    /// I6: no quota is exceeded in any minute. OpenSolar counts a call from when it arrives.
    fn quotas(&mut self) {
        if self.world.governor() == Governor::Absent || self.world.gate.stood_still() {
            return;
        }
        let calls = self.world.opensolar.now().calls.clone();
        let quotas = self.world.config.account.quotas;
        let most = [
            (LimitName::Creates, quotas.creates_per_minute),
            (LimitName::Updates, quotas.updates_per_minute),
            (LimitName::Reads, quotas.reads_per_minute),
            (LimitName::Others, quotas.others_per_minute),
        ];
        for (kind, most) in most {
            let times: Vec<DateTime<Utc>> = calls.iter().filter(|(_, of)| *of == kind).map(|(at, _)| *at).collect();
            let most_seen = most_in_a_minute(&times);
            if usize::try_from(most).is_ok_and(|most| most < most_seen) {
                self.add("I6", format!("{most_seen} calls of {} in a minute, and {most} are allowed", kind.as_str()));
            }
        }
    }

    /// I10: OpenSolar has what the CRM wants last, but for what a person changed there.
    fn wishes(&mut self, record: &Project, all: &[Project]) {
        let (SyncState::InStep, Some(remote)) = (&record.sync, &record.remote) else { return };
        let state = self.world.opensolar.now().clone();
        let Some(project) = remote.project.as_str().parse().ok().and_then(|id: u64| state.projects.get(&id)) else {
            return self.add("I10", format!("it is in step with project {}, which is not there", remote.project));
        };
        let Some(pushed) = &record.pushed else { return };
        // A change that is done after its doubt was settled looks like a person's.
        let is_beyond = |outcome| matches!(outcome, Outcome::Late(minutes) if 10 < minutes);
        if state.late_changes.contains(&project.identifier) && self.was_told(Target::Write, is_beyond) {
            return;
        }
        let wanted = compose::site(&record.desired, pushed.email_place, &self.world.config);
        for field in wanted.differing(&project.site) {
            let edited = project.edits.get(&field).is_some_and(|(value, _)| value.as_ref() == project.site.get(field));
            if !edited {
                use domain::fields::Field;
                self.add("I10", format!("opensolar has not what the crm wants in {}", field.as_str()));
            }
        }
        // Of a contact that another request of the customer had made, or has too, the differences stay.
        let phone = &record.desired.customer.phone;
        let is_shared = 1 < all.iter().filter(|other| other.desired.customer.phone == *phone).count();
        // One that is found though it was made too late looks as if people had changed it.
        let is_shared = is_shared || 0 < state.late_contacts;
        let contact = remote.contact.as_ref().and_then(|id| state.contacts.get(&id.as_str().parse().ok()?));
        if let (Some(contact), false) = (contact.filter(|contact| contact.is_ours), is_shared) {
            let wanted = compose::contact(&record.desired, pushed.email_place);
            if !wanted.differing(&contact.fields).is_empty() {
                self.add("I10", "opensolar's contact has not what the crm wants".to_owned());
            }
        }
    }
}

fn is_gone(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Refused(403 | 404 | 410))
}

/// Without what is no news alone: a count, and times that only move on.
fn comparable(state: CrmState) -> CrmState {
    CrmState { sync_retry_count: 0, sync_waiting_until: None, last_synced_at: None, ..state }
}

fn facts(news: &News) -> String {
    let milestone = news.milestone().as_str();
    match news {
        News::InstallationScheduled(day) | News::InstallationReminder(day) => {
            format!("{milestone} {}", day.format("%-d"))
        }
        News::DesignComplete | News::ProposalSent(_) | News::ContractSigned => milestone.to_owned(),
    }
}

/// The most creates that OpenSolar saw in any minute, and the most changes of projects.
pub(crate) fn most_writes_a_minute(world: &World) -> usize {
    let calls = world.opensolar.now().calls.clone();
    let of = |kind| calls.iter().filter(move |(_, of)| *of == kind).map(|(at, _)| *at).collect::<Vec<_>>();
    most_in_a_minute(&of(LimitName::Creates)).max(most_in_a_minute(&of(LimitName::Updates)))
}

fn most_in_a_minute(times: &[DateTime<Utc>]) -> usize {
    let from =
        |from: &DateTime<Utc>| times.iter().filter(|at| from <= at && **at < *from + TimeDelta::seconds(60)).count();
    times.iter().map(from).max().unwrap_or_default()
}
