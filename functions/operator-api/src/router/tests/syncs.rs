//! What an operator has synced once more.

use domain::jobs::{QueueName, SyncJob};
use domain::request::{CrmStatus, InstallationType, SkipReason};
use testkit::builders::every_sync_state;

use super::*;

impl Desk {
    /// The jobs that wait for `project-sync`, as whether each is forced.
    fn resyncs(&self) -> Vec<bool> {
        let messages = self.queue.waiting(QueueName::SyncRequests).into_iter();
        let force = |job| match job {
            SyncJob::Resync { force, .. } => force,
            SyncJob::Wake { .. } | SyncJob::FetchStatus { .. } => panic!("another job"),
        };
        messages.map(|message| force(serde_json::from_str(&message.body).expect("a job"))).collect()
    }
}

#[tokio::test]
async fn a_wish_is_queued_with_the_requests_other_messages_and_says_who_had_it() {
    let desk = Desk::open().await;
    desk.has("1042", SyncState::Parked { reason: "look there".to_owned(), in_doubt: None }).await;
    let answer = desk.post("/api/opensolar/projects/1042/sync/", "").await;
    assert_eq!((answer.status, &answer.body["queued"]), (202, &json!("sync")));
    assert_eq!(answer.body["project"]["sync_status"], "sync_failed");
    let waiting = desk.queue.waiting(QueueName::SyncRequests);
    assert_eq!((waiting.len(), waiting[0].group.as_str()), (1, "1042"));
    let id: RequestId = "1042".parse().expect("an id");
    let decisions = desk.store.decisions(ORG, &id);
    assert_eq!((&*decisions[0].rule, decisions[0].outcome.as_str()), ("operator", "Tendai asked for a sync"));
    assert_eq!(desk.project("1042").await.revision, Revision(1), "the record itself is project-sync's");
    assert_eq!(desk.post("/api/opensolar/projects/1042/sync", r#"{"force": true}"#).await.status, 202);
    assert_eq!(desk.resyncs(), [false, true], "each wish is one of its own");
}

#[tokio::test]
async fn force_is_off_unless_it_is_said() {
    let desk = Desk::open().await;
    desk.has("1042", SyncState::InStep).await;
    for body in ["", " \n", "{}", r#"{"force": false}"#, r#"{"revision": null}"#, r#"{"force": true, "revision": 1}"#] {
        assert_eq!(desk.post("/api/opensolar/projects/1042/sync/", body).await.status, 202, "{body}");
    }
    assert_eq!(desk.resyncs(), [false, false, false, false, false, true]);
}

#[tokio::test]
async fn what_a_body_has_wrong_is_named() {
    let desk = Desk::open().await;
    desk.has("1042", SyncState::InStep).await;
    let cases: [(&str, &[&str]); 9] = [
        ("force", &["body"]),
        ("[]", &["body"]),
        ("null", &["body"]),
        (r#"{"force": true"#, &["body"]),
        (r#"{"force": "yes"}"#, &["force"]),
        (r#"{"force": null}"#, &["force"]),
        (r#"{"forse": true}"#, &["forse"]),
        (r#"{"revision": "1"}"#, &["revision"]),
        (r#"{"force": 1, "revision": -1}"#, &["force", "revision"]),
    ];
    for (body, fields) in cases {
        assert_eq!(desk.post("/api/opensolar/projects/1042/sync/", body).await.wrong(), fields, "{body}");
    }
    assert_eq!(desk.resyncs(), [false; 0]);
}

#[tokio::test]
async fn who_looked_at_an_earlier_record_has_to_look_again() {
    let desk = Desk::open().await;
    desk.has("1042", SyncState::InStep).await;
    desk.store.commit(vec![Change::UpdateProject(desk.project("1042").await)]).await.expect("written again");
    let answer = desk.post("/api/opensolar/projects/1042/sync/", r#"{"revision": 1}"#).await;
    assert_eq!(answer.code(), (409, "stale_revision"));
    assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.contains('2')), "{}", answer.body);
    assert_eq!(desk.post("/api/opensolar/projects/1042/sync/", r#"{"revision": 2}"#).await.status, 202);
}

/// Whether an operator's wish has an effect in this state: without force, and with it.
fn effect(sync: &SyncState) -> (bool, bool) {
    use domain::project::WaitReason::{BackOff, Contact, Quota, Token, Wallet};
    match sync {
        SyncState::Creating { .. } | SyncState::Updating { .. } => (false, false),
        SyncState::Verifying { .. } | SyncState::Unsettled { .. } | SyncState::Parked { in_doubt: Some(_), .. } => {
            (false, false)
        }
        SyncState::Waiting { reason: Quota | Wallet | Token, .. } => (false, false),
        SyncState::Waiting { reason: BackOff(_) | Contact, .. } => (true, true),
        SyncState::Skipped(SkipReason::Status(_) | SkipReason::Erased(_)) => (false, false),
        SyncState::Skipped(SkipReason::InstallationType(_)) => (false, true),
        // Of the switch, the configuration tells: it may be on by now.
        SyncState::Skipped(SkipReason::AutoSyncDisabled) => (true, true),
        SyncState::Due { .. }
        | SyncState::InStep
        | SyncState::RemoteGone { .. }
        | SyncState::Parked { in_doubt: None, .. } => (true, true),
    }
}

#[tokio::test]
async fn a_wish_that_nothing_would_come_of_is_refused_with_the_reason() {
    for sync in every_sync_state() {
        let desk = Desk::open().await;
        let mut record = record("1042", sync.clone());
        match &sync {
            SyncState::Skipped(SkipReason::InstallationType(word)) => {
                record.desired.installation_type = InstallationType::Other(word.clone());
            }
            SyncState::Skipped(SkipReason::Status(status)) => record.desired.status = *status,
            _ => {}
        }
        desk.store.commit(vec![Change::CreateProject(record)]).await.expect("stored");
        let (usual, forced) = effect(&sync);
        for (body, has_effect) in [("", usual), (r#"{"force": true}"#, forced)] {
            let answer = desk.post("/api/opensolar/projects/1042/sync/", body).await;
            if has_effect {
                assert_eq!(answer.status, 202, "{sync:?} {body}: {}", answer.body);
                continue;
            }
            assert_eq!(answer.code(), (409, "no_effect"), "{sync:?} {body}");
            let detail = answer.body["detail"].as_str().expect("a text");
            let says = if forced { "ask with force" } else { "force does not override" };
            assert!(detail.contains(says), "{detail}");
        }
        assert_eq!(desk.resyncs().len(), usize::from(usual) + usize::from(forced));
    }
}

#[tokio::test]
async fn with_automatic_sync_off_a_wish_needs_force() {
    let desk = Desk::open().await;
    let mut document = builders::configuration_document();
    document.auto_sync_enabled = false;
    activate_configuration(&desk.core, document, Revision(1)).await.expect("activated");
    for (id, sync) in [("1042", SyncState::Skipped(SkipReason::AutoSyncDisabled)), ("1043", SyncState::InStep)] {
        desk.has(id, sync).await;
        let path = format!("/api/opensolar/projects/{id}/sync/");
        assert_eq!(desk.post(&path, "").await.code(), (409, "no_effect"));
        assert_eq!(desk.post(&path, r#"{"force": true}"#).await.status, 202);
    }
}

#[tokio::test]
async fn a_cancelled_request_is_the_crms_to_reopen() {
    let desk = Desk::open().await;
    let mut record = record("1042", SyncState::InStep);
    record.desired.status = CrmStatus::Cancelled;
    desk.store.commit(vec![Change::CreateProject(record)]).await.expect("stored");
    let answer = desk.post("/api/opensolar/projects/1042/sync/", r#"{"force": true}"#).await;
    assert_eq!(answer.code(), (409, "no_effect"));
    assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.contains("only the crm")), "{}", answer.body);
}

#[tokio::test]
async fn a_wish_that_the_queue_does_not_take_is_kept_for_the_sweep() {
    let desk = Desk::open().await;
    desk.has("1042", SyncState::InStep).await;
    desk.queue.fail_next(1);
    assert_eq!(desk.post("/api/opensolar/projects/1042/sync/", "").await.status, 202);
    assert_eq!(desk.resyncs(), [false; 0]);
    desk.ambient.advance(builders::MINUTE);
    let deadline = domain::ports::Deadline::at(desk.core.ambient.now() + builders::MINUTE);
    let report = domain::usecase::retry_sweep::retry_sweep(&desk.core, 10, deadline).await.expect("a sweep");
    assert_eq!((report.sent, desk.resyncs()), (1, vec![false]));
}
