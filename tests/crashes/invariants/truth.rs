//! I3: the record is what OpenSolar shows or tells; and I4, that what happened is in the ledger.

use std::collections::BTreeSet;

use domain::notification::Milestone;
use domain::project::{FIRST_STATUS, Observed, Project, SyncState};
use domain::remote::ProjectStatus;
use testkit::builders::ORG;

use super::{Look, Moment};
use crate::plan::Post;
use crate::sim::opensolar::{SimProject, Speech, Stamps};

impl Look<'_> {
    /// I3: the record shows what OpenSolar shows, or what its events told.
    pub(super) fn truth(&mut self, record: &Project) {
        let heard_of_all = self.plan.post != Post::Lost && self.world.state().unanswered == 0;
        if self.moment == Moment::Quiet && !heard_of_all {
            return;
        }
        let Some(remote) = &record.remote else { return };
        if matches!(record.sync, SyncState::RemoteGone { .. }) {
            return;
        }
        let state = self.world.opensolar.now().clone();
        let Some(project) = remote.project.as_str().parse().ok().and_then(|id: u64| state.projects.get(&id)) else {
            return;
        };
        match (self.world.speech(), self.moment, heard_of_all) {
            (Speech::Live, moment, _) => {
                self.as_read(record, project);
                if moment == Moment::AfterNights {
                    self.in_the_ledger(record, project);
                }
            }
            (Speech::Design(stamps), moment, heard_of_all) => {
                self.each_event_once(record);
                if heard_of_all {
                    self.as_told(record, project, stamps);
                    self.in_the_ledger(record, project);
                }
                if moment == Moment::AfterNights {
                    self.as_read_at_night(record, project);
                }
            }
        }
    }

    fn as_read(&mut self, record: &Project, project: &SimProject) {
        let Some(seen) = &record.observed else {
            return self.add("I3", "the linked project was never read".to_owned());
        };
        let day = project.installation.map(|date| date.day(self.world.config.time_zone));
        let shown = (seen.stage, seen.phase, seen.is_sold, seen.system_size, seen.installation_day, seen.is_installed);
        let is =
            (project.stage, Some(project.phase), project.sold_at.is_some(), project.size, day, project.is_installed);
        if shown != is {
            self.add("I3", format!("the record shows {shown:?}, opensolar {is:?}"));
        } else if seen.modified_at != Some(project.modified_at) {
            self.add("I3", format!("the record is of {:?}, opensolar of {}", seen.modified_at, project.modified_at));
        }
    }

    /// Of `design` a read shows little.
    fn as_read_at_night(&mut self, record: &Project, project: &SimProject) {
        let Some(seen) = &record.observed else {
            return self.add("I3", "the linked project was never read".to_owned());
        };
        let status = seen.status.as_ref().map(ProjectStatus::as_str);
        let shown = (status, seen.system_size, seen.is_installed, seen.modified_at);
        let is = (Some(project.status), project.size, project.status == "complete", Some(project.modified_at));
        if shown != is {
            self.add("I3", format!("after the night the record shows {shown:?}, opensolar {is:?}"));
        }
    }

    /// What events told, in whatever order and number they came: it is as they say that it became last.
    fn as_told(&mut self, record: &Project, project: &SimProject, stamps: Stamps) {
        let seen = record.observed.clone().unwrap_or_else(|| Observed::nothing_yet(self.world.now()));
        let (day, status) = match stamps {
            Stamps::Stamped => (project.installation.map(|date| date.day(self.world.config.time_zone)), project.status),
            // Without a time, what arrived last counts.
            Stamps::Bare => self.world.last_heard(),
        };
        let told_status = seen.status.as_ref().map(ProjectStatus::as_str);
        // Nobody tells of a beginning.
        let is_told = told_status.is_some() || status != FIRST_STATUS;
        if self.moment == Moment::Quiet && is_told && told_status != Some(status) {
            self.add("I3", format!("events told {status}, the record shows {told_status:?}"));
        }
        let shown = (
            seen.installation_day,
            seen.design_complete,
            seen.proposal_link.is_some() && seen.proposal_sent_at.is_some(),
            seen.contract_signed_at().is_some(),
        );
        let is = (day, project.size.is_some(), project.is_proposed(), project.sold_at.is_some());
        if shown != is {
            self.add("I3", format!("the record shows {shown:?}, and events told {is:?}"));
        }
    }

    /// An event that comes again changes nothing, and is not applied again.
    fn each_event_once(&mut self, record: &Project) {
        let decisions = self.world.store.decisions(ORG, record.request_id());
        let applied = decisions.iter().filter(|row| row.rule == "event");
        let mut known = BTreeSet::new();
        for row in applied {
            let event = row.outcome.split(": ").next().unwrap_or_default();
            if !known.insert(event) {
                self.add("I3", format!("an event was applied twice: {event}"));
            }
        }
    }

    /// Each milestone that happened is in the ledger.
    fn in_the_ledger(&mut self, record: &Project, project: &SimProject) {
        let happened = [
            (Milestone::DesignComplete, project.size.is_some()),
            (Milestone::ProposalSent, project.is_proposed()),
            (Milestone::ContractSigned, project.sold_at.is_some()),
            (Milestone::InstallationScheduled, project.installation.is_some()),
        ];
        for (milestone, _) in
            happened.iter().filter(|(milestone, is_true)| *is_true && !record.epochs.contains_key(milestone))
        {
            self.add("I4", format!("{} happened and is in no ledger", milestone.as_str()));
        }
    }
}
