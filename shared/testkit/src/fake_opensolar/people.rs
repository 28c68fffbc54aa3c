//! What people do in OpenSolar, apart from its API, through the handle.

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::{FakeOpenSolar, Misuse, Work};

/// Every change is told to the registered webhooks.
impl FakeOpenSolar {
    /// Somebody makes a project by hand, with OpenSolar's field names; without `identifier` it gets a UUID.
    ///
    /// # Errors
    /// The API would refuse it.
    pub fn add_project(&self, fields: Map<String, Value>) -> Result<u64, Misuse> {
        self.office.add_project(&fields)
    }

    /// Somebody duplicates a project, the `identifier` with it (events 107 and 108); the copy's id.
    ///
    /// # Errors
    /// There is no such project.
    pub fn duplicate(&self, project: u64) -> Result<u64, Misuse> {
        self.office.change_at_now(|org, now| org.duplicate_project(project, now))
    }

    /// Somebody makes a contact by hand, with OpenSolar's field names.
    ///
    /// # Errors
    /// The API would refuse it.
    pub fn add_contact(&self, fields: Map<String, Value>) -> Result<u64, Misuse> {
        self.office.add_contact(&fields)
    }

    /// Somebody edits a contact by hand.
    ///
    /// # Errors
    /// There is no such contact, or the API would refuse it.
    pub fn edit_contact(&self, contact: u64, fields: Map<String, Value>) -> Result<(), Misuse> {
        self.office.change_at_now(|org, now| org.rewrite_contact(contact, &fields, now))
    }

    /// Somebody deletes a contact.
    ///
    /// # Errors
    /// There is no such contact.
    pub fn delete_contact(&self, contact: u64) -> Result<(), Misuse> {
        self.office.change_at_now(|org, now| org.remove_contact(contact, now)).ok_or(Misuse::NoSuchContact(contact))
    }

    /// Somebody adds a stage to the default workflow, with one of the milestones 0 to 4; its id.
    pub fn add_stage(&self, title: &str, milestone: u64) -> u64 {
        self.office.change(|org| org.workflows.add_stage(title, milestone))
    }

    /// Somebody archives a stage. Projects in it stay there.
    ///
    /// # Errors
    /// There is no such stage.
    pub fn archive_stage(&self, stage: u64) -> Result<(), Misuse> {
        self.office.change(|org| org.workflows.archive_stage(stage)).ok_or(Misuse::NoSuchStage(stage))
    }

    /// Somebody does this with a project.
    ///
    /// # Errors
    /// The app would not offer it.
    pub fn work(&self, project: u64, work: Work) -> Result<(), Misuse> {
        self.office.work(project, work)
    }

    /// A designer adds a system of this size, in kW DC.
    ///
    /// # Errors
    /// There is no such project.
    pub fn design(&self, project: u64, kw: f64) -> Result<(), Misuse> {
        self.work(project, Work::Design { kw })
    }

    /// OpenSolar e-mails the proposal to the customer.
    ///
    /// # Errors
    /// There is no such project.
    pub fn send_proposal(&self, project: u64) -> Result<(), Misuse> {
        self.work(project, Work::SendProposal)
    }

    /// The customer accepts the newest system online.
    ///
    /// # Errors
    /// There is no such project, or nothing to sell.
    pub fn sell(&self, project: u64) -> Result<(), Misuse> {
        self.work(project, Work::Sell)
    }

    /// Somebody sets the day of the installation.
    ///
    /// # Errors
    /// There is no such project.
    pub fn schedule_installation(&self, project: u64, date: NaiveDate) -> Result<(), Misuse> {
        self.work(project, Work::ScheduleInstallation { date: Some(date) })
    }

    /// A stranger opens the share link, for which OpenSolar makes a contact at `os.code`; its id.
    ///
    /// # Errors
    /// There is no such project.
    pub fn share_link_opened(&self, project: u64) -> Result<u64, Misuse> {
        self.office.change_at_now(|org, now| org.share_link_opened(project, now))
    }
}
