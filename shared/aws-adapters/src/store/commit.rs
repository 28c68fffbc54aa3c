//! A commit: all of its changes or none, whatever becomes of the answer.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::error::TransactionCanceledException;
use domain::ids::{DeliveryKey, OrgId, ProjectId};
use domain::ports::{Cause, Change, StoreError};
use tokio::time::sleep;
use uuid::Uuid;

use super::DynamoStore;
use super::items::{self, HeldItem};
use super::keys::{Item, Key, text};
use super::plan::Plan;
use super::write::{self, Action, COMMIT_ID, OLD_ITEM, Write, some};
use crate::failure;

const OPERATION: &str = "commit";

/// A commit that is held up by another is tried this often in all, about a second and a half at most.
const ATTEMPTS: u32 = 6;

/// The first wait is up to so long, each further one up to twice the one before.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// What came of one attempt.
enum Attempt {
    Done,
    /// Something is not as it was read.
    Refused,
    /// Held up by another commit or by the throttle: the same again may do.
    HeldUp(Cause),
    Failed(Cause),
}

impl DynamoStore {
    /// Commits under an id: the same changes under the same id again change nothing, and succeed.
    pub(super) async fn commit_as(&self, commit: Uuid, changes: Vec<Change>) -> Result<(), StoreError> {
        let writes = self.writes(commit, changes).await?;
        write::check(&writes).map_err(|unfit| unavailable(Box::new(unfit)))?;
        let mut attempt = 1;
        loop {
            match self.attempt(commit, &writes).await {
                Attempt::Done => return Ok(()),
                Attempt::Refused => return Err(StoreError::Conflict),
                Attempt::HeldUp(_) if attempt < ATTEMPTS => sleep(self.wait_after(attempt)).await,
                Attempt::HeldUp(cause) | Attempt::Failed(cause) => return Err(unavailable(cause)),
            }
            attempt += 1;
        }
    }

    /// The writes of a commit, with the places of the held deliveries that it drops looked up.
    pub(super) async fn writes(&self, commit: Uuid, changes: Vec<Change>) -> Result<Vec<Write>, StoreError> {
        let plan = Plan { commit, now: self.ambient.now() };
        let mut places: HashMap<(OrgId, ProjectId), HashMap<DeliveryKey, Key>> = HashMap::new();
        let mut writes = Vec::new();
        for change in changes {
            let mut held_at = None;
            if let Change::DropHeld { org, project, key } = &change {
                let project = (*org, project.clone());
                if !places.contains_key(&project) {
                    places.insert(project.clone(), self.held_places(*org, &project.1).await?);
                }
                held_at = places.get(&project).and_then(|places| places.get(key)).cloned();
            }
            writes.extend(plan.writes(change, held_at));
        }
        Ok(writes)
    }

    async fn held_places(&self, org: OrgId, project: &ProjectId) -> Result<HashMap<DeliveryKey, Key>, StoreError> {
        let items = self.partition(Key::held(org, project, ""), "query of held deliveries").await?;
        let place = |item: Item| {
            let sk = item.get("sk").and_then(|sk| sk.as_s().ok()).cloned().unwrap_or_default();
            Ok((items::read::<HeldItem, _>(item)?, Key::held(org, project, &sk)))
        };
        items.into_iter().map(place).collect()
    }

    /// One item is written alone, for half of what a transaction costs.
    async fn attempt(&self, commit: Uuid, writes: &[Write]) -> Attempt {
        match writes {
            [] => Attempt::Done,
            // A mere look has no plain form.
            [single] if !matches!(single.action, Action::Check) => self.single(commit, single.clone()).await,
            [..] => self.transaction(commit, writes).await,
        }
    }

    async fn single(&self, commit: Uuid, write: Write) -> Attempt {
        let (key, names, values) = (Some(write.key.attributes()), some(write.names), some(write.values));
        let condition = write.condition.map(str::to_owned);
        match write.action {
            Action::Put(item) => {
                let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
                let put = put
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(OLD_ITEM);
                outcome(commit, put.send().await, |error| match error {
                    PutItemError::ConditionalCheckFailedException(refusal) => Some(refusal.item()),
                    _ => None,
                })
            }
            Action::Update(expression) => {
                let update = self.client.update_item().table_name(&self.table).set_key(key);
                let update = update
                    .update_expression(expression)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(OLD_ITEM);
                outcome(commit, update.send().await, |error| match error {
                    UpdateItemError::ConditionalCheckFailedException(refusal) => Some(refusal.item()),
                    _ => None,
                })
            }
            Action::Delete => {
                let delete = self.client.delete_item().table_name(&self.table).set_key(key);
                let delete = delete
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(OLD_ITEM);
                outcome(commit, delete.send().await, |error| match error {
                    DeleteItemError::ConditionalCheckFailedException(refusal) => Some(refusal.item()),
                    _ => None,
                })
            }
            Action::Check => Attempt::Done,
        }
    }

    /// The commit's id is DynamoDB's token too: within ten minutes it takes the same transaction once.
    async fn transaction(&self, commit: Uuid, writes: &[Write]) -> Attempt {
        let items: Result<Vec<_>, _> = writes.iter().cloned().map(|write| write.in_transaction(&self.table)).collect();
        let items = match items {
            Ok(items) => items,
            Err(error) => return Attempt::Failed(Box::new(error)),
        };
        let transaction = self.client.transact_write_items().client_request_token(commit.to_string());
        match transaction.set_transact_items(Some(items)).send().await {
            Ok(_) => Attempt::Done,
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
                    cancellation(commit, canceled, failure::cause(&error))
                }
                Some(_) | None => failed(&error),
            },
        }
    }

    /// A random part of a wait that doubles, so that those who met do not meet again.
    fn wait_after(&self, attempt: u32) -> Duration {
        let longest = FIRST_WAIT * 2_u32.saturating_pow(attempt - 1);
        let thousandths = u32::try_from(self.ambient.random() % 1001).unwrap_or_default();
        longest * thousandths / 1000
    }
}

fn unavailable(source: Cause) -> StoreError {
    StoreError::Unavailable { operation: OPERATION, source }
}

/// `refused` tells a failed condition, with the item as it is if there is one.
fn outcome<T, E, R>(
    commit: Uuid,
    answer: Result<T, SdkError<E, R>>,
    refused: impl FnOnce(&E) -> Option<Option<&Item>>,
) -> Attempt
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match answer {
        Ok(_) => Attempt::Done,
        Err(error) => match error.as_service_error().and_then(refused) {
            Some(item) => judged(commit, item),
            None => failed(&error),
        },
    }
}

/// A refusal by an item that carries our own id: an earlier try of this commit went through, so all of it did.
fn judged<'a>(commit: Uuid, items: impl IntoIterator<Item = &'a Item>) -> Attempt {
    let ours = |item: &Item| item.get(COMMIT_ID) == Some(&text(commit));
    if items.into_iter().any(ours) { Attempt::Done } else { Attempt::Refused }
}

fn cancellation(commit: Uuid, canceled: &TransactionCanceledException, cause: Cause) -> Attempt {
    let reasons = canceled.cancellation_reasons();
    let has = |codes: &[&str]| reasons.iter().any(|reason| reason.code().is_some_and(|code| codes.contains(&code)));
    if has(&["ConditionalCheckFailed"]) {
        judged(commit, reasons.iter().filter_map(|reason| reason.item()))
    } else if has(&["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]) {
        Attempt::HeldUp(cause)
    } else {
        Attempt::Failed(cause)
    }
}

fn failed<E, R>(error: &SdkError<E, R>) -> Attempt
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let cause = failure::cause(error);
    match error.code() {
        Some(
            "TransactionConflictException"
            | "TransactionInProgressException"
            | "ThrottlingException"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded",
        ) => Attempt::HeldUp(cause),
        Some(_) | None => Attempt::Failed(cause),
    }
}
