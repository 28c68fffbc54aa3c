//! The table: one in DynamoDB for all records, read with strong consistency, written in transactions.

mod commit;
mod items;
mod keys;
mod plan;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use domain::configuration::Configuration;
use domain::ids::{DeliveryKey, OrgId, ProjectId, RequestId};
use domain::jobs::OutboxEntry;
use domain::notification::{Notice, NoticeKey};
use domain::phone::PhoneNumber;
use domain::ports::{Ambient, Change, ContactEntry, DueItem, DueKey, Store, StoreError};
use domain::project::Project;
use domain::webhook::DeliveryLog;
use futures::future::try_join_all;
use tracing::warn;
use uuid::Uuid;

use crate::connect::warmed;
use crate::failure;
use items::{
    BadField, ConfigurationItem, ContactItem, DeliveryItem, Form, HeldItem, IntentItem, LinkItem, NoticeItem,
    OutboxItem, ProjectItem,
};
use keys::{Item, Key, parse_index_time, text};

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
}

impl DynamoStore {
    /// The store in this table. Nothing is sent yet.
    pub fn new(client: Client, table: impl Into<String>, ambient: Arc<dyn Ambient>) -> Self {
        Self { client, table: table.into(), ambient }
    }

    /// Reads one item, so that the first event finds an open connection. Failure is only logged.
    pub async fn warm(&self) {
        let first_call = async {
            if let Err(error) = self.item(&Key::active_configuration(), "first read").await {
                warn!(error = &error as &dyn std::error::Error, "the table was not reached ahead of the first event");
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
        match read.send().await {
            Ok(answer) => Ok(answer.item),
            Err(error) => Err(StoreError::Unavailable { operation, source: failure::cause(&error) }),
        }
    }

    fn is_there(&self, item: &Item) -> bool {
        let expires_at = item.get("expires_at").and_then(|at| at.as_n().ok()?.parse::<i64>().ok());
        expires_at.is_none_or(|at| self.ambient.now().timestamp() < at)
    }

    /// All items of a partition whose sort keys begin so, in the order of their sort keys.
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
        self.all(query, operation).await
    }

    async fn all(&self, query: QueryFluentBuilder, operation: &'static str) -> Result<Vec<Item>, StoreError> {
        let items = query.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        items.map_err(|error| StoreError::Unavailable { operation, source: failure::cause(&error) })
    }

    /// What is due in one part of the index, oldest first.
    async fn due_in(&self, shard: String, by: String, limit: usize) -> Result<Vec<DueItem>, StoreError> {
        let operation = "query of what is due";
        let page = i32::try_from(limit).unwrap_or(i32::MAX);
        let query = self.client.query().table_name(&self.table).index_name("due").limit(page);
        let mut items = query
            .key_condition_expression("due_shard = :shard AND next_attempt_at <= :by")
            .expression_attribute_values(":shard", text(shard))
            .expression_attribute_values(":by", text(by))
            .into_paginator()
            .items()
            .send();
        let mut due = Vec::new();
        while due.len() < limit {
            match items.next().await {
                Some(Ok(item)) => due.extend(due_item(&item)),
                Some(Err(error)) => {
                    return Err(StoreError::Unavailable { operation, source: failure::cause(&error) });
                }
                None => break,
            }
        }
        Ok(due)
    }
}

/// One item that cannot be read must not keep a sweep from all the others.
fn due_item(item: &Item) -> Option<DueItem> {
    let field = |name: &str| item.get(name).and_then(|value: &AttributeValue| value.as_s().ok());
    let (partition, sort) = (field("pk")?.clone(), field("sk")?.clone());
    let at = field("next_attempt_at").and_then(|at| parse_index_time(at));
    let wake = field("wake").and_then(|json| serde_json::from_str(json).ok());
    match (at, wake) {
        (Some(at), Some(wake)) => Some(DueItem { key: DueKey { partition, sort }, at, wake }),
        (_, _) => {
            warn!(item.pk = %partition, item.sk = %sort, "a due item does not say whom to wake, it is passed over");
            None
        }
    }
}

#[async_trait]
impl Store for DynamoStore {
    async fn configuration(&self) -> Result<Option<Configuration>, StoreError> {
        self.record::<ConfigurationItem, _>(&Key::active_configuration(), "read of the configuration").await
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

    async fn due(&self, by: DateTime<Utc>, limit: usize) -> Result<Vec<DueItem>, StoreError> {
        // Rounded down: what is due within the last millisecond is written with the next one.
        let by = keys::index_time_before(by);
        let shards = keys::due_shards().map(|shard| self.due_in(shard, by.clone(), limit));
        let mut due: Vec<DueItem> = try_join_all(shards).await?.into_iter().flatten().collect();
        due.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
        due.truncate(limit);
        Ok(due)
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.commit_as(Uuid::from_u128(self.ambient.random()), changes).await
    }
}
