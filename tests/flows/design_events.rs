//! The contract `design`: each of its five events does what it says by itself, and nothing of OpenSolar is read for it.

use domain::jobs::crm_update::CauseKind;
use domain::notification::{Milestone, NoticeState, SkippedBecause};
use domain::project::SyncStatus;
use domain::request::CrmStatus;
use integration_tests::{World, customer_request, day};
use serde_json::{Value, json};
use testkit::builders::{MINUTE, NOON};

/// An event about this project with these fields of it, with neither an id nor a time.
pub(crate) fn event(event_type: &str, project: u64, fields: &Value) -> Value {
    let mut body = json!({"event_type": event_type, "project": fields});
    body["project"]["id"] = json!(project);
    body
}

/// The same event at a time of its own.
pub(crate) fn stamped(mut body: Value, at: &str) -> Value {
    body["timestamp"] = json!(at);
    body
}

/// A system in which request 1042 is synced, and OpenSolar speaks `design`; its project's id.
pub(crate) async fn world() -> (World, u64) {
    let (mut world, project) = World::with_project().await;
    world.speak_design().await;
    (world, project)
}

/// An event happens, and what follows from it; OpenSolar is not asked for it.
async fn tells(world: &mut World, body: &Value) {
    let calls = world.opensolar.calls().len();
    world.advance(MINUTE);
    world.webhook_arrives(body).await;
    assert_eq!(world.opensolar.calls().len(), calls, "{body}");
}

#[tokio::test]
async fn a_status_is_the_projects_and_by_the_table_the_requests() {
    let table = [
        ("lead", "pending"),
        ("design", "pending"),
        ("proposal", "pending"),
        ("contract", "scheduled"),
        ("Installation", "in_progress"),
        ("complete", "completed"),
        ("a word of their own", "pending"),
    ];
    for (word, status) in table {
        let (mut world, project) = world().await;
        tells(&mut world, &event("project.status_changed", project, &json!({"status": word}))).await;
        let told = world.crm_state("1042");
        assert_eq!((told.project_status.as_deref(), told.status.as_deref()), (Some(word), Some(status)));
        assert_eq!(world.messages(), Vec::<String>::new());
        let worked_on = world.project("1042").await.sync_status();
        assert_eq!(worked_on, Some(if word == "lead" { SyncStatus::Synced } else { SyncStatus::Updated }));
    }
}

#[tokio::test]
async fn a_status_that_moves_back_is_shown_to_staff_and_the_requests_stays() {
    let (mut world, project) = world().await;
    for word in ["installation", "contract", "lead"] {
        tells(&mut world, &event("project.status_changed", project, &json!({"status": word}))).await;
        let told = world.crm_state("1042");
        assert_eq!((told.project_status.as_deref(), told.status.as_deref()), (Some(word), Some("in_progress")));
    }
}

#[tokio::test]
async fn a_complete_design_is_told_once() {
    let (mut world, project) = world().await;
    for _ in 0..2 {
        tells(&mut world, &event("project.design_complete", project, &json!({"status": "design"}))).await;
        assert_eq!(world.messages().len(), 1);
        assert!(world.messages()[0].starts_with("Good news"), "{:?}", world.messages());
    }
    assert_eq!(world.crm_state("1042").status.as_deref(), Some("pending"));
}

#[tokio::test]
async fn a_proposal_is_told_with_its_link_and_the_moment_that_the_event_names() {
    let (mut world, project) = world().await;
    let link = "https://opensolar.example.com/p/1?token=example";
    let body = event("project.proposal_sent", project, &json!({"proposal_url": link}));
    tells(&mut world, &stamped(body, "2026-11-20T11:30:00Z")).await;
    let told = world.crm_state("1042");
    assert_eq!((told.proposal_url.as_deref(), told.proposal_sent_at), (Some(link), Some(NOON - MINUTE * 30)));
    assert_eq!(world.messages().len(), 1);
    assert!(world.messages()[0].contains(link));

    let renewed = "https://opensolar.example.com/p/2";
    tells(&mut world, &event("project.proposal_sent", project, &json!({"proposal_url": renewed}))).await;
    let told = world.crm_state("1042");
    assert_eq!((told.proposal_url.as_deref(), told.proposal_sent_at), (Some(renewed), Some(NOON - MINUTE * 30)));
    assert_eq!(world.messages().len(), 1, "it is ready, and that was said");
}

#[tokio::test]
async fn a_signed_contract_is_thanked_for_once_and_its_first_date_stays() {
    let (mut world, project) = world().await;
    let signed = |at| stamped(event("project.contract_signed", project, &json!({})), at);
    tells(&mut world, &signed("2026-11-20T11:30:00Z")).await;
    let told = world.crm_state("1042");
    assert_eq!((told.status.as_deref(), told.contract_signed_at), (Some("scheduled"), Some(NOON - MINUTE * 30)));
    let update = world.crm_updates().into_iter().rfind(|update| update.changes.contains_key("status")).expect("told");
    assert_eq!(update.changes["status"], json!({"from": "pending", "to": "scheduled"}));
    assert_eq!(update.cause.kind, CauseKind::Webhook);
    assert!(world.messages()[0].starts_with("🎉"), "{:?}", world.messages());

    tells(&mut world, &signed("2026-11-20T11:45:00Z")).await;
    assert_eq!(world.crm_state("1042").contract_signed_at, Some(NOON - MINUTE * 30));
    tells(&mut world, &signed("2026-11-20T11:15:00Z")).await;
    assert_eq!(world.crm_state("1042").contract_signed_at, Some(NOON - MINUTE * 45), "it came late and was the first");
    assert_eq!(world.messages().len(), 1);
}

#[tokio::test]
async fn an_installation_is_told_for_each_day_that_it_is_moved_to_and_reminded_of_the_day_before() {
    let (mut world, project) = world().await;
    let planned = |date: &str| event("project.installation_scheduled", project, &json!({"installation_date": date}));
    // Late in the evening in UTC it is the next day in Harare already.
    for (date, expected, written) in [
        ("2026-12-04", "2026-12-04", "Friday, 4 December 2026"),
        ("2026-12-10T22:30:00Z", "2026-12-11", "Friday, 11 December 2026"),
    ] {
        tells(&mut world, &planned(date)).await;
        assert_eq!(world.crm_state("1042").installation_scheduled_date, Some(day(expected)));
        let message = world.messages().pop().expect("a message");
        assert!(message.starts_with("📅") && message.contains(written), "{message}");
    }
    assert_eq!(world.messages().len(), 2);
    world.advance_to("2026-12-03T07:00:05Z".parse().expect("a time"));
    world.sweep().await;
    assert_eq!(world.messages().len(), 2, "that day is no more");
    world.advance_to("2026-12-10T07:00:05Z".parse().expect("a time"));
    world.sweep().await;
    assert_eq!(world.messages().len(), 3);
}

#[tokio::test]
async fn the_whole_story_is_told_in_the_log_the_timeline_and_the_updates() {
    let (mut world, project) = world().await;
    let link = json!({"proposal_url": "https://opensolar.example.com/p/1"});
    for (event_type, fields) in [
        ("project.status_changed", json!({"status": "design"})),
        ("project.design_complete", json!({})),
        ("project.proposal_sent", link),
        ("project.contract_signed", json!({})),
        ("project.installation_scheduled", json!({"installation_date": "2026-12-04"})),
        ("project.status_changed", json!({"status": "complete"})),
    ] {
        let before = (world.crm_updates().len(), world.decisions("1042").len());
        tells(&mut world, &event(event_type, project, &fields)).await;
        assert!(before.0 < world.crm_updates().len() || event_type == "project.design_complete", "{event_type}");
        let decisions = world.decisions("1042").split_off(before.1);
        let row = format!("event: {event_type} of 2026-11-20");
        assert!(decisions.iter().any(|decision| decision.starts_with(&row)), "{decisions:?}");
    }
    let sent: Vec<_> = world.ledger("1042").into_iter().filter(|(_, _, state)| *state == "sent").collect();
    assert_eq!(sent.len(), 4, "{:?}", world.ledger("1042"));
    assert_eq!(world.crm_state("1042").status.as_deref(), Some("completed"));
    let design = world.store.deliveries().into_iter().filter(|row| row.tells.is_some());
    assert!(design.clone().count() == 6 && design.into_iter().all(|row| row.status.as_str() == "processed"));
}

#[tokio::test]
async fn what_happened_days_ago_is_recorded_and_not_told() {
    let (mut world, project) = world().await;
    for event_type in ["project.design_complete", "project.contract_signed"] {
        tells(&mut world, &stamped(event(event_type, project, &json!({})), "2026-11-17T12:00:00Z")).await;
    }
    assert_eq!((world.messages().len(), world.crm_state("1042").status.as_deref()), (0, Some("scheduled")));
    let states: Vec<NoticeState> = world.notices("1042").into_iter().map(|notice| notice.state).collect();
    assert_eq!(states, [NoticeState::Skipped(SkippedBecause::OldNews), NoticeState::Skipped(SkippedBecause::OldNews)]);
}

#[tokio::test]
async fn of_a_cancelled_request_staff_see_the_sale_and_the_customer_hears_nothing() {
    let (mut world, project) = world().await;
    let mut cancelled = customer_request("1042");
    cancelled.version.revision = Some(9);
    cancelled.status = CrmStatus::Cancelled;
    world.advance(MINUTE * 10);
    world.crm_asks_for(&cancelled).await;
    tells(&mut world, &event("project.contract_signed", project, &json!({}))).await;
    let told = world.crm_state("1042");
    assert_eq!((told.status, told.contract_signed_at), (None, Some(world.now())));
    assert_eq!(world.messages(), Vec::<String>::new());
    let notice = world.notices("1042").pop().expect("an entry");
    assert_eq!(
        (notice.key.milestone, notice.state),
        (Milestone::ContractSigned, NoticeState::Skipped(SkippedBecause::Cancelled))
    );
}
