//! `project.design_complete`: no field of OpenSolar says so, so the organisation's rule does; told once.

use domain::configuration::DesignRule;
use domain::notification::Milestone::DesignComplete;
use integration_tests::World;
use testkit::fake_opensolar::Work;
use testkit::fake_opensolar::quirks::ProposalData;

use super::{happens, is_noted, told_alone};

async fn ruled_by(rule: DesignRule) -> (World, u64) {
    let (mut world, project) = World::with_project().await;
    world.configure(|document| document.design_complete = rule).await;
    (world, project)
}

#[tokio::test]
async fn a_first_system_with_a_size_is_a_design_and_nothing_less_is() {
    let (mut world, project) = ruled_by(DesignRule::SystemSized).await;
    happens(&mut world, project, Work::Design { kw: 0.0 }).await;
    happens(&mut world, project, Work::NoteExistingSystem { kw: 3.3 }).await;
    told_alone(&world, DesignComplete, 0);
    assert_eq!(world.crm_state("1042").system_size_kw, None);
    happens(&mut world, project, Work::Design { kw: 6.6 }).await;
    told_alone(&world, DesignComplete, 1);
    assert!(world.messages()[0].contains("design") && world.messages()[0].contains("proposal"));
    let told = world.crm_state("1042");
    assert_eq!((told.system_size_kw.as_deref(), told.status.as_deref()), (Some("6.60"), Some("pending")));

    happens(&mut world, project, Work::Redesign { kw: 8.8 }).await;
    happens(&mut world, project, Work::Design { kw: 9.9 }).await;
    told_alone(&world, DesignComplete, 1);
}

#[tokio::test]
async fn where_the_proposals_data_decide_a_size_alone_is_no_design() {
    for (data, is_ready) in [
        (ProposalData::ReadyOnceDesigned, true),
        (ProposalData::NullUntilSent, false),
        (ProposalData::NotReadyUntilSent, false),
    ] {
        let (mut world, project) = ruled_by(DesignRule::ProposalReady).await;
        world.opensolar.behave(|quirks| quirks.projects.proposal_data = data);
        happens(&mut world, project, Work::Design { kw: 6.6 }).await;
        told_alone(&world, DesignComplete, usize::from(is_ready));
    }
}

#[tokio::test]
async fn where_the_history_decides_either_of_its_two_events_is_enough() {
    for event in [44, 132] {
        let (mut world, project) = ruled_by(DesignRule::SystemChanged).await;
        is_noted(&mut world, project, 2).await;
        told_alone(&world, DesignComplete, 0);
        is_noted(&mut world, project, event).await;
        is_noted(&mut world, project, event).await;
        told_alone(&world, DesignComplete, 1);
    }
}

#[tokio::test]
async fn where_a_stage_decides_coming_back_to_it_is_no_second_design() {
    let (mut world, project) = ruled_by(DesignRule::Stages(vec![6542, 6543])).await;
    happens(&mut world, project, Work::Design { kw: 6.6 }).await;
    told_alone(&world, DesignComplete, 0);
    for stage_id in [6542, 6541, 6543, 6542] {
        happens(&mut world, project, Work::MoveToStage { stage_id }).await;
    }
    told_alone(&world, DesignComplete, 1);
}
