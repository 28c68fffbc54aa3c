//! The items as other programs meet them: their places, the indexes' lists, and the expiry.

use std::io::Read;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use domain::ids::Revision;
use domain::log::{SyncLog, SyncType};
use domain::notification::News;
use domain::ports::{Change, Checkpoint, Limit, LimitName, Stages, Store, SweepName};
use domain::project::{Project, SyncState};
use domain::request::{InstallationRequest, Position, SkipReason};
use domain::webhook::{DeliveryLog, DeliveryStatus};
use testkit::builders::{
    MINUTE, NOON, ORG, complete_project, configuration_document, decision, delivery_key, delivery_log, notice,
    outbox_entry, payload, pending_project, sync_log,
};

use crate::bench::{Bench, REQUEST, activate, field, text};

#[tokio::test]
async fn records_stand_where_the_design_says() {
    let bench = Bench::new().await;
    let request = "1042".parse().expect("an id");
    let identifier = uuid::Uuid::from_u128(1);
    let phone = testkit::builders::phone(1);
    let project = domain::ids::ProjectId::from(9_000_001);
    let (sweep, revision, progress) = (SweepName::Status, Revision::NONE, "{}".to_owned());
    let checkpoint = Checkpoint { sweep, revision, progress, wake: None };
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
            activate(configuration_document()),
            Change::KeepStages { org: ORG, stages: Stages { read_at: NOON, stages: Vec::new() } },
            Change::SaveCheckpoint { org: ORG, checkpoint },
            Change::SaveLimit { org: ORG, limit: Limit { name: LimitName::Others, revision, state: "{}".to_owned() } },
        ])
        .await;
    let delivery = format!("ORG#1234#DELIVERY#{}", delivery_key(1));
    let places = [
        (REQUEST, "PROJECT"),
        (REQUEST, "LISTED"),
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
        ("ORG#1234#STAGES", "STAGES"),
        ("ORG#1234#SWEEP#status", "CHECKPOINT"),
        ("ORG#1234#LIMIT#others", "LIMIT"),
        ("CONFIG", "ORG#1234"),
        ("CONFIG", "ACTIVE"),
    ];
    for (pk, sk) in places {
        bench.item(pk, sk).await;
    }
}

#[tokio::test]
async fn every_activation_leaves_a_row_of_history() {
    let bench = Bench::new().await;
    for (read, minutes) in [(0, 0), (1, 1)] {
        let (document, at) = (configuration_document(), NOON + MINUTE * minutes);
        bench.commit([Change::ActivateConfiguration { document, read: Revision(read), at }]).await;
    }
    let query = bench.table.client.query().table_name(&bench.table.name);
    let query = query.key_condition_expression("pk = :pk AND begins_with(sk, :sk)");
    let query = query.expression_attribute_values(":pk", text("CONFIG"));
    let query = query.expression_attribute_values(":sk", text("LOG#"));
    let rows = query.send().await.expect("the table answers").items.unwrap_or_default();
    let times: Vec<_> = rows.iter().map(|row| field(row, "activated_at")).collect();
    assert_eq!(times, ["2026-11-20T12:00:00Z", "2026-11-20T12:01:00Z"]);
    assert_eq!(rows[1]["version"], AttributeValue::N("2".to_owned()));
    assert!(!bench.item("CONFIG", "ACTIVE").await.contains_key("document"));
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
    let listed = bench.feed("ORG#1234#PROJECT#updated").await;
    assert_eq!(listed.iter().map(|row| field(row, "request_id")).collect::<Vec<_>>(), ["3", "2", "1"]);
    assert_eq!(field(&listed[0], "order_number"), "HAN-77");
    assert_eq!(field(&listed[0], "opensolar_project_id"), "9000001");
    let mut names: Vec<_> = listed[0].keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["created_at", "opensolar_project_id", "order_number", "request_id", "sync_status", "updated_at"]
    );
    assert_eq!(bench.feed("ORG#1234#PROJECT#skipped").await.len(), 1);
    assert_eq!(bench.feed("ORG#1234#PROJECT#all").await.len(), 4);
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
    let pointer = delivery_key(1);
    let expected = [
        (REQUEST, "PROJECT", None),
        (REQUEST, "SYNC#01A", after(90)),
        (REQUEST, "WHY#01B", after(90)),
        (&delivery, "LOG", after(90)),
        (&delivery, "PAYLOAD", after(30)),
        ("ORG#1234#ABOUT#9000001", pointer.as_str(), after(90)),
    ];
    for (pk, sk, expires_at) in expected {
        assert_eq!(bench.item(pk, sk).await.get("expires_at"), expires_at.as_ref(), "{sk}");
    }
    let row = bench.item(REQUEST, "SYNC#01A").await;
    assert_eq!((field(&row, "sync_type"), field(&row, "status")), ("create_project", "failed"));
    assert_eq!(row["duration_ms"], AttributeValue::N("1500".to_owned()));
    assert_eq!((field(&row, "request"), field(&row, "response")), ("identifier, is_residential, title", "status 403"));
}

#[tokio::test]
async fn staff_know_the_five_kinds_of_sync_by_name() {
    let bench = Bench::new().await;
    let request = "1042".parse().expect("an id");
    for sync_type in SyncType::ALL {
        bench.commit([Change::LogSync(SyncLog { sync_type, ..sync_log(&request, sync_type.as_str()) })]).await;
        let row = bench.item(REQUEST, &format!("SYNC#{}", sync_type.as_str())).await;
        assert_eq!(field(&row, "sync_type"), sync_type.as_str());
    }
    let started = SyncLog::begin(ORG, &request, "01B".to_owned(), SyncType::FetchStatus, NOON);
    bench.commit([Change::LogSync(started)]).await;
    let row = bench.item(REQUEST, "SYNC#01B").await;
    assert_eq!(field(&row, "status"), "started");
    assert!(
        ["request", "response", "error", "completed_at", "duration_ms"].iter().all(|name| !row.contains_key(*name))
    );
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
