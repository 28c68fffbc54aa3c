//! What an operator asks for, and what comes of it.

use chrono::TimeDelta;
use domain::jobs::crm_update::CauseKind;
use domain::ports::{ListedStatus, ProjectsPage, Store};
use domain::project::SyncState;
use domain::request::{Insistence, InstallationType};
use domain::usecase::operate::{
    ActivationError, OperateError, StatusNow, SyncWish, activate_configuration, fetch_status_now, list_projects,
    request_sync,
};
use integration_tests::{Contract, Platform, World, customer_request};
use rstest::rstest;
use serde_json::Value;
use testkit::builders::{ORG, operator};
use testkit::fake_opensolar::quirks::Quirks;
use testkit::{Calls, Fault};

/// Seconds that the API's function may take, as the template says.
const TIMEOUT: i64 = 29;

const FORCED: SyncWish = SyncWish { insists: Insistence::Forced, read: None };
const ASKED: SyncWish = SyncWish { insists: Insistence::Asked, read: None };

/// Asks for a sync, and everything that follows from it happens.
async fn asks_for_a_sync(world: &mut World<Platform>, request: &str, wish: SyncWish) -> Result<(), OperateError> {
    let asked = request_sync(&world.core, &request.parse().expect("an id"), wish, &operator()).await;
    world.run_until_quiet().await;
    asked.map(drop)
}

async fn asks_for_the_status(world: &World<Platform>, request: &str) -> Result<StatusNow, OperateError> {
    let (id, deadline) = (request.parse().expect("an id"), world.deadline_in(TIMEOUT));
    fetch_status_now(&world.core, &*world.opensolar_port, &id, &operator(), deadline).await
}

#[rstest]
#[tokio::test]
async fn a_skipped_request_is_made_when_an_operator_insists(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    let mut request = customer_request("1042");
    request.installation_type = InstallationType::Other("starlink".to_owned());
    world.crm_asks_for(&request).await;
    let refused = asks_for_a_sync(&mut world, "1042", ASKED).await.expect_err("its type is not synced");
    assert!(matches!(refused, OperateError::Obstacle(_)), "{refused}");
    assert_eq!(world.opensolar.calls(), []);

    asks_for_a_sync(&mut world, "1042", FORCED).await.expect("asked for");
    assert_eq!(world.opensolar.projects().len(), 1);
    assert_eq!(world.crm_state("1042").sync_status.as_deref(), Some("synced"));
    assert!(world.crm_updates().iter().any(|update| update.cause.kind == CauseKind::Operator));
    assert!(world.decisions("1042").contains(&"operator: Tendai asked for a forced sync".to_owned()));
}

#[rstest]
#[tokio::test]
async fn a_parked_request_is_tried_again_when_an_operator_asks(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    // Long enough for the whole back-off schedule.
    world.opensolar_is_gone().await;
    world.crm_asks_for(&customer_request("1042")).await;
    for _ in 0..20 {
        world.advance(TimeDelta::days(2));
        world.sweep().await;
    }
    assert!(matches!(world.project("1042").await.sync, SyncState::Parked { in_doubt: None, .. }));
    assert_eq!(world.crm_state("1042").sync_status.as_deref(), Some("sync_failed"));

    world.opensolar_is_back().await;
    world.sweep().await;
    assert_eq!(world.opensolar.projects().len(), 0, "nobody tries it again by themselves");
    asks_for_a_sync(&mut world, "1042", ASKED).await.expect("asked for");
    assert_eq!(world.opensolar.projects().len(), 1);
}

#[rstest]
#[tokio::test]
async fn asking_twice_makes_one_project(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let mut world = World::under(contract).await;
    let refusal = Fault::Refuse { status: 403, body: Value::Null, retry_after: None };
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), refusal);
    world.crm_asks_for(&customer_request("1042")).await;
    let id = "1042".parse().expect("an id");
    for wish in [ASKED, FORCED, FORCED] {
        request_sync(&world.core, &id, wish, &operator()).await.expect("asked for");
    }
    world.run_until_quiet().await;
    assert_eq!((world.opensolar.projects().len(), world.creates()), (1, 2));
}

#[rstest]
#[tokio::test]
async fn what_is_in_doubt_is_not_sent_again_whoever_insists(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    world.hold_webhooks();
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyThenDrop);
    world.crm_asks_for(&customer_request("1042")).await;
    let refused = asks_for_a_sync(&mut world, "1042", FORCED).await.expect_err("it is verifying");
    assert!(refused.to_string().contains("force does not override"), "{refused}");
    assert_eq!(world.creates(), 1);
}

#[rstest]
#[tokio::test]
async fn a_status_is_what_opensolar_shows_now_even_if_no_webhook_came(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.hold_webhooks();
    world.opensolar.design(project, 9.9);
    world.run_until_quiet().await;
    assert_eq!(world.crm_state("1042").system_size_kw, None);

    let StatusNow::Fresh(record) = asks_for_the_status(&world, "1042").await.expect("an answer") else {
        panic!("opensolar answers")
    };
    let size = record.observed.as_ref().and_then(|seen| seen.system_size).map(|size| size.to_string());
    assert_eq!(size.as_deref(), Some("9.90"));
    assert_eq!(world.project("1042").await, *record, "what was shown is stored");
    world.run_until_quiet().await;
    assert_eq!(world.crm_state("1042").system_size_kw.as_deref(), Some("9.90"), "the CRM is told of it too");
    // Of a design only its event tells in `design`.
    let told = match contract {
        Contract::Live => 1,
        Contract::Design => 0,
    };
    assert_eq!(world.messages().len(), told, "and the customer, of the design");

    let before = world.snapshot().await;
    world.deliver_webhooks().await;
    let after = world.snapshot().await;
    assert_ne!(before, after, "the deliveries are logged");
    assert_eq!(world.messages().len(), 1, "and nobody is told twice");
}

#[rstest]
#[tokio::test]
async fn while_opensolar_is_down_the_last_known_status_is_shown_and_a_new_one_comes_later(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.hold_webhooks();
    world.opensolar.design(project, 9.9);
    let reads = world.reads();
    let refusal = Fault::Refuse { status: 503, body: Value::Null, retry_after: None };
    world.opensolar.fail_next(Calls::to("GET", "/projects/"), refusal);
    let known = world.project("1042").await.observed;
    let StatusNow::Queued(record) = asks_for_the_status(&world, "1042").await.expect("an answer") else {
        panic!("opensolar does not answer")
    };
    assert_eq!(record.observed, known);
    assert_eq!(world.reads() - reads, 1, "somebody waits: it is not tried again in place");
    world.run_until_quiet().await;
    assert_eq!(world.crm_state("1042").system_size_kw.as_deref(), Some("9.90"));
}

#[rstest]
#[tokio::test]
async fn while_opensolar_is_slow_nobody_waits_for_it(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let (mut world, _) = World::under_with_project(contract).await;
    world.configure(|document| document.api_timeout = 1).await;
    world.opensolar.fail_next(Calls::to("GET", "/projects/"), Fault::Delay { milliseconds: 4_000 });
    let status = asks_for_the_status(&world, "1042").await.expect("an answer");
    assert!(matches!(status, StatusNow::Queued(_)), "{status:?}");
    world.configure(|document| document.api_timeout = 10).await;
    world.run_until_quiet().await;
    assert_eq!(world.project("1042").await.read, None, "it was read from the queue");
}

#[rstest]
#[tokio::test]
async fn what_has_no_project_has_no_status(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let mut world = World::under(contract).await;
    world.opensolar_is_gone().await;
    world.crm_asks_for(&customer_request("1042")).await;
    assert!(matches!(asks_for_the_status(&world, "1042").await, Err(OperateError::NotLinked)));
    assert!(matches!(asks_for_the_status(&world, "1043").await, Err(OperateError::Unknown)));
}

#[rstest]
#[tokio::test]
async fn what_was_skipped_for_the_switch_is_made_once_it_is_on_again(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    world.configure(|document| document.auto_sync_enabled = false).await;
    world.crm_asks_for(&customer_request("1042")).await;
    let skipped = ProjectsPage { status: Some(ListedStatus::Skipped), after: None, limit: 25 };
    assert_eq!(list_projects(&world.core, skipped.clone()).await.expect("a page").rows.len(), 1);
    world.advance(TimeDelta::minutes(1));
    world.configure(|document| document.auto_sync_enabled = true).await;
    world.sweep().await;
    assert_eq!(world.opensolar.projects().len(), 1);
    assert_eq!(list_projects(&world.core, skipped).await.expect("a page").rows, []);
}

#[rstest]
#[tokio::test]
async fn settings_that_cannot_be_used_or_were_made_from_older_ones_change_nothing(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let world = World::under(contract).await;
    let stored = world.store.configuration_of(ORG).await.expect("the store answers").expect("configured");
    let mut unusable = stored.document.clone();
    unusable.time_zone = "Harare".to_owned();
    let refused = activate_configuration(&world.core, unusable, stored.version).await.expect_err("no such zone");
    assert!(matches!(&refused, ActivationError::Invalid(invalid) if invalid.field == "time_zone"), "{refused}");

    let next = activate_configuration(&world.core, stored.document.clone(), stored.version).await.expect("activated");
    assert_eq!(next, stored.version.next());
    let late = activate_configuration(&world.core, stored.document.clone(), stored.version).await;
    assert!(matches!(late, Err(ActivationError::Stale)));
    let now = world.store.configuration_of(ORG).await.expect("the store answers").expect("configured");
    assert_eq!((now.version, now.document), (next, stored.document));
}

/// Live alone: these are its open questions.
#[tokio::test]
async fn a_status_is_the_same_whatever_opensolars_answers_look_like() {
    let groups = ["lists.", "answers.", "projects.", "contacts.", "events."];
    let is_read = |name: &str| groups.iter().any(|group| name.starts_with(group));
    for (name, quirk) in Quirks::alternatives().into_iter().filter(|(name, _)| is_read(name)) {
        let mut world = World::under(Contract::Live).await;
        world.opensolar.live().behave(quirk);
        world.crm_asks_for(&customer_request("1042")).await;
        world.hold_webhooks();
        let project = world.opensolar.projects()[0].id;
        world.opensolar.design(project, 9.9);
        world.opensolar.send_proposal(project);
        world.opensolar.sign_contract(project);
        let answer = asks_for_the_status(&world, "1042").await.expect("an answer");
        assert!(matches!(answer, StatusNow::Fresh(_)), "{name}");
        world.run_until_quiet().await;
        let told = world.crm_state("1042");
        assert_eq!(
            (told.status.as_deref(), told.system_size_kw.as_deref()),
            (Some("scheduled"), Some("9.90")),
            "{name}"
        );
        assert!(told.proposal_url.is_some() && told.contract_signed_at.is_some(), "{name}");
        assert_eq!(world.messages().len(), 3, "{name}");
    }
}
