//! Doing what [`Work`] names: the changed fields and the events that go with each, in order.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value, json};

use super::fields;
use super::model::{Contact, Organisation, Project, Proposal, Sale, System, SystemKind, made_identifier, take};
use super::quirks::{CopiedLink, IdentifierRule, OpenedLink, Opener, SaleTraces, Scheduling};
use super::timeline::start_of_work;
use super::work::{Misuse, Work};
use super::workflow;

impl Organisation {
    /// Does it.
    pub(super) fn work(&mut self, project: u64, work: Work, now: DateTime<Utc>) -> Result<(), Misuse> {
        let Some(current) = self.projects.get(&project) else { return Err(Misuse::NoSuchProject(project)) };
        let mut designs = current.systems.iter().rev().filter(|system| system.kind == SystemKind::Design);
        let newest = designs.next().map(|system| system.id).ok_or(Misuse::NoSystem(project));
        match work {
            Work::Design { kw } => {
                self.add_system(project, kw, SystemKind::Design, now);
                self.add_event(project, 132, now);
                self.add_event(project, 44, now);
            }
            Work::NoteExistingSystem { kw } => {
                self.add_system(project, kw, SystemKind::Existing, now);
                self.add_event(project, 44, now);
            }
            Work::Redesign { kw } => {
                let newest = newest?;
                self.edit_project(project, now, |project| {
                    let systems = project.systems.iter_mut();
                    systems.filter(|system| system.id == newest).for_each(|system| system.kw_stc = kw);
                });
                self.add_event(project, 44, now);
            }
            Work::SendProposal => {
                self.edit_project(project, now, |project| {
                    if project.proposal == Proposal::None {
                        project.proposal = Proposal::Sent;
                    }
                });
                self.add_event(project, 0, now);
            }
            Work::ViewProposal => {
                self.edit_project(project, now, |project| project.proposal = Proposal::Viewed);
                self.add_event(project, 2, now);
            }
            Work::CopyShareLink => match self.quirks.events.copied_link {
                CopiedLink::Nothing => {}
                CopiedLink::SentEvent => self.add_event(project, 0, now),
            },
            Work::SignContract => {
                self.edit_project(project, now, |project| project.contract_signed = Some(now.date_naive()));
                self.add_event(project, 63, now);
            }
            Work::Sell => self.sell(project, newest?, now),
            Work::Unsell => {
                self.edit_project(project, now, |project| {
                    project.sale = None;
                    project.contract_signed = None;
                    project.stage_id = workflow::PROPOSAL;
                });
                self.add_event(project, 56, now);
            }
            Work::ScheduleInstallation { date } => self.schedule(project, date, now),
            Work::PlanOnCalendar { start } => self.plan_installation(project, start, now),
            Work::MarkInstalled => {
                let newest = newest?;
                self.edit_project(project, now, |project| {
                    project.system_installed = Some(newest);
                    project.stage_id = workflow::INSTALLED;
                });
                self.add_event(project, 104, now);
                self.add_event(project, 56, now);
            }
            Work::MoveToStage { stage_id } => self.move_to_stage(project, stage_id, now)?,
            Work::Note { event_type_id } => self.add_event(project, event_type_id, now),
            Work::WorkOnQuote => self.touch_quote(project, now),
            Work::Edit { fields } => self.update_project(project, &fields, now).map_err(Misuse::Refused)?,
            Work::Delete => drop(self.remove_project(project, now)),
        }
        Ok(())
    }

    fn add_system(&mut self, project: u64, kw_stc: f64, kind: SystemKind, now: DateTime<Utc>) {
        let system = System { id: take(&mut self.next.system), kw_stc, kind };
        self.edit_project(project, now, |project| project.systems.push(system));
    }

    fn sell(&mut self, project: u64, system_id: u64, now: DateTime<Utc>) {
        let signing: &[u64] = match self.quirks.events.sale {
            SaleTraces::Online => &[3],
            SaleTraces::DocuSign => &[63, 52],
            SaleTraces::ByHand => &[],
        };
        for event_type_id in signing {
            self.add_event(project, *event_type_id, now);
        }
        self.edit_project(project, now, |project| {
            project.sale = Some(Sale { system_id, sold_date: now, contract_date: now.date_naive() });
            project.stage_id = workflow::SOLD;
        });
        self.add_event(project, 103, now);
        self.add_event(project, 56, now);
    }

    fn schedule(&mut self, project: u64, date: Option<NaiveDate>, now: DateTime<Utc>) {
        let (in_field, in_calendar) = match self.quirks.events.scheduling {
            Scheduling::FieldOnly => (true, false),
            Scheduling::FieldAndCalendar => (true, true),
            Scheduling::CalendarOnly | Scheduling::CalendarWithArchive => (false, true),
        };
        if in_field {
            self.edit_project(project, now, |project| project.installation_date = date);
        }
        if in_calendar {
            self.plan_installation(project, date.map(start_of_work), now);
        }
    }

    fn move_to_stage(&mut self, project: u64, stage_id: u64, now: DateTime<Utc>) -> Result<(), Misuse> {
        if !self.workflows.is_open(stage_id, self.quirks.projects.workflows) {
            return Err(Misuse::NoSuchStage(stage_id));
        }
        let before = self.projects.get(&project).map(|project| self.workflows.of_stage(project.stage_id));
        self.edit_project(project, now, |project| project.stage_id = stage_id);
        if before != Some(self.workflows.of_stage(stage_id)) {
            self.add_event(project, 106, now);
        }
        self.add_event(project, 56, now);
        Ok(())
    }

    /// Somebody duplicates a project: everything but its timeline is copied, the `identifier` too.
    pub(super) fn duplicate_project(&mut self, original: u64, now: DateTime<Utc>) -> Result<u64, Misuse> {
        let copied = self.projects.get(&original).cloned().ok_or(Misuse::NoSuchProject(original))?;
        let id = take(&mut self.next.project);
        let identifier = match self.quirks.projects.identifier {
            IdentifierRule::MayRepeat => copied.identifier.clone(),
            IdentifierRule::Unique => made_identifier("project", id),
        };
        let mut systems = copied.systems.clone();
        systems.iter_mut().for_each(|system| system.id = take(&mut self.next.system));
        let stage_id = workflow::NEW;
        let (sale, system_installed, proposal) = (None, None, Proposal::None);
        let copy = Project { id, identifier, systems, stage_id, sale, system_installed, proposal, ..copied };
        self.add_project(copy, now);
        self.add_event(original, 107, now);
        self.add_event(id, 108, now);
        Ok(id)
    }

    /// A stranger opens a project's share link: OpenSolar then makes a contact of its own, with an undeliverable
    /// address at `os.code`, and tells of it like of any other.
    pub(super) fn share_link_opened(&mut self, project: u64, now: DateTime<Utc>) -> Result<u64, Misuse> {
        if !self.projects.contains_key(&project) {
            return Err(Misuse::NoSuchProject(project));
        }
        let id = take(&mut self.next.contact);
        let mut details = fields::blank_contact();
        details.insert("email".to_owned(), json!(format!("{id}@os.code")));
        let identifier = made_identifier("contact", id);
        self.add_contact(Contact { id, identifier, details, kind: 1 }, now);
        if self.quirks.events.opener == Opener::Attached {
            self.edit_project(project, now, |project| project.contacts.push(id));
        }
        if self.quirks.events.opened_link == OpenedLink::ContactAndEvent {
            self.add_event(project, 2, now);
        }
        Ok(id)
    }

    /// Somebody edits a contact by hand.
    pub(super) fn rewrite_contact(
        &mut self,
        id: u64,
        fields: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<(), Misuse> {
        if !self.contacts.contains_key(&id) {
            return Err(Misuse::NoSuchContact(id));
        }
        self.update_contact(id, fields, now).map_err(Misuse::Refused)
    }
}
