//! Creates a request's project: chooses the contact, commits the intent, sends it once, and settles the answer.

use chrono::{DateTime, Utc};
use tracing::warn;

use super::{Step, Sync, due};
use crate::compose::{self, ContactPlan, new_project};
use crate::configuration::ContactIsMade;
use crate::fields::{ContactFields, names};
use crate::ids::{ContactId, RequestId};
use crate::log::{SyncLog, chain};
use crate::phone::EmailAddress;
use crate::ports::{Change, ContactEntry, OpenSolarError, StoreError, Write};
use crate::project::{
    ContactChoice, FIRST_GENERATION, Intent, Origin, Project, Pushed, Search, SyncState, VERIFYING_LIMIT, WaitReason,
    identifier,
};
use crate::remote::{CreatedProject, EmailPlace, NewContact, NewProject, RemoteContact};
use crate::retry::next_try;
use crate::usecase::CONFLICT_LIMIT;
use crate::usecase::draft::Draft;
use crate::usecase::settle_create::{contact_known, fail, failures, longest_answer, rows, settle};

/// So many pages of contacts are read, as far as time allows, for the one that has an address which OpenSolar says is
/// taken, or a number.
pub(super) const CONTACT_PAGES: u32 = 50;

impl Sync<'_> {
    /// Commits an intent, and sends it.
    pub(super) async fn create(&self, project: &Project) -> Result<Step, StoreError> {
        let timeout = self.config.account.api_timeout;
        // A lookup, the create (or the contact's), and a look at the contacts should it be refused; less is left to the sweep.
        if !self.deadline.allows(timeout * 3, self.core.now()) {
            return Ok(Step::Rest);
        }
        if self.is_untrusted(project) {
            return self.distrust(project).await;
        }
        let plan = match self.plan(project).await? {
            Plan::Contact(plan) => plan,
            Plan::Found(contact) => {
                let mut draft = Draft::of(self.core, project);
                note_differences(&mut draft, &contact, self.config.account.api_contract.contact_is_made());
                draft.project.contact = ContactChoice::Existing(contact.id);
                draft.project.sync = due(failures(&project.sync), self.deadline);
                return draft.commit(self.cause.clone()).await.map(|_| Step::Again);
            }
            Plan::Forget(contact, why) => {
                let mut draft = Draft::of(self.core, project);
                self.forget(&mut draft, &contact, why).await?;
                draft.project.contact = ContactChoice::Undecided;
                draft.project.sync = due(failures(&project.sync), self.deadline);
                return draft.commit(self.cause.clone()).await.map(|_| Step::Again);
            }
            Plan::Wait => return self.wait_for_contact(project).await,
            Plan::Failed(error) => {
                let mut draft = Draft::of(self.core, project);
                fail(self.core, &mut draft, &error);
                return draft.commit(self.cause.clone()).await.map(|_| Step::Rest);
            }
        };
        match (self.config.account.api_contract.contact_is_made(), &plan) {
            (ContactIsMade::Before, ContactPlan::New | ContactPlan::NewWithoutEmail) => {
                return self.make_contact(project, plan.email_place()).await;
            }
            (ContactIsMade::Before, ContactPlan::Existing(_)) | (ContactIsMade::WithItsProject, _) => {}
        }
        if let Err(error) = self.opensolar.may_send(&self.config.account, Write::CreateProject).await {
            return self.not_now(project, &plan, &error).await;
        }
        let intent = self.commit_intent(project, &plan).await?;
        self.send_create(project.request_id(), &intent).await
    }

    /// Sends what was committed, and settles the answer.
    pub(super) async fn send_create(&self, request: &RequestId, intent: &Intent) -> Result<Step, StoreError> {
        // What came before took its time: a create that could be cut off is not begun.
        let answer = match self.deadline.allows(self.config.account.api_timeout, self.core.now()) {
            true => self.opensolar.create_project(&self.config.account, &intent.payload).await,
            false => Err(OpenSolarError::NotSent {
                operation: "create of the project",
                source: "the invocation is about to end".into(),
            }),
        };
        self.settle(request, intent, answer).await
    }

    /// Nothing is sent now, and nothing is written down of it but until when; the contact need not be looked up again.
    async fn not_now(&self, project: &Project, plan: &ContactPlan, error: &OpenSolarError) -> Result<Step, StoreError> {
        let mut draft = Draft::of(self.core, project);
        draft.project.contact = chosen(plan);
        fail(self.core, &mut draft, error);
        draft.commit(self.cause.clone()).await.map(|_| Step::Rest)
    }

    /// Whether the request is older than what this table knows: its project may be there already.
    fn is_untrusted(&self, project: &Project) -> bool {
        if project.resent_at.is_some() || FIRST_GENERATION < project.generation {
            return false;
        }
        let asked_at = project.desired.created_at.or(project.desired.version.at);
        self.config.trusted_since.is_some_and(|since| asked_at.is_none_or(|asked_at| asked_at < since))
    }

    /// Begins as if a create were in doubt: a witness links the project that is there, or an operator decides.
    async fn distrust(&self, project: &Project) -> Result<Step, StoreError> {
        let mut draft = Draft::of(self.core, project);
        let never_sent = self.intend(&mut draft, &ContactPlan::New);
        let intent = Intent { origin: Origin::Found, log_ids: Vec::new(), ..never_sent };
        draft.because(
            "not trusted",
            "the request is older than trusted_since: it may have a project already".to_owned(),
        );
        let until = draft.now + VERIFYING_LIMIT;
        // Who sent a create before this record was may have done so just now.
        let proves_from = draft.now + longest_answer(self.config) + self.config.settle_after;
        let search = Search { proves_from, ..Search::from(draft.now) };
        draft.project.sync = SyncState::Verifying { intent, since: draft.now, until, search };
        draft.commit(self.cause.clone()).await.map(|_| Step::Again)
    }

    /// Composes what is sent, makes its identifier findable, and keeps what will count as pushed.
    fn intend(&self, draft: &mut Draft<'_>, plan: &ContactPlan) -> Intent {
        let (org, request) = (draft.project.org, draft.project.request_id().clone());
        let generation = draft.project.generation;
        let identifier = identifier(self.config.namespace, org, &request, generation);
        let payload = new_project(&draft.project.desired, plan, identifier, self.config);
        let email_place = plan.email_place();
        draft.project.contact = chosen(plan);
        draft.project.pushed =
            Some(Pushed { site: payload.site.clone(), contact: self.contact_held(&draft.project, plan), email_place });
        draft.change(Change::RecordIntent { org, identifier, request, generation });
        let (log_ids, now) = (self.log_ids(&payload), draft.now);
        Intent { generation, payload, origin: Origin::CreatedByUs, committed_at: now, sent_at: now, log_ids }
    }

    /// Ids for the rows that a create is going to have.
    pub(super) fn log_ids(&self, payload: &NewProject) -> Vec<String> {
        let rows = match payload.contact {
            NewContact::Created { .. } => 2,
            NewContact::Existing(_) => 1,
        };
        // One after the other, so that the log keeps their order.
        let ids = std::iter::successors(Some(self.core.row_id()), |id| id.increment().ok());
        ids.take(rows).map(|id| id.to_string()).collect()
    }

    async fn commit_intent(&self, project: &Project, plan: &ContactPlan) -> Result<Intent, StoreError> {
        let (org, request) = (project.org, project.request_id().clone());
        let mut draft = Draft::of(self.core, project);
        let intent = self.intend(&mut draft, plan);
        draft.project.sync =
            SyncState::Creating { intent: intent.clone(), claim: self.claim(), failures: failures(&project.sync) };
        for row in rows(org, &request, &intent) {
            draft.change(Change::LogSync(row));
        }
        if let NewContact::Created { .. } = intent.payload.contact {
            let phone = project.desired.customer.phone.clone();
            draft.change(Change::ClaimContact { org, phone, request });
        }
        let identifier = intent.payload.identifier;
        draft.because("intent", format!("a create with identifier {identifier} is going to be sent"));
        draft.commit(self.cause.clone()).await?;
        Ok(intent)
    }

    /// Which contact the project gets: one that we know of this number, one with this address, or a new one.
    async fn plan(&self, project: &Project) -> Result<Plan, StoreError> {
        let customer = &project.desired.customer;
        match self.core.store.contact(project.org, &customer.phone).await? {
            // It was looked at before, and what kept the create back had nothing to do with it.
            Some(ContactEntry::Known(contact)) if project.contact == ContactChoice::Existing(contact.clone()) => {
                return Ok(Plan::Contact(ContactPlan::Existing(contact)));
            }
            Some(ContactEntry::Known(contact)) => return Ok(self.known(project, contact).await),
            Some(ContactEntry::Claimed { by }) if by != *project.request_id() => return Ok(Plan::Wait),
            Some(ContactEntry::Claimed { .. }) | None => {}
        }
        let found = match (&project.contact, self.config.account.api_contract.contact_is_made(), &customer.email) {
            (ContactChoice::Existing(contact), _, _) => {
                return Ok(Plan::Contact(ContactPlan::Existing(contact.clone())));
            }
            (ContactChoice::NewWithoutEmail, _, _) => return Ok(Plan::Contact(ContactPlan::NewWithoutEmail)),
            (ContactChoice::New, ContactIsMade::WithItsProject, _)
            | (ContactChoice::Undecided, ContactIsMade::WithItsProject, None) => {
                return Ok(Plan::Contact(ContactPlan::New));
            }
            (ContactChoice::Undecided, ContactIsMade::WithItsProject, Some(email)) => {
                self.opensolar.contact_by_email(&self.config.account, email).await
            }
            // Each time anew: nobody else says that there is one already.
            (ContactChoice::New | ContactChoice::Undecided, ContactIsMade::Before, _) => {
                self.contact_with_number(&customer.phone).await
            }
        };
        Ok(match found {
            Ok(Some(contact)) => Plan::Found(contact),
            Ok(None) => Plan::Contact(ContactPlan::New),
            Err(error) => Plan::Failed(error),
        })
    }

    /// The contact that was kept under the number, unless it has another one by now: then it may be anybody's.
    async fn known(&self, project: &Project, contact: ContactId) -> Plan {
        match self.opensolar.contact(&self.config.account, &contact).await {
            // One without a number that can be read may still be the customer's.
            Ok(shown) if self.number_of(&shown).is_some_and(|number| number != project.desired.customer.phone) => {
                Plan::Forget(contact, "has another number in opensolar by now")
            }
            Ok(_) | Err(OpenSolarError::Rejected { status: 403, .. }) => Plan::Contact(ContactPlan::Existing(contact)),
            Err(OpenSolarError::Rejected { status: 404 | 410, .. }) => {
                Plan::Forget(contact, "was deleted in opensolar")
            }
            Err(error) => Plan::Failed(error),
        }
    }

    /// Another request is creating this customer's contact: its answer, or the back-off schedule, ends the wait.
    async fn wait_for_contact(&self, project: &Project) -> Result<Step, StoreError> {
        let mut draft = Draft::of(self.core, project);
        let failures = failures(&project.sync) + 1;
        draft.project.sync = match next_try(failures, self.core.ambient.random(), draft.now) {
            Some(until) => SyncState::Waiting { reason: WaitReason::Contact, failures, until },
            None => {
                let reason = "another request holds this customer's contact: settle that one first".to_owned();
                SyncState::Parked { reason, in_doubt: None }
            }
        };
        draft.commit(self.cause.clone()).await.map(|_| Step::Rest)
    }

    /// Applies the answer to the record as it is by now. The answer is kept through conflicts: a create has no second one.
    async fn settle(
        &self,
        request: &RequestId,
        intent: &Intent,
        answer: Result<CreatedProject, OpenSolarError>,
    ) -> Result<Step, StoreError> {
        let gone = self.deleted_contact(intent, &answer).await;
        let taken = match (&answer, email_of(intent)) {
            (Err(OpenSolarError::EmailInUse { .. }), Some(email)) => Some(self.contact_with_taken_address(email).await),
            // Refused for an address that was not sent: a refusal like others.
            (Ok(_) | Err(_), _) => None,
        };
        if let Err(error) = &answer {
            warn!(request.id = %request, error = chain(error), "the create of request {request} did not succeed");
        }
        for _ in 0..CONFLICT_LIMIT {
            let Some(project) = self.core.store.project(self.config.account.org, request).await? else {
                return Ok(Step::Rest);
            };
            let known = contact_known(self.core, &project).await?;
            let mut draft = Draft::of(self.core, &project);
            for row in rows(project.org, request, intent) {
                draft.change(Change::LogSync(finished(row, &answer, draft.now)));
            }
            settle(self.core, &mut draft, intent, &answer, known, self.config);
            let is_open = project.open_intent().is_some_and(|open| open.is_same_as(intent));
            let step = match &taken {
                // The refusal has been counted: should the list go on showing the contact, it is no loop.
                None if is_open => {
                    if let Some(gone) = &gone {
                        self.forget(&mut draft, gone, "was deleted in opensolar").await?;
                        draft.project.contact = ContactChoice::Undecided;
                    }
                    Step::Rest
                }
                Some(Ok(found)) if is_open => {
                    draft.project.contact = match found {
                        Some(contact) => {
                            note_differences(&mut draft, contact, ContactIsMade::WithItsProject);
                            ContactChoice::Existing(contact.id.clone())
                        }
                        None => ContactChoice::NewWithoutEmail,
                    };
                    draft.project.sync = due(failures(&project.sync), self.deadline);
                    Step::Again
                }
                Some(_) | None => Step::Rest,
            };
            match draft.commit(self.cause.clone()).await {
                Ok(_) => return Ok(step),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    /// The contact that the create named, if it was refused because OpenSolar does not have it any more.
    async fn deleted_contact(
        &self,
        intent: &Intent,
        answer: &Result<CreatedProject, OpenSolarError>,
    ) -> Option<ContactId> {
        let (NewContact::Existing(contact), Err(OpenSolarError::Rejected { status: 400 | 404, .. })) =
            (&intent.payload.contact, answer)
        else {
            return None;
        };
        if !self.deadline.allows(self.config.account.api_timeout, self.core.now()) {
            return None;
        }
        match self.opensolar.contact(&self.config.account, contact).await {
            Err(OpenSolarError::Rejected { status: 404 | 410, .. }) => Some(contact.clone()),
            Ok(_) | Err(_) => None,
        }
    }

    /// The contact is no longer known under the customer's number.
    async fn forget(&self, draft: &mut Draft<'_>, contact: &ContactId, why: &str) -> Result<(), StoreError> {
        let (org, phone, contact) = (draft.project.org, draft.project.desired.customer.phone.clone(), contact.clone());
        draft.because("contact", format!("contact {contact} {why}: another one is looked for"));
        draft.project.pushed = None;
        if self.core.store.contact(org, &phone).await? == Some(ContactEntry::Known(contact.clone())) {
            draft.change(Change::ForgetContact { org, phone, contact });
        }
        Ok(())
    }

    /// OpenSolar says the address is taken, and its filter showed nobody who has it (it compares case, or ignores the
    /// filter): look at the contacts themselves, else do without the address.
    async fn contact_with_taken_address(&self, email: &EmailAddress) -> Result<Option<RemoteContact>, OpenSolarError> {
        for number in 1..=CONTACT_PAGES {
            if !self.deadline.allows(self.config.account.api_timeout, self.core.now()) {
                // Not to have seen all is no proof that nobody has it.
                return Err(OpenSolarError::NotSent {
                    operation: "rest of the contact scan",
                    source: "the invocation is about to end".into(),
                });
            }
            let page = self.opensolar.contact_page(&self.config.account, number).await?;
            let is_last = page.is_last;
            if let Some(contact) = page.with_email(email) {
                return Ok(Some(contact));
            }
            if is_last {
                break;
            }
        }
        Ok(None)
    }
}

enum Plan {
    Contact(ContactPlan),
    /// OpenSolar has it; which is written down before anything is sent.
    Found(RemoteContact),
    /// The contact that is known of the number is none of theirs, for this reason.
    Forget(ContactId, &'static str),
    Wait,
    Failed(OpenSolarError),
}

/// A contact that is attached stays as it is: where it says something else than the CRM, the timeline says so.
fn note_differences(draft: &mut Draft<'_>, contact: &RemoteContact, made: ContactIsMade) {
    let known_by = match made {
        ContactIsMade::WithItsProject => "e-mail address",
        ContactIsMade::Before => "telephone number",
    };
    let ours: ContactFields = compose::contact(&draft.project.desired, EmailPlace::Contact);
    let differing = ours.differing(&contact.fields);
    let differences = match differing.is_empty() {
        true => "it says what the crm says".to_owned(),
        false => format!("{} there differ from the crm's and stay", names(differing)),
    };
    draft.because("contact", format!("contact {} has the {known_by}: attached; {differences}", contact.id));
}

fn email_of(intent: &Intent) -> Option<&EmailAddress> {
    match &intent.payload.contact {
        NewContact::Created { email, .. } => email.as_ref(),
        NewContact::Existing(_) => None,
    }
}

fn chosen(plan: &ContactPlan) -> ContactChoice {
    match plan {
        ContactPlan::Existing(contact) => ContactChoice::Existing(contact.clone()),
        ContactPlan::New => ContactChoice::New,
        ContactPlan::NewWithoutEmail => ContactChoice::NewWithoutEmail,
    }
}

/// The log row's end; a create in doubt has none yet.
fn finished(row: SyncLog, answer: &Result<CreatedProject, OpenSolarError>, now: DateTime<Utc>) -> SyncLog {
    match answer {
        Ok(created) => {
            let contact = created.contact.as_ref().map_or_else(|| "unnamed".to_owned(), ToString::to_string);
            row.succeeded(format!("project {}, contact {contact}", created.id), now)
        }
        Err(OpenSolarError::InDoubt { .. }) => row,
        Err(error) => row.failed(error, now),
    }
}
