//! What a commit does to single items, in the two forms that DynamoDB takes: alone, or in a transaction.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use uuid::Uuid;

use super::keys::{Item, Key, text};

/// DynamoDB's limit of items in one transaction (developer guide, "constraints").
const TRANSACTION_LIMIT: usize = 100;

/// The attribute that names the commit which wrote an item last.
pub(super) const COMMIT_ID: &str = "commit_id";

/// On a refusal, DynamoDB returns the item as it is: it tells whether we wrote it ourselves.
pub(super) const OLD_ITEM: ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure::AllOld;

/// One item's part in a commit.
#[derive(Debug, Clone)]
pub(super) struct Write {
    pub(super) key: Key,
    pub(super) action: Action,
    pub(super) condition: Option<&'static str>,
    pub(super) names: HashMap<String, String>,
    pub(super) values: Item,
}

#[derive(Debug, Clone)]
pub(super) enum Action {
    Put(Item),
    /// An update expression.
    Update(String),
    Delete,
    /// Only the condition counts.
    Check,
}

/// Why a commit can never be made as it is; trying again does not help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnfitCommit {
    /// More than one transaction takes.
    #[error("the commit changes {items} items, a transaction takes {TRANSACTION_LIMIT}")]
    TooLarge {
        /// How many.
        items: usize,
    },
    /// DynamoDB takes each item once, a commit has one change for each thing.
    #[error("the commit changes one item twice: {kind}")]
    Twice {
        /// What kind of item, by its sort key's first part.
        kind: String,
    },
}

/// Whether the writes can be made together.
pub(super) fn check(writes: &[Write]) -> Result<(), UnfitCommit> {
    if TRANSACTION_LIMIT < writes.len() {
        return Err(UnfitCommit::TooLarge { items: writes.len() });
    }
    let mut seen = BTreeSet::new();
    match writes.iter().find(|write| !seen.insert(&write.key)) {
        Some(write) => {
            let kind = write.key.sk.split('#').next().unwrap_or_default().to_owned();
            Err(UnfitCommit::Twice { kind })
        }
        None => Ok(()),
    }
}

impl Write {
    /// Writes a whole item, in place of what is there.
    pub(super) fn put(key: Key, mut item: Item) -> Self {
        item.extend(key.attributes());
        Self::of(key, Action::Put(item))
    }

    /// Changes some attributes of an item.
    pub(super) fn update(key: Key, expression: impl Into<String>) -> Self {
        Self::of(key, Action::Update(expression.into()))
    }

    /// Deletes an item, if it is there.
    pub(super) fn delete(key: Key) -> Self {
        Self::of(key, Action::Delete)
    }

    /// Only looks at an item.
    pub(super) fn check(key: Key) -> Self {
        Self::of(key, Action::Check)
    }

    fn of(key: Key, action: Action) -> Self {
        Self { key, action, condition: None, names: HashMap::new(), values: HashMap::new() }
    }

    /// Only if this holds for the item as it is.
    pub(super) fn when(self, condition: &'static str) -> Self {
        Self { condition: Some(condition), ..self }
    }

    /// A value that an expression names, such as `:read`.
    pub(super) fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.insert(name.to_owned(), value);
        self
    }

    /// An attribute that an expression names otherwise, since DynamoDB reserves its name.
    pub(super) fn name(mut self, name: &str, attribute: &str) -> Self {
        self.names.insert(name.to_owned(), attribute.to_owned());
        self
    }

    /// Leaves the commit's id on the item; an update's expression has to set it to `:commit`.
    pub(super) fn stamped(mut self, commit: Uuid) -> Self {
        match &mut self.action {
            Action::Put(item) => drop(item.insert(COMMIT_ID.to_owned(), text(commit))),
            Action::Update(_) => drop(self.values.insert(":commit".to_owned(), text(commit))),
            Action::Delete | Action::Check => {}
        }
        self
    }

    /// As a part of a transaction.
    pub(super) fn in_transaction(self, table: &str) -> Result<TransactWriteItem, BuildError> {
        let (names, values) = (some(self.names), some(self.values));
        let condition = self.condition.map(str::to_owned);
        let key = Some(self.key.attributes());
        let part = TransactWriteItem::builder();
        Ok(match self.action {
            Action::Put(item) => part.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(item))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(OLD_ITEM)
                    .build()?,
            ),
            Action::Update(expression) => part.update(
                Update::builder()
                    .table_name(table)
                    .set_key(key)
                    .update_expression(expression)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(OLD_ITEM)
                    .build()?,
            ),
            Action::Delete => part.delete(
                Delete::builder()
                    .table_name(table)
                    .set_key(key)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(OLD_ITEM)
                    .build()?,
            ),
            Action::Check => part.condition_check(
                ConditionCheck::builder()
                    .table_name(table)
                    .set_key(key)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(OLD_ITEM)
                    .build()?,
            ),
        }
        .build())
    }
}

/// An update expression as it grows, with its values.
#[derive(Debug, Default)]
pub(super) struct Assignments {
    set: Vec<String>,
    remove: Vec<&'static str>,
    values: Item,
}

impl Assignments {
    /// Sets an attribute to a value, which the expression calls `name`.
    pub(super) fn set(&mut self, attribute: &'static str, name: &'static str, value: AttributeValue) {
        self.set.push(format!("{attribute} = {name}"));
        self.values.insert(name.to_owned(), value);
    }

    /// Sets an attribute to a value, or removes it.
    pub(super) fn set_or_remove(&mut self, attribute: &'static str, name: &'static str, value: Option<AttributeValue>) {
        match value {
            Some(value) => self.set(attribute, name, value),
            None => self.remove.push(attribute),
        }
    }

    /// Sets an attribute to what another attribute of the item holds.
    pub(super) fn copy(&mut self, attribute: &'static str, from: &'static str) {
        self.set.push(format!("{attribute} = {from}"));
    }

    /// Adds to an attribute that is a number.
    pub(super) fn add(&mut self, attribute: &'static str, name: &'static str, value: AttributeValue) {
        self.set.push(format!("{attribute} = {attribute} + {name}"));
        self.values.insert(name.to_owned(), value);
    }

    /// The update of this item.
    pub(super) fn of(self, key: Key) -> Write {
        let mut expression = format!("SET {}", self.set.join(", "));
        if !self.remove.is_empty() {
            expression = format!("{expression} REMOVE {}", self.remove.join(", "));
        }
        Write { values: self.values, ..Write::update(key, expression) }
    }
}

/// DynamoDB refuses maps of names or values that are empty.
pub(super) fn some<V>(map: HashMap<String, V>) -> Option<HashMap<String, V>> {
    if map.is_empty() { None } else { Some(map) }
}
