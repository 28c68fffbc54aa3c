//! The domain's port: each method as an exchange of the account's contract.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::configuration::{Account, ApiContract};
use domain::fields::{ContactPatch, ProjectPatch};
use domain::ids::{ContactId, ProjectId};
use domain::phone::EmailAddress;
use domain::ports::{OpenSolar, OpenSolarError};
use domain::remote::{
    ContactPage, CreatedProject, NewProject, ProjectEvent, ProjectPage, RemoteContact, RemoteProject, Stage,
};
use domain::remote_log::{QueuedDelivery, SentPage};
use tokio::time::Instant;

use super::{OpenSolarClient, is_about};
use crate::exchange::End;
use crate::live;

/// So many pages of the queue are read: whoever has more waiting has been out of reach for long.
const QUEUE_PAGES: u32 = 3;

#[async_trait]
impl OpenSolar for OpenSolarClient {
    async fn create_project(&self, account: &Account, new: &NewProject) -> Result<CreatedProject, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live | ApiContract::Design => live::create_project(account, new),
        };
        self.write(account, exchange).await
    }

    async fn project(&self, account: &Account, id: &ProjectId) -> Result<RemoteProject, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live | ApiContract::Design => live::project(account, id),
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
        patch: &ProjectPatch,
    ) -> Result<(), OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live | ApiContract::Design => live::update_project(account, id, patch),
        };
        self.change(account, id, exchange).await
    }

    async fn contact(&self, account: &Account, id: &ContactId) -> Result<RemoteContact, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live | ApiContract::Design => live::contact(account, id),
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
            ApiContract::Live | ApiContract::Design => live::update_contact(account, id, patch),
        };
        self.change(account, id, exchange).await
    }

    async fn contact_by_email(
        &self,
        account: &Account,
        email: &EmailAddress,
    ) -> Result<Option<RemoteContact>, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live | ApiContract::Design => live::contacts_with(account, email),
        };
        let page = self.read(account, exchange).await?;
        Ok(ContactPage { rows: page.rows, is_last: page.is_last }.with_email(email))
    }

    async fn contact_page(&self, account: &Account, page: u32) -> Result<ContactPage, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live | ApiContract::Design => live::contact_page(account, page),
        };
        let page = self.read(account, exchange).await?;
        Ok(ContactPage { rows: page.rows, is_last: page.is_last })
    }

    async fn event(&self, account: &Account, id: u64) -> Result<Option<ProjectEvent>, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live | ApiContract::Design => live::event(account, id),
        };
        let operation = exchange.operation;
        let read = self.read(account, exchange).await?;
        is_about(operation, &read.id, &id)?;
        Ok(read.event)
    }

    async fn stages(&self, account: &Account) -> Result<Vec<Stage>, OpenSolarError> {
        let deadline = Instant::now() + account.api_timeout;
        let mut seen = BTreeSet::new();
        let mut stages = Vec::new();
        for number in 1.. {
            let exchange = match account.api_contract {
                ApiContract::Live | ApiContract::Design => live::workflow_page(account, number),
            };
            let page = self.read_by(account, exchange, deadline).await?;
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
            ApiContract::Live | ApiContract::Design => live::project_page(account, page),
        };
        let page = self.read(account, exchange).await?;
        Ok(ProjectPage { rows: page.rows, is_last: page.is_last, is_presumed: page.end == End::Presumed })
    }

    async fn sent_deliveries(&self, account: &Account, page: u32) -> Result<SentPage, OpenSolarError> {
        let exchange = match account.api_contract {
            ApiContract::Live | ApiContract::Design => live::sent_page(account, page),
        };
        let page = self.read(account, exchange).await?;
        Ok(SentPage { rows: page.rows, is_last: page.is_last })
    }

    async fn queued_deliveries(&self, account: &Account) -> Result<Vec<QueuedDelivery>, OpenSolarError> {
        let deadline = Instant::now() + account.api_timeout;
        let mut queued = Vec::new();
        for number in 1..=QUEUE_PAGES {
            let exchange = match account.api_contract {
                ApiContract::Live | ApiContract::Design => live::queued_page(account, number),
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
            ApiContract::Live | ApiContract::Design => live::project_of_event(account, id),
        };
        self.read(account, exchange).await
    }
}
