//! The customer's contact: looked for by its number, made once, and shared by who asks again (`request_to_project.rs`).

use domain::project::{SyncState, WaitReason};
use integration_tests::{World, customer_request};
use rstest::rstest;
use serde_json::json;
use testkit::builders::{MINUTE, phone};
use testkit::fake_relay::{Lists, PhoneFilter};
use testkit::{Calls, Fault, LateAnswer};

use super::{asked, configured, is_settled};

/// Faults after which nobody knows whether the contact was made: by their names.
fn doubtful() -> [(&'static str, Fault); 5] {
    [
        ("made", Fault::ApplyThenDrop),
        ("made, 504", Fault::ApplyThenFail { status: 504 }),
        ("made, unreadable", Fault::ApplyThenGarble),
        ("not made", Fault::DropBeforeApplying),
        ("made late", Fault::ApplyLate { seconds: 300, answer: LateAnswer::Drop }),
    ]
}

#[tokio::test]
async fn a_contact_in_doubt_is_looked_for_before_another_is_made() {
    for (name, fault) in doubtful() {
        let mut world = World::beside_a_relay().await;
        world.opensolar.fail_next(Calls::to("POST", "/contacts/"), fault);
        world.crm_asks_for(&customer_request("1042")).await;
        let state = world.project("1042").await.sync;
        assert!(matches!(state, SyncState::Unsettled { .. }), "{name}: {state:?}");
        assert_eq!(world.crm_state("1042").sync_reason.as_deref(), Some("verifying"), "{name}");
        assert_eq!((asked(&world, "POST", "/contacts/"), asked(&world, "POST", "/projects/")), (1, 0), "{name}");

        // However often it is asked for again: ten minutes have to pass.
        world.advance(MINUTE * 9);
        let mut newer = customer_request("1042");
        newer.version.revision = Some(4);
        world.crm_asks_for(&newer).await;
        assert_eq!(asked(&world, "POST", "/contacts/"), 1, "{name}");
        world.until_nothing_waits("1042").await;
        is_settled(&world, "1042", name).await;
    }
}

#[tokio::test]
async fn a_contact_that_was_made_by_an_older_wish_gets_what_is_wanted_by_now() {
    for (name, fault) in doubtful() {
        let mut world = World::beside_a_relay().await;
        world.opensolar.fail_next(Calls::to("POST", "/contacts/"), fault);
        world.crm_asks_for(&customer_request("1042")).await;
        let mut newer = customer_request("1042");
        newer.version.revision = Some(4);
        newer.customer.last_name = Some("Example-Moyo".to_owned());
        world.crm_asks_for(&newer).await;
        world.until_nothing_waits("1042").await;
        is_settled(&world, "1042", name).await;
        assert_eq!(world.opensolar.contacts()[0].text("last_name"), "Example-Moyo", "{name}");
    }
}

#[tokio::test]
async fn a_contact_that_has_the_number_is_attached_however_it_is_written() {
    for (written, filter) in [
        ("+263770000001", PhoneFilter::Exact),
        ("077 000 0001", PhoneFilter::Ignored),
        ("263-77-000-0001", PhoneFilter::Ignored),
    ] {
        let mut world = World::beside_a_relay().await;
        world.opensolar.behave(|quirks| quirks.phone_filter = filter);
        let mut request = customer_request("1042");
        request.customer.phone = phone(1);
        let add = |number: &str| {
            let fields = json!({"first_name": "Rudo", "phone": number});
            world.opensolar.add_contact(fields.as_object().expect("an object").clone())
        };
        add("+263770000002");
        let theirs = add(written);
        world.crm_asks_for(&request).await;
        assert_eq!(world.opensolar.contacts().len(), 2, "{written}");
        let told = world.crm_state("1042").opensolar_contact_id.map(|id| id.to_string());
        assert_eq!(told, Some(theirs.to_string()), "{written}");
    }
}

#[rstest]
#[tokio::test]
async fn who_is_not_found_in_a_crowd_that_nobody_saw_to_its_end_is_not_made_and_is_a_persons(
    #[values(30, 10_000)] others_per_minute: u32,
    #[values(true, false)] was_made_in_doubt: bool,
) {
    let mut world = configured(|document| document.quotas.others_per_minute = others_per_minute).await;
    if was_made_in_doubt {
        world.opensolar.fail_next(Calls::to("POST", "/contacts/"), Fault::DropBeforeApplying);
        world.crm_asks_for(&customer_request("1042")).await;
    }
    for stranger in 2..=120 {
        let fields = json!({"first_name": "Rudo", "phone": phone(stranger).e164()});
        world.opensolar.add_contact(fields.as_object().expect("an object").clone());
    }
    world.opensolar.behave(|quirks| {
        quirks.phone_filter = PhoneFilter::Ignored;
        quirks.lists = Lists::PagesOfTwo;
    });
    world.crm_asks_for(&customer_request("1042")).await;
    world.until_nothing_waits("1042").await;
    let state = world.project("1042").await.sync;
    assert!(matches!(&state, SyncState::Parked { reason, .. } if reason.contains("contact scan")), "{state:?}");
    assert_eq!(asked(&world, "POST", "/contacts/"), usize::from(was_made_in_doubt));
    assert_eq!((world.opensolar.contacts().len(), world.opensolar.billed()), (119, 0));
}

#[tokio::test]
async fn a_page_that_was_announced_and_shows_nothing_is_nobodys_proof() {
    let mut world = World::beside_a_relay().await;
    let announcing = json!({"next": "/api/orgs/1234/contacts/?page=2", "results": []});
    for body in [announcing, json!([])] {
        let page = Fault::Refuse { status: 200, body, retry_after: None };
        world.opensolar.fail_next(Calls::ending("GET", "/contacts/"), page);
    }
    world.crm_asks_for(&customer_request("1042")).await;
    assert_eq!((asked(&world, "GET", "/contacts/"), asked(&world, "POST", "/contacts/")), (2, 0));
    world.until_nothing_waits("1042").await;
    is_settled(&world, "1042", "once the whole list was seen").await;
}

#[tokio::test]
async fn while_a_contact_is_in_doubt_the_customers_other_request_waits_and_then_shares_it() {
    let mut world = World::beside_a_relay().await;
    world.opensolar.fail_next(Calls::to("POST", "/contacts/"), Fault::ApplyThenDrop);
    world.crm_asks_for(&customer_request("1042")).await;
    let mut other = customer_request("1043");
    other.customer.phone = customer_request("1042").customer.phone;
    world.crm_asks_for(&other).await;
    let waits = world.project("1043").await.sync;
    assert!(matches!(waits, SyncState::Waiting { reason: WaitReason::Contact, .. }), "{waits:?}");
    world.until_nothing_waits("1042").await;
    world.until_nothing_waits("1043").await;
    assert_eq!((world.opensolar.billed(), world.opensolar.contacts().len()), (2, 1));
}

#[tokio::test]
async fn a_contact_that_is_refused_holds_up_nobody() {
    let mut world = World::beside_a_relay().await;
    let refusal = Fault::Refuse { status: 400, body: json!({"email": ["not accepted"]}), retry_after: None };
    world.opensolar.fail_next(Calls::to("POST", "/contacts/"), refusal);
    world.crm_asks_for(&customer_request("1042")).await;
    let waits = world.project("1042").await.sync;
    assert!(matches!(waits, SyncState::Waiting { reason: WaitReason::BackOff(_), .. }), "{waits:?}");
    let mut other = customer_request("1043");
    other.customer.phone = customer_request("1042").customer.phone;
    world.crm_asks_for(&other).await;
    assert_eq!(world.project("1043").await.sync, SyncState::InStep);
    world.until_nothing_waits("1042").await;
    assert_eq!((world.opensolar.billed(), world.opensolar.contacts().len()), (2, 1));
}
