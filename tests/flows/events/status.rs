//! `project.status_changed`: the project's stage becomes the request's status, and no message.

use domain::jobs::crm_update::CauseKind;
use domain::request::{CrmStatus, InstallationRequest};
use integration_tests::{World, customer_request};
use serde_json::json;
use testkit::builders::MINUTE;
use testkit::fake_opensolar::Work;
use testkit::fake_opensolar::quirks::{FiredEvents, ListedWorkflows};

use super::happens;

async fn moves(world: &mut World, project: u64, stage_id: u64) {
    happens(world, project, Work::MoveToStage { stage_id }).await;
    assert_eq!(world.messages(), Vec::<String>::new(), "stages are the staff's");
}

#[tokio::test]
async fn a_stage_outside_the_map_is_told_by_its_milestone_and_never_as_in_progress() {
    let milestones = [
        (0, "pending", Some("presale")),
        (1, "pending", Some("lock_pricing")),
        (2, "scheduled", Some("sold")),
        (3, "completed", Some("installed")),
        (4, "pending", Some("others")),
        (9, "pending", None),
    ];
    for (milestone, status, name) in milestones {
        let mut world = World::start().await;
        world.configure(|document| document.stage_map.clear()).await;
        world.crm_asks_for(&customer_request("1042")).await;
        let project = world.opensolar.projects()[0].id;
        let stage = world.opensolar.add_stage("A stage of ours", milestone);
        world.advance(MINUTE * 11);
        moves(&mut world, project, stage).await;
        let told = world.crm_state("1042");
        assert_eq!(told.status.as_deref(), Some(status), "milestone {milestone}");
        assert_eq!(told.project_status.as_deref(), Some("A stage of ours"));
        assert_eq!(told.project_milestone.as_deref(), name);
    }
}

#[tokio::test]
async fn the_configured_map_decides_before_the_milestone() {
    for (milestone, status) in [(0, "scheduled"), (1, "in_progress"), (2, "in_progress"), (4, "completed")] {
        let (mut world, project) = World::with_project().await;
        let stage = world.opensolar.add_stage("Hof & Dach", milestone);
        world.configure(|document| drop(document.stage_map.insert(stage.to_string(), status.to_owned()))).await;
        moves(&mut world, project, stage).await;
        assert_eq!(world.crm_state("1042").status.as_deref(), Some(status), "milestone {milestone}");
    }
}

#[tokio::test]
async fn a_stage_that_moves_back_is_shown_to_staff_and_the_status_stays() {
    let (mut world, project) = World::with_project().await;
    moves(&mut world, project, 6545).await;
    assert_eq!(world.crm_state("1042").status.as_deref(), Some("in_progress"));
    for (stage, title) in [(6541, "New"), (6543, "Proposal"), (6544, "Sold")] {
        moves(&mut world, project, stage).await;
        let told = world.crm_state("1042");
        assert_eq!((told.status.as_deref(), told.project_status.as_deref()), (Some("in_progress"), Some(title)));
    }
    moves(&mut world, project, 6546).await;
    assert_eq!(world.crm_state("1042").status.as_deref(), Some("completed"));
}

#[tokio::test]
async fn the_crm_is_told_from_which_status_to_which_and_by_what() {
    let (mut world, project) = World::with_project().await;
    let before = world.crm_updates().len();
    for stage in [6542, 6544, 6545] {
        moves(&mut world, project, stage).await;
    }
    let updates = world.crm_updates().split_off(before);
    assert!(updates.iter().all(|update| update.cause.kind == CauseKind::Webhook));
    let changes: Vec<_> = updates.iter().filter_map(|update| update.changes.get("status").cloned()).collect();
    assert_eq!(
        changes,
        [json!({"from": "pending", "to": "scheduled"}), json!({"from": "scheduled", "to": "in_progress"})]
    );
}

#[tokio::test]
async fn a_move_is_told_by_the_project_or_by_its_event_alone() {
    for fired in [FiredEvents::All, FiredEvents::StageMovesOnly, FiredEvents::None] {
        for kept in ["Project", "Event"] {
            let (mut world, project) = World::with_project().await;
            world.opensolar.behave(|quirks| quirks.events.fired = fired);
            world.hold_webhooks();
            world.opensolar.work(project, Work::MoveToStage { stage_id: 6544 }).expect("moved");
            let model = format!(r#""model":"{kept}""#);
            let deliveries = world.webhooks_on_their_way().await;
            let kept: Vec<_> = deliveries.iter().filter(|delivery| delivery.body.contains(&model)).collect();
            for delivery in &kept {
                world.hand_over(delivery.body.as_bytes()).await;
            }
            world.run_until_quiet().await;
            let expected = if kept.is_empty() { "pending" } else { "scheduled" };
            assert_eq!(world.crm_state("1042").status.as_deref(), Some(expected), "{fired:?} {model}");
            assert!(!kept.is_empty() || (fired == FiredEvents::None && model.contains("Event")));
        }
    }
}

#[tokio::test]
async fn a_move_to_another_workflow_is_a_move() {
    let (mut world, project) = World::with_project().await;
    world.opensolar.behave(|quirks| quirks.projects.workflows = ListedWorkflows::Several);
    world.advance(MINUTE * 11);
    moves(&mut world, project, 6602).await;
    let told = world.crm_state("1042");
    assert_eq!((told.status.as_deref(), told.project_status.as_deref()), (Some("scheduled"), Some("Contract")));
}

/// Request 1042 as the CRM has it, by its revision 4 or a later one.
fn revised(revision: u64, status: CrmStatus) -> InstallationRequest {
    let mut request = customer_request("1042");
    request.version.revision = Some(revision);
    request.status = status;
    request
}

#[tokio::test]
async fn a_cancellation_is_the_crms_own_and_it_is_told_no_status_and_no_change_of_one() {
    for before in [CrmStatus::Pending, CrmStatus::Scheduled] {
        let (mut world, project) = World::with_project_of(&revised(3, before)).await;
        assert_eq!(world.crm_state("1042").status.as_deref(), Some(before.as_str()));
        let updates = world.crm_updates().len();
        world.crm_asks_for(&revised(4, CrmStatus::Cancelled)).await;
        let renamed = json!({"title": "Renamed"}).as_object().cloned().expect("an object");
        happens(&mut world, project, Work::Edit { fields: renamed }).await;
        let updates = world.crm_updates().split_off(updates);
        assert_eq!(updates.last().expect("an update").state.project_name.as_deref(), Some("Renamed"));
        for update in updates {
            assert_eq!((update.state.status, update.changes.get("status")), (None, None), "{:?}", update.changes);
        }
    }
}

#[tokio::test]
async fn what_opensolar_shows_of_a_cancelled_request_is_a_status_again_once_the_crm_takes_it_up_again() {
    let (mut world, project) = World::with_project().await;
    happens(&mut world, project, Work::Design { kw: 6.6 }).await;
    happens(&mut world, project, Work::Sell).await;
    world.crm_asks_for(&revised(4, CrmStatus::Cancelled)).await;
    happens(&mut world, project, Work::MoveToStage { stage_id: 6545 }).await;
    assert_eq!(world.crm_state("1042").status, None);

    world.crm_asks_for(&revised(5, CrmStatus::Pending)).await;
    happens(&mut world, project, Work::Note { event_type_id: 31 }).await;
    assert_eq!(world.crm_state("1042").status.as_deref(), Some("in_progress"));
}
