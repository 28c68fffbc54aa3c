//! How often the table is asked, and how many items it reads for an answer: that is what a read costs.

use std::sync::{Arc, Mutex, PoisonError};

use aws_adapters::store::DynamoStore;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::get_item::GetItemOutput;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use chrono::TimeDelta;
use domain::configuration::ConfigurationDocument;
use domain::ids::{OrgId, Revision};
use domain::ports::{CONFIGURATION_KEPT, Change, ListedStatus, ProjectsPage, Store};
use domain::project::{Observed, Project, Shelf, SyncState, SyncStatus};
use testkit::builders::{MINUTE, NOON, ORG, complete_project, configuration_document, observed, pending_project};
use testkit::dynamo::{LocalTable, local_table};
use testkit::memory::TestAmbient;

/// What one call read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    Item,
    /// So many items were looked at, shown or not.
    Items(i32),
}

/// Notes each read that a client makes.
#[derive(Debug, Clone, Default)]
struct Meter(Arc<Mutex<Vec<Read>>>);

impl Meter {
    /// What was read since the last time.
    fn reads(&self) -> Vec<Read> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "meter"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Ok(output) = context.output_or_error() else { return Ok(()) };
        let query = output.downcast_ref::<QueryOutput>().map(|answer| Read::Items(answer.scanned_count()));
        let item = output.downcast_ref::<GetItemOutput>().map(|_| Read::Item);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(query.or(item));
        Ok(())
    }
}

/// A store whose reads are counted, and another one on the same table.
struct Bench {
    store: DynamoStore,
    other: DynamoStore,
    meter: Meter,
    ambient: Arc<TestAmbient>,
    _table: LocalTable,
}

impl Bench {
    async fn new() -> Self {
        let (table, meter, ambient) = (local_table().await, Meter::default(), Arc::new(TestAmbient::default()));
        let metered = Client::from_conf(table.client.config().to_builder().interceptor(meter.clone()).build());
        let store = DynamoStore::new(metered, &table.name, ambient.clone());
        let other = DynamoStore::new(table.client.clone(), &table.name, ambient.clone());
        Self { store, other, meter, ambient, _table: table }
    }

    async fn create(&self, project: Project) {
        self.other.commit(vec![Change::CreateProject(project)]).await.expect("it is new");
    }

    async fn active_org(&self) -> Option<OrgId> {
        self.store.configuration().await.expect("the store answers").map(|config| config.account.org)
    }
}

fn activate(org_id: OrgId) -> Vec<Change> {
    let document = ConfigurationDocument { org_id, ..configuration_document() };
    vec![Change::ActivateConfiguration { document, read: Revision::NONE, at: NOON }]
}

#[tokio::test]
async fn a_page_of_a_list_reads_no_more_items_than_it_shows() {
    let bench = Bench::new().await;
    for number in 0..24 {
        let sync = if number % 3 == 0 { SyncState::InStep } else { pending_project("0").sync };
        let project = Project { sync, created_at: NOON + MINUTE * number, ..pending_project(&number.to_string()) };
        bench.create(Project { org: OrgId(5678), ..project.clone() }).await;
        bench.create(project).await;
    }
    for status in [None, Some(ListedStatus::Synced(SyncStatus::Synced))] {
        let mut after = None;
        for _ in 0..2 {
            let page = ProjectsPage { status, after, limit: 4 };
            let list = bench.store.projects(ORG, page).await.expect("the store answers");
            assert_eq!((list.rows.len(), bench.meter.reads()), (4, vec![Read::Items(4)]));
            after = list.next;
        }
        assert!(after.is_some());
    }
}

#[tokio::test]
async fn a_made_up_cursor_is_refused_before_anything_is_read() {
    let bench = Bench::new().await;
    let page = ProjectsPage { status: None, after: Some("bm90IGEgY3Vyc29y".to_owned()), limit: 4 };
    assert!(bench.store.projects(ORG, page).await.is_err());
    assert_eq!(bench.meter.reads(), []);
}

#[tokio::test]
async fn a_look_at_a_shelf_reads_no_more_items_than_it_finds() {
    let bench = Bench::new().await;
    for number in 0..9 {
        let seen = Observed { read_at: NOON + MINUTE * number, is_installed: false, ..observed() };
        let open = Project { read: None, observed: Some(seen), ..complete_project(&number.to_string()) };
        bench.create(open).await;
        bench.create(pending_project(&(100 + number).to_string())).await;
    }
    let found = bench.store.shelved(ORG, Shelf::Open, NOON + MINUTE * 60, 4).await.expect("the store answers");
    assert_eq!((found.len(), bench.meter.reads()), (4, vec![Read::Items(4)]));
    let found = bench.store.shelved(ORG, Shelf::Open, NOON + MINUTE * 2, 4).await.expect("the store answers");
    assert_eq!((found.len(), bench.meter.reads()), (2, vec![Read::Items(2)]));
}

#[tokio::test]
async fn the_configuration_is_read_once_a_minute() {
    let bench = Bench::new().await;
    bench.other.commit(activate(ORG)).await.expect("it is new");
    bench.store.warm().await;
    assert_eq!(bench.meter.reads(), [Read::Item, Read::Item], "which one is active, and that one");
    bench.other.commit(activate(OrgId(5678))).await.expect("it is new");
    for _ in 0..3 {
        assert_eq!(bench.active_org().await, Some(ORG));
    }
    bench.ambient.advance(CONFIGURATION_KEPT - TimeDelta::milliseconds(1));
    assert_eq!((bench.active_org().await, bench.meter.reads()), (Some(ORG), vec![]));
    bench.ambient.advance(TimeDelta::milliseconds(1));
    assert_eq!(bench.active_org().await, Some(OrgId(5678)));
    assert_eq!(bench.meter.reads().len(), 2);
}

#[tokio::test]
async fn a_store_that_activates_a_configuration_forgets_the_earlier_one_at_once() {
    let bench = Bench::new().await;
    bench.store.commit(activate(ORG)).await.expect("it is new");
    assert_eq!(bench.active_org().await, Some(ORG));
    bench.store.commit(activate(OrgId(5678))).await.expect("it is new");
    assert_eq!(bench.active_org().await, Some(OrgId(5678)));
    // A refused one may be refused because another store was faster.
    bench.other.commit(activate(OrgId(1))).await.expect("it is new");
    assert_eq!(bench.active_org().await, Some(OrgId(5678)));
    bench.store.commit(activate(OrgId(1))).await.expect_err("it is there already");
    assert_eq!(bench.active_org().await, Some(OrgId(1)));
}

#[tokio::test]
async fn that_there_is_no_configuration_is_not_kept() {
    let bench = Bench::new().await;
    assert_eq!(bench.active_org().await, None);
    bench.other.commit(activate(ORG)).await.expect("it is new");
    assert_eq!(bench.active_org().await, Some(ORG));
}

#[tokio::test]
async fn an_organisations_own_configuration_is_always_read_anew() {
    let bench = Bench::new().await;
    for version in 1..=3 {
        let (document, read) = (configuration_document(), Revision(version - 1));
        let activate = Change::ActivateConfiguration { document, read, at: NOON };
        bench.other.commit(vec![activate]).await.expect("it was read");
        let stored = bench.store.configuration_of(ORG).await.expect("the store answers").expect("it is there");
        assert_eq!((stored.version, bench.meter.reads()), (Revision(version), vec![Read::Item]));
    }
}
