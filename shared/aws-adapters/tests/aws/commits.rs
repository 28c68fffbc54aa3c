//! What a commit makes of answers that say neither yes nor no.

use std::sync::Arc;

use aws_adapters::store::{DynamoStore, UnfitCommit};
use domain::notification::News;
use domain::ports::{Ambient, Change, Store, StoreError};
use domain::project::Project;
use serde_json::{Value, json};
use testkit::builders::{NOON, ORG};
use testkit::builders::{decision, delivery_key, delivery_log, notice, outbox_entry, payload, pending_project};
use testkit::dynamo::{LocalTable, client_of, local_table};
use testkit::memory::TestAmbient;

use crate::stub::{Answer, Call, StubAws, done, error};

fn store_at(stub: &StubAws) -> DynamoStore {
    DynamoStore::new(client_of(&stub.endpoint), "records", Arc::new(TestAmbient::default()))
}

/// Two changes that are guarded, so a transaction.
fn decided() -> Vec<Change> {
    let request = "1042".parse().expect("an id");
    vec![Change::UpdateProject(pending_project("1042")), Change::LogDecision(decision(&request, "01A"))]
}

fn canceled(reasons: &[Value]) -> Answer {
    let name = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    (400, json!({"__type": name, "message": "canceled", "CancellationReasons": reasons}))
}

fn token(call: &Call) -> &str {
    call.parameters["ClientRequestToken"].as_str().expect("a token")
}

#[tokio::test]
async fn a_commit_that_another_holds_up_is_repeated_as_it_is() {
    let stub = StubAws::start(|earlier, _| match earlier {
        0 => canceled(&[json!({"Code": "None"}), json!({"Code": "TransactionConflict"})]),
        1 => canceled(&[json!({"Code": "ThrottlingError"}), json!({"Code": "None"})]),
        2 => error("TransactionInProgressException"),
        _ => done(),
    })
    .await;
    store_at(&stub).commit(decided()).await.expect("the fourth try goes through");
    let calls = stub.calls();
    assert_eq!(calls.len(), 4);
    assert!(calls.iter().all(|call| call.parameters == calls[0].parameters));
}

#[tokio::test]
async fn a_single_write_that_a_transaction_holds_up_is_repeated() {
    let stub = StubAws::start(|earlier, _| if earlier == 0 { error("TransactionConflictException") } else { done() });
    let stub = stub.await;
    let request = "1042".parse().expect("an id");
    store_at(&stub).commit(vec![Change::Send(outbox_entry(&request, "01A"))]).await.expect("it goes through");
    let operations: Vec<_> = stub.calls().into_iter().map(|call| call.operation).collect();
    assert_eq!(operations, ["PutItem", "PutItem"]);
}

#[tokio::test]
async fn a_commit_that_is_held_up_for_good_is_given_up_and_may_be_tried_again() {
    let stub = StubAws::start(|_, _| canceled(&[json!({"Code": "TransactionConflict"})])).await;
    let outcome = store_at(&stub).commit(decided()).await;
    assert!(matches!(outcome, Err(StoreError::Unavailable { .. })), "{outcome:?}");
    assert_eq!(stub.calls().len(), 6);
}

#[tokio::test]
async fn a_failed_condition_is_a_conflict_at_once() {
    let other = json!({"Code": "ConditionalCheckFailed", "Item": {"commit_id": {"S": "another"}}});
    let conflict = json!({"Code": "TransactionConflict"});
    let stub = StubAws::start(move |_, _| canceled(&[conflict.clone(), other.clone()])).await;
    let outcome = store_at(&stub).commit(decided()).await;
    assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?}");
    assert_eq!(stub.calls().len(), 1);
}

#[tokio::test]
async fn a_refusal_that_shows_our_own_commit_is_its_success() {
    // DynamoDB forgets a transaction's token after ten minutes; what the commit wrote still says whose it is.
    let stub = StubAws::start(|_, call| {
        let ours = json!({"commit_id": {"S": token(call)}, "revision": {"N": "2"}});
        canceled(&[json!({"Code": "ConditionalCheckFailed", "Item": ours}), json!({"Code": "None"})])
    })
    .await;
    store_at(&stub).commit(decided()).await.expect("it went through before");
    assert_eq!(stub.calls().len(), 1);
}

/// Always the same chance, so that each commit repeats the one before, as after an answer that was lost.
struct Stuck;

impl Ambient for Stuck {
    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        NOON
    }

    fn random(&self) -> u128 {
        7
    }
}

fn stores(table: &LocalTable) -> (DynamoStore, DynamoStore) {
    let store = |ambient: Arc<dyn Ambient>| DynamoStore::new(table.client.clone(), &table.name, ambient);
    (store(Arc::new(TestAmbient::default())), store(Arc::new(Stuck)))
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_succeeds_when_it_is_repeated_and_is_made_once() {
    let table = local_table().await;
    let (usual, repeating) = stores(&table);
    let read = Project { revision: domain::ids::Revision(1), ..pending_project("1042") };
    let alone = vec![Change::UpdateProject(read.clone())];
    usual.commit(vec![Change::CreateProject(pending_project("1042"))]).await.expect("it is new");
    repeating.commit(alone.clone()).await.expect("the first try");
    repeating.commit(alone.clone()).await.expect("the same again");
    let conflict = usual.commit(alone).await;
    assert!(matches!(conflict, Err(StoreError::Conflict)), "{conflict:?}");
    let stored = usual.project(ORG, read.request_id()).await.expect("the store answers").expect("it is there");
    assert_eq!(stored.revision, domain::ids::Revision(2));
}

#[tokio::test]
async fn a_single_write_whose_answer_was_lost_succeeds_when_it_is_repeated() {
    let table = local_table().await;
    let (usual, repeating) = stores(&table);
    let entry = notice(&"1042".parse().expect("an id"), News::ContractSigned, 1);
    let alone = vec![Change::CreateNotice(entry)];
    repeating.commit(alone.clone()).await.expect("the first try");
    repeating.commit(alone.clone()).await.expect("the same again");
    let conflict = usual.commit(alone).await;
    assert!(matches!(conflict, Err(StoreError::Conflict)), "{conflict:?}");
}

#[tokio::test]
async fn a_transaction_whose_answer_was_lost_succeeds_when_it_is_repeated() {
    let table = local_table().await;
    let (usual, repeating) = stores(&table);
    let request = "1042".parse().expect("an id");
    let changes =
        vec![Change::CreateProject(pending_project("1042")), Change::Send(outbox_entry(&request, "000000000001-00"))];
    repeating.commit(changes.clone()).await.expect("the first try");
    repeating.commit(changes.clone()).await.expect("the same again");
    let conflict = usual.commit(changes).await;
    assert!(matches!(conflict, Err(StoreError::Conflict)), "{conflict:?}");
}

#[tokio::test]
async fn a_repeat_is_counted_once_however_often_its_commit_is_repeated() {
    let table = local_table().await;
    let (usual, repeating) = stores(&table);
    usual.commit(vec![Change::RecordDelivery { log: delivery_log(1), payload: payload(1) }]).await.expect("it is new");
    let count = || vec![Change::CountRepeat { org: ORG, key: delivery_key(1) }];
    for _ in 0..3 {
        repeating.commit(count()).await.expect("the row is there");
    }
    usual.commit(count()).await.expect("the row is there");
    let log = usual.delivery(ORG, &delivery_key(1)).await.expect("the store answers").expect("it is there");
    assert_eq!(log.repeats, 2);
}

#[tokio::test]
async fn a_commit_that_cannot_be_made_says_so_before_anything_is_sent() {
    let stub = StubAws::start(|_, _| done()).await;
    let request = "1042".parse().expect("an id");
    let sends = (0..101).map(|number| Change::Send(outbox_entry(&request, &number.to_string()))).collect();
    let error = store_at(&stub).commit(sends).await.expect_err("too large");
    let source = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<UnfitCommit>());
    assert_eq!(source, Some(&UnfitCommit::TooLarge { items: 101 }));
    assert_eq!(stub.calls().len(), 0);
}

#[tokio::test]
async fn an_error_says_what_aws_said_and_nothing_of_the_items() {
    let personal = json!({"Code": "ValidationError", "Item": {"name": {"S": "Tariro"}}});
    let stub = StubAws::start(move |_, _| canceled(std::slice::from_ref(&personal))).await;
    let error = store_at(&stub).commit(decided()).await.expect_err("not to be done");
    let cause = std::error::Error::source(&error).expect("a source").to_string();
    assert!(cause.contains("TransactionCanceledException") && cause.contains("canceled"), "{cause}");
    assert!(!format!("{error:?}").contains("Tariro"));
}

#[tokio::test]
async fn a_table_that_is_not_reached_is_unavailable() {
    let endpoint = StubAws::start(|_, _| done()).await.endpoint.clone();
    let store = DynamoStore::new(client_of(&endpoint), "records", Arc::new(TestAmbient::default()));
    let outcome = store.configuration().await;
    assert!(matches!(outcome, Err(StoreError::Unavailable { .. })), "{outcome:?}");
    store.warm().await;
}
