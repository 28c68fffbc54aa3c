//! What the CRM is told: as the schema says in each state of a record, in order, and small whatever happened.

use std::collections::BTreeSet;

use domain::jobs::QueueName;
use domain::jobs::crm_update::{self, Cause, CauseKind, CrmState, CrmUpdate, CustomerMessage};
use domain::jobs::sync_request::SyncRequestMessage;
use domain::notification::{FollowUp, Milestone, News};
use domain::phone::CallingCode;
use domain::project::{GoneBecause, Project, SyncState, WaitReason};
use domain::remote::{ProposalLink, SystemSize};
use domain::request::InstallationType;
use integration_tests::{World, customer_request, day};
use serde_json::{Value, json};
use testkit::builders::{self, MINUTE, NOON};

use crate::kept;
use crate::schemas::{self, assert_valid};

/// Far below the 1 MiB that the queue takes.
const LARGEST: usize = 32 * 1024;

fn cause() -> Cause {
    Cause { kind: CauseKind::Sync, id: "message-1".to_owned() }
}

fn told(before: Option<&Project>, after: &mut Project) -> Option<CrmUpdate> {
    crm_update::update_after(before, after, cause(), None, "1234-1042-9".to_owned(), NOON)
}

fn state(sync: SyncState) -> CrmState {
    CrmState::of(&Project { sync, ..builders::complete_project("1042") })
}

#[tokio::test]
async fn what_is_really_sent_is_as_the_schema_says() {
    let (mut world, project) = World::with_project().await;
    world.opensolar.design(project, 6.6).expect("designed");
    world.opensolar.send_proposal(project).expect("sent");
    world.opensolar.sell(project).expect("sold");
    world.opensolar.schedule_installation(project, day("2026-12-04")).expect("scheduled");
    world.run_until_quiet().await;
    let mut skipped = customer_request("1043");
    skipped.installation_type = InstallationType::Other("starlink".to_owned());
    world.crm_asks_for(&skipped).await;
    world.opensolar_is_gone().await;
    world.crm_asks_for(&customer_request("1044")).await;

    let schema = schemas::of_crm_update();
    let messages = world.queue.waiting(QueueName::CrmUpdates);
    for message in &messages {
        let update: Value = serde_json::from_str(&message.body).expect("JSON");
        assert_valid(&schema, &update, &message.body);
        assert_eq!(message.group, update["installation_request_id"]);
    }
    for request in ["1042", "1043", "1044"] {
        let updates =
            world.crm_updates().into_iter().filter(|update| update.installation_request_id.as_str() == request);
        let revisions: Vec<u64> = updates.map(|update| update.revision).collect();
        assert_eq!(revisions, (1..).take(revisions.len()).collect::<Vec<u64>>(), "{request}");
        assert!(!revisions.is_empty(), "the CRM was told nothing of {request}");
    }
    let ids: BTreeSet<String> = world.crm_updates().into_iter().map(|update| update.update_id).collect();
    assert_eq!(ids.len(), messages.len(), "each update has an id of its own");
}

#[test]
fn every_state_of_a_record_is_told_as_the_schema_says() {
    let schema = schemas::of_crm_update();
    for sync in builders::every_sync_state() {
        for mut record in [builders::complete_project("1042"), builders::pending_project("1042")] {
            record.sync = sync.clone();
            let update = told(None, &mut record).expect("a first decision is told");
            assert_valid(&schema, &json!(update), &format!("{sync:?}"));
            assert_eq!(update.revision, record.crm_revision);
        }
    }
}

#[test]
fn what_keeps_a_sync_waiting_is_told_with_its_reason_and_its_end() {
    let until = NOON + MINUTE;
    let waiting = state(SyncState::Waiting { reason: WaitReason::Wallet, failures: 3, until });
    assert_eq!((waiting.sync_status.as_deref(), waiting.sync_reason.as_deref()), (Some("pending"), Some("wallet")));
    assert_eq!((waiting.sync_waiting_until, waiting.sync_retry_count), (Some(until), 3));

    let why = GoneBecause::Deleted;
    let gone = state(SyncState::RemoteGone { why, since: NOON });
    assert_eq!((gone.sync_status.as_deref(), gone.sync_reason.as_deref()), (Some("sync_failed"), Some("remote_gone")));
    assert_eq!(gone.sync_error_message.as_deref(), Some(why.describe()));

    let told = |wanted: fn(&SyncState) -> bool| {
        let sync = builders::every_sync_state().into_iter().find(wanted).expect("there is one");
        let state = state(sync);
        (state.sync_status.unwrap_or_default(), state.sync_reason, state.sync_waiting_until.is_some())
    };
    let verifying = ("pending".to_owned(), Some("verifying".to_owned()), true);
    assert_eq!(told(|sync| matches!(sync, SyncState::Unsettled { .. })), verifying);
    assert_eq!(told(|sync| matches!(sync, SyncState::Verifying { .. })), verifying);
    assert_eq!(told(|sync| matches!(sync, SyncState::Updating { .. })), ("pending".to_owned(), None, false));
}

#[test]
fn the_stage_is_told_by_its_title_and_beside_it_its_milestone() {
    let mut record = builders::complete_project("1042");
    let seen = record.observed.as_mut().expect("it was read");
    seen.stage_title = Some("Permit applied for".to_owned());
    let state = CrmState::of(&record);
    assert_eq!(
        (state.project_status.as_deref(), state.project_milestone.as_deref()),
        (Some("Permit applied for"), Some("sold"))
    );
    record.observed.as_mut().expect("it was read").stage_title = None;
    assert_eq!(CrmState::of(&record).project_status.as_deref(), Some("sold"));
}

#[test]
fn what_only_goes_on_is_no_news() {
    let waiting = |failures, until| SyncState::Waiting { reason: WaitReason::Quota, failures, until };
    let before = Project { sync: waiting(1, NOON), ..builders::complete_project("1042") };
    let mut after = Project { sync: waiting(2, NOON + MINUTE), last_synced_at: None, ..before.clone() };
    assert_eq!(told(Some(&before), &mut after), None);
    assert_eq!(after.crm_revision, before.crm_revision, "no revision is used up");
}

#[test]
fn the_largest_update_stays_far_below_what_the_queue_takes() {
    let long = "🏡\"".repeat(100_000);
    let mut message = kept::json("events/sync-request-forced.json");
    let request = &mut message["installation_request"];
    request["id"] = json!("9".repeat(100));
    fill(request, &long);
    fill(&mut request["customer"], &long);
    let message = SyncRequestMessage::parse(&message.to_string()).expect("readable");
    let home = CallingCode::parse("263").expect("a calling code");
    let desired = message.request(&home).expect("usable");
    let first_name = desired.customer.first_name.clone().expect("a name");

    let link = ProposalLink::parse(&format!("https://example.com/{}", "x".repeat(1_980))).expect("a link");
    let reason = WaitReason::BackOff(long.clone());
    let mut record = Project {
        desired,
        sync: SyncState::Waiting { reason, failures: 9, until: NOON },
        ..builders::complete_project("1042")
    };
    let seen = record.observed.as_mut().expect("it was read");
    // As long as a read leaves them.
    seen.project_name = Some(long.chars().take(200).collect());
    seen.stage_title = Some(long.chars().take(200).collect());
    seen.system_size = SystemSize::from_kw(99_999.99);
    seen.proposal_link = Some(link.clone());
    let mut before = record.clone();
    let seen = before.observed.as_mut().expect("it was read");
    seen.project_name = Some(long.chars().skip(1).take(200).collect());
    seen.stage_title.clone_from(&seen.project_name);
    seen.proposal_link = ProposalLink::parse(&format!("https://example.org/{}", "y".repeat(1_980)));
    before.sync = SyncState::Parked { reason: long.chars().skip(1).collect(), in_doubt: None };

    let sent = CustomerMessage {
        milestone: Milestone::ProposalSent,
        state: "sent".to_owned(),
        channel: Some("text".to_owned()),
        body: News::ProposalSent(link).text(&first_name, FollowUp::Nothing),
        message_id: Some("wamid.example".to_owned()),
        reason: None,
    };
    let id = "9".repeat(130);
    let update = crm_update::update_after(Some(&before), &mut record, cause(), Some(sent), id, NOON).expect("news");
    assert_valid(&schemas::of_crm_update(), &json!(update), "the largest update");
    let size = serde_json::to_string(&update).expect("JSON").len();
    assert!(size < LARGEST, "{size} bytes");
    assert!(LARGEST / 4 < size, "{size} bytes: not everything is in it");
}

/// Makes every text as long as a sender might, but for what has to be an id, a type or a number.
fn fill(object: &mut Value, long: &str) {
    for (name, value) in object.as_object_mut().expect("an object") {
        if value.is_string() && !["id", "installation_type", "phone_number"].contains(&name.as_str()) {
            *value = json!(long);
        }
    }
}
