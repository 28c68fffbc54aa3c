//! The table: one in DynamoDB for all records, read with strong consistency, written in transactions.

mod commit;
mod configuration;
mod customer_files;
mod items;
mod keys;
mod lists;
mod plan;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use chrono::{DateTime, Utc};
use domain::configuration::Configuration;
use domain::ids::{DeliveryKey, OrgId, ProjectId, RequestId};
use domain::jobs::OutboxEntry;
use domain::notification::{Notice, NoticeKey};
use domain::phone::PhoneNumber;
use domain::ports::{
    Ambient, Change, Checkpoint, ContactEntry, DueIn, DueItem, Limit, LimitName, ProjectList, ProjectsPage, Stages,
    Store, StoreError, StoredConfiguration, SweepName,
};
use domain::project::{Project, Shelf};
use domain::webhook::DeliveryLog;
use futures::future::try_join_all;
use tracing::warn;
use uuid::Uuid;

use crate::connect::warmed;
use crate::failure;
use configuration::ConfigurationCache;
use items::{
    BadField, CheckpointItem, ContactItem, DeliveryItem, Form, HeldItem, IntentItem, LimitItem, LinkItem, NoticeItem,
    OutboxItem, ProjectItem, StagesItem,
};
use keys::{EXPIRES_AT, Item, Key, text};

pub use write::UnfitCommit;

/// The store port on one DynamoDB table, as `template.yaml` makes it.
///
/// A commit of one item is a plain write, of more a transaction; never more than 100 items ([`UnfitCommit`] is then
/// the source of the error). Each carries a fresh id, which stays on the items that it guards: a refusal that shows
/// this id is our own earlier try that went through, and its answer that was lost.
pub struct DynamoStore {
    client: Client,
    table: String,
    ambient: Arc<dyn Ambient>,
    configuration: ConfigurationCache,
}

impl DynamoStore {
    /// The store in this table. Nothing is sent yet.
    pub fn new(client: Client, table: impl Into<String>, ambient: Arc<dyn Ambient>) -> Self {
        Self { client, table: table.into(), ambient, configuration: ConfigurationCache::default() }
    }

    /// Reads the configuration, so that the first event finds it and an open connection. Failure is only logged.
    pub async fn warm(&self) {
        let first_call = async {
            if let Err(error) = self.active_configuration().await {
                warn!(error = &error as &dyn std::error::Error, "no configuration was read ahead of the first event");
            }
        };
        warmed("dynamodb", first_call).await;
    }

    /// The record at a key, unless it has expired: items are deleted some time after they expire, not at once.
    async fn record<F, R>(&self, key: &Key, operation: &'static str) -> Result<Option<R>, StoreError>
    where
        F: Form,
        R: TryFrom<F, Error = BadField>,
    {
        match self.item(key, operation).await? {
            Some(item) if self.is_there(&item) => items::read::<F, R>(item).map(Some),
            Some(_) | None => Ok(None),
        }
    }

    async fn item(&self, key: &Key, operation: &'static str) -> Result<Option<Item>, StoreError> {
        let read = self.client.get_item().table_name(&self.table).set_key(Some(key.attributes())).consistent_read(true);
        Ok(read.send().await.map_err(|error| unavailable(operation, &error))?.item)
    }

    fn is_there(&self, item: &Item) -> bool {
        let expires_at = item.get(EXPIRES_AT).and_then(|at| at.as_n().ok()?.parse::<i64>().ok());
        expires_at.is_none_or(|at| self.ambient.now().timestamp() < at)
    }

    /// All items of a partition whose sort keys begin so, in the order of their sort keys; none that has expired.
    async fn partition(&self, first: Key, operation: &'static str) -> Result<Vec<Item>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query.expression_attribute_values(":pk", text(first.pk));
        let query = if first.sk.is_empty() {
            query.key_condition_expression("pk = :pk")
        } else {
            query
                .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
                .expression_attribute_values(":sk", text(first.sk))
        };
        let mut items = self.all(query, operation).await?;
        items.retain(|item| self.is_there(item));
        Ok(items)
    }

    async fn all(&self, query: QueryFluentBuilder, operation: &'static str) -> Result<Vec<Item>, StoreError> {
        let items = query.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        items.map_err(|error| unavailable(operation, &error))
    }
}

/// The error of a call that failed.
fn unavailable<E, R>(operation: &'static str, error: &SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    StoreError::Unavailable { operation, source: failure::cause(error) }
}

#[async_trait]
impl Store for DynamoStore {
    async fn configuration(&self) -> Result<Option<Configuration>, StoreError> {
        self.active_configuration().await
    }

    async fn configuration_of(&self, org: OrgId) -> Result<Option<StoredConfiguration>, StoreError> {
        self.stored_configuration(org).await
    }

    async fn stages(&self, org: OrgId) -> Result<Option<Stages>, StoreError> {
        self.record::<StagesItem, _>(&Key::stages(org), "read of the stages").await
    }

    async fn checkpoint(&self, org: OrgId, sweep: SweepName) -> Result<Option<Checkpoint>, StoreError> {
        self.record::<CheckpointItem, _>(&Key::checkpoint(org, sweep), "read of a checkpoint").await
    }

    async fn limit(&self, org: OrgId, name: LimitName) -> Result<Option<Limit>, StoreError> {
        self.record::<LimitItem, _>(&Key::limit(org, name), "read of a limit").await
    }

    async fn projects(&self, org: OrgId, page: ProjectsPage) -> Result<ProjectList, StoreError> {
        self.listed(org, page).await
    }

    async fn shelved(
        &self,
        org: OrgId,
        shelf: Shelf,
        before: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<RequestId>, StoreError> {
        self.on_shelf(org, shelf, before, limit).await
    }

    async fn project(&self, org: OrgId, request: &RequestId) -> Result<Option<Project>, StoreError> {
        self.record::<ProjectItem, _>(&Key::project(org, request), "read of a project").await
    }

    async fn intended_by(&self, org: OrgId, identifier: Uuid) -> Result<Option<RequestId>, StoreError> {
        self.record::<IntentItem, _>(&Key::intent(org, identifier), "read of an intent").await
    }

    async fn linked_to(&self, org: OrgId, project: &ProjectId) -> Result<Option<RequestId>, StoreError> {
        self.record::<LinkItem, _>(&Key::link(org, project), "read of a link").await
    }

    async fn contact(&self, org: OrgId, phone: &PhoneNumber) -> Result<Option<ContactEntry>, StoreError> {
        let key = Key::contact(org, phone);
        let entry = self.record::<ContactItem, Option<ContactEntry>>(&key, "read of a contact").await?;
        Ok(entry.flatten())
    }

    async fn delivery(&self, org: OrgId, key: &DeliveryKey) -> Result<Option<DeliveryLog>, StoreError> {
        self.record::<DeliveryItem, _>(&Key::delivery(org, key), "read of a delivery").await
    }

    async fn arrivals(
        &self,
        org: OrgId,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<(DeliveryKey, DateTime<Utc>)>, StoreError> {
        // A row that changes its list meanwhile is in both or in none: a map keeps it once, and the caller looks at what
        // is an hour old.
        let mut arrivals = BTreeMap::new();
        for list in items::delivery_lists(org, since, until) {
            arrivals.extend(self.arrived(list, since, until).await?);
        }
        Ok(arrivals.into_iter().collect())
    }

    async fn held(&self, org: OrgId, project: &ProjectId) -> Result<Vec<DeliveryKey>, StoreError> {
        let items = self.partition(Key::held(org, project, ""), "query of held deliveries").await?;
        items.into_iter().map(items::read::<HeldItem, _>).collect()
    }

    async fn notice(&self, org: OrgId, key: &NoticeKey) -> Result<Option<Notice>, StoreError> {
        self.record::<NoticeItem, _>(&Key::notice(org, key), "read of a ledger entry").await
    }

    async fn outbox(&self, org: OrgId, request: &RequestId) -> Result<Vec<OutboxEntry>, StoreError> {
        let items = self.partition(Key::outbox(org, request, ""), "query of an outbox").await?;
        items.into_iter().map(items::read::<OutboxItem, _>).collect()
    }

    async fn due(&self, wanted: &[DueIn]) -> Result<Vec<DueItem>, StoreError> {
        let lanes = wanted.iter().map(|wanted| self.due_in_lane(*wanted));
        let mut due: Vec<DueItem> = try_join_all(lanes).await?.into_iter().flatten().collect();
        due.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
        Ok(due)
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let activates = changes.iter().any(|change| matches!(change, Change::ActivateConfiguration { .. }));
        let outcome = self.commit_as(Uuid::from_u128(self.ambient.random()), changes).await;
        // Whatever came of it: without an answer, it may have happened.
        if activates {
            self.configuration.forget().await;
        }
        outcome
    }
}
