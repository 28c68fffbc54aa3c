//! The port: what is asked, under what may come of it.

use async_trait::async_trait;
use domain::configuration::{Account, ApiContract};
use domain::fields::ContactPatch;
use domain::ids::{ContactId, ProjectId};
use domain::phone::{EmailAddress, PhoneNumber};
use domain::ports::{Ambient, LimitName, OpenSolar, OpenSolarError};
use domain::remote::{
    ContactPage, CreatedProject, NewPerson, NewProject, Phase, ProjectChange, ProjectEvent, ProjectPage, ProjectRow,
    RemoteContact, RemoteProject, Stage,
};
use domain::remote_log::{QueuedDelivery, SentPage};

use super::write::{Effect, Made};
use super::{Filter, SimContact, SimOpenSolar, SimProject, Target, number};

#[async_trait]
impl OpenSolar for SimOpenSolar {
    async fn create_project(&self, account: &Account, new: &NewProject) -> Result<CreatedProject, OpenSolarError> {
        let sent_at = self.ambient.now();
        let (mut state, outcome) = self.arrives(LimitName::Creates, Some(Target::Write), account);
        match state.hear(Effect::Create(new.clone()), outcome, sent_at)? {
            Made::Project(created) => Ok(created),
            Made::Contact(_) | Made::Nothing => {
                Err(OpenSolarError::InDoubt { operation: "create", source: "no project".into() })
            }
        }
    }

    async fn project(&self, account: &Account, id: &ProjectId) -> Result<RemoteProject, OpenSolarError> {
        let (mut state, outcome) = self.arrives(LimitName::Reads, Some(Target::Read), account);
        outcome.opensolar("read")?;
        let key = number(id.as_str());
        state.reads += 1;
        state.saw(key);
        let Some(project) = state.projects.get(&key) else { return not_found("read") };
        Ok(project.shown(key, state.speech.contract()))
    }

    async fn contact_by_email(
        &self,
        account: &Account,
        email: &EmailAddress,
    ) -> Result<Option<RemoteContact>, OpenSolarError> {
        let (state, _) = self.arrives(LimitName::Others, None, account);
        let found = state.contact_with(email).filter(|_| state.filter == Filter::Works);
        Ok(found.and_then(|id| state.contacts.get(&id).map(|contact| contact.shown(id))))
    }

    /// `live` has no filter by number.
    async fn contacts_by_phone(
        &self,
        account: &Account,
        phone: &PhoneNumber,
        _: u32,
    ) -> Result<ContactPage, OpenSolarError> {
        let (state, _) = self.arrives(LimitName::Others, None, account);
        let is_shown = |contact: &SimContact| match (state.speech.contract(), state.filter) {
            (ApiContract::Live, _) | (ApiContract::Design, Filter::ShowsEverybody) => true,
            (ApiContract::Design, Filter::Works) => contact.has_number(phone),
            (ApiContract::Design, Filter::ShowsNobody) => false,
        };
        let shown = state.contacts.iter().filter(|(_, contact)| is_shown(contact));
        Ok(ContactPage {
            rows: shown.map(|(id, contact)| contact.shown(*id)).collect(),
            is_last: true,
            is_presumed: false,
        })
    }

    /// In `live`, contacts are made with their projects.
    async fn create_contact(&self, account: &Account, new: &NewPerson) -> Result<ContactId, OpenSolarError> {
        let sent_at = self.ambient.now();
        let (mut state, outcome) = self.arrives(LimitName::Others, Some(Target::Write), account);
        match state.hear(Effect::CreateContact(new.clone()), outcome, sent_at)? {
            Made::Contact(contact) => Ok(contact),
            Made::Project(_) | Made::Nothing => {
                Err(OpenSolarError::InDoubt { operation: "create of the contact", source: "no contact".into() })
            }
        }
    }

    async fn contact_page(&self, account: &Account, _: u32) -> Result<ContactPage, OpenSolarError> {
        let (state, _) = self.arrives(LimitName::Others, None, account);
        let rows = state.contacts.iter().map(|(id, contact)| contact.shown(*id)).collect();
        Ok(ContactPage { rows, is_last: true, is_presumed: false })
    }

    async fn update_project(
        &self,
        account: &Account,
        id: &ProjectId,
        change: &ProjectChange,
    ) -> Result<(), OpenSolarError> {
        let sent_at = self.ambient.now();
        let (mut state, outcome) = self.arrives(LimitName::Updates, Some(Target::Write), account);
        let id = number(id.as_str());
        let seen = state.seen_by_caller(id);
        state.hear(Effect::UpdateProject { id, patch: change.patch.clone(), seen }, outcome, sent_at).map(|_| ())
    }

    async fn contact(&self, account: &Account, id: &ContactId) -> Result<RemoteContact, OpenSolarError> {
        let (mut state, _) = self.arrives(LimitName::Others, None, account);
        let key = number(id.as_str());
        state.saw(key);
        state.contacts.get(&key).map_or_else(|| not_found("read of the contact"), |contact| Ok(contact.shown(key)))
    }

    async fn update_contact(
        &self,
        account: &Account,
        id: &ContactId,
        patch: &ContactPatch,
    ) -> Result<(), OpenSolarError> {
        let sent_at = self.ambient.now();
        let (mut state, outcome) = self.arrives(LimitName::Others, Some(Target::Write), account);
        let id = number(id.as_str());
        let seen = state.seen_by_caller(id);
        state.hear(Effect::UpdateContact { id, patch: patch.clone(), seen }, outcome, sent_at).map(|_| ())
    }

    async fn event(&self, account: &Account, _: u64) -> Result<Option<ProjectEvent>, OpenSolarError> {
        drop(self.arrives(LimitName::Others, None, account));
        Ok(None)
    }

    async fn stages(&self, account: &Account) -> Result<Vec<Stage>, OpenSolarError> {
        let (state, _) = self.arrives(LimitName::Others, None, account);
        if state.speech.contract() == ApiContract::Design {
            return Ok(Vec::new());
        }
        let stage =
            |id, title: &str, phase| Stage { id, title: title.to_owned(), phase: Some(phase), is_archived: false };
        Ok(vec![
            stage(6541, "Lead", Phase::Presale),
            stage(6543, "Designed", Phase::Presale),
            stage(6544, "Contract signed", Phase::Sold),
            stage(6546, "Done", Phase::Installed),
        ])
    }

    /// Oldest first, whatever was said of it; the identifier is for whoever reads the project itself.
    async fn project_page(&self, account: &Account, _: u32) -> Result<ProjectPage, OpenSolarError> {
        let (mut state, _) = self.arrives(LimitName::Others, None, account);
        let hidden = usize::from(0 < state.blind_lists);
        state.blind_lists = state.blind_lists.saturating_sub(1);
        let shown = state.projects.len().saturating_sub(hidden);
        let row = |(id, project): (&u64, &SimProject)| ProjectRow {
            id: (*id).into(),
            created_at: Some(project.created_at),
            modified_at: Some(project.modified_at),
        };
        Ok(ProjectPage {
            rows: state.projects.iter().take(shown).map(row).collect(),
            is_last: true,
            is_presumed: false,
            total: None,
        })
    }

    /// It keeps no account of its deliveries: what is found is found without.
    async fn sent_deliveries(&self, _: &Account, _: u32) -> Result<Option<SentPage>, OpenSolarError> {
        Err(OpenSolarError::Rejected { operation: "delivery log", status: 403, fields: Vec::new() })
    }

    async fn queued_deliveries(&self, _: &Account) -> Result<Vec<QueuedDelivery>, OpenSolarError> {
        Err(OpenSolarError::Rejected { operation: "delivery queue", status: 403, fields: Vec::new() })
    }

    async fn project_of_event(&self, _: &Account, _: u64) -> Result<Option<ProjectId>, OpenSolarError> {
        Ok(None)
    }
}

fn not_found<T>(operation: &'static str) -> Result<T, OpenSolarError> {
    Err(OpenSolarError::Rejected { operation, status: 404, fields: Vec::new() })
}
