//! A table as other programs see it, beside the store that writes it.

use std::collections::HashMap;
use std::sync::Arc;

use aws_adapters::store::DynamoStore;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::configuration::ConfigurationDocument;
use domain::ids::Revision;
use domain::ports::{Change, Store};
use testkit::builders::NOON;
use testkit::dynamo::{LocalTable, local_table};
use testkit::memory::TestAmbient;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// A store, and the table that it is in.
pub(crate) struct Bench {
    pub(crate) table: LocalTable,
    pub(crate) store: DynamoStore,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let table = local_table().await;
        let store = DynamoStore::new(table.client.clone(), &table.name, Arc::new(TestAmbient::default()));
        Self { table, store }
    }

    pub(crate) async fn commit(&self, changes: impl Into<Vec<Change>>) {
        self.store.commit(changes.into()).await.expect("the store takes the commit");
    }

    pub(crate) async fn item(&self, pk: &str, sk: &str) -> Item {
        let read = self.table.client.get_item().table_name(&self.table.name);
        let read = read.key("pk", text(pk)).key("sk", text(sk));
        read.send().await.expect("the table answers").item.unwrap_or_else(|| panic!("{pk} {sk} is there"))
    }

    /// The summaries of a list, newest first.
    pub(crate) async fn feed(&self, list: &str) -> Vec<Item> {
        let query = self.table.client.query().table_name(&self.table.name).index_name("feed");
        let query = query.key_condition_expression("feed = :list").expression_attribute_values(":list", text(list));
        let items = query.scan_index_forward(false).send().await.expect("the table answers").items.unwrap_or_default();
        items.into_iter().map(|item| item["summary"].as_m().expect("a summary").clone()).collect()
    }

    /// Puts something into an attribute that the store never writes there.
    pub(crate) async fn spoil(&self, pk: &str, sk: &str, attribute: &str, value: AttributeValue) {
        let update = self.table.client.update_item().table_name(&self.table.name);
        let update = update.key("pk", text(pk)).key("sk", text(sk)).update_expression("SET #attribute = :value");
        let update = update.expression_attribute_names("#attribute", attribute);
        update.expression_attribute_values(":value", value).send().await.expect("the table answers");
    }
}

pub(crate) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(crate) fn field<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).unwrap_or_else(|| panic!("{name} is there")).as_s().expect("text")
}

/// Where the items of request 1042 are.
pub(crate) const REQUEST: &str = "ORG#1234#REQUEST#1042";

/// A first activation.
pub(crate) fn activate(document: ConfigurationDocument) -> Change {
    Change::ActivateConfiguration { document, read: Revision::NONE, at: NOON }
}
