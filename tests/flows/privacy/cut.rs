//! An erasure that ends in the middle is gone on with by whoever asks again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::configuration::Configuration;
use domain::ids::{DeliveryKey, OrgId, ProjectId, RequestId};
use domain::jobs::OutboxEntry;
use domain::notification::{Notice, NoticeKey};
use domain::phone::PhoneNumber;
use domain::ports::{
    Change, Checkpoint, ContactEntry, CustomerFiles, DueIn, DueItem, Limit, LimitName, ProjectList, ProjectsPage,
    RequestRows, Stages, Store, StoreError, StoredConfiguration, SweepName,
};
use domain::project::{Project, Shelf};
use domain::usecase::Core;
use domain::usecase::operate::{Whose, erase_customer};
use domain::webhook::{DeliveryLog, Payload};
use integration_tests::World;
use testkit::builders::operator;
use testkit::memory::MemoryStore;
use uuid::Uuid;

use super::people::Person;

/// Commits so often, and then no more.
struct Ending {
    store: Arc<MemoryStore>,
    left: AtomicUsize,
}

/// A customer of two requests, of which there is something of everything.
async fn customer_of_two(person: &Person) -> World {
    let (mut world, project) = World::with_project_of(&person.request("1042")).await;
    world.crm_asks_for(&person.request("1043")).await;
    world.opensolar.design(project, 6.6).expect("designed");
    world.opensolar.send_proposal(project).expect("sent");
    world.run_until_quiet().await;
    world
}

#[tokio::test]
async fn an_erasure_that_ended_anywhere_is_finished_by_asking_again() {
    let person = Person::of("qarbelvonk", 7_654_321);
    let world = customer_of_two(&person).await;
    let whose = [Whose::Number(person.phone().e164().to_owned()), Whose::Request("1043".parse().expect("an id"))];
    for whose in &whose {
        let mut ended = 0;
        for commits in 0.. {
            let store = Arc::new(world.store.copied(world.core.ambient.clone()));
            let ending = Arc::new(Ending { store: store.clone(), left: AtomicUsize::new(commits) });
            let core = Core { store: ending.clone(), ..world.core.clone() };
            if erase_customer(&core, &*ending, whose, &operator()).await.is_ok() {
                assert!(!person.is_in(&store.text()), "nothing is left after {commits} commits");
                break;
            }
            ended += 1;
            assert!(person.is_in(&store.text()), "it ended after {commits} commits");
            let core = Core { store: store.clone(), ..world.core.clone() };
            let again = erase_customer(&core, &*store, whose, &operator()).await;
            assert!(again.is_ok(), "{whose:?} after {commits} commits: {again:?}");
            let held = store.text();
            let left: Vec<_> = held.lines().filter(|line| person.is_in(line)).collect();
            assert_eq!(left, Vec::<&str>::new(), "{whose:?} after {commits} commits");
        }
        assert!(8 < ended, "it takes some commits: {ended}");
    }
}

#[async_trait]
impl Store for Ending {
    async fn configuration(&self) -> Result<Option<Configuration>, StoreError> {
        self.store.configuration().await
    }

    async fn configuration_of(&self, org: OrgId) -> Result<Option<StoredConfiguration>, StoreError> {
        self.store.configuration_of(org).await
    }

    async fn stages(&self, org: OrgId) -> Result<Option<Stages>, StoreError> {
        self.store.stages(org).await
    }

    async fn checkpoint(&self, org: OrgId, sweep: SweepName) -> Result<Option<Checkpoint>, StoreError> {
        self.store.checkpoint(org, sweep).await
    }

    async fn limit(&self, org: OrgId, name: LimitName) -> Result<Option<Limit>, StoreError> {
        self.store.limit(org, name).await
    }

    async fn projects(&self, org: OrgId, page: ProjectsPage) -> Result<ProjectList, StoreError> {
        self.store.projects(org, page).await
    }

    async fn shelved(
        &self,
        org: OrgId,
        shelf: Shelf,
        before: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<RequestId>, StoreError> {
        self.store.shelved(org, shelf, before, limit).await
    }

    async fn project(&self, org: OrgId, request: &RequestId) -> Result<Option<Project>, StoreError> {
        self.store.project(org, request).await
    }

    async fn intended_by(&self, org: OrgId, identifier: Uuid) -> Result<Option<RequestId>, StoreError> {
        self.store.intended_by(org, identifier).await
    }

    async fn linked_to(&self, org: OrgId, project: &ProjectId) -> Result<Option<RequestId>, StoreError> {
        self.store.linked_to(org, project).await
    }

    async fn contact(&self, org: OrgId, phone: &PhoneNumber) -> Result<Option<ContactEntry>, StoreError> {
        self.store.contact(org, phone).await
    }

    async fn delivery(&self, org: OrgId, key: &DeliveryKey) -> Result<Option<DeliveryLog>, StoreError> {
        self.store.delivery(org, key).await
    }

    async fn arrivals(
        &self,
        org: OrgId,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<(DeliveryKey, DateTime<Utc>)>, StoreError> {
        self.store.arrivals(org, since, until).await
    }

    async fn held(&self, org: OrgId, project: &ProjectId) -> Result<Vec<DeliveryKey>, StoreError> {
        self.store.held(org, project).await
    }

    async fn notice(&self, org: OrgId, key: &NoticeKey) -> Result<Option<Notice>, StoreError> {
        self.store.notice(org, key).await
    }

    async fn outbox(&self, org: OrgId, request: &RequestId) -> Result<Vec<OutboxEntry>, StoreError> {
        self.store.outbox(org, request).await
    }

    async fn due(&self, wanted: &[DueIn]) -> Result<Vec<DueItem>, StoreError> {
        self.store.due(wanted).await
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        if self.left.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_err() {
            return Err(StoreError::Unavailable { operation: "commit", source: "the process ended".into() });
        }
        self.store.commit(changes).await
    }
}

#[async_trait]
impl CustomerFiles for Ending {
    async fn requests_of(&self, org: OrgId, phone: &PhoneNumber) -> Result<Vec<RequestId>, StoreError> {
        CustomerFiles::requests_of(&*self.store, org, phone).await
    }

    async fn rows(&self, org: OrgId, request: &RequestId) -> Result<RequestRows, StoreError> {
        CustomerFiles::rows(&*self.store, org, request).await
    }

    async fn deliveries_about(&self, org: OrgId, group: &str) -> Result<Vec<DeliveryKey>, StoreError> {
        CustomerFiles::deliveries_about(&*self.store, org, group).await
    }

    async fn payload(&self, org: OrgId, delivery: &DeliveryKey) -> Result<Option<Payload>, StoreError> {
        CustomerFiles::payload(&*self.store, org, delivery).await
    }
}
