//! The example events: each is read by the code that it is an example for.

use aws_lambda_events::event::sqs::SqsEvent;
use base64::prelude::{BASE64_STANDARD, Engine};
use domain::configuration::ApiContract;
use domain::jobs::crm_update::CrmUpdate;
use domain::jobs::{NoticeJob, WebhookJob};
use domain::phone::CallingCode;
use domain::request::InstallationRequest;
use domain::usecase::sync_project::SyncMessage;
use domain::webhook::{Envelope, Fact, Telling, sha256_hex};
use lambda_http::RequestExt;
use serde_json::{Value, json};
use testkit::builders::NOON;

use crate::kept;
use crate::schemas::{self, assert_valid};

fn requested(name: &str) -> InstallationRequest {
    let text = kept::text(name);
    let Ok(SyncMessage::Request(message)) = SyncMessage::parse(&text) else { panic!("{name} is no sync request") };
    message.request(&CallingCode::parse("263").expect("a calling code")).expect("usable")
}

fn envelope(name: &str) -> Envelope {
    Envelope::parse(kept::text(name).as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The only message of a batch as Lambda hands it to a worker.
fn body_of_batch(name: &str) -> String {
    let batch: SqsEvent = serde_json::from_value(kept::json(name)).expect("a batch");
    assert_eq!(batch.records.len(), 1);
    batch.records[0].body.clone().expect("a body")
}

#[test]
fn the_sync_requests_are_as_the_schema_says_and_the_parser_reads_them() {
    let schema = schemas::of_sync_request();
    for name in ["events/sync-request.json", "events/sync-request-update.json", "events/sync-request-forced.json"] {
        assert_valid(&schema, &kept::json(name), name);
        assert_eq!(requested(name).id.as_str(), "1042");
    }
    let revision = |name| requested(name).version.revision;
    assert!(revision("events/sync-request.json") < revision("events/sync-request-update.json"));
    assert_eq!(revision("events/sync-request-update.json"), revision("events/sync-request-forced.json"));
    assert_eq!(kept::json("events/sync-request-forced.json")["force"], true);
}

#[test]
fn the_samples_name_every_field_that_the_crm_should_send() {
    let forced = kept::json("events/sync-request-forced.json");
    for (path, _) in schemas::fields(&domain::jobs::schema::of_sync_request(), "") {
        // The other ways to say `revision`, `address` and `phone_number`.
        if ["updated_at", "installation_address", "whatsapp_id"].iter().any(|other| path.ends_with(other)) {
            continue;
        }
        let pointer = format!("/{}", path.replace('.', "/"));
        assert!(forced.pointer(&pointer).is_some(), "the forced sync request has no {path}");
    }
}

#[test]
fn the_webhooks_are_read_and_name_what_they_are_about() {
    for (name, model, verb, project) in [
        ("events/webhook-project-create.json", "Project", "CREATE", Some("9000001")),
        ("events/webhook-project-update.json", "Project", "UPDATE", Some("9000001")),
        ("events/webhook-project-delete.json", "Project", "DELETE", Some("9000001")),
        ("events/webhook-event-stage.json", "Event", "CREATE", Some("9000001")),
        ("events/webhook-contact-update.json", "Contact", "UPDATE", Some("9000001")),
        ("events/webhook-quote-create.json", "Quote", "CREATE", None),
    ] {
        let envelope = envelope(name);
        assert_eq!((envelope.model.as_deref(), envelope.event.as_deref()), (Some(model), Some(verb)), "{name}");
        assert_eq!(envelope.project.as_ref().map(|id| id.as_str()), project, "{name}");
        assert_eq!(envelope.identifier.is_some(), model == "Project", "{name}");
    }
}

#[test]
fn the_event_of_the_design_contract_tells_what_happened_and_when() {
    let name = "events/webhook-design-contract-signed.json";
    let (text, envelope) = (kept::text(name), envelope(name));
    assert_eq!((envelope.contract, envelope.group().as_str()), (ApiContract::Design, "9000001"));
    let told = Telling::read(&envelope, text.as_bytes(), NOON, "00ff").expect("readable").expect("known");
    assert_eq!((told.fact, told.at.to_rfc3339().as_str()), (Fact::ContractSigned, "2026-11-20T11:58:30+00:00"));
}

#[test]
fn the_sweeps_are_told_apart_by_their_payload() {
    assert_eq!(kept::json("events/retry-sweep.json"), json!({"sweep": "retry"}));
    assert_eq!(kept::json("events/status-sweep.json"), json!({"sweep": "status", "run": "now"}));
}

#[test]
fn the_workers_batches_hold_messages_that_they_read() {
    let request = body_of_batch("events/invoke/project-sync.json");
    assert!(matches!(SyncMessage::parse(&request), Ok(SyncMessage::Request(_))));
    let sent: Value = serde_json::from_str(&request).expect("JSON");
    assert_eq!(sent, kept::json("events/sync-request.json"));

    let job = serde_json::from_str(&body_of_batch("events/invoke/webhook-apply.json")).expect("a job");
    let WebhookJob::Delivery(delivery) = job else { panic!("the batch is to bring a delivery") };
    let body = BASE64_STANDARD.decode(&delivery.body_base64).expect("base64");
    assert_eq!(String::from_utf8(body.clone()).expect("text"), kept::text("events/webhook-project-update.json"));
    assert_eq!(sha256_hex(&body), delivery.body_sha256);

    let notice: NoticeJob = serde_json::from_str(&body_of_batch("events/invoke/notify.json")).expect("a job");
    assert_eq!(notice.key.request_id.as_str(), "1042");
}

#[test]
fn the_requests_over_http_are_what_api_gateway_hands_over() {
    for (function, method, path) in [
        ("webhook-ingest", "POST", "/api/opensolar/webhook/"),
        ("operator-api-list-projects", "GET", "/api/opensolar/projects/"),
        ("operator-api-sync-project", "POST", "/api/opensolar/projects/1042/sync/"),
    ] {
        let text = kept::text(&format!("events/invoke/{function}.json"));
        let request = lambda_http::request::from_str(&text).unwrap_or_else(|error| panic!("{function}: {error}"));
        assert_eq!((request.method().as_str(), request.raw_http_path()), (method, path));
        let body: Option<Value> = serde_json::from_slice(request.body()).ok();
        match function {
            "webhook-ingest" => assert_eq!(body, Some(kept::json("events/webhook-project-update.json"))),
            "operator-api-sync-project" => assert_eq!(body, Some(json!({"force": true}))),
            _ => assert_eq!(request.query_string_parameters().first("sync_status"), Some("pending")),
        }
    }
}

#[test]
fn the_update_is_as_the_schema_says_and_tells_of_its_changes_what_its_state_does() {
    let name = "events/crm-update.json";
    let sample = kept::json(name);
    assert_valid(&schemas::of_crm_update(), &sample, name);
    let update: CrmUpdate = serde_json::from_value(sample.clone()).expect("an update");
    assert_eq!(serde_json::to_value(&update).expect("JSON"), sample);
    for (field, change) in &update.changes {
        assert_eq!(sample["state"][field], change["to"], "{field}");
    }
}
