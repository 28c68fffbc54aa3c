//! The store in memory keeps the contract that the table keeps.

use std::sync::Arc;

use domain::ports::{CustomerFiles, Store};
use testkit::contract::{Looks, keeps_the_contract, keeps_to_the_model};
use testkit::memory::MemoryStore;

#[tokio::test]
async fn the_store_in_memory_keeps_the_contract() {
    keeps_the_contract(|ambient| async { (Arc::new(MemoryStore::new(ambient)) as Arc<dyn CustomerFiles>, ()) }).await;
}

#[test]
fn the_store_in_memory_keeps_to_the_model() {
    keeps_to_the_model(256, Looks::Often, |ambient| async {
        (Arc::new(MemoryStore::new(ambient)) as Arc<dyn Store>, ())
    });
}
