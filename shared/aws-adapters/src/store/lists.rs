//! What the indexes tell: what is due, what is on a shelf, and the operators' lists. They may lag by a moment.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::ids::{DeliveryKey, OrgId, RequestId};
use domain::ports::{DueIn, DueItem, DueKey, ProjectList, ProjectListing, ProjectsPage, StoreError};
use domain::project::{Lane, Shelf};
use futures::future::try_join_all;
use tracing::warn;

use super::items::{self, ListedItem, status_name};
use super::keys::{
    Item, Key, due_shards, index_time, index_time_before, parse_index_time, project_feed, shelf_shard, text,
};
use super::plan::ALL;
use super::{DynamoStore, unavailable};

impl DynamoStore {
    /// What is due in one lane, oldest first.
    pub(super) async fn due_in_lane(&self, DueIn { lane, by, limit }: DueIn) -> Result<Vec<DueItem>, StoreError> {
        // DynamoDB takes no limit of zero.
        if limit == 0 {
            return Ok(Vec::new());
        }
        let shards = due_shards(lane).map(|shard| self.due_in_shard(shard, lane, by, limit));
        let mut due: Vec<DueItem> = try_join_all(shards).await?.into_iter().flatten().collect();
        due.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
        due.truncate(limit);
        Ok(due)
    }

    async fn due_in_shard(
        &self,
        shard: String,
        lane: Lane,
        by: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<DueItem>, StoreError> {
        let query = self.index("due", limit);
        let mut items = query
            .key_condition_expression("due_shard = :shard AND next_attempt_at <= :by")
            .expression_attribute_values(":shard", text(shard))
            // Rounded down: what is due within the last millisecond is written with the next one.
            .expression_attribute_values(":by", text(index_time_before(by)))
            .into_paginator()
            .items()
            .send();
        let mut due = Vec::new();
        while due.len() < limit {
            match items.next().await {
                Some(Ok(item)) if self.is_there(&item) => due.extend(due_item(&item, lane)),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(unavailable("query of what is due", &error)),
                None => break,
            }
        }
        Ok(due)
    }

    /// The records on a shelf before a time, earliest first; one page, so never more items read than asked for.
    pub(super) async fn on_shelf(
        &self,
        org: OrgId,
        shelf: Shelf,
        before: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<RequestId>, StoreError> {
        // DynamoDB takes no limit of zero.
        if limit == 0 {
            return Ok(Vec::new());
        }
        let query = self.index("due", limit);
        let query = query
            .key_condition_expression("due_shard = :shard AND next_attempt_at < :before")
            .expression_attribute_values(":shard", text(shelf_shard(org, shelf)))
            .expression_attribute_values(":before", text(index_time(before)));
        let page = query.send().await.map_err(|error| unavailable("query of a shelf", &error))?;
        let request = |item: &Item| Key::request(org, field(item, "pk")?);
        Ok(page.items().iter().filter_map(request).collect())
    }

    /// A page of a list, newest first. DynamoDB says that there may be more when the last page is just full, so an
    /// empty page may follow it.
    pub(super) async fn listed(&self, org: OrgId, page: ProjectsPage) -> Result<ProjectList, StoreError> {
        let list = project_feed(org, page.status.map_or(ALL, status_name));
        let place = |cursor: &String| Place::parse(cursor, &list).ok_or_else(unknown_cursor);
        let after = page.after.as_ref().map(place).transpose()?;
        if page.limit == 0 {
            return Ok(ProjectList { rows: Vec::new(), next: page.after });
        }
        let query = self.index("feed", page.limit).scan_index_forward(false);
        let query = query
            .key_condition_expression("feed = :list")
            .expression_attribute_values(":list", text(&list))
            .set_exclusive_start_key(after.map(|place| place.index_key(org, page.status.is_none(), &list)));
        let answer = query.send().await.map_err(|error| unavailable("query of a list", &error))?;
        let next = answer.last_evaluated_key().and_then(|key| Place::of(org, key)).map(|place| place.cursor(&list));
        Ok(ProjectList { rows: answer.items.unwrap_or_default().into_iter().filter_map(row).collect(), next })
    }

    /// The deliveries of one list (those of a month that stand so) that were received in a time.
    pub(super) async fn arrived(
        &self,
        list: String,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<(DeliveryKey, DateTime<Utc>)>, StoreError> {
        let query = self.client.query().table_name(&self.table).index_name("feed");
        let mut items = query
            .key_condition_expression("feed = :list AND feed_at BETWEEN :since AND :until")
            .expression_attribute_values(":list", text(list))
            .expression_attribute_values(":since", text(index_time(since)))
            .expression_attribute_values(":until", text(index_time(until)))
            .into_paginator()
            .items()
            .send();
        let mut found = Vec::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| unavailable("query of a list", &error))?;
            let at = field(&item, "feed_at").and_then(parse_index_time);
            if !self.is_there(&item) {
                continue;
            }
            found.extend(field(&item, "pk").and_then(Key::delivery_of).zip(at));
        }
        // The index knows no finer time: the bound itself is not before it.
        found.retain(|(_, at)| index_time(*at) < index_time(until));
        Ok(found)
    }

    fn index(&self, name: &str, limit: usize) -> QueryFluentBuilder {
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        self.client.query().table_name(&self.table).index_name(name).limit(limit)
    }
}

fn field<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name).and_then(|value: &AttributeValue| value.as_s().ok()).map(String::as_str)
}

/// One item that cannot be read must not keep a sweep from all the others.
fn due_item(item: &Item, lane: Lane) -> Option<DueItem> {
    let (partition, sort) = (field(item, "pk")?.to_owned(), field(item, "sk")?.to_owned());
    let at = field(item, "next_attempt_at").and_then(parse_index_time);
    let wake = field(item, "wake").and_then(|json| serde_json::from_str(json).ok());
    match (at, wake) {
        (Some(at), Some(wake)) => Some(DueItem { key: DueKey { partition, sort }, lane, at, wake }),
        (_, _) => {
            warn!(item.pk = %partition, item.sk = %sort, "a due item does not say whom to wake, it is passed over");
            None
        }
    }
}

/// Nor must it keep an operator from seeing them.
fn row(item: Item) -> Option<ProjectListing> {
    let partition = field(&item, "pk").unwrap_or_default().to_owned();
    match items::read::<ListedItem, ProjectListing>(item) {
        Ok(row) => Some(row),
        Err(error) => {
            warn!(item.pk = %partition, %error, "a record cannot be read: it is left out of the list");
            None
        }
    }
}

/// A place in a list: behind the entry of this request.
struct Place {
    at: String,
    request: RequestId,
}

/// Between the parts of a cursor; in none of them.
const SEPARATOR: char = '\n';

impl Place {
    /// The place of an entry, by its key in the index.
    fn of(org: OrgId, key: &Item) -> Option<Self> {
        Some(Self { at: field(key, "feed_at")?.to_owned(), request: Key::request(org, field(key, "pk")?)? })
    }

    /// The place as callers keep it; with the list, so that it is good for no other.
    fn cursor(&self, list: &str) -> String {
        URL_SAFE_NO_PAD.encode(format!("{list}{SEPARATOR}{}{SEPARATOR}{}", self.at, self.request))
    }

    /// The place that a cursor of this list names.
    fn parse(cursor: &str, list: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let mut parts = text.split(SEPARATOR);
        let (of, at, request) = (parts.next()?, parts.next()?, parts.next()?);
        let is_time = parse_index_time(at).is_some_and(|time| index_time(time) == at);
        let is_whole = of == list && is_time && parts.next().is_none();
        is_whole.then(|| request.parse().ok().map(|request| Self { at: at.to_owned(), request })).flatten()
    }

    /// The key of the entry in the index: built anew, so that nothing but a place in this list can be asked for.
    fn index_key(&self, org: OrgId, is_of_all: bool, list: &str) -> HashMap<String, AttributeValue> {
        let key = if is_of_all { Key::listed(org, &self.request) } else { Key::project(org, &self.request) };
        let mut key = key.attributes();
        key.insert("feed".to_owned(), text(list));
        key.insert("feed_at".to_owned(), text(&self.at));
        key
    }
}

fn unknown_cursor() -> StoreError {
    StoreError::Unreadable { problem: "the list's cursor is not one that this list gave".to_owned() }
}
