//! Makes a customer's contact by itself, where a contract has a project name one that is there.
//!
//! It is committed before it is sent, like a change, and in doubt it is left alone until a look at the contacts tells
//! whether it was made. By then it is known under the customer's number, so that its project is an ordinary create.

use super::create::CONTACT_PAGES;
use super::sending::{Sending, sync_type};
use super::{Step, Sync, due};
use crate::compose;
use crate::fields::{ContactField, FieldValue};
use crate::ids::ContactId;
use crate::log::SyncLog;
use crate::phone::PhoneNumber;
use crate::ports::{Cause, Change, OpenSolarError, StoreError};
use crate::project::{ContactChoice, Project, SyncState, Update};
use crate::remote::{EmailPlace, NewPerson, RemoteContact};
use crate::retry::next_try;
use crate::usecase::draft::Draft;
use crate::usecase::settle_create::{fail, failures, phone_of, release_contact, retry_or_park};

impl Sync<'_> {
    /// Commits the contact, and sends it.
    pub(super) async fn make_contact(&self, project: &Project, place: EmailPlace) -> Result<Step, StoreError> {
        let person = compose::new_person(&project.desired, place);
        let draft = Draft::of(self.core, project);
        self.send(draft, Sending::NewContact(person)).await
    }

    /// OpenSolar has the contact: it is the customer's, and the project is next.
    pub(super) fn contact_is_there(&self, draft: &mut Draft<'_>, contact: &ContactId) {
        let (org, request) = (draft.project.org, draft.project.request_id().clone());
        let made_with = draft.project.open_contact().map(|person| person.fields.clone());
        if let Some(phone) = made_with.as_ref().and_then(phone_of) {
            draft.change(Change::KeepContact { org, phone, contact: contact.clone(), request });
        }
        let email_place = match draft.project.contact {
            ContactChoice::NewWithoutEmail => EmailPlace::Notes,
            ContactChoice::Undecided | ContactChoice::New | ContactChoice::Existing(_) | ContactChoice::Made { .. } => {
                EmailPlace::Contact
            }
        };
        draft.project.contact = match made_with {
            Some(fields) => ContactChoice::Made { contact: contact.clone(), fields, email_place },
            None => ContactChoice::Existing(contact.clone()),
        };
        draft.project.sync = due(failures(&draft.project.sync), self.deadline);
    }

    /// Looks whether a contact in doubt was made. One that was not is made again, but not for ever.
    pub(super) async fn settle_contact(
        &self,
        project: &Project,
        update: &Update,
        person: &NewPerson,
        failures: u32,
    ) -> Result<Step, StoreError> {
        let found = match phone_of(&person.fields) {
            Some(phone) => self.contact_with_number(&phone).await,
            None => Ok(None),
        };
        let mut draft = Draft::of(self.core, project);
        let row = SyncLog::begin(
            project.org,
            project.request_id(),
            update.log_id.clone(),
            sync_type(&update.change),
            update.committed_at,
        );
        let row = row.asking(&Sending::NewContact(person.clone()).to_string());
        let step = match found {
            Ok(Some(contact)) => {
                draft.because("found", format!("contact {} has the telephone number", contact.id));
                draft.change(Change::LogSync(row.succeeded(format!("contact {}, found", contact.id), draft.now)));
                self.contact_is_there(&mut draft, &contact.id);
                Step::Again
            }
            Ok(None) => {
                let why: Cause = "opensolar shows no such contact".into();
                draft.because("absent", why.to_string());
                draft.change(Change::LogSync(row.failed(&*why, draft.now)));
                release_contact(&mut draft);
                match next_try(failures + 1, self.core.ambient.random(), draft.now) {
                    Some(_) => {
                        draft.project.sync = due(failures + 1, self.deadline);
                        Step::Again
                    }
                    None => {
                        let reason = "opensolar never makes the contact and never says so: make it there by hand";
                        draft.project.sync = SyncState::Parked { reason: reason.to_owned(), in_doubt: None };
                        Step::Rest
                    }
                }
            }
            Err(error) => {
                if retry_or_park(self.core, &error, failures, draft.now).is_none() {
                    release_contact(&mut draft);
                }
                fail(self.core, &mut draft, &error);
                // Only the time is the failure's: what was sent stays in doubt.
                if let SyncState::Waiting { until, failures, .. } = draft.project.sync {
                    draft.project.sync = SyncState::Unsettled { update: update.clone(), settle_at: until, failures };
                }
                Step::Rest
            }
        };
        draft.commit(self.cause.clone()).await.map(|_| step)
    }

    /// The contact that has this number, however it is written there. What the server gives for the number is compared,
    /// row by row: who ignores the filter shows everybody.
    pub(super) async fn contact_with_number(
        &self,
        wanted: &PhoneNumber,
    ) -> Result<Option<RemoteContact>, OpenSolarError> {
        for number in 1..=CONTACT_PAGES {
            if !self.deadline.allows(self.config.account.api_timeout, self.core.now()) {
                return Err(not_all_seen("the invocation is about to end".into()));
            }
            let page = match self.opensolar.contacts_by_phone(&self.config.account, wanted, number).await {
                // A server that shows everybody may have more than a quota allows: to begin anew for ever is no way on.
                Err(error @ OpenSolarError::NotGranted { .. }) if 1 < number => return Err(not_all_seen(error.into())),
                page => page?,
            };
            let is_theirs = |contact: &RemoteContact| self.number_of(contact).as_ref() == Some(wanted);
            if let Some(contact) = page.rows.into_iter().find(is_theirs) {
                return Ok(Some(contact));
            }
            if page.is_presumed && 1 < number {
                return Err(not_all_seen("a page that was announced showed nothing".into()));
            }
            if page.is_last {
                return Ok(None);
            }
        }
        Err(not_all_seen("there are more contacts than are looked through".into()))
    }

    /// A contact's number, if it shows one that can be read.
    pub(super) fn number_of(&self, shown: &RemoteContact) -> Option<PhoneNumber> {
        match shown.fields.get(ContactField::Phone) {
            Some(FieldValue::Text(number)) => PhoneNumber::parse(number, &self.config.calling_code).ok(),
            Some(FieldValue::Flag(_) | FieldValue::Place(_)) | None => None,
        }
    }
}

/// Not to have seen all is no proof that nobody has the number.
fn not_all_seen(source: Cause) -> OpenSolarError {
    OpenSolarError::NotSent { operation: "rest of the contact scan", source }
}
