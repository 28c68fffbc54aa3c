//! Events that come after a read that showed more.

use serde_json::{Value, json};
use testkit::builders::MINUTE;
use testkit::fake_relay::Work;

use super::{staff, with_project};

#[tokio::test]
async fn what_a_read_showed_is_not_taken_back_by_an_earlier_event_that_comes_late() {
    let mut world = with_project().await;
    world.hold_webhooks();
    let project = world.opensolar.projects()[0].id;
    let event = |event_type: &str, at: &str, fields: Value| {
        let mut body = json!({"event_type": event_type, "timestamp": at, "project": fields});
        body["project"]["id"] = json!(project);
        body
    };
    staff(&world, Work::Move { status: "complete".to_owned() });
    world.advance(MINUTE * 60);
    world.look_at("1042").await;
    assert_eq!(world.crm_state("1042").project_status.as_deref(), Some("complete"));

    world
        .webhook_arrives(&event("project.status_changed", "2026-11-20T12:30:00Z", json!({"status": "installation"})))
        .await;
    let told = world.crm_state("1042");
    assert_eq!((told.project_status.as_deref(), told.status.as_deref()), (Some("complete"), Some("completed")));
    assert!(world.project("1042").await.observed.is_some_and(|seen| seen.is_installed));

    world.advance(MINUTE);
    world
        .webhook_arrives(&event("project.status_changed", "2026-11-20T13:00:30Z", json!({"status": "installation"})))
        .await;
    assert_eq!(world.crm_state("1042").project_status.as_deref(), Some("installation"), "this one is news");
}

#[tokio::test]
async fn a_proposal_that_is_sent_has_the_latest_link_that_anybody_showed() {
    let mut world = with_project().await;
    world.hold_webhooks();
    let project = world.opensolar.projects()[0].id;
    world.advance(MINUTE * 60);
    staff(&world, Work::SendProposal);
    let second = world.opensolar.projects()[0].proposal_url.clone().expect("a link");
    world.look_at("1042").await;
    assert_eq!(world.crm_state("1042").proposal_url, None, "until it is sent it is nobody's business");
    let first = "https://opensolar.example.com/p/first";
    world
        .webhook_arrives(&json!({"event_type": "project.proposal_sent", "timestamp": "2026-11-20T12:30:00Z",
            "project": {"id": project, "proposal_url": first}}))
        .await;
    let told = world.crm_state("1042").proposal_url;
    assert_eq!(told, Some(second), "not the one of an hour ago");
}
