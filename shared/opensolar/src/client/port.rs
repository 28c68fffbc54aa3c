//! The domain's port: each method as an exchange of the account's contract.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::configuration::{Account, ApiContract};
use domain::fields::ContactPatch;
use domain::ids::{ContactId, ProjectId};
use domain::phone::{EmailAddress, PhoneNumber};
use domain::ports::{OpenSolar, OpenSolarError};
use domain::remote::{
    ContactPage, CreatedProject, NewContact, NewPerson, NewProject, ProjectChange, ProjectEvent, ProjectPage,
    RemoteContact, RemoteProject, Stage,
};
use domain::remote_log::{QueuedDelivery, SentPage};
use tokio::time::Instant;

use super::{OpenSolarClient, is_about};
use crate::exchange::{End, Page};
use crate::{design, live};

/// So many pages of the queue are read: whoever has more waiting has been out of reach for long.
const QUEUE_PAGES: u32 = 3;

#[async_trait]
impl OpenSolar for OpenSolarClient {
    async fn create_project(&self, account: &Account, new: &NewProject) -> Result<CreatedProject, OpenSolarError> {
        match (account.api_contract, &new.contact) {
            (ApiContract::Live, _) => self.write(account, live::create_project(account, new)).await,
            (ApiContract::Design, NewContact::Existing(contact)) => {
                let created = self.write(account, design::create_project(account, new, contact)).await?;
                // Whether the answer names it or not: it was given this one.
                Ok(CreatedProject { contact: Some(contact.clone()), ..created })
            }
            // Composed for another contract: as one that was not sent, it is composed anew.
            (ApiContract::Design, NewContact::Created { .. }) => Err(OpenSolarError::NotSent {
                operation: "create",
                source: "this contract makes a project's contact before it".into(),
            }),
        }
    }

    async fn project(&self, account: &Account, id: &ProjectId) -> Result<RemoteProject, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::project(account, id),
            ApiContract::Design => design::project(account, id),
        };
        let operation = exchange.operation;
        let project = self.read(account, exchange).await?;
        is_about(operation, &project.id, id)?;
        Ok(project)
    }

    async fn update_project(
        &self,
        account: &Account,
        id: &ProjectId,
        change: &ProjectChange,
    ) -> Result<(), OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::update_project(account, id, &change.patch),
            ApiContract::Design => design::update_project(account, id, change),
        };
        self.change(account, id, exchange).await
    }

    async fn contact(&self, account: &Account, id: &ContactId) -> Result<RemoteContact, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::contact(account, id),
            ApiContract::Design => design::contact(account, id),
        };
        let operation = exchange.operation;
        let contact = self.read(account, exchange).await?;
        is_about(operation, &contact.id, id)?;
        Ok(contact)
    }

    async fn update_contact(
        &self,
        account: &Account,
        id: &ContactId,
        patch: &ContactPatch,
    ) -> Result<(), OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::update_contact(account, id, patch),
            ApiContract::Design => design::update_contact(account, id, patch),
        };
        self.change(account, id, exchange).await
    }

    async fn contact_by_email(
        &self,
        account: &Account,
        email: &EmailAddress,
    ) -> Result<Option<RemoteContact>, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::contacts_with(account, email),
            ApiContract::Design => design::contacts_with(account, email),
        };
        let page = self.read(account, exchange).await?;
        Ok(contacts(page).with_email(email))
    }

    async fn contacts_by_phone(
        &self,
        account: &Account,
        phone: &PhoneNumber,
        page: u32,
    ) -> Result<ContactPage, OpenSolarError> {
        let exchange = match account.api_contract {
            // OpenSolar has no filter by number: this is everybody.
            ApiContract::Live => live::contact_page(account, page),
            ApiContract::Design => design::contacts_by_phone(account, phone, page),
        };
        let page = self.read(account, exchange).await?;
        Ok(contacts(page))
    }

    async fn create_contact(&self, account: &Account, new: &NewPerson) -> Result<ContactId, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::create_contact(account, new),
            ApiContract::Design => design::create_contact(account, new),
        };
        self.write(account, exchange).await
    }

    async fn contact_page(&self, account: &Account, page: u32) -> Result<ContactPage, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::contact_page(account, page),
            ApiContract::Design => design::contact_page(account, page),
        };
        let page = self.read(account, exchange).await?;
        Ok(contacts(page))
    }

    async fn event(&self, account: &Account, id: u64) -> Result<Option<ProjectEvent>, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::event(account, id),
            ApiContract::Design => return Ok(None),
        };
        let operation = exchange.operation;
        let read = self.read(account, exchange).await?;
        is_about(operation, &read.id, &id)?;
        Ok(read.event)
    }

    async fn stages(&self, account: &Account) -> Result<Vec<Stage>, OpenSolarError> {
        let deadline = Instant::now() + account.api_timeout;
        match account.api_contract {
            ApiContract::Live => {}
            ApiContract::Design => return self.read_by(account, design::stages(account), deadline).await,
        }
        let mut seen = BTreeSet::new();
        let mut stages = Vec::new();
        for number in 1.. {
            let page = self.read_by(account, live::workflow_page(account, number), deadline).await?;
            let known = seen.len();
            let new = page.rows.into_iter().filter(|workflow| seen.insert(workflow.id));
            stages.extend(new.flat_map(|workflow| workflow.stages));
            // Nothing new: the list does not page, and would be read for ever.
            if page.is_last || seen.len() == known {
                break;
            }
        }
        Ok(stages)
    }

    async fn project_page(&self, account: &Account, page: u32) -> Result<ProjectPage, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::project_page(account, page),
            ApiContract::Design => design::project_page(account, page),
        };
        let page = self.read(account, exchange).await?;
        let is_presumed = page.end == End::Presumed;
        Ok(ProjectPage { rows: page.rows, is_last: page.is_last, is_presumed, total: page.total })
    }

    async fn sent_deliveries(&self, account: &Account, page: u32) -> Result<Option<SentPage>, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::sent_page(account, page),
            ApiContract::Design => return Ok(None),
        };
        let page = self.read(account, exchange).await?;
        Ok(Some(SentPage { rows: page.rows, is_last: page.is_last }))
    }

    async fn queued_deliveries(&self, account: &Account) -> Result<Vec<QueuedDelivery>, OpenSolarError> {
        let deadline = Instant::now() + account.api_timeout;
        let mut queued = Vec::new();
        for number in 1..=QUEUE_PAGES {
            let exchange = match account.api_contract {
                ApiContract::Live => live::queued_page(account, number),
                ApiContract::Design => break,
            };
            let page = self.read_by(account, exchange, deadline).await?;
            queued.extend(page.rows);
            if page.is_last {
                break;
            }
        }
        Ok(queued)
    }

    async fn project_of_event(&self, account: &Account, id: u64) -> Result<Option<ProjectId>, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live => live::project_of_event(account, id),
            ApiContract::Design => return Ok(None),
        };
        self.read(account, exchange).await
    }
}

fn contacts(page: Page<RemoteContact>) -> ContactPage {
    ContactPage { rows: page.rows, is_last: page.is_last, is_presumed: page.end == End::Presumed }
}
