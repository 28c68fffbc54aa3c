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

    /// Somebody makes a contact by hand, with OpenSolar's field names.
    ///
    /// # Errors
    /// The API would refuse it.
    pub fn add_contact(&self, fields: Map<String, Value>) -> Result<u64, Misuse> {
        self.office.add_contact(&fields)
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
        self.office.share_link_opened(project)
    }
}
