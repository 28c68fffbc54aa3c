//! A create in doubt that no witness settles: OpenSolar's whole list is looked through twice, a project of ours must be
//! seen in it, and then the create is sent again, once. Whatever stays open is an operator's.

use chrono::TimeDelta;
use domain::log::{SyncLog, SyncLogStatus, SyncType};
use domain::phone::EmailAddress;
use domain::project::{Origin, SyncState, identifier};
use domain::request::{CrmStatus, InstallationRequest};
use domain::usecase::operate::{OperateError, Undecidable, declare_absent, link_project};
use integration_tests::{Contract, Platform, World, customer_request};
use rstest::rstest;
use serde_json::{Value, json};
use testkit::builders::{self, MINUTE, ORG, operator, phone};
use testkit::fake_opensolar::quirks::Quirks;
use testkit::{Calls, Fault, LateAnswer};

/// By then the first search that counts is due: the longest answer, ten minutes, and a little.
const FIRST: TimeDelta = TimeDelta::minutes(11);

/// By then the second one is.
const SECOND: TimeDelta = TimeDelta::minutes(11);

/// Another customer's request, whose project is the control.
fn neighbour() -> InstallationRequest {
    let mut request = customer_request("1041");
    request.customer.phone = phone(9);
    request.customer.email = EmailAddress::parse("neighbour@example.com");
    request
}

/// The create of request 1042 met this fault, and no webhook will tell what became of it. The list has a neighbour.
async fn in_doubt_after(contract: Contract, fault: Fault) -> World<Platform> {
    let mut world = World::under(contract).await;
    world.crm_asks_for(&neighbour()).await;
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), fault);
    world.hold_webhooks();
    world.crm_asks_for(&customer_request("1042")).await;
    world.lose_webhooks().await;
    assert!(matches!(world.project("1042").await.sync, SyncState::Verifying { .. }));
    world
}

/// Time passes, and what is due then happens.
async fn after(world: &mut World<Platform>, wait: TimeDelta) {
    world.advance(wait);
    world.sweep().await;
}

/// Creates of request 1042 that were sent.
fn creates(world: &World<Platform>) -> usize {
    world.creates() - 1
}

fn log_of(world: &World<Platform>, request: &str) -> Vec<(SyncType, &'static str)> {
    let rows = world.store.sync_log(ORG, &request.parse().expect("an id"));
    let status = |row: &SyncLog| match &row.status {
        SyncLogStatus::Started => "started",
        SyncLogStatus::Success { .. } => "success",
        SyncLogStatus::Failed { .. } => "failed",
    };
    let mut rows: Vec<_> = rows.iter().map(|row| (row.sync_type, status(row))).collect();
    if world.opensolar.contract() == Contract::Design {
        // While time stands still, rows that were written one after the other have no order. The contact's is told first.
        rows.sort_by_key(|(sync_type, _)| *sync_type != SyncType::CreateContact);
    }
    rows
}

/// The log of creates that ended like this. A contact is made with its project in `live`, and before it in `design`.
fn log_with(contract: Contract, ends: &[&'static str]) -> Vec<(SyncType, &'static str)> {
    let ends = ends.iter().copied();
    match contract {
        Contract::Live => {
            ends.flat_map(|end| [(SyncType::CreateProject, end), (SyncType::CreateContact, end)]).collect()
        }
        Contract::Design => {
            let contact = (SyncType::CreateContact, "success");
            std::iter::once(contact).chain(ends.map(|end| (SyncType::CreateProject, end))).collect()
        }
    }
}

fn identifier_of(generation: u32) -> String {
    let namespace = builders::configuration_document().namespace;
    identifier(namespace, ORG, &customer_request("1042").id, generation).to_string()
}

#[rstest]
#[tokio::test]
async fn a_create_that_was_not_made_is_sent_again_after_two_searches_with_the_same_identifier(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for fault in [Fault::DropBeforeApplying, Fault::Refuse { status: 504, body: Value::Null, retry_after: None }] {
        let mut world = in_doubt_after(contract, fault).await;
        after(&mut world, MINUTE * 5).await;
        assert!(!world.decisions("1042").iter().any(|why| why.starts_with("absent: ")), "too early to look");
        after(&mut world, FIRST - MINUTE * 5).await;
        assert!(world.decisions("1042").iter().any(|why| why.starts_with("absent: ")));
        world.wake("1042").await;
        assert_eq!(creates(&world), 1, "one search alone proves nothing, however often it is woken");
        after(&mut world, SECOND).await;
        assert_eq!(creates(&world), 2, "{:?}", world.decisions("1042"));
        assert_eq!(world.project("1042").await.sync, SyncState::InStep);
        let made = world.opensolar.projects().into_iter().map(|project| project.identifier).collect::<Vec<_>>();
        assert_eq!((made.len(), &made[1]), (2, &identifier_of(1)));
        assert_eq!(log_of(&world, "1042"), log_with(contract, &["failed", "success"]));
        assert_eq!(world.opensolar.contacts().len(), 2);
    }
}

#[rstest]
#[tokio::test]
async fn a_project_that_appears_late_between_the_searches_is_found_and_no_other_is_made(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for minutes in [5, 14] {
        let seconds = minutes * 60;
        let mut world = in_doubt_after(contract, Fault::ApplyLate { seconds, answer: LateAnswer::Drop }).await;
        for _ in 0..40 {
            after(&mut world, MINUTE).await;
            world.lose_webhooks().await;
        }
        assert_eq!((creates(&world), world.opensolar.projects().len()), (1, 2), "{:?}", world.decisions("1042"));
        assert_eq!(world.project("1042").await.sync, SyncState::InStep);
        assert_eq!(log_of(&world, "1042")[..2], log_with(contract, &["success"]), "its own witness ends its rows");
    }
}

#[rstest]
#[tokio::test]
async fn a_list_in_which_nothing_of_ours_is_seen_proves_nothing(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = in_doubt_after(contract, Fault::DropBeforeApplying).await;
    let neighbour = world.opensolar.projects()[0].id;
    world.opensolar.delete(neighbour);
    world.lose_webhooks().await;
    for _ in 0..100 {
        after(&mut world, MINUTE * 15).await;
    }
    assert_eq!((creates(&world), world.crm_reason("1042").as_deref()), (1, Some("operator")));
}

/// Live alone: in `design` the request's own id says it too (`relay/doubt.rs`).
#[tokio::test]
async fn projects_that_do_not_show_identifiers_prove_nothing() {
    let mut world = in_doubt_after(Contract::Live, Fault::DropBeforeApplying).await;
    world.opensolar.live().withhold(&["identifier"], testkit::fake_opensolar::Absence::Missing);
    for _ in 0..100 {
        after(&mut world, MINUTE * 15).await;
    }
    assert_eq!((creates(&world), world.crm_reason("1042").as_deref()), (1, Some("operator")));
}

#[rstest]
#[tokio::test]
async fn a_young_project_that_may_not_be_read_could_be_ours(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = in_doubt_after(contract, Fault::DropBeforeApplying).await;
    let stranger = world.opensolar.add_project("A stranger's", "99 Elsewhere Road");
    world.lose_webhooks().await;
    world.opensolar.put_out_of_reach(stranger);
    after(&mut world, FIRST).await;
    after(&mut world, SECOND).await;
    after(&mut world, MINUTE * 60).await;
    assert_eq!(creates(&world), 1);
    world.opensolar.bring_within_reach(stranger);
    after(&mut world, MINUTE * 120).await;
    after(&mut world, SECOND).await;
    assert_eq!((creates(&world), world.project("1042").await.sync), (2, SyncState::InStep));
}

#[rstest]
#[tokio::test]
async fn an_outage_in_the_middle_of_the_second_search_proves_nothing(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = in_doubt_after(contract, Fault::DropBeforeApplying).await;
    after(&mut world, FIRST).await;
    let outage = Fault::Refuse { status: 503, body: Value::Null, retry_after: None };
    for _ in 0..2 {
        world.opensolar.fail_next(Calls::ending("GET", "/projects/"), outage.clone());
    }
    after(&mut world, SECOND).await;
    assert_eq!(creates(&world), 1);
    after(&mut world, MINUTE * 60).await;
    assert_eq!(creates(&world), 2);
}

#[rstest]
#[tokio::test]
async fn a_request_that_was_cancelled_meanwhile_is_not_created_after_all(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = in_doubt_after(contract, Fault::DropBeforeApplying).await;
    let mut cancelled = customer_request("1042");
    cancelled.version.revision = Some(4);
    cancelled.status = CrmStatus::Cancelled;
    world.crm_asks_for(&cancelled).await;
    after(&mut world, FIRST).await;
    after(&mut world, SECOND).await;
    assert_eq!((creates(&world), world.crm_reason("1042").as_deref()), (1, Some("skipped")));
    // Whoever waits for the number may have it.
    let mut second = customer_request("1043");
    second.customer.email = None;
    world.crm_asks_for(&second).await;
    assert_eq!(world.project("1043").await.sync, SyncState::InStep);
}

#[rstest]
#[tokio::test]
async fn what_the_crm_wants_by_now_is_sent_after_the_create_that_was_sent_again(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = in_doubt_after(contract, Fault::DropBeforeApplying).await;
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.address = Some("14 Example Street".to_owned());
    world.crm_asks_for(&newer).await;
    after(&mut world, FIRST).await;
    after(&mut world, SECOND).await;
    assert_eq!((creates(&world), world.project("1042").await.sync), (2, SyncState::InStep));
    assert_eq!(world.opensolar.projects()[1].address, "14 Example Street");
}

/// The create was in doubt, sent again, in doubt again, and nothing shows that either was made.
async fn in_doubt_twice(contract: Contract) -> World<Platform> {
    let mut world = in_doubt_after(contract, Fault::DropBeforeApplying).await;
    after(&mut world, FIRST).await;
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::DropBeforeApplying);
    after(&mut world, SECOND).await;
    assert!(matches!(world.project("1042").await.sync, SyncState::Verifying { .. }));
    after(&mut world, FIRST).await;
    after(&mut world, SECOND).await;
    assert_eq!((creates(&world), world.crm_reason("1042").as_deref()), (2, Some("operator")));
    world.crm_insists_on(&customer_request("1042")).await;
    after(&mut world, TimeDelta::days(3)).await;
    assert_eq!(creates(&world), 2, "it is sent again once");
    world
}

#[rstest]
#[tokio::test]
async fn what_is_in_doubt_twice_is_an_operators_who_declares_it_absent(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = in_doubt_twice(contract).await;
    let stale = Some(domain::ids::Revision(1));
    let id = "1042".parse().expect("an id");
    let refused =
        declare_absent(&world.core, &id, stale, &operator()).await.expect_err("they looked at another record");
    assert!(matches!(refused, OperateError::Stale { .. }), "{refused}");
    declare_absent(&world.core, &id, None, &operator()).await.expect("declared");
    world.run_until_quiet().await;
    assert_eq!((creates(&world), world.project("1042").await.sync), (3, SyncState::InStep));
    assert_eq!(world.opensolar.projects()[1].identifier, identifier_of(2));
    assert!(world.decisions("1042").iter().any(|why| why.contains("Tendai declared")));
    let refused = declare_absent(&world.core, &id, None, &operator()).await.expect_err("nothing is in doubt");
    assert!(matches!(refused, OperateError::Undecidable(Undecidable::NoDoubt)), "{refused}");
}

#[rstest]
#[tokio::test]
async fn what_opensolar_may_still_be_making_is_not_declared_absent(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = in_doubt_after(contract, Fault::DropBeforeApplying).await;
    let id = "1042".parse().expect("an id");
    let SyncState::Verifying { search, .. } = world.project("1042").await.sync else { panic!("in doubt") };
    let refused = declare_absent(&world.core, &id, None, &operator()).await.expect_err("it is too early");
    let OperateError::Undecidable(Undecidable::TooEarly(from)) = refused else { panic!("{refused}") };
    assert_eq!((from, world.project("1042").await.generation), (search.proves_from, 1));
    world.advance_to(from);
    declare_absent(&world.core, &id, None, &operator()).await.expect("declared");
    world.run_until_quiet().await;
    assert_eq!((creates(&world), world.project("1042").await.sync), (2, SyncState::InStep));
}

#[rstest]
#[tokio::test]
async fn an_operator_links_the_project_that_they_found_and_nobody_is_told_old_news(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = in_doubt_twice(contract).await;
    let by_hand = world.opensolar.add_project("Made by hand", "12 Example Street");
    world.opensolar.send_proposal(by_hand);
    world.deliver_webhooks().await;
    world.advance(MINUTE);
    let (id, deadline) = ("1042".parse().expect("an id"), world.deadline_in(29));
    let link = async |world: &World<Platform>, project: u64| {
        link_project(&world.core, &*world.opensolar_port, &id, &project.into(), None, &operator(), deadline).await
    };
    let neighbours = world.opensolar.projects()[0].id;
    let refused = link(&world, neighbours).await.expect_err("another request's");
    assert!(matches!(refused, OperateError::Undecidable(Undecidable::Taken { .. })), "{refused}");
    let refused = link(&world, 4_242).await.expect_err("no project");
    assert!(matches!(refused, OperateError::Undecidable(Undecidable::NoSuchProject(_))), "{refused}");

    let linked = link(&world, by_hand).await.expect("linked");
    assert_eq!(linked.remote.map(|remote| remote.origin), Some(Origin::LinkedByOperator));
    world.run_until_quiet().await;
    assert_eq!((creates(&world), world.project("1042").await.sync), (2, SyncState::InStep));
    assert_eq!(world.opensolar.projects()[1].title, "Made by hand", "a link changes nothing there");
    let told = world.crm_state("1042");
    assert_eq!(told.opensolar_project_id, Some(by_hand.into()));
    assert_eq!(world.messages(), Vec::<String>::new(), "what the first look shows is old");
    let refused = link(&world, by_hand).await.expect_err("it has one");
    assert!(matches!(refused, OperateError::Undecidable(Undecidable::HasProject(_))), "{refused}");
}

#[rstest]
#[tokio::test]
async fn a_deleted_project_is_made_anew_once_an_operator_says_so(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.opensolar.delete(project);
    world.notice("1042").await;
    assert_eq!(world.crm_reason("1042").as_deref(), Some("remote_gone"));
    declare_absent(&world.core, &"1042".parse().expect("an id"), None, &operator()).await.expect("declared");
    world.run_until_quiet().await;
    let projects = world.opensolar.projects();
    let made = projects.iter().find(|other| other.id != project).expect("another");
    assert_eq!((world.creates(), &made.identifier), (2, &identifier_of(2)));
    assert_eq!(world.opensolar.contacts().len(), 1, "the customer is the same");
    assert_eq!(world.crm_state("1042").opensolar_project_id, Some(made.id.into()));
}

#[rstest]
#[tokio::test]
async fn a_request_from_before_the_table_is_created_once_it_is_proven_that_it_never_was(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    world.crm_asks_for(&neighbour()).await;
    let now = world.now();
    world.configure(|document| document.trusted_since = Some(now)).await;
    let mut backfilled = customer_request("1042");
    backfilled.created_at = Some(now - TimeDelta::days(30));
    world.crm_asks_for(&backfilled).await;
    assert_eq!((creates(&world), world.crm_reason("1042").as_deref()), (0, Some("verifying")));
    after(&mut world, FIRST).await;
    assert_eq!(creates(&world), 0);
    after(&mut world, SECOND).await;
    assert_eq!((creates(&world), world.project("1042").await.sync), (1, SyncState::InStep));
    let remote = world.project("1042").await.remote.expect("linked");
    assert_eq!(remote.origin, Origin::CreatedByUs, "its news are news");
}

/// Live alone, as the next: a list in pages. In `design` it is whole, or says that more follows.
#[tokio::test]
async fn an_error_where_the_list_may_end_could_hide_a_project() {
    for (past_the_end, expected) in [("lists.past_the_end: server_error", 1), ("lists.past_the_end: empty_page", 2)] {
        let mut world = in_doubt_after(Contract::Live, Fault::DropBeforeApplying).await;
        let quirk = Quirks::alternatives().into_iter().find(|(name, _)| *name == past_the_end).expect("a switch").1;
        world.opensolar.live().behave(quirk);
        // A round number of projects: one more page has to be asked for, to know.
        for number in 0..19 {
            world.opensolar.add_project("A stranger's", &format!("{number} Elsewhere Road"));
        }
        world.lose_webhooks().await;
        after(&mut world, FIRST).await;
        after(&mut world, SECOND).await;
        after(&mut world, MINUTE * 60).await;
        assert_eq!(creates(&world), expected, "{past_the_end} {:?}", world.decisions("1042"));
    }
}

/// Between two pages our project moves to the first, which was read already.
#[tokio::test]
async fn a_project_that_moves_within_the_list_while_it_is_read_is_found_on_the_way_back() {
    let mut world = in_doubt_after(Contract::Live, Fault::ApplyThenDrop).await;
    let [neighbour, ours] = &world.opensolar.projects()[..] else { panic!("two projects") };
    let row = |id: u64| json!({"id": id, "created_date": "2020-01-01T00:00:00Z"});
    let strangers = || (1..=99).map(row);
    let pages = [
        strangers().chain([row(neighbour.id)]).collect::<Vec<_>>(),
        vec![row(100)],
        strangers().chain([json!({"id": ours.id, "created_date": "2026-11-20T12:00:00Z"})]).collect(),
    ];
    for rows in pages {
        let page = Fault::Refuse { status: 200, body: Value::Array(rows), retry_after: None };
        world.opensolar.fail_next(Calls::ending("GET", "/projects/"), page);
    }
    after(&mut world, FIRST).await;
    assert_eq!((creates(&world), world.project("1042").await.sync), (1, SyncState::InStep));
}
