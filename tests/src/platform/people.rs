//! What people do in OpenSolar, and what is told of it: a model's body that is to be read back in `live`, a signed event
//! in `design`, or nothing where the contract has no word for it.

use chrono::NaiveDate;
use serde_json::{Value, json};
use testkit::{fake_opensolar, fake_relay};

use super::Platform;
use super::seen::fields;

/// Everybody does only what OpenSolar offers: anything else is a mistake of the flow, and panics.
impl Platform {
    /// Somebody makes a project by hand, at this address; its id.
    pub fn add_project(&self, title: &str, address: &str) -> u64 {
        match self {
            Self::Live(live) => {
                live.add_project(fields(json!({"title": title, "address": address}))).expect("a project")
            }
            Self::Design(relay) => relay.add_project(fields(json!({"name": title, "address": {"street": address}}))),
        }
    }

    /// Somebody makes a contact by hand; its id.
    pub fn add_contact(&self, first_name: &str, email: &str, phone: &str) -> u64 {
        let known = fields(json!({"first_name": first_name, "email": email, "phone": phone}));
        match self {
            Self::Live(live) => live.add_contact(known).expect("a contact"),
            Self::Design(relay) => relay.add_contact(known),
        }
    }

    /// Somebody duplicates a project, and what our create called it with it; the copy's id.
    pub fn duplicate(&self, project: u64) -> u64 {
        match self {
            Self::Live(live) => live.duplicate(project).expect("duplicated"),
            Self::Design(relay) => relay.duplicate(project).expect("duplicated"),
        }
    }

    /// Somebody corrects a project's address.
    pub fn edit_address(&self, project: u64, address: &str) {
        self.edit(project, json!({"address": address}), json!({"address": {"street": address}}));
    }

    /// Somebody corrects a contact's family name.
    pub fn edit_family_name(&self, contact: u64, name: &str) {
        self.edit_contact(contact, json!({"family_name": name}), json!({"last_name": name}));
    }

    /// Somebody gives a contact another number.
    pub fn edit_phone(&self, contact: u64, phone: &str) {
        self.edit_contact(contact, json!({"phone": phone}), json!({"phone": phone}));
    }

    /// A designer makes a system of this size.
    pub fn design(&self, project: u64, kw: f64) {
        self.happens(project, fake_opensolar::Work::Design { kw }, fake_relay::Work::Design { kw });
    }

    /// The customer is sent the proposal.
    pub fn send_proposal(&self, project: u64) {
        self.happens(project, fake_opensolar::Work::SendProposal, fake_relay::Work::SendProposal);
    }

    /// The customer signs: in `live` that is a sale of the newest system, or without one the signature alone.
    pub fn sign_contract(&self, project: u64) {
        match self {
            Self::Live(live) => match live.sell(project) {
                Err(fake_opensolar::Misuse::NoSystem(_)) => {
                    live.work(project, fake_opensolar::Work::SignContract).expect("signed");
                }
                sold => sold.expect("OpenSolar offers it"),
            },
            Self::Design(relay) => relay.work(project, fake_relay::Work::SignContract).expect("the project is there"),
        }
    }

    /// The day of the installation is set, or another one.
    pub fn schedule_installation(&self, project: u64, date: NaiveDate) {
        let live = fake_opensolar::Work::ScheduleInstallation { date: Some(date) };
        self.happens(project, live, fake_relay::Work::ScheduleInstallation { date });
    }

    /// The technicians begin: in `live` that is a stage.
    pub fn begin_installation(&self, project: u64) {
        let live = fake_opensolar::Work::MoveToStage { stage_id: 6545 };
        self.happens(project, live, fake_relay::Work::Move { status: "installation".to_owned() });
    }

    /// The newest system stands.
    pub fn complete_installation(&self, project: u64) {
        let design = fake_relay::Work::Move { status: "complete".to_owned() };
        self.happens(project, fake_opensolar::Work::MarkInstalled, design);
    }

    /// Somebody does something with it from which nothing follows: in `live` that is told of, `design` has no event for it.
    pub fn work_on(&self, project: u64) {
        match self {
            Self::Live(live) => live.work(project, fake_opensolar::Work::Note { event_type_id: 31 }).expect("noted"),
            Self::Design(_) => {}
        }
    }

    /// Somebody deletes the project.
    pub fn delete(&self, project: u64) {
        self.happens(project, fake_opensolar::Work::Delete, fake_relay::Work::Delete);
    }

    fn happens(&self, project: u64, in_live: fake_opensolar::Work, in_design: fake_relay::Work) {
        match self {
            Self::Live(live) => live.work(project, in_live).expect("OpenSolar offers it"),
            Self::Design(relay) => relay.work(project, in_design).expect("the project is there"),
        }
    }

    fn edit(&self, project: u64, in_live: Value, in_design: Value) {
        let live = fake_opensolar::Work::Edit { fields: fields(in_live) };
        self.happens(project, live, fake_relay::Work::Edit { fields: fields(in_design) });
    }

    fn edit_contact(&self, contact: u64, in_live: Value, in_design: Value) {
        match self {
            Self::Live(live) => live.edit_contact(contact, fields(in_live)).expect("edited"),
            Self::Design(relay) => relay.edit_contact(contact, fields(in_design)).expect("edited"),
        }
    }
}
