//! What the table holds of a customer beside the record: for export and erasure.

use async_trait::async_trait;
use domain::ids::{DeliveryKey, OrgId, RequestId};
use domain::phone::PhoneNumber;
use domain::ports::{CustomerFiles, RequestRows, StoreError};
use domain::webhook::Payload;

use super::DynamoStore;
use super::items::{self, DecisionItem, HeldItem, NoticeItem, NumberItem, SyncLogItem};
use super::keys::{Item, Key};

#[async_trait]
impl CustomerFiles for DynamoStore {
    async fn requests_of(&self, org: OrgId, phone: &PhoneNumber) -> Result<Vec<RequestId>, StoreError> {
        let items = self.partition(Key::number(org, phone, ""), "query of a number's requests").await?;
        items.into_iter().map(items::read::<NumberItem, _>).collect()
    }

    async fn rows(&self, org: OrgId, request: &RequestId) -> Result<RequestRows, StoreError> {
        let mut rows = RequestRows::default();
        for item in self.partition(Key::of_all(org, request), "query of a request's rows").await? {
            match kind(&item) {
                "PHONE" => rows.numbers.push(items::read::<NumberItem, _>(item)?),
                "NOTICE" => rows.notices.push(items::read::<NoticeItem, _>(item)?),
                "SYNC" => rows.sync_log.push(items::read::<SyncLogItem, _>(item)?),
                "WHY" => rows.decisions.push(items::read::<DecisionItem, _>(item)?),
                // The record, its entry in the list, and what is left to be sent have reads of their own.
                _ => {}
            }
        }
        Ok(rows)
    }

    async fn deliveries_about(&self, org: OrgId, group: &str) -> Result<Vec<DeliveryKey>, StoreError> {
        let items = self.partition(Key::about(org, group, ""), "query of a group's deliveries").await?;
        items.into_iter().map(items::read::<HeldItem, _>).collect()
    }

    async fn payload(&self, org: OrgId, delivery: &DeliveryKey) -> Result<Option<Payload>, StoreError> {
        let item = self.item(&Key::payload(org, delivery), "read of a payload").await?;
        item.filter(|item| self.is_there(item)).map(|item| items::payload(&item)).transpose()
    }
}

/// What a sort key says its item is.
fn kind(item: &Item) -> &str {
    let sort = item.get("sk").and_then(|sort| sort.as_s().ok()).map(String::as_str).unwrap_or_default();
    sort.split('#').next().unwrap_or_default()
}
