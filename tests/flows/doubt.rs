//! A create whose outcome is unknown is never sent again: only a witness settles it, or an operator.

use chrono::TimeDelta;
use domain::project::{SyncState, identifier};
use domain::usecase::sync_project::{SyncMessage, sync_project};
use integration_tests::{Contract, Platform, World, customer_request};
use rstest::rstest;
use serde_json::{Value, json};
use testkit::builders::{self, MINUTE, NOON, ORG, phone};
use testkit::fake_opensolar::quirks::Quirks;
use testkit::{Calls, Fault};

use crate::late_answer::LateAnswer;

/// A request whose create met this fault, the webhooks still on their way.
async fn in_doubt_after(contract: Contract, fault: Fault) -> World<Platform> {
    let mut world = World::under(contract).await;
    world.hold_webhooks();
    world.configure(|document| document.api_timeout = 2).await;
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), fault);
    world.crm_asks_for(&customer_request("1042")).await;
    world.configure(|document| document.api_timeout = 10).await;
    world
}

/// However often it is woken or insisted on, it stays in doubt.
async fn stays_in_doubt(world: &mut World<Platform>) {
    let state = world.project("1042").await.sync;
    assert!(matches!(state, SyncState::Verifying { .. }), "{state:?}");
    assert_eq!(world.crm_reason("1042").as_deref(), Some("verifying"));
    world.wake("1042").await;
    world.crm_insists_on(&customer_request("1042")).await;
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    world.crm_asks_for(&newer).await;
    world.advance(MINUTE * 5);
    world.sweep().await;
    world.wake("1042").await;
    assert!(matches!(world.project("1042").await.sync, SyncState::Verifying { .. }));
    assert_eq!(world.creates(), 1);
}

async fn is_settled(world: &World<Platform>) {
    let (projects, contacts) = (world.opensolar.projects(), world.opensolar.contacts());
    assert_eq!((world.creates(), projects.len(), contacts.len()), (1, 1, 1));
    let project = world.project("1042").await;
    assert_eq!(project.sync, SyncState::InStep);
    assert_eq!(project.wake(), None);
    let told = world.crm_state("1042");
    assert_eq!(told.opensolar_project_id, Some(projects[0].id.into()));
    assert_eq!(told.opensolar_contact_id, Some(contacts[0].id.into()));
    assert_eq!(told.sync_reason, None);
}

#[rstest]
#[tokio::test]
async fn a_create_that_was_made_and_not_answered_is_settled_by_its_own_witness(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let lost = [
        Fault::ApplyThenDrop,
        Fault::ApplyThenGarble,
        // Longer than the two seconds that are waited for an answer.
        Fault::ApplyThenDelay { milliseconds: 2_500 },
    ];
    for fault in lost {
        let mut world = in_doubt_after(contract, fault).await;
        assert_eq!(world.opensolar.projects().len(), 1);
        stays_in_doubt(&mut world).await;
        world.witness_comes("1042").await;
        is_settled(&world).await;
        assert_eq!(world.messages(), Vec::<String>::new());
    }
}

#[rstest]
#[tokio::test]
async fn without_a_witness_a_day_later_an_operator_is_told_what_to_look_for(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let gateway_timeout = Fault::Refuse { status: 504, body: Value::Null, retry_after: None };
    for fault in [gateway_timeout, Fault::DropBeforeApplying] {
        let mut world = in_doubt_after(contract, fault).await;
        let identifier = intended(&world).await;
        stays_in_doubt(&mut world).await;
        world.until_nothing_waits("1042").await;
        assert_eq!(world.now(), NOON + TimeDelta::hours(24));
        assert!((3..=12).contains(&world.searches()), "{}", world.searches());

        let told = world.crm_state("1042");
        assert_eq!(told.sync_status.as_deref(), Some("sync_failed"));
        assert_eq!(told.sync_reason.as_deref(), Some("operator"));
        let explanation = told.sync_error_message.expect("an explanation");
        assert!(explanation.contains(&identifier), "{explanation}");
        world.crm_insists_on(&customer_request("1042")).await;
        world.wake("1042").await;
        assert_eq!((world.creates(), world.opensolar.projects().len()), (1, 0));
    }
}

/// Live alone: these are its lists' open questions. Those of `design` are in `relay/doubt.rs`.
#[tokio::test]
async fn a_project_whose_webhook_never_came_is_found_in_opensolars_list() {
    for name in ["lists.order: ignored_shuffled", "lists.largest_limit: twenty", "lists.past_the_end: server_error"] {
        let mut world = in_doubt_after(Contract::Live, Fault::ApplyThenDrop).await;
        world.lose_webhooks().await;
        let quirk = Quirks::alternatives().into_iter().find(|(other, _)| *other == name).expect("a switch").1;
        world.opensolar.live().behave(quirk);
        // Strangers, made since; and one that nobody may see is no obstacle to the others before it.
        for number in 0..25 {
            world.opensolar.add_project("Elsewhere", &format!("{number} Elsewhere Road"));
        }
        world.lose_webhooks().await;
        world.advance(MINUTE * 12);
        world.sweep().await;
        let project = world.project("1042").await;
        assert_eq!((project.sync, world.creates()), (SyncState::InStep, 1), "{name}");
        assert!(world.decisions("1042").iter().any(|why| why.starts_with("found: ")), "{name}");
    }
}

#[rstest]
#[tokio::test]
async fn two_projects_with_the_identifier_of_one_in_doubt_are_an_operators(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = in_doubt_after(contract, Fault::ApplyThenDrop).await;
    let ours = world.opensolar.projects()[0].id;
    world.opensolar.duplicate(ours);
    world.lose_webhooks().await;
    world.advance(MINUTE * 12);
    world.sweep().await;
    assert_eq!(world.crm_reason("1042").as_deref(), Some("operator"));
    assert!(world.crm_state("1042").sync_error_message.expect("a reason").contains("several projects"));
    assert_eq!((world.creates(), world.project("1042").await.remote), (1, None));
}

#[rstest]
#[tokio::test]
async fn a_search_that_is_refused_is_made_again_later(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let mut world = in_doubt_after(contract, Fault::ApplyThenDrop).await;
    world.lose_webhooks().await;
    let ours = world.opensolar.projects()[0].id;
    world.opensolar.put_out_of_reach(ours);
    world.advance(MINUTE * 12);
    world.sweep().await;
    assert!(matches!(world.project("1042").await.sync, SyncState::Verifying { .. }));
    world.opensolar.bring_within_reach(ours);
    world.advance(MINUTE * 30);
    world.sweep().await;
    assert_eq!((world.project("1042").await.sync, world.creates()), (SyncState::InStep, 1));
}

/// Live alone: in `design` no event says whose a project is, so after the list was looked through nobody witnesses.
#[tokio::test]
async fn a_witness_that_comes_after_the_operator_was_called_still_settles_it() {
    let mut world = in_doubt_after(Contract::Live, Fault::ApplyThenDrop).await;
    world.advance(TimeDelta::hours(25));
    world.sweep().await;
    assert_eq!(world.crm_reason("1042").as_deref(), Some("operator"));
    world.deliver_webhooks().await;
    is_settled(&world).await;
}

#[rstest]
#[tokio::test]
async fn a_worker_that_ended_while_it_was_sending_leaves_doubt_and_no_second_create(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    world.hold_webhooks();
    let (late, request, deadline) = (LateAnswer::of(&world), customer_request("1042"), world.deadline_in(180));
    let message = SyncMessage::Request(Box::new(builders::sync_request(&request)));
    tokio::select! {
        outcome = sync_project(&world.core, &late.opensolar, message, deadline) => panic!("it ended by itself: {outcome:?}"),
        () = late.asked() => {}
    }
    let (at, _) = world.project("1042").await.wake().expect("its claim runs out");
    assert_eq!(at, deadline.lease_end());

    world.crm_asks_for(&request).await;
    world.wake("1042").await;
    assert!(matches!(world.project("1042").await.sync, SyncState::Creating { .. }), "somebody may still be at it");
    world.advance_to(at);
    world.sweep().await;
    stays_in_doubt(&mut world).await;
    world.witness_comes("1042").await;
    is_settled(&world).await;
}

/// Live alone: `design` has no webhook of a create.
#[tokio::test]
async fn a_webhook_that_overtakes_the_answer_and_the_answer_agree() {
    let mut world = World::under(Contract::Live).await;
    let (late, request, deadline) = (LateAnswer::of(&world), customer_request("1042"), world.deadline_in(180));
    let message = SyncMessage::Request(Box::new(builders::sync_request(&request)));
    let core = world.core.clone();
    let overtaken = async {
        late.asked().await;
        world.run_until_quiet().await;
        is_settled(&world).await;
        late.arrives();
    };
    let (outcome, ()) = tokio::join!(sync_project(&core, &late.opensolar, message, deadline), overtaken);
    outcome.expect("the answer is no surprise");
    world.crm_asks_for(&request).await;
    is_settled(&world).await;
    assert_eq!(world.messages(), Vec::<String>::new());
}

#[rstest]
#[tokio::test]
async fn what_the_crm_changes_meanwhile_is_not_forgotten(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = in_doubt_after(contract, Fault::ApplyThenDrop).await;
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.address = Some("14 Example Street".to_owned());
    world.crm_asks_for(&newer).await;
    world.witness_comes("1042").await;
    let told = world.crm_state("1042");
    assert_eq!(told.opensolar_project_id, Some(world.opensolar.projects()[0].id.into()));
    assert_eq!(told.sync_reason, None);
    assert_eq!(world.opensolar.projects()[0].address, "14 Example Street");
    assert_eq!(world.creates(), 1);
}

/// Live alone: in `design` the contact is made before, and is in nobody's way.
#[tokio::test]
async fn another_number_meanwhile_frees_the_first_one_for_who_waits_for_it() {
    let mut world = in_doubt_after(Contract::Live, Fault::ApplyThenDrop).await;
    let mut second = customer_request("1043");
    second.customer.email = None;
    world.crm_asks_for(&second).await;
    assert_eq!(world.crm_reason("1043").as_deref(), Some("contact"));
    let mut newer = customer_request("1042");
    newer.version.revision = Some(4);
    newer.customer.phone = phone(2);
    world.crm_asks_for(&newer).await;
    world.deliver_webhooks().await;
    is_settled(&world).await;
    world.advance(TimeDelta::minutes(2));
    world.sweep().await;
    // The number was not the first customer's after all: whoever has it is somebody else.
    assert_eq!((world.opensolar.projects().len(), world.opensolar.contacts().len()), (2, 2));
}

/// Live alone, as the next: a webhook shows the project, and `design` has none of a create.
#[tokio::test]
async fn a_project_that_was_made_though_its_create_was_refused_is_taken_and_no_other_is_made() {
    let mut world = World::start().await;
    let refusal = Fault::Refuse { status: 403, body: Value::Null, retry_after: None };
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), refusal);
    world.crm_asks_for(&customer_request("1042")).await;
    let namespace = builders::configuration_document().namespace;
    let ours = identifier(namespace, ORG, &customer_request("1042").id, 1);
    let Value::Object(made) = json!({"identifier": ours, "address": "12 Example Street"}) else { panic!("an object") };
    let made = world.opensolar.add_project(made).expect("a project");
    world.run_until_quiet().await;
    world.advance(TimeDelta::minutes(2));
    world.sweep().await;
    assert_eq!(world.crm_state("1042").opensolar_project_id, Some(made.into()));
    assert_eq!((world.creates(), world.opensolar.projects().len()), (1, 1));
}

#[tokio::test]
async fn a_second_project_with_our_identifier_changes_nothing_and_is_an_operators() {
    let mut world = World::start().await;
    world.crm_asks_for(&customer_request("1042")).await;
    let original = world.opensolar.projects()[0].clone();
    let Value::Object(copy) = json!({"identifier": original.identifier, "address": "12 Example Street"}) else {
        panic!("an object")
    };
    let copy = world.opensolar.add_project(copy).expect("a project");
    world.opensolar.design(copy, 9.9).expect("designed");
    world.run_until_quiet().await;
    assert_eq!(world.crm_state("1042").opensolar_project_id, Some(original.id.into()));
    assert_eq!(world.messages(), Vec::<String>::new());
    let failed = world.store.deliveries().into_iter().find(|row| row.status.as_str() == "failed").expect("a row");
    let told = format!("{:?}", failed.status);
    assert!(told.contains("an operator has to look at") && told.contains(&copy.to_string()), "{told}");
}

/// The identifier of the create that was committed.
async fn intended(world: &World<Platform>) -> String {
    let project = world.project("1042").await;
    project.open_intent().expect("an intent").payload.identifier.to_string()
}
