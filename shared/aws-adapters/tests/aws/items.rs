//! The items as other programs meet them: the indexes' lists, the expiry, and what a spoiled item leads to.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use aws_adapters::store::DynamoStore;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use domain::configuration::ConfigurationDocument;
use domain::notification::News;
use domain::ports::{Change, Store, StoreError};
use domain::project::{Project, SyncState};
use domain::request::{InstallationRequest, Position, SkipReason};
use domain::webhook::{DeliveryLog, DeliveryStatus};
use testkit::builders::{
    MINUTE, NOON, ORG, complete_project, configuration_document, decision, delivery_key, delivery_log, notice,
    outbox_entry, payload, pending_project, sync_log,
};
use testkit::dynamo::{LocalTable, local_table};
use testkit::memory::TestAmbient;

type Item = HashMap<String, AttributeValue>;

struct Bench {
    table: LocalTable,
    store: DynamoStore,
}

impl Bench {
    async fn new() -> Self {
        let table = local_table().await;
        let store = DynamoStore::new(table.client.clone(), &table.name, Arc::new(TestAmbient::default()));
        Self { table, store }
    }

    async fn commit(&self, changes: impl Into<Vec<Change>>) {
        self.store.commit(changes.into()).await.expect("the store takes the commit");
    }

    async fn item(&self, pk: &str, sk: &str) -> Item {
        let read = self.table.client.get_item().table_name(&self.table.name);
        let read = read.key("pk", text(pk)).key("sk", text(sk));
        read.send().await.expect("the table answers").item.unwrap_or_else(|| panic!("{pk} {sk} is there"))
    }

    /// The summaries of a list, newest first.
    async fn feed(&self, list: &str) -> Vec<Item> {
        let query = self.table.client.query().table_name(&self.table.name).index_name("feed");
        let query = query.key_condition_expression("feed = :list").expression_attribute_values(":list", text(list));
        let items = query.scan_index_forward(false).send().await.expect("the table answers").items.unwrap_or_default();
        items.into_iter().map(|item| item["summary"].as_m().expect("a summary").clone()).collect()
    }

    async fn spoil(&self, pk: &str, sk: &str, attribute: &str, value: AttributeValue) {
        let update = self.table.client.update_item().table_name(&self.table.name);
        let update = update.key("pk", text(pk)).key("sk", text(sk)).update_expression("SET #attribute = :value");
        let update = update.expression_attribute_names("#attribute", attribute);
        update.expression_attribute_values(":value", value).send().await.expect("the table answers");
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn field<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).unwrap_or_else(|| panic!("{name} is there")).as_s().expect("text")
}

const REQUEST: &str = "ORG#1234#REQUEST#1042";

#[tokio::test]
async fn records_stand_where_the_design_says() {
    let bench = Bench::new().await;
    let request = "1042".parse().expect("an id");
    let identifier = uuid::Uuid::from_u128(1);
    let phone = testkit::builders::phone(1);
    let project = domain::ids::ProjectId::from(9_000_001);
    bench.commit([Change::RecordDelivery { log: delivery_log(1), payload: payload(1) }]).await;
    bench
        .commit([Change::HoldDelivery {
            org: ORG,
            project: project.clone(),
            key: delivery_key(1),
            id: "01A".to_owned(),
        }])
        .await;
    bench
        .commit([
            Change::CreateProject(complete_project("1042")),
            Change::RecordIntent { org: ORG, identifier, request: pending_project("1042").desired.id, generation: 1 },
            Change::LinkProject { org: ORG, project, request: pending_project("1042").desired.id },
            Change::ClaimContact { org: ORG, phone, request: pending_project("1042").desired.id },
            Change::CreateNotice(notice(&request, News::ContractSigned, 2)),
            Change::LogSync(sync_log(&request, "01B")),
            Change::LogDecision(decision(&request, "01C")),
            Change::Send(outbox_entry(&request, "01D")),
            Change::ActivateConfiguration(configuration_document()),
        ])
        .await;
    let delivery = format!("ORG#1234#DELIVERY#{}", delivery_key(1));
    let places = [
        (REQUEST, "PROJECT"),
        (REQUEST, "SYNC#01B"),
        (REQUEST, "WHY#01C"),
        (REQUEST, "NOTICE#contract_signed#2"),
        (REQUEST, "OUTBOX#01D"),
        ("ORG#1234#IDENT#00000000-0000-0000-0000-000000000001", "INTENT"),
        ("ORG#1234#REMOTE#9000001", "LINK"),
        ("ORG#1234#PHONE#+263770000001", "CONTACT"),
        (&delivery, "LOG"),
        (&delivery, "PAYLOAD"),
        ("ORG#1234#UNLINKED#9000001", "01A"),
        ("CONFIG", "ORG#1234"),
        ("CONFIG", "ACTIVE"),
    ];
    for (pk, sk) in places {
        bench.item(pk, sk).await;
    }
}

#[tokio::test]
async fn the_list_of_projects_shows_the_newest_first_and_nobody_by_name() {
    let bench = Bench::new().await;
    for (request, minutes) in [("1", 0), ("3", 2), ("2", 1)] {
        let project = Project { created_at: NOON + MINUTE * minutes, read: None, ..complete_project(request) };
        bench.commit([Change::CreateProject(project)]).await;
    }
    let sync = SyncState::Skipped(SkipReason::AutoSyncDisabled);
    bench.commit([Change::CreateProject(Project { sync, ..pending_project("4") })]).await;
    let listed = bench.feed("ORG#1234#PROJECT#updated#2026-11").await;
    assert_eq!(listed.iter().map(|row| field(row, "request_id")).collect::<Vec<_>>(), ["3", "2", "1"]);
    assert_eq!(field(&listed[0], "order_number"), "HAN-77");
    assert_eq!(field(&listed[0], "opensolar_project_id"), "9000001");
    let mut names: Vec<_> = listed[0].keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["opensolar_project_id", "order_number", "request_id", "sync_status", "updated_at"]);
    assert_eq!(bench.feed("ORG#1234#PROJECT#skipped#2026-11").await.len(), 1);
}

#[tokio::test]
async fn a_delivery_moves_from_list_to_list_as_its_status_does() {
    let bench = Bench::new().await;
    let received_at = NOON - TimeDelta::days(30);
    let log = DeliveryLog { received_at, ..delivery_log(1) };
    bench.commit([Change::RecordDelivery { log, payload: payload(1) }]).await;
    let reason = "ö".repeat(1_000);
    let statuses = [
        (DeliveryStatus::Received, "received", None),
        (DeliveryStatus::Held { until: NOON }, "received", Some("its project is not linked")),
        (DeliveryStatus::Failed { reason: reason.clone() }, "failed", Some(&reason[..200])),
        (DeliveryStatus::Processed, "processed", None),
    ];
    for (status, name, reason) in statuses {
        let moved = Change::MoveDelivery { org: ORG, key: delivery_key(1), status, request: None, at: NOON };
        bench.commit([moved]).await;
        let [listed] = &bench.feed(&format!("ORG#1234#DELIVERY#{name}#2026-10")).await[..] else {
            panic!("it is in the list {name}")
        };
        assert_eq!(field(listed, "status"), name);
        assert_eq!(listed.get("reason").map(|reason| reason.as_s().expect("text").as_str()), reason);
        assert_eq!(field(listed, "model"), "Project");
        assert_eq!(field(listed, "project_id"), "9000001");
    }
    for name in ["received", "failed", "ignored"] {
        assert_eq!(bench.feed(&format!("ORG#1234#DELIVERY#{name}#2026-10")).await.len(), 0, "{name}");
    }
}

#[tokio::test]
async fn rows_of_logs_expire_and_records_do_not() {
    let bench = Bench::new().await;
    let request = "1042".parse().expect("an id");
    bench
        .commit([
            Change::CreateProject(pending_project("1042")),
            Change::LogSync(sync_log(&request, "01A")),
            Change::LogDecision(decision(&request, "01B")),
            Change::RecordDelivery { log: delivery_log(1), payload: payload(1) },
        ])
        .await;
    let delivery = format!("ORG#1234#DELIVERY#{}", delivery_key(1));
    let after = |days| Some(AttributeValue::N((NOON + TimeDelta::days(days)).timestamp().to_string()));
    let expected = [
        (REQUEST, "PROJECT", None),
        (REQUEST, "SYNC#01A", after(90)),
        (REQUEST, "WHY#01B", after(90)),
        (&delivery, "LOG", after(90)),
        (&delivery, "PAYLOAD", after(30)),
    ];
    for (pk, sk, expires_at) in expected {
        assert_eq!(bench.item(pk, sk).await.get("expires_at"), expires_at.as_ref(), "{sk}");
    }
    let row = bench.item(REQUEST, "SYNC#01A").await;
    assert_eq!((field(&row, "sync_type"), field(&row, "status")), ("create_project", "failed"));
    assert_eq!(row["duration_ms"], AttributeValue::N("1500".to_owned()));
}

#[tokio::test]
async fn a_payload_is_kept_as_it_came() {
    let bench = Bench::new().await;
    bench.commit([Change::RecordDelivery { log: delivery_log(1), payload: payload(1) }]).await;
    let item = bench.item(&format!("ORG#1234#DELIVERY#{}", delivery_key(1)), "PAYLOAD").await;
    let mut body = Vec::new();
    let stored = item["body"].as_b().expect("bytes").as_ref();
    flate2::read::GzDecoder::new(stored).read_to_end(&mut body).expect("gzip");
    assert_eq!(body, payload(1).body);
    assert_eq!(field(item["headers"].as_m().expect("a map"), "content-type"), "application/json");
}

#[tokio::test]
async fn a_position_that_dynamodb_cannot_hold_does_not_keep_a_request_from_being_stored() {
    let bench = Bench::new().await;
    let mut project = complete_project("1042");
    let position = Position::new(1e-200, -0.0);
    project.desired = InstallationRequest { position, ..project.desired };
    bench.commit([Change::CreateProject(project.clone())]).await;
    let stored = bench.store.project(ORG, project.request_id()).await.expect("the store answers");
    assert_eq!(stored.expect("it is there").desired.position, Position::new(0.0, 0.0));
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_named_and_not_shown() {
    let bench = Bench::new().await;
    let mut project = complete_project("1042");
    project.sync = SyncState::Parked { reason: "look there".to_owned(), in_doubt: None };
    bench.commit([Change::CreateProject(project.clone())]).await;
    let map = |fields: &[(&str, &str)]| {
        AttributeValue::M(fields.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect())
    };
    let spoiled = [
        ("crm_revision", text("secret"), "crm_revision"),
        ("crm_revision", AttributeValue::N("-5".to_owned()), "crm_revision"),
        ("told_status", text("secret"), "told_status"),
        ("sync", map(&[("state", "secret")]), "sync.state"),
        ("observed", map(&[("read_at", "secret")]), "observed.read_at"),
    ];
    for (attribute, value, field) in spoiled {
        let whole = bench.item(REQUEST, "PROJECT").await;
        bench.spoil(REQUEST, "PROJECT", attribute, value).await;
        match bench.store.project(ORG, project.request_id()).await {
            Err(StoreError::Unreadable { problem }) => assert_eq!(problem, format!("PROJECT item, field {field}")),
            outcome => panic!("an error was expected, not {outcome:?}"),
        }
        let put = bench.table.client.put_item().table_name(&bench.table.name).set_item(Some(whole));
        put.send().await.expect("the table answers");
    }
}

#[tokio::test]
async fn a_configuration_of_another_version_is_named_and_not_shown() {
    let bench = Bench::new().await;
    let document = ConfigurationDocument { quiet_hours: None, ..configuration_document() };
    bench.commit([Change::ActivateConfiguration(document)]).await;
    bench.spoil("CONFIG", "ACTIVE", "document", text(r#"{"secret": 1}"#)).await;
    match bench.store.configuration().await {
        Err(StoreError::Unreadable { problem }) => assert_eq!(problem, "CONFIG item, field document"),
        outcome => panic!("an error was expected, not {outcome:?}"),
    }
}

#[tokio::test]
async fn a_due_item_that_cannot_be_read_keeps_no_other_from_being_woken() {
    let bench = Bench::new().await;
    for request in ["1", "2", "3"] {
        bench.commit([Change::CreateProject(pending_project(request))]).await;
    }
    bench.spoil("ORG#1234#REQUEST#2", "PROJECT", "wake", text("{}")).await;
    let due = bench.store.due(NOON + MINUTE * 5, 100).await.expect("the store answers");
    let keys: Vec<_> = due.into_iter().map(|item| item.key.partition).collect();
    assert_eq!(keys, ["ORG#1234#REQUEST#1", "ORG#1234#REQUEST#3"]);
}
