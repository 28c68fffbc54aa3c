//! Brings a linked project, and its contact, to what the CRM wants, without undoing what a person changed there.
//!
//! Each change is one write with the care of a create: what is there is read, the change is committed, sent once, and
//! its answer kept. In doubt it is left alone until a read tells what became of it.

use chrono::{DateTime, Utc};
use tracing::warn;

use super::sending::{Sending, sync_type};
use super::{Step, Sync, due};
use crate::compose;
use crate::fields::{ContactField, ContactFields, Field, Patch, ThreeWay, names, settled, three_way};
use crate::ids::{ContactId, RequestId};
use crate::log::{SyncLog, chain};
use crate::ports::{Change, ContactEntry, OpenSolarError, StoreError};
use crate::project::{ContactChoice, Project, Pushed, SyncState, Update, UpdateOf};
use crate::remote::{EmailPlace, ProjectChange};
use crate::retry::next_try;
use crate::usecase::CONFLICT_LIMIT;
use crate::usecase::draft::Draft;
use crate::usecase::read_back::{is_gone, look, merge};
use crate::usecase::settle_create::{fail, failures, longest_answer, phone_of, release_contact, state_of_linked};

impl Sync<'_> {
    /// Compares what the project holds with what is wanted, and sends the first of what is missing.
    pub(super) async fn compare(&self, project: &Project) -> Result<Step, StoreError> {
        // The project's read, its contact's, and the change; less is left to the sweep.
        if !self.deadline.allows(self.config.account.api_timeout * 3, self.core.now()) {
            return Ok(Step::Rest);
        }
        let sight = match look(self.core, self.opensolar, self.config, project, self.deadline).await? {
            Ok(sight) => sight,
            Err(error) => return self.not_read(project, &error).await,
        };
        let mut draft = Draft::of(self.core, project);
        merge(&mut draft, &sight, self.config);
        let pushed = self.pushed(project);
        let wanted = compose::site(&project.desired, pushed.email_place, self.config);
        let outcome = three_way(&pushed.site, &wanted, &sight.read.site);
        note_kept(&mut draft, "the project", &outcome);
        let mut pushed = Pushed { site: outcome.pushed, ..pushed };
        if !outcome.send.is_empty() {
            let there = sight.read.site.or_unshown(&pushed.site);
            draft.project.pushed = Some(pushed);
            let (id, change) = (sight.read.id.clone(), ProjectChange::of(sight.read, there, outcome.send));
            return self.send(draft, Sending::Project { id, change }).await;
        }
        let wanted = compose::contact(&project.desired, pushed.email_place);
        // By the picture that was just merged: the read may have been the first one that names the contact.
        let contact = draft.project.remote.as_ref().and_then(|remote| remote.contact.clone());
        let Some(id) = contact else {
            // Once a read names it, what it lacks is sent.
            draft.project.pushed = Some(pushed);
            draft.project.sync = SyncState::InStep;
            return draft.commit(self.cause.clone()).await.map(|_| Step::Rest);
        };
        if !wanted.differing(&pushed.contact).is_empty() {
            // A project's many events may have taken the time: then the contact is the next invocation's.
            if !self.deadline.allows(self.config.account.api_timeout * 2, self.core.now()) {
                draft.project.pushed = Some(pushed);
                return draft.commit(self.cause.clone()).await.map(|_| Step::Rest);
            }
            match self.opensolar.contact(&self.config.account, &id).await {
                Ok(contact) => {
                    let outcome = three_way(&pushed.contact, &wanted, &contact.fields);
                    note_kept(&mut draft, "the contact", &outcome);
                    pushed.contact = outcome.pushed;
                    if !outcome.send.is_empty() {
                        draft.project.pushed = Some(pushed);
                        let sending = Sending::Contact { id, patch: outcome.send, there: contact.fields };
                        return self.send(draft, sending).await;
                    }
                }
                Err(error) if is_out_of_reach(&error) => note_out_of_reach(&mut draft, &id, &error),
                Err(error) => {
                    draft.project.pushed = Some(pushed);
                    fail(self.core, &mut draft, &error);
                    return draft.commit(self.cause.clone()).await.map(|_| Step::Rest);
                }
            }
        }
        // What a contact out of reach could not be given counts as pushed too, or it would be tried for ever.
        self.renumber(&mut draft, &wanted).await?;
        pushed.contact = wanted;
        draft.project.pushed = Some(pushed);
        draft.project.sync = SyncState::InStep;
        draft.commit(self.cause.clone()).await.map(|_| Step::Rest)
    }

    /// What counts as pushed: of a project that we did not create, what the CRM wanted when it was linked.
    fn pushed(&self, project: &Project) -> Pushed {
        project.pushed.clone().unwrap_or_else(|| {
            let email_place = EmailPlace::Contact;
            Pushed {
                site: compose::site(&project.desired, email_place, self.config),
                contact: compose::contact(&project.desired, email_place),
                email_place,
            }
        })
    }

    async fn not_read(&self, project: &Project, error: &OpenSolarError) -> Result<Step, StoreError> {
        let request = project.request_id();
        warn!(request.id = %request, error = chain(error), "project of request {request} was not compared");
        let mut draft = Draft::of(self.core, project);
        if !is_gone(&mut draft, error) {
            fail(self.core, &mut draft, error);
        }
        draft.commit(self.cause.clone()).await.map(|_| Step::Rest)
    }

    /// Commits the write, and sends it.
    pub(super) async fn send(&self, mut draft: Draft<'_>, sending: Sending) -> Result<Step, StoreError> {
        let before = draft.project.sync.clone();
        let (change, what) = (sending.change(), sending.to_string());
        if let Err(error) = self.opensolar.may_send(&self.config.account, sending.write()).await {
            draft.because("not updated", error.to_string());
            fail(self.core, &mut draft, &error);
            return draft.commit(self.cause.clone()).await.map(|_| Step::Rest);
        }
        let (org, request) = (draft.project.org, draft.project.request_id().clone());
        let row = SyncLog::begin(org, &request, self.core.ulid(), sync_type(&change), draft.now).asking(&what);
        if let UpdateOf::NewContact(person) = &change
            && let Some(phone) = phone_of(&person.fields)
        {
            draft.change(Change::ClaimContact { org, phone, request: request.clone() });
        }
        let update = Update { change, log_id: row.id.clone(), committed_at: draft.now };
        let failures = failures(&before);
        draft.project.sync = SyncState::Updating { update: update.clone(), claim: self.claim(), failures };
        draft.change(Change::LogSync(row.clone()));
        draft.because("update", format!("{what}: going to be sent"));
        draft.commit(self.cause.clone()).await?;
        let sent_at = self.core.now();
        let answer = self.carry_out(&sending).await;
        let settle_at = sent_at + longest_answer(self.config) + self.config.settle_after;
        self.settle_update(&request, &update, row, &answer, settle_at).await
    }

    /// Applies the answer to the record as it is by now. It is kept through conflicts: the change is not sent again.
    async fn settle_update(
        &self,
        request: &RequestId,
        update: &Update,
        row: SyncLog,
        answer: &Result<Option<ContactId>, OpenSolarError>,
        settle_at: DateTime<Utc>,
    ) -> Result<Step, StoreError> {
        if let Err(error) = answer {
            warn!(request.id = %request, error = chain(error), "a change of request {request} did not succeed");
        }
        for _ in 0..CONFLICT_LIMIT {
            let Some(project) = self.core.store.project(self.config.account.org, request).await? else {
                return Ok(Step::Rest);
            };
            let mut draft = Draft::of(self.core, &project);
            match answer {
                Ok(made) => {
                    let taken =
                        made.as_ref().map_or_else(|| "taken".to_owned(), |contact| format!("contact {contact}"));
                    draft.change(Change::LogSync(row.clone().succeeded(taken, self.core.now())));
                }
                Err(OpenSolarError::InDoubt { .. }) => {}
                Err(error) => draft.change(Change::LogSync(row.clone().failed(error, self.core.now()))),
            }
            let step = match is_open(&project, update) {
                true => self.answered(&mut draft, update, answer, settle_at).await?,
                // Another commit has settled it already.
                false => Step::Rest,
            };
            match draft.commit(self.cause.clone()).await {
                Ok(_) => return Ok(step),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    async fn answered(
        &self,
        draft: &mut Draft<'_>,
        update: &Update,
        answer: &Result<Option<ContactId>, OpenSolarError>,
        settle_at: DateTime<Utc>,
    ) -> Result<Step, StoreError> {
        let failures = failures(&draft.project.sync);
        match (answer, &update.change) {
            (Ok(Some(contact)), _) => {
                draft.because("created", format!("opensolar answered with contact {contact}"));
                self.contact_is_there(draft, contact);
                Ok(Step::Again)
            }
            (Ok(None), _) => {
                draft.because("updated", format!("{} taken by opensolar", described(update)));
                let sent = update.change.clone();
                self.count_as_pushed(draft, &sent).await?;
                draft.project.last_synced_at = Some(draft.now);
                Ok(self.go_on(draft))
            }
            (Err(error @ OpenSolarError::InDoubt { .. }), _) => {
                draft.because("in doubt", format!("{error}: {} is looked for later", described(update)));
                draft.project.sync = SyncState::Unsettled { update: update.clone(), settle_at, failures };
                Ok(Step::Rest)
            }
            // Another contact has the address: who is right is a person's to say. The rest is sent without it.
            (Err(OpenSolarError::EmailInUse { .. }), UpdateOf::Contact { patch, .. })
                if patch.fields().contains(&ContactField::Email) =>
            {
                draft.because("contact", format!("{}: another contact has the e-mail address", described(update)));
                let mut pushed = self.pushed(&draft.project);
                let wanted = compose::contact(&draft.project.desired, pushed.email_place);
                pushed.contact.take_over(ContactField::Email, &wanted);
                draft.project.pushed = Some(pushed);
                Ok(self.go_on(draft))
            }
            // It concerns the contact alone: the project goes on without it.
            (Err(error), UpdateOf::Contact { id, .. }) if is_out_of_reach(error) => {
                note_out_of_reach(draft, id, error);
                self.count_as_pushed(draft, &update.change).await?;
                Ok(self.go_on(draft))
            }
            // Somebody has the address: whoever it is, is looked for by it, and else the contact goes without.
            (Err(OpenSolarError::EmailInUse { .. }), UpdateOf::NewContact(person))
                if person.fields.get(ContactField::Email).is_some() =>
            {
                release_contact(draft);
                draft.because("contact", "another contact has the e-mail address".to_owned());
                draft.project.contact = ContactChoice::NewWithoutEmail;
                draft.project.sync = due(failures, self.deadline);
                Ok(Step::Again)
            }
            (Err(error), UpdateOf::NewContact(_)) => {
                // Nothing was made: whoever waits for this contact may go on.
                release_contact(draft);
                draft.because("not created", error.to_string());
                fail(self.core, draft, error);
                Ok(Step::Rest)
            }
            (Err(error), _) => {
                draft.because("not updated", error.to_string());
                draft.project.sync = SyncState::Due { failures, look_again: self.deadline.lease_end() };
                if !is_gone(draft, error) {
                    fail(self.core, draft, error);
                }
                Ok(Step::Rest)
            }
        }
    }

    /// What was sent is what OpenSolar holds.
    async fn count_as_pushed(&self, draft: &mut Draft<'_>, sent: &UpdateOf) -> Result<(), StoreError> {
        let mut pushed = self.pushed(&draft.project);
        match sent {
            UpdateOf::Project(patch) => pushed.site = pushed.site.with(patch),
            UpdateOf::Contact { patch, .. } => {
                pushed.contact = pushed.contact.with(patch);
                self.renumber(draft, &pushed.contact).await?;
            }
            // Of a contact that is made by itself nothing is pushed before its project is.
            UpdateOf::NewContact(_) => return Ok(()),
        }
        draft.project.pushed = Some(pushed);
        Ok(())
    }

    /// A customer with another number is known under that one, and whoever gets the old number is somebody else.
    async fn renumber(&self, draft: &mut Draft<'_>, now: &ContactFields) -> Result<(), StoreError> {
        let Some(contact) = draft.project.remote.as_ref().and_then(|remote| remote.contact.clone()) else {
            return Ok(());
        };
        let before = draft.project.pushed.as_ref().and_then(|pushed| phone_of(&pushed.contact));
        let after = phone_of(now);
        let (org, request) = (draft.project.org, draft.project.request_id().clone());
        if before == after {
            return Ok(());
        }
        if let Some(phone) = before
            && self.core.store.contact(org, &phone).await? == Some(ContactEntry::Known(contact.clone()))
        {
            draft.change(Change::ForgetContact { org, phone, contact: contact.clone() });
        }
        if let Some(phone) = after
            && self.core.store.contact(org, &phone).await?.is_none()
        {
            draft.change(Change::KeepContact { org, phone, contact, request });
        }
        Ok(())
    }

    /// In step, or on to the next difference.
    fn go_on(&self, draft: &mut Draft<'_>) -> Step {
        draft.project.sync = state_of_linked(&draft.project, self.config, self.deadline.lease_end());
        match draft.project.sync {
            SyncState::Due { .. } => Step::Again,
            _ => Step::Rest,
        }
    }

    /// The worker that was sending a change ended without saying what came of it.
    pub(super) async fn doubt_update(
        &self,
        project: &Project,
        update: &Update,
        lease_end: DateTime<Utc>,
        failures: u32,
    ) -> Result<Step, StoreError> {
        let mut draft = Draft::of(self.core, project);
        draft.because("in doubt", format!("the worker that was sending {} ended", described(update)));
        let settle_at = lease_end + self.config.settle_after;
        draft.project.sync = SyncState::Unsettled { update: update.clone(), settle_at, failures };
        draft.commit(self.cause.clone()).await.map(|_| Step::Again)
    }

    /// Reads what became of a change in doubt: taken, not taken (then it is due again), or overtaken by a person.
    pub(super) async fn settle_doubt(
        &self,
        project: &Project,
        update: &Update,
        failures: u32,
    ) -> Result<Step, StoreError> {
        if !self.deadline.allows(self.config.account.api_timeout * 2, self.core.now()) {
            return Ok(Step::Rest);
        }
        let mut pushed = self.pushed(project);
        let mut draft = Draft::of(self.core, project);
        let was_lost = match &update.change {
            UpdateOf::NewContact(person) => return self.settle_contact(project, update, person, failures).await,
            UpdateOf::Project(patch) => {
                match look(self.core, self.opensolar, self.config, project, self.deadline).await? {
                    Ok(sight) => {
                        draft = Draft::of(self.core, project);
                        merge(&mut draft, &sight, self.config);
                        let outcome = settled(&pushed.site, patch, &sight.read.site);
                        note_settled(&mut draft, update, patch, &outcome);
                        pushed.site = outcome.pushed;
                        !outcome.send.is_empty()
                    }
                    Err(error) => return self.not_settled(project, update, failures, &error).await,
                }
            }
            UpdateOf::Contact { id, patch } => match self.opensolar.contact(&self.config.account, id).await {
                Ok(contact) => {
                    let outcome = settled(&pushed.contact, patch, &contact.fields);
                    note_settled(&mut draft, update, patch, &outcome);
                    self.renumber(&mut draft, &outcome.pushed).await?;
                    pushed.contact = outcome.pushed;
                    !outcome.send.is_empty()
                }
                Err(error) if is_out_of_reach(&error) => {
                    note_out_of_reach(&mut draft, id, &error);
                    pushed.contact = pushed.contact.with(patch);
                    false
                }
                Err(error) => return self.not_settled(project, update, failures, &error).await,
            },
        };
        draft.project.pushed = Some(pushed);
        let step = match (was_lost, next_try(failures + 1, self.core.ambient.random(), draft.now)) {
            (false, _) => self.go_on(&mut draft),
            // It is sent again, but not for ever.
            (true, Some(_)) => {
                draft.project.sync = SyncState::Due { failures: failures + 1, look_again: self.deadline.lease_end() };
                Step::Again
            }
            (true, None) => {
                let reason = "opensolar never takes the change and never says so: make it there by hand".to_owned();
                draft.project.sync = SyncState::Parked { reason, in_doubt: None };
                Step::Rest
            }
        };
        draft.commit(self.cause.clone()).await.map(|_| step)
    }

    async fn not_settled(
        &self,
        project: &Project,
        update: &Update,
        failures: u32,
        error: &OpenSolarError,
    ) -> Result<Step, StoreError> {
        let mut draft = Draft::of(self.core, project);
        if !is_gone(&mut draft, error) {
            fail(self.core, &mut draft, error);
            // Only the time is the failure's: what was sent stays in doubt.
            if let SyncState::Waiting { until, failures, .. } = draft.project.sync {
                draft.project.sync = SyncState::Unsettled { update: update.clone(), settle_at: until, failures };
            }
        }
        warn!(failures, error = chain(error), "a change in doubt of request {} was not settled", project.request_id());
        draft.commit(self.cause.clone()).await.map(|_| Step::Rest)
    }
}

/// Whether the record still waits for this change's outcome.
fn is_open(project: &Project, update: &Update) -> bool {
    match &project.sync {
        SyncState::Updating { update: open, .. } | SyncState::Unsettled { update: open, .. } => {
            open.log_id == update.log_id
        }
        SyncState::Skipped(_)
        | SyncState::Due { .. }
        | SyncState::Waiting { .. }
        | SyncState::Creating { .. }
        | SyncState::Verifying { .. }
        | SyncState::InStep
        | SyncState::RemoteGone { .. }
        | SyncState::Parked { .. } => false,
    }
}

/// Whether a contact was deleted, or is not for us.
fn is_out_of_reach(error: &OpenSolarError) -> bool {
    matches!(error, OpenSolarError::Rejected { status: 403 | 404 | 410, .. })
}

fn note_out_of_reach(draft: &mut Draft<'_>, id: &ContactId, error: &OpenSolarError) {
    draft.because("contact", format!("{error}: contact {id} stays as it is"));
}

fn described(update: &Update) -> String {
    match &update.change {
        UpdateOf::Project(patch) => format!("change of {}", names(patch.fields())),
        UpdateOf::Contact { id, patch } => format!("change of contact {id} ({})", names(patch.fields())),
        UpdateOf::NewContact(_) => "the create of a contact".to_owned(),
    }
}

fn note_kept<F: Field>(draft: &mut Draft<'_>, of: &str, outcome: &ThreeWay<F>) {
    if !outcome.kept.is_empty() {
        let kept = names(outcome.kept.iter().copied());
        draft.because("kept", format!("a person changed {kept} of {of} in opensolar: that stays"));
    }
}

fn note_settled<F: Field>(draft: &mut Draft<'_>, update: &Update, patch: &Patch<F>, outcome: &ThreeWay<F>) {
    let (sent, lost) = (patch.fields().len(), outcome.send.fields().len());
    let kept = outcome.kept.len();
    let taken = sent - lost - kept;
    let told = format!("{}: {taken} taken, {lost} not, {kept} changed by a person", described(update));
    draft.because("settled", told.clone());
    let (org, request) = (draft.project.org, draft.project.request_id().clone());
    let row = SyncLog::begin(org, &request, update.log_id.clone(), sync_type(&update.change), update.committed_at);
    let row = row.asking(&names(patch.fields())).succeeded(told, draft.now);
    draft.change(Change::LogSync(row));
}
