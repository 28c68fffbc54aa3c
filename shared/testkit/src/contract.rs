//! What [`Store`](domain::ports::Store) and [`CustomerFiles`] promise, as tests that every store has to pass: so the one in memory cannot drift from the table.

mod arrivals;
mod commits;
mod configuration;
mod customers;
mod deliveries;
mod due;
mod lanes;
mod links;
mod lists;
mod model;
mod notices;
mod organisations;
mod outbox;
mod progress;
mod projects;
mod retention;
mod shelves;

pub use model::{Looks, keeps_to_the_model};

use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::ids::RequestId;
use domain::ports::{Ambient, Change, CustomerFiles, DueItem, StoreError};
use domain::project::Project;

use crate::builders::{ORG, due_in_every_lane};
use crate::memory::TestAmbient;

/// Runs each test of the contract on a store of its own, and panics with the names of those that failed.
///
/// `new_store` gives an empty store whose time is the given one's, and what has to live as long as the store.
pub async fn keeps_the_contract<F, Fut, Guard>(new_store: F)
where
    F: Fn(Arc<dyn Ambient>) -> Fut,
    Fut: Future<Output = (Arc<dyn CustomerFiles>, Guard)>,
{
    let cases = [
        projects::cases(),
        links::cases(),
        deliveries::cases(),
        notices::cases(),
        outbox::cases(),
        due::cases(),
        lanes::cases(),
        shelves::cases(),
        lists::cases(),
        arrivals::cases(),
        configuration::cases(),
        progress::cases(),
        organisations::cases(),
        commits::cases(),
        customers::cases(),
        retention::cases(),
    ];
    let mut broken = Vec::new();
    for case in cases.into_iter().flatten() {
        let ambient = Arc::new(TestAmbient::default());
        let (store, _guard) = new_store(ambient.clone()).await;
        if tokio::spawn((case.run)(Bench { store, ambient })).await.is_err() {
            broken.push(case.name);
        }
    }
    assert!(broken.is_empty(), "the store breaks the contract in {broken:#?}");
}

/// One test of the contract.
struct Case {
    name: &'static str,
    run: Box<dyn FnOnce(Bench) -> Running + Send>,
}

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

fn case<F, Fut>(test: F) -> Case
where
    F: FnOnce(Bench) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    Case { name: std::any::type_name::<F>(), run: Box::new(|bench| Box::pin(test(bench))) }
}

/// An empty store and its clock.
#[derive(Clone)]
struct Bench {
    store: Arc<dyn CustomerFiles>,
    ambient: Arc<TestAmbient>,
}

impl Bench {
    async fn commit(&self, changes: impl Into<Vec<Change>>) {
        self.store.commit(changes.into()).await.expect("the store takes the commit");
    }

    async fn refuses(&self, changes: impl Into<Vec<Change>>) {
        let outcome = self.store.commit(changes.into()).await;
        assert!(matches!(outcome, Err(StoreError::Conflict)), "a conflict was expected, not {outcome:?}");
    }

    /// What is due, at most `limit` of each lane.
    async fn due(&self, by: DateTime<Utc>, limit: usize) -> Vec<DueItem> {
        self.store.due(&due_in_every_lane(by, limit)).await.expect("the store answers")
    }

    async fn project(&self, request: &str) -> Option<Project> {
        self.store.project(ORG, &id(request)).await.expect("the store answers")
    }
}

fn id(request: &str) -> RequestId {
    request.parse().expect("an id")
}
