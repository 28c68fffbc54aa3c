//! OpenSolar behind the governor: each call is asked for before it is made, and what came of it is learned.
//!
//! What a call costs, beside itself: a read of the item that says whether OpenSolar is parked (1 read unit), and one
//! conditional write of the quota that it counts against (1 write unit). That item is read before only where this
//! process has not written it last, or somebody else has since. A denial costs reads alone. While OpenSolar is healthy
//! nothing else is written; a failure costs a write, and so does the first success after one.
//!
//! All functions write the same few items: a dozen of them at once is what OpenSolar's quotas have work for, and who
//! loses a race asks again at once, a few times, and is then told to come back in a moment.

mod grant;
mod learn;
mod limits;
mod outlook;
mod registrations;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use crate::configuration::Account;
use crate::fields::ContactPatch;
use crate::governor::{Class, Fingerprint, Limited};
use crate::ids::{ContactId, OrgId, ProjectId};
use crate::phone::{EmailAddress, PhoneNumber};
use crate::ports::{Ambient, Credential, LimitName, OpenSolar, OpenSolarError, Store, Write};
use crate::remote::{
    ContactPage, CreatedProject, NewPerson, NewProject, ProjectChange, ProjectEvent, ProjectPage, RemoteContact,
    RemoteProject, Stage,
};
use crate::remote_log::{QueuedDelivery, SentPage};
use limits::Limits;

pub(crate) use learn::wallet_refilled;
pub(crate) use outlook::{Outlook, waits_for_limit};
pub use registrations::GovernedRegistrations;

/// So long a write waits in place for its quota, before anything is written down of it.
const PATIENCE: TimeDelta = TimeDelta::seconds(8);

/// OpenSolar, asked for no more than it gives.
pub struct Governed {
    inner: Arc<dyn OpenSolar>,
    shared: Arc<Shared>,
    reads_as: Class,
}

/// What one process has of the governor.
struct Shared {
    limits: Limits,
    token: Arc<dyn Credential>,
    /// Grants that were asked for ahead of their calls.
    ahead: Mutex<Vec<(LimitName, Grant)>>,
}

/// Leave for one call.
#[derive(Debug, Clone)]
struct Grant {
    org: OrgId,
    at: DateTime<Utc>,
    /// Whether something is recorded that any answer would change.
    is_news: bool,
    /// Whether something is recorded that a create would change.
    doubts_wallet: bool,
    /// The token as it was before the call: a refusal is about it, if it is the same afterwards.
    token: Option<Fingerprint>,
}

/// A call, as it is counted.
#[derive(Debug, Clone, Copy)]
struct Call {
    operation: &'static str,
    counts_as: LimitName,
    class: Class,
    weight: u32,
}

impl Call {
    fn read(operation: &'static str, counts_as: LimitName, class: Class) -> Self {
        Self { operation, counts_as, class, weight: 1 }
    }

    /// Reading all workflows is one page, and a second one where the first might have been cut.
    fn stages(class: Class) -> Self {
        Self { weight: 2, ..Self::read("read of the workflows", LimitName::Others, class) }
    }

    fn of(write: Write) -> Self {
        let (operation, counts_as, class) = match write {
            Write::CreateProject => ("create of the project", LimitName::Creates, Class::New),
            Write::UpdateProject => ("change of the project", LimitName::Updates, Class::Update),
            Write::CreateContact => ("create of the contact", LimitName::Others, Class::New),
            Write::UpdateContact => ("change of the contact", LimitName::Others, Class::Update),
            Write::ChangeRegistration => ("change of the webhook", LimitName::Others, Class::Update),
        };
        Self { operation, counts_as, class, weight: 1 }
    }
}

impl Governed {
    /// `inner`, governed by what all functions share in `store`. `token` is the one that `inner` speaks with. Reads that
    /// do not say themselves how urgent they are have the class `reads_as`.
    pub fn new(
        inner: Arc<dyn OpenSolar>,
        store: Arc<dyn Store>,
        ambient: Arc<dyn Ambient>,
        token: Arc<dyn Credential>,
        reads_as: Class,
    ) -> Self {
        let shared = Shared { limits: Limits::new(store, ambient), token, ahead: Mutex::default() };
        Self { inner, shared: Arc::new(shared), reads_as }
    }

    /// The same governor for reads of another class.
    #[must_use]
    pub fn reading_as(&self, reads_as: Class) -> Self {
        Self { inner: Arc::clone(&self.inner), shared: Arc::clone(&self.shared), reads_as }
    }

    async fn read<T: Send>(
        &self,
        account: &Account,
        call: Call,
        made: impl Future<Output = Result<T, OpenSolarError>> + Send,
    ) -> Result<T, OpenSolarError> {
        let grant = self.ask_for_read(account, call).await?;
        let outcome = made.await;
        self.learn(account, call, &grant, outcome.as_ref().err()).await;
        outcome
    }

    async fn write<T: Send>(
        &self,
        account: &Account,
        write: Write,
        made: impl Future<Output = Result<T, OpenSolarError>> + Send,
    ) -> Result<(T, Grant), (OpenSolarError, Option<Grant>)> {
        let call = Call::of(write);
        let grant = match self.asked_ahead(account.org, call) {
            Some(grant) => grant,
            None => self.ask_for_write(account, call).await.map_err(|error| (error, None))?,
        };
        let outcome = made.await;
        self.learn(account, call, &grant, outcome.as_ref().err()).await;
        match outcome {
            Ok(answer) => Ok((answer, grant)),
            Err(error) => Err((error, Some(grant))),
        }
    }

    async fn change(
        &self,
        account: &Account,
        write: Write,
        made: impl Future<Output = Result<(), OpenSolarError>> + Send,
    ) -> Result<(), OpenSolarError> {
        self.write(account, write, made).await.map(|((), _)| ()).map_err(|(error, _)| error)
    }
}

#[async_trait]
impl OpenSolar for Governed {
    async fn may_send(&self, account: &Account, write: Write) -> Result<(), OpenSolarError> {
        let call = Call::of(write);
        let grant = match self.ask_for_write(account, call).await {
            // The sweep comes each minute, and a window is a little longer: without this every other one would be in vain.
            Err(OpenSolarError::NotGranted { why: Limited::Quota, until, .. })
                if until <= self.shared.limits.now() + PATIENCE =>
            {
                self.shared.limits.rest_until(until).await;
                self.ask_for_write(account, call).await?
            }
            asked => asked?,
        };
        self.keep_ahead(call, grant);
        Ok(())
    }

    async fn create_project(&self, account: &Account, new: &NewProject) -> Result<CreatedProject, OpenSolarError> {
        let made = self.inner.create_project(account, new);
        match self.write(account, Write::CreateProject, made).await {
            Ok((created, grant)) => {
                self.learn_of_payment(account.org, &grant).await;
                Ok(created)
            }
            Err((error, Some(_))) => Err(self.learn_of_refusal(account.org, new, error).await),
            Err((error, None)) => Err(error),
        }
    }

    async fn project(&self, account: &Account, id: &ProjectId) -> Result<RemoteProject, OpenSolarError> {
        let call = Call::read("read of the project", LimitName::Reads, self.reads_as);
        self.read(account, call, self.inner.project(account, id)).await
    }

    async fn contact_by_email(
        &self,
        account: &Account,
        email: &EmailAddress,
    ) -> Result<Option<RemoteContact>, OpenSolarError> {
        let call = Call::read("lookup of the contact", LimitName::Others, Class::New);
        self.read(account, call, self.inner.contact_by_email(account, email)).await
    }

    async fn contacts_by_phone(
        &self,
        account: &Account,
        phone: &PhoneNumber,
        page: u32,
    ) -> Result<ContactPage, OpenSolarError> {
        let call = Call::read("lookup of the contact", LimitName::Others, Class::New);
        self.read(account, call, self.inner.contacts_by_phone(account, phone, page)).await
    }

    async fn create_contact(&self, account: &Account, new: &NewPerson) -> Result<ContactId, OpenSolarError> {
        let made = self.write(account, Write::CreateContact, self.inner.create_contact(account, new)).await;
        made.map(|(contact, _)| contact).map_err(|(error, _)| error)
    }

    async fn contact_page(&self, account: &Account, page: u32) -> Result<ContactPage, OpenSolarError> {
        let call = Call::read("scan of the contacts", LimitName::Others, Class::New);
        self.read(account, call, self.inner.contact_page(account, page)).await
    }

    async fn update_project(
        &self,
        account: &Account,
        id: &ProjectId,
        change: &ProjectChange,
    ) -> Result<(), OpenSolarError> {
        self.change(account, Write::UpdateProject, self.inner.update_project(account, id, change)).await
    }

    async fn contact(&self, account: &Account, id: &ContactId) -> Result<RemoteContact, OpenSolarError> {
        let call = Call::read("read of the contact", LimitName::Others, self.reads_as);
        self.read(account, call, self.inner.contact(account, id)).await
    }

    async fn update_contact(
        &self,
        account: &Account,
        id: &ContactId,
        patch: &ContactPatch,
    ) -> Result<(), OpenSolarError> {
        self.change(account, Write::UpdateContact, self.inner.update_contact(account, id, patch)).await
    }

    async fn event(&self, account: &Account, id: u64) -> Result<Option<ProjectEvent>, OpenSolarError> {
        let call = Call::read("read of an event", LimitName::Others, self.reads_as);
        self.read(account, call, self.inner.event(account, id)).await
    }

    async fn stages(&self, account: &Account) -> Result<Vec<Stage>, OpenSolarError> {
        self.read(account, Call::stages(self.reads_as), self.inner.stages(account)).await
    }

    async fn project_page(&self, account: &Account, page: u32) -> Result<ProjectPage, OpenSolarError> {
        let call = Call::read("page of the projects", LimitName::Others, self.reads_as);
        self.read(account, call, self.inner.project_page(account, page)).await
    }

    async fn sent_deliveries(&self, account: &Account, page: u32) -> Result<Option<SentPage>, OpenSolarError> {
        let call = Call::read("page of the delivery log", LimitName::Others, self.reads_as);
        self.read(account, call, self.inner.sent_deliveries(account, page)).await
    }

    async fn queued_deliveries(&self, account: &Account) -> Result<Vec<QueuedDelivery>, OpenSolarError> {
        let call = Call::read("delivery queue", LimitName::Others, self.reads_as);
        self.read(account, call, self.inner.queued_deliveries(account)).await
    }

    async fn project_of_event(&self, account: &Account, id: u64) -> Result<Option<ProjectId>, OpenSolarError> {
        let call = Call::read("read of an event", LimitName::Others, self.reads_as);
        self.read(account, call, self.inner.project_of_event(account, id)).await
    }
}
