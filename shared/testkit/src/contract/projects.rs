use chrono::TimeDelta;
use domain::fields::{Field, FieldValue, Fields, ProjectField};
use domain::ids::Revision;
use domain::ports::Change;
use domain::project::{EventsRead, Observed, Origin, Project, Pushed, Remote};
use domain::remote::{EmailPlace, Phase, ProjectStatus};
use domain::request::{CrmStatus, InstallationRequest, Position};

use super::{Bench, Case, case, id};
use crate::builders::{
    NOON, ORG, complete_project, every_contact_choice, every_installation_type, every_sync_state, installation_request,
    observed, pending_project, pushed, remote,
};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(a_request_that_nobody_recorded_has_no_project),
        case(a_project_comes_back_as_it_was_written),
        case(a_project_comes_back_in_each_state),
        case(a_project_comes_back_with_each_value_that_a_field_can_have),
        case(each_write_gives_the_next_revision),
        case(a_project_is_created_once),
        case(an_update_of_what_has_changed_meanwhile_is_refused),
        case(an_update_of_no_project_is_refused),
        case(a_check_holds_at_the_revision_that_was_read_and_no_other),
    ]
}

async fn a_request_that_nobody_recorded_has_no_project(bench: Bench) {
    assert_eq!(bench.project("1042").await, None);
}

async fn a_project_comes_back_as_it_was_written(bench: Bench) {
    for project in [complete_project("1042"), pending_project("1043")] {
        bench.commit([Change::CreateProject(project.clone())]).await;
        let stored = Project { revision: Revision(1), ..project };
        assert_eq!(bench.project(stored.request_id().as_str()).await, Some(stored));
    }
}

async fn a_project_comes_back_in_each_state(bench: Bench) {
    for (number, sync) in every_sync_state().into_iter().enumerate() {
        let project = Project { sync, ..pending_project(&number.to_string()) };
        comes_back(&bench, project).await;
    }
}

async fn a_project_comes_back_with_each_value_that_a_field_can_have(bench: Bench) {
    let base = || complete_project("1042");
    let with = |request: InstallationRequest| Project { desired: request, ..base() };
    let mut projects = Vec::new();
    projects.extend(every_contact_choice().into_iter().map(|contact| Project { contact, ..base() }));
    projects.extend(
        every_installation_type()
            .into_iter()
            .map(|installation_type| with(InstallationRequest { installation_type, ..installation_request("1042") })),
    );
    projects.extend(CrmStatus::ALL.map(|status| with(InstallationRequest { status, ..installation_request("1042") })));
    projects.extend(CrmStatus::ALL.map(|status| Project { shown_status: Some(status), ..base() }));
    projects.extend(
        Phase::ALL.map(|phase| Project { observed: Some(Observed { phase: Some(phase), ..observed() }), ..base() }),
    );
    projects.extend(
        [Origin::CreatedByUs, Origin::Found, Origin::LinkedByOperator]
            .map(|origin| Project { remote: Some(Remote { origin, contact: None, ..remote() }), ..base() }),
    );
    let corners = [(90.0, -180.0), (-0.000_1, 0.1 + 0.2), (1.0 / 3.0, 179.999_999_999_999_97), (0.0, 0.0)];
    projects.extend(corners.map(|(latitude, longitude)| {
        with(InstallationRequest { position: Position::new(latitude, longitude), ..installation_request("1042") })
    }));
    projects.extend(every_pushed().into_iter().map(|pushed| Project { pushed: Some(pushed), ..base() }));
    let unread = Observed { events_read: EventsRead::default(), stage_title: None, ..observed() };
    projects.push(Project { observed: Some(unread), ..base() });
    let status = ProjectStatus::parse("contract");
    projects.push(Project { observed: Some(Observed { status, ..observed() }), ..base() });
    let exact = NOON + TimeDelta::nanoseconds(123_456_789);
    projects.push(Project { created_at: exact, updated_at: exact, last_synced_at: Some(exact), ..base() });
    projects.push(Project { crm_revision: u64::MAX, ..base() });
    for (number, mut project) in projects.into_iter().enumerate() {
        project.desired.id = id(&number.to_string());
        comes_back(&bench, project).await;
    }
}

/// Each field as text; no field at all; and the corners of what a field can hold.
fn every_pushed() -> Vec<Pushed> {
    let text = |field: ProjectField| (field, FieldValue::text(&format!("Büro & ☀️, \"{}\"\nline 2", field.as_str())));
    let blank = Pushed { site: Fields::default(), contact: Fields::default(), email_place: EmailPlace::Notes };
    let mut all = vec![Pushed { site: ProjectField::ALL.iter().copied().map(text).collect(), ..pushed() }, blank];
    let corners = [(90.0, -180.0), (-17.829_167, 31.0), (0.0, -0.000_001)];
    all.extend(corners.into_iter().map(|(latitude, longitude)| {
        let position = Position::new(latitude, longitude).map(FieldValue::place);
        let is_residential = Some(FieldValue::Flag(false));
        let site = [(ProjectField::Position, position), (ProjectField::IsResidential, is_residential)];
        Pushed { site: Fields::from_iter(site), ..pushed() }
    }));
    all
}

async fn comes_back(bench: &Bench, project: Project) {
    bench.commit([Change::CreateProject(project.clone())]).await;
    let stored = Project { revision: Revision(1), ..project };
    assert_eq!(bench.project(stored.request_id().as_str()).await, Some(stored));
}

async fn each_write_gives_the_next_revision(bench: Bench) {
    bench.commit([Change::CreateProject(pending_project("1042"))]).await;
    for revision in 1..=3 {
        let read = bench.project("1042").await.expect("it is there");
        assert_eq!(read.revision, Revision(revision));
        bench.commit([Change::UpdateProject(Project { crm_revision: revision, ..read })]).await;
    }
    let stored = bench.project("1042").await.expect("it is there");
    assert_eq!((stored.revision, stored.crm_revision), (Revision(4), 3));
}

async fn a_project_is_created_once(bench: Bench) {
    bench.commit([Change::CreateProject(pending_project("1042"))]).await;
    bench.refuses([Change::CreateProject(complete_project("1042"))]).await;
    let stored = bench.project("1042").await.expect("it is there");
    assert_eq!(stored, Project { revision: Revision(1), ..pending_project("1042") });
}

async fn an_update_of_what_has_changed_meanwhile_is_refused(bench: Bench) {
    bench.commit([Change::CreateProject(pending_project("1042"))]).await;
    let read = bench.project("1042").await.expect("it is there");
    bench.commit([Change::UpdateProject(Project { crm_revision: 5, ..read.clone() })]).await;
    bench.refuses([Change::UpdateProject(Project { crm_revision: 6, ..read })]).await;
    assert_eq!(bench.project("1042").await.expect("it is there").crm_revision, 5);
}

async fn an_update_of_no_project_is_refused(bench: Bench) {
    bench.refuses([Change::UpdateProject(pending_project("1042"))]).await;
    bench.refuses([Change::UpdateProject(Project { revision: Revision(1), ..pending_project("1042") })]).await;
    assert_eq!(bench.project("1042").await, None);
}

async fn a_check_holds_at_the_revision_that_was_read_and_no_other(bench: Bench) {
    let check = |read| Change::CheckProject { org: ORG, request: id("1042"), read };
    bench.commit([check(Revision::NONE)]).await;
    bench.refuses([check(Revision(1))]).await;
    bench.commit([Change::CreateProject(pending_project("1042"))]).await;
    bench.commit([check(Revision(1))]).await;
    bench.refuses([check(Revision::NONE)]).await;
    bench.refuses([check(Revision(2))]).await;
}
