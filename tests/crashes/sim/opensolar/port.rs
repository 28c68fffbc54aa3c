//! The port: what is asked, under what may come of it.

use async_trait::async_trait;
use domain::configuration::Account;
use domain::fields::{ContactPatch, ProjectPatch};
use domain::ids::{ContactId, ProjectId};
use domain::phone::{EmailAddress, PhoneNumber};
use domain::ports::{Ambient, LimitName, OpenSolar, OpenSolarError};
use domain::remote::{
    ContactPage, CreatedProject, NewPerson, NewProject, Phase, ProjectEvent, ProjectPage, ProjectRow, RemoteContact,
    RemoteProject, Stage,
};
use domain::remote_log::{QueuedDelivery, SentPage};

use super::{Effect, Filter, SimOpenSolar, SimProject, Target, number};

#[async_trait]
impl OpenSolar for SimOpenSolar {
    async fn create_project(&self, account: &Account, new: &NewProject) -> Result<CreatedProject, OpenSolarError> {
        let sent_at = self.ambient.now();
        let (mut state, outcome) = self.arrives(LimitName::Creates, Some(Target::Write), account);
        let created = state.hear(Effect::Create(new.clone()), outcome, sent_at)?;
        created.ok_or(OpenSolarError::InDoubt { operation: "create", source: "no project".into() })
    }

    async fn project(&self, account: &Account, id: &ProjectId) -> Result<RemoteProject, OpenSolarError> {
        let (mut state, outcome) = self.arrives(LimitName::Reads, Some(Target::Read), account);
        outcome.opensolar("read")?;
        let key = number(id.as_str());
        state.reads += 1;
        state.saw(key);
        let Some(project) = state.projects.get(&key) else { return not_found("read") };
        Ok(project.shown(key))
    }

    async fn contact_by_email(
        &self,
        account: &Account,
        email: &EmailAddress,
    ) -> Result<Option<RemoteContact>, OpenSolarError> {
        let (state, _) = self.arrives(LimitName::Others, None, account);
        let found = state.contact_with(email.as_str()).filter(|_| state.filter == Filter::Works);
        Ok(found.and_then(|id| state.contacts.get(&id).map(|contact| contact.shown(id))))
    }

    /// It has no filter by number.
    async fn contacts_by_phone(
        &self,
        account: &Account,
        _: &PhoneNumber,
        page: u32,
    ) -> Result<ContactPage, OpenSolarError> {
        self.contact_page(account, page).await
    }

    /// Its contacts are made with their projects.
    async fn create_contact(&self, account: &Account, _: &NewPerson) -> Result<ContactId, OpenSolarError> {
        drop(self.arrives(LimitName::Others, None, account));
        Err(OpenSolarError::Rejected { operation: "create of the contact", status: 405, fields: Vec::new() })
    }

    async fn contact_page(&self, account: &Account, _: u32) -> Result<ContactPage, OpenSolarError> {
        let (state, _) = self.arrives(LimitName::Others, None, account);
        let rows = state.contacts.iter().map(|(id, contact)| contact.shown(*id)).collect();
        Ok(ContactPage { rows, is_last: true })
    }

    async fn update_project(
        &self,
        account: &Account,
        id: &ProjectId,
        patch: &ProjectPatch,
    ) -> Result<(), OpenSolarError> {
        let sent_at = self.ambient.now();
        let (mut state, outcome) = self.arrives(LimitName::Updates, Some(Target::Write), account);
        let id = number(id.as_str());
        let seen = state.seen_by_caller(id);
        state.hear(Effect::UpdateProject { id, patch: patch.clone(), seen }, outcome, sent_at).map(|_| ())
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
        drop(self.arrives(LimitName::Others, None, account));
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
