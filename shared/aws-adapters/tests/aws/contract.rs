//! The table keeps the contract that the store in memory keeps.

use std::sync::Arc;

use aws_adapters::store::DynamoStore;
use domain::ports::{CustomerFiles, Store};
use testkit::contract::{Looks, keeps_the_contract, keeps_to_the_model};
use testkit::dynamo::local_table;

#[tokio::test]
async fn the_table_keeps_the_contract() {
    keeps_the_contract(|ambient| async {
        let table = local_table().await;
        let store = DynamoStore::new(table.client.clone(), &table.name, ambient);
        (Arc::new(store) as Arc<dyn CustomerFiles>, table)
    })
    .await;
}

#[test]
fn the_table_keeps_to_the_model() {
    keeps_to_the_model(16, Looks::AtTheEnd, |ambient| async {
        let table = local_table().await;
        let store = DynamoStore::new(table.client.clone(), &table.name, ambient);
        (Arc::new(store) as Arc<dyn Store>, table)
    });
}
