//! What the CRM changes afterwards reaches OpenSolar, and nothing that a person changed there is undone.

use chrono::TimeDelta;
use domain::ids::RequestId;
use domain::log::{SyncLog, SyncType};
use domain::phone::EmailAddress;
use domain::ports::Store;
use domain::project::{SyncState, WaitReason};
use domain::request::{CrmStatus, InstallationRequest, SkipReason};
use integration_tests::{Contract, Platform, World, customer_request};
use rstest::rstest;
use serde_json::{Map, Value, json};
use testkit::builders::{MINUTE, ORG, phone};
use testkit::{Calls, Fault};

/// So long a write in doubt is left alone: the time that its answer may take, ten minutes, and a little.
const SETTLED_BY: TimeDelta = TimeDelta::minutes(11);

fn fields(fields: Value) -> Map<String, Value> {
    fields.as_object().expect("an object").clone()
}

/// What is sent of a change of the address, of which only this differs: in `design` it is an object, sent whole as it was
/// read.
fn of_the_address(contract: Contract, street: &str, postal_code: Option<&str>) -> Value {
    match (contract, postal_code) {
        (Contract::Live, Some(_)) => json!({"address": street}),
        (Contract::Live, None) => json!({"zip": null}),
        (Contract::Design, _) => json!({"address": {"street": street, "city": "Borrowdale, Harare",
            "state": "Harare Province", "postal_code": postal_code.unwrap_or_default(), "country": "ZW"}}),
    }
}

/// Request 1042 as the CRM has it at this revision, with something changed.
fn revision(revision: u64, change: impl FnOnce(&mut InstallationRequest)) -> InstallationRequest {
    let mut request = customer_request("1042");
    request.version.revision = Some(revision);
    change(&mut request);
    request
}

fn moved_to(address: &str) -> impl FnOnce(&mut InstallationRequest) {
    move |request| request.address = Some(address.to_owned())
}

fn address(world: &World<Platform>) -> String {
    world.opensolar.projects()[0].address.clone()
}

async fn is_in_step(world: &World<Platform>) {
    let project = world.project("1042").await;
    assert_eq!(project.sync, SyncState::InStep);
    assert_eq!(project.wake(), None);
    assert_eq!(world.crm_reason("1042"), None);
    assert_eq!(world.creates(), 1);
}

fn log_of(world: &World<Platform>) -> Vec<(SyncType, &'static str)> {
    let id: RequestId = "1042".parse().expect("an id");
    let rows: Vec<SyncLog> = world.store.sync_log(ORG, &id);
    rows.iter().map(|row| (row.sync_type, row.status.as_str())).collect()
}

#[rstest]
#[tokio::test]
async fn only_what_the_crm_changed_is_sent(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let (mut world, _) = World::under_with_project(contract).await;
    world.crm_asks_for(&revision(4, moved_to("14 Example Street"))).await;
    assert_eq!(world.changes(), [of_the_address(contract, "14 Example Street", Some("00263"))]);
    assert_eq!(world.contact_changes(), Vec::<Value>::new());
    assert_eq!(address(&world), "14 Example Street");
    is_in_step(&world).await;
}

#[rstest]
#[tokio::test]
async fn what_the_crm_no_longer_has_is_blanked(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let (mut world, _) = World::under_with_project(contract).await;
    world.crm_asks_for(&revision(4, |request| request.customer.postal_code = None)).await;
    assert_eq!(world.changes(), [of_the_address(contract, "12 Example Street", None)]);
    is_in_step(&world).await;
}

#[rstest]
#[tokio::test]
async fn a_designers_correction_survives_every_later_wish_of_the_crm(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.opensolar.edit_address(project, "12b Example Street");
    world.run_until_quiet().await;
    for (number, wish) in [(4, "14 Example Street"), (5, "16 Example Street"), (6, "12 Example Street")] {
        let request = revision(number, |request| {
            request.address = Some(wish.to_owned());
            request.notes = Some(format!("revision {number}"));
        });
        world.crm_asks_for(&request).await;
        assert_eq!(address(&world), "12b Example Street", "{wish}");
    }
    let sent: Vec<Vec<String>> =
        world.changes().iter().map(|body| body.as_object().expect("an object").keys().cloned().collect()).collect();
    assert_eq!(sent, [["notes"], ["notes"], ["notes"]]);
    assert!(world.decisions("1042").iter().any(|why| why.contains("a person changed address")));
    is_in_step(&world).await;
}

#[rstest]
#[tokio::test]
async fn what_a_person_has_set_already_is_not_sent(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.opensolar.edit_address(project, "14 Example Street");
    world.run_until_quiet().await;
    world.crm_asks_for(&revision(4, moved_to("14 Example Street"))).await;
    assert_eq!(world.changes(), Vec::<Value>::new());
    is_in_step(&world).await;
}

#[rstest]
#[tokio::test]
async fn a_revision_that_changes_nothing_for_opensolar_costs_no_call(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
    let before = world.opensolar.calls().len();
    world.crm_asks_for(&revision(4, |request| request.customer.language = Some("sn".to_owned()))).await;
    assert_eq!(world.opensolar.calls().len(), before);
    is_in_step(&world).await;
}

#[rstest]
#[tokio::test]
async fn an_older_revision_changes_nothing_even_if_insisted_on(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
    world.crm_asks_for(&revision(5, moved_to("16 Example Street"))).await;
    let before = world.opensolar.calls().len();
    world.crm_insists_on(&revision(4, moved_to("14 Example Street"))).await;
    assert_eq!((address(&world), world.opensolar.calls().len()), ("16 Example Street".to_owned(), before));
}

#[rstest]
#[tokio::test]
async fn insisting_on_an_equal_revision_compares_again_and_undoes_nothing(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.opensolar.edit_address(project, "12b Example Street");
    world.run_until_quiet().await;
    let before = world.reads();
    world.crm_insists_on(&customer_request("1042")).await;
    assert_eq!(world.reads(), before + 1, "it was looked at");
    assert_eq!((address(&world), world.changes().len()), ("12b Example Street".to_owned(), 0));
    is_in_step(&world).await;
}

#[rstest]
#[tokio::test]
async fn a_customers_new_name_and_address_reach_the_contact(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
    let request = revision(4, |request| {
        request.customer.last_name = Some("Moyo".to_owned());
        request.customer.email = EmailAddress::parse("t.moyo@example.com");
    });
    world.crm_asks_for(&request).await;
    let (title, family_name) = match contract {
        Contract::Live => ("title", "family_name"),
        Contract::Design => ("name", "last_name"),
    };
    assert_eq!(world.changes(), [json!({title: "Tariro Moyo - Solar Installation"})]);
    let whole =
        json!({"first_name": "Tariro", family_name: "Moyo", "email": "t.moyo@example.com", "phone": phone(1).e164()});
    assert_eq!(world.contact_changes(), [whole], "a PUT might blank what it does not name");
    let contacts = world.opensolar.contacts();
    assert_eq!((contacts.len(), contacts[0].first_name.as_str()), (1, "Tariro"));
    is_in_step(&world).await;
    let log = log_of(&world);
    let all = [SyncType::CreateProject, SyncType::CreateContact, SyncType::UpdateProject, SyncType::UpdateContact];
    assert_eq!(log.len(), all.len(), "{log:?}");
    for kind in all {
        assert!(log.contains(&(kind, "success")), "{kind:?}: {log:?}");
    }
}

#[rstest]
#[tokio::test]
async fn a_customers_new_number_is_known_for_the_next_request(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
    world.crm_asks_for(&revision(4, |request| request.customer.phone = phone(7))).await;
    let mut second = customer_request("1043");
    second.customer.phone = phone(7);
    world.crm_asks_for(&second).await;
    assert_eq!((world.opensolar.projects().len(), world.opensolar.contacts().len()), (2, 1));
    assert_eq!(world.opensolar.contacts()[0].phone.as_str(), phone(7).e164());
}

#[rstest]
#[tokio::test]
async fn what_staff_changed_of_the_contact_stays(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let (mut world, _) = World::under_with_project(contract).await;
    let contact = world.opensolar.contacts()[0].id;
    world.opensolar.edit_family_name(contact, "Example-Moyo");
    world.run_until_quiet().await;
    let request = revision(4, |request| {
        request.customer.first_name = Some("Tari".to_owned());
        request.customer.last_name = Some("Moyo".to_owned());
    });
    world.crm_asks_for(&request).await;
    assert_eq!(world.contact_changes().len(), 1);
    let contacts = world.opensolar.contacts();
    assert_eq!((contacts[0].first_name.as_str(), contacts[0].last_name.as_str()), ("Tari", "Example-Moyo"));
    is_in_step(&world).await;
}

/// Live alone, as the last of these: `design` finds no contact by its e-mail address, and lets two have the same.
#[tokio::test]
async fn an_address_that_another_contact_has_by_now_is_noted_and_left() {
    let (mut world, _) = World::under_with_project(Contract::Live).await;
    world
        .opensolar
        .live()
        .add_contact(fields(json!({"first_name": "R.", "email": "rudo@example.com"})))
        .expect("a contact");
    world.crm_asks_for(&revision(4, |request| request.customer.email = EmailAddress::parse("rudo@example.com"))).await;
    assert!(world.decisions("1042").iter().any(|why| why.contains("another contact has the e-mail address")));
    is_in_step(&world).await;
}

#[rstest]
#[tokio::test]
async fn two_requests_of_one_customer_change_their_contact_once(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
    world.crm_asks_for(&customer_request("1043")).await;
    for id in ["1042", "1043"] {
        let mut request = customer_request(id);
        request.version.revision = Some(4);
        request.customer.last_name = Some("Moyo".to_owned());
        world.crm_asks_for(&request).await;
    }
    assert_eq!(world.contact_changes().len(), 1);
    assert_eq!(world.opensolar.contacts().len(), 1);
}

/// Live alone, see above.
#[tokio::test]
async fn a_known_contact_is_attached_as_it_is_and_its_differences_are_noted() {
    let mut world = World::start().await;
    let known = fields(json!({"first_name": "T.", "email": "tariro@example.com", "phone": "+263770000888"}));
    let known = world.opensolar.add_contact(known).expect("a contact");
    world.crm_asks_for(&customer_request("1042")).await;
    world.crm_asks_for(&revision(4, |request| request.customer.first_name = Some("Tari".to_owned()))).await;
    let contacts = world.opensolar.contacts();
    assert_eq!((contacts.len(), contacts[0].id, contacts[0].text("first_name")), (1, known, "T."));
    let noted = world.decisions("1042").into_iter().find(|why| why.starts_with("contact")).expect("a note");
    assert!(noted.contains("first_name, family_name, phone there differ"), "{noted}");
}

/// The faults after which nobody knows whether a change was taken: those that take it, and those that do not.
fn doubts() -> [(Fault, &'static str); 4] {
    let gateway = |status| Fault::Refuse { status, body: Value::Null, retry_after: None };
    [
        (Fault::ApplyThenDrop, "14 Example Street"),
        (Fault::ApplyThenFail { status: 504 }, "14 Example Street"),
        (Fault::DropBeforeApplying, "12 Example Street"),
        (gateway(503), "12 Example Street"),
    ]
}

#[rstest]
#[tokio::test]
async fn a_change_in_doubt_is_left_alone_until_a_read_tells_and_sent_again_only_if_it_was_lost(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for (fault, there) in doubts() {
        let (mut world, _) = World::under_with_project(contract).await;
        world.opensolar.fail_next(Calls::to("PATCH", "/projects/"), fault.clone());
        world.crm_asks_for(&revision(4, moved_to("14 Example Street"))).await;
        assert!(matches!(world.project("1042").await.sync, SyncState::Unsettled { .. }), "{fault:?}");
        assert_eq!(world.crm_reason("1042").as_deref(), Some("verifying"));
        // Whatever happens meanwhile, nothing more is sent.
        world.crm_insists_on(&revision(4, moved_to("14 Example Street"))).await;
        world.wake("1042").await;
        world.advance(MINUTE * 5);
        world.sweep().await;
        assert_eq!((world.changes().len(), address(&world)), (1, there.to_owned()), "{fault:?}");

        world.advance(SETTLED_BY);
        world.sweep().await;
        let sent = if there == "14 Example Street" { 1 } else { 2 };
        assert_eq!((world.changes().len(), address(&world)), (sent, "14 Example Street".to_owned()), "{fault:?}");
        is_in_step(&world).await;
    }
}

#[rstest]
#[tokio::test]
async fn a_change_in_doubt_that_a_person_overtook_is_not_sent_again(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.opensolar.fail_next(Calls::to("PATCH", "/projects/"), Fault::DropBeforeApplying);
    world.crm_asks_for(&revision(4, moved_to("14 Example Street"))).await;
    world.opensolar.edit_address(project, "12b Example Street");
    world.run_until_quiet().await;
    world.advance(SETTLED_BY);
    world.sweep().await;
    assert_eq!((world.changes().len(), address(&world)), (1, "12b Example Street".to_owned()));
    is_in_step(&world).await;
}

#[rstest]
#[tokio::test]
async fn a_contacts_change_in_doubt_is_settled_by_a_read_of_the_contact(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for (fault, sent) in [(Fault::ApplyThenDrop, 1), (Fault::DropBeforeApplying, 2)] {
        let (mut world, _) = World::under_with_project(contract).await;
        world.opensolar.fail_next(world.opensolar.contact_writes(), fault.clone());
        world.crm_asks_for(&revision(4, |request| request.customer.last_name = Some("Moyo".to_owned()))).await;
        assert!(matches!(world.project("1042").await.sync, SyncState::Unsettled { .. }), "{fault:?}");
        world.advance(SETTLED_BY);
        world.sweep().await;
        assert_eq!(world.contact_changes().len(), sent, "{fault:?}");
        assert_eq!(world.opensolar.contacts()[0].last_name.as_str(), "Moyo", "{fault:?}");
        is_in_step(&world).await;
    }
}

#[rstest]
#[tokio::test]
async fn what_the_crm_wants_while_a_change_is_in_doubt_follows_once_it_is_settled(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
    world.opensolar.fail_next(Calls::to("PATCH", "/projects/"), Fault::ApplyThenDrop);
    world.crm_asks_for(&revision(4, moved_to("14 Example Street"))).await;
    world.crm_asks_for(&revision(5, moved_to("16 Example Street"))).await;
    assert_eq!(world.changes().len(), 1);
    world.advance(SETTLED_BY);
    world.sweep().await;
    assert_eq!(address(&world), "16 Example Street");
    is_in_step(&world).await;
}

#[rstest]
#[tokio::test]
async fn a_change_that_never_gets_through_ends_with_an_operator(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
    for _ in 0..20 {
        world.opensolar.fail_next(Calls::to("PATCH", "/projects/"), Fault::DropBeforeApplying);
    }
    world.crm_asks_for(&revision(4, moved_to("14 Example Street"))).await;
    for _ in 0..12 {
        world.advance(SETTLED_BY);
        world.sweep().await;
    }
    assert_eq!(world.crm_reason("1042").as_deref(), Some("operator"));
    assert!(world.changes().len() <= 11);
}

#[rstest]
#[tokio::test]
async fn a_refused_change_backs_off_and_a_newer_revision_is_tried_at_once(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
    let refusal = Fault::Refuse { status: 400, body: json!({"address": ["not this one"]}), retry_after: None };
    world.opensolar.fail_next(Calls::to("PATCH", "/projects/"), refusal);
    world.crm_asks_for(&revision(4, moved_to("14 Example Street"))).await;
    let project = world.project("1042").await;
    assert!(
        matches!(&project.sync, SyncState::Waiting { reason: WaitReason::BackOff(why), .. } if why.contains("address"))
    );
    assert_eq!(world.crm_state("1042").sync_retry_count, 1);

    world.crm_asks_for(&revision(5, moved_to("16 Example Street"))).await;
    assert_eq!(address(&world), "16 Example Street");
    is_in_step(&world).await;
}

#[rstest]
#[tokio::test]
async fn what_changed_while_the_create_was_in_doubt_is_sent_once_the_project_is_found(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    world.hold_webhooks();
    world.opensolar.fail_next(Calls::to("POST", "/projects/"), Fault::ApplyThenDrop);
    world.crm_asks_for(&customer_request("1042")).await;
    world.crm_asks_for(&revision(4, moved_to("14 Example Street"))).await;
    assert_eq!(address(&world), "12 Example Street");
    world.witness_comes("1042").await;
    assert_eq!((address(&world), world.creates()), ("14 Example Street".to_owned(), 1));
    is_in_step(&world).await;
}

#[rstest]
#[tokio::test]
async fn a_cancelled_request_is_not_changed_in_opensolar_any_more(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, _) = World::under_with_project(contract).await;
    let request = revision(4, |request| {
        request.status = CrmStatus::Cancelled;
        request.address = Some("14 Example Street".to_owned());
    });
    world.crm_asks_for(&request).await;
    assert_eq!(world.project("1042").await.sync, SyncState::Skipped(SkipReason::Status(CrmStatus::Cancelled)));
    assert_eq!(address(&world), "12 Example Street");
    world.crm_asks_for(&revision(5, moved_to("16 Example Street"))).await;
    assert_eq!(address(&world), "16 Example Street");
}

#[rstest]
#[tokio::test]
async fn a_request_older_than_what_this_table_knows_is_not_created_but_looked_for(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = World::under(contract).await;
    let now = world.now();
    world.configure(|document| document.trusted_since = Some(now)).await;
    let mut backfilled = customer_request("1042");
    backfilled.created_at = Some(now - TimeDelta::days(30));
    world.crm_asks_for(&backfilled).await;
    assert_eq!((world.creates(), world.crm_reason("1042").as_deref()), (0, Some("verifying")));
    assert_ne!(world.searches(), 0, "it is looked for at once");

    let mut fresh = customer_request("1043");
    fresh.created_at = Some(now);
    world.crm_asks_for(&fresh).await;
    assert_eq!(world.creates(), 1);
    world.advance(TimeDelta::hours(25));
    world.sweep().await;
    assert_eq!(world.crm_reason("1042").as_deref(), Some("operator"));
    let stored = world.store.project(ORG, &"1042".parse().expect("an id")).await.expect("the store answers");
    assert!(stored.is_some_and(|project| project.open_intent().is_some()), "no other create is sent");
}

#[rstest]
#[tokio::test]
async fn a_contact_that_may_not_be_changed_does_not_make_its_project_gone(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for status in [403, 404, 410] {
        let (mut world, _) = World::under_with_project(contract).await;
        let refusal = Fault::Refuse { status, body: Value::Null, retry_after: None };
        world.opensolar.fail_next(world.opensolar.contact_writes(), refusal);
        let email = |request: &mut InstallationRequest| request.customer.email = EmailAddress::parse("t.m@example.com");
        world.crm_asks_for(&revision(4, email)).await;
        let decisions = world.decisions("1042");
        assert_eq!(world.project("1042").await.sync, SyncState::InStep, "{status} {decisions:?}");
        assert!(
            decisions.iter().any(|told| told.starts_with("contact: ") && told.ends_with("stays as it is")),
            "{status}"
        );
    }
}

#[rstest]
#[tokio::test]
async fn a_contact_in_doubt_that_cannot_be_read_does_not_make_its_project_gone(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    for status in [403, 404] {
        let (mut world, _) = World::under_with_project(contract).await;
        world.opensolar.fail_next(world.opensolar.contact_writes(), Fault::ApplyThenDrop);
        let email = |request: &mut InstallationRequest| request.customer.email = EmailAddress::parse("t.m@example.com");
        world.crm_asks_for(&revision(4, email)).await;
        let contact = world.opensolar.contacts()[0].id;
        let refusal = Fault::Refuse { status, body: Value::Null, retry_after: None };
        world.opensolar.fail_next(world.opensolar.reads_of_contact(contact), refusal);
        world.advance(SETTLED_BY);
        world.sweep().await;
        assert_eq!(world.project("1042").await.sync, SyncState::InStep, "{status} {:?}", world.decisions("1042"));
    }
}
