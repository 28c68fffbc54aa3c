//! A read that OpenSolar refuses, does not answer or answers without sense: nothing of it is merged, and what it was
//! for waits until there is an answer. Deliveries wait for reads in `live` alone: the flows about them are of that.

use chrono::TimeDelta;
use domain::phone::EmailAddress;
use domain::project::SyncState;
use integration_tests::{Contract, Platform, World, customer_request};
use rstest::rstest;
use serde_json::{Value, json};
use testkit::builders::phone;
use testkit::fake_opensolar::Work;
use testkit::{Calls, Fault};

use super::{PARKED, REFUSALS, SPOILS, calls, is_in_step, refusal};

/// What brings no answer, however often it is asked within one call.
fn no_answer() -> Vec<Fault> {
    let page = Fault::Refuse { status: 200, body: json!("<h1>We will be back soon</h1>"), retry_after: None };
    let spoilt = SPOILS.map(|spoil| Fault::ApplyThenSpoil { spoil });
    let failed = [408, 500, 502, 503, 504].map(refusal);
    [&[Fault::DropBeforeApplying, page][..], &spoilt, &failed].concat()
}

/// The faults of one call: what may be a moment's trouble is asked once more within it.
fn faults_of_one_call() -> Vec<Vec<Fault>> {
    let twice = no_answer().into_iter().map(|fault| vec![fault; 2]);
    twice.chain(REFUSALS.into_iter().map(|status| vec![refusal(status)])).collect()
}

/// A designed project, of which OpenSolar tells, and whose read meets these.
async fn told_of_a_design(faults: &[Fault]) -> World {
    let (mut world, project) = World::with_project().await;
    for fault in faults {
        world.opensolar.fail_next(Calls::to("GET", "/projects/"), fault.clone());
    }
    world.opensolar.design(project, 6.6).expect("designed");
    world.run_until_quiet().await;
    world
}

/// Nothing is known of the design yet, and the deliveries wait for it.
async fn nothing_is_merged(world: &World) {
    assert_eq!(world.delivery_counts().get("received"), Some(&3));
    assert_eq!(world.delivery_counts().get("failed"), None);
    let told = world.crm_state("1042");
    assert_eq!((told.system_size_kw, told.sync_status.as_deref()), (None, Some("synced")));
    assert_eq!(world.messages(), Vec::<String>::new());
}

#[tokio::test]
async fn deliveries_wait_for_an_answer_with_sense_in_it() {
    for faults in faults_of_one_call() {
        println!("after {:?}", faults[0]);
        let mut world = told_of_a_design(&faults).await;
        nothing_is_merged(&world).await;
        let reads = world.reads();
        world.wake("1042").await;
        assert_eq!(world.reads(), reads, "who backs off is not asked");

        let (at, _) = world.project("1042").await.wake().expect("it is read later");
        world.advance_to(at);
        world.sweep().await;
        assert_eq!((world.reads(), world.messages().len()), (reads + 1, 1));
        assert_eq!(world.delivery_counts().get("received"), None);
        is_in_step(&world).await;
    }
}

#[tokio::test]
async fn a_read_that_may_not_be_made_now_is_made_once_it_may_and_never_given_up() {
    for (status, retry_after, _, wait) in PARKED {
        let times = 12;
        let refusal = Fault::Refuse { status, body: Value::Null, retry_after };
        let mut world = told_of_a_design(&vec![refusal; times]).await;
        for _ in 1..=times {
            nothing_is_merged(&world).await;
            let (at, _) = world.project("1042").await.wake().expect("it is read later");
            assert_eq!(at - world.now(), wait, "{status}");
            world.advance_to(at);
            world.sweep().await;
        }
        assert_eq!(world.crm_state("1042").system_size_kw.as_deref(), Some("6.60"), "{status}");
        assert_eq!(world.delivery_counts().get("received"), None);
        is_in_step(&world).await;
    }
}

#[tokio::test]
async fn a_project_that_a_read_does_not_find_is_an_operators_until_it_is_seen_again() {
    for status in [403, 404, 410] {
        let mut world = told_of_a_design(&[refusal(status)]).await;
        let state = world.project("1042").await.sync;
        assert!(matches!(state, SyncState::RemoteGone { .. }), "{state:?}");
        assert_eq!(world.crm_reason("1042").as_deref(), Some("remote_gone"));
        assert_eq!((world.crm_state("1042").status.as_deref(), world.messages().len()), (Some("pending"), 0));
        assert_eq!((world.delivery_counts().get("received"), world.delivery_counts().get("failed")), (None, None));

        let project = world.opensolar.projects()[0].id;
        world.opensolar.send_proposal(project).expect("sent");
        world.run_until_quiet().await;
        assert_eq!(world.messages().len(), 2, "{status}");
        is_in_step(&world).await;
    }
}

#[tokio::test]
async fn one_field_without_sense_spoils_no_other_and_is_told_to_nobody() {
    let junk = [
        ("installation_date", json!("soon")),
        ("share_link", json!("http://opensolar.example.com/share/1")),
        ("share_link", json!("javascript:alert(1)")),
        ("systems", json!([{"id": 1, "kw_stc": "plenty", "is_current": false}])),
        ("workflow", json!({"active_stage_id": "the third"})),
        ("modified_date", json!("-")),
        ("contacts_data", json!("nobody")),
        ("customer_proposal_data", json!([])),
    ];
    for (field, value) in junk {
        println!("{field}: {value}");
        let (mut world, project) = World::with_project().await;
        let identifier = world.opensolar.projects()[0].identifier.clone();
        let mut answer = json!({
            "id": project, "identifier": identifier, "title": "Another title", "stage": 0, "sold_date": null,
            "system_sold": null, "contract_date": null, "installation_date": null, "systems": [], "events_data": [],
        });
        answer[field] = value;
        let answer = Fault::Refuse { status: 200, body: answer, retry_after: None };
        world.opensolar.fail_next(Calls::to("GET", "/projects/"), answer);
        let edited = json!({"custom_project_info_5": "a hint"}).as_object().expect("an object").clone();
        world.opensolar.work(project, Work::Edit { fields: edited }).expect("edited");
        world.run_until_quiet().await;
        let told = world.crm_state("1042");
        assert_eq!(told.project_name.as_deref(), Some("Another title"), "the rest is taken");
        assert_eq!((told.installation_scheduled_date, told.proposal_url, told.system_size_kw), (None, None, None));
        assert_eq!((told.status.as_deref(), world.messages().len()), (Some("pending"), 0));

        world.opensolar.design(project, 6.6).expect("designed");
        world.opensolar.send_proposal(project).expect("sent");
        world.run_until_quiet().await;
        assert_eq!(world.messages().len(), 2);
        is_in_step(&world).await;
    }
}

#[tokio::test]
async fn workflows_that_are_not_to_be_had_keep_no_milestone_from_anybody() {
    let mut faults = faults_of_one_call();
    faults.extend([401, 402, 403, 404, 429].map(|status| vec![refusal(status)]));
    for faults in faults {
        println!("after {:?}", faults[0]);
        let mut world = World::start().await;
        for fault in &faults {
            world.opensolar.fail_next(Calls::to("GET", "/workflows/"), fault.clone());
        }
        world.crm_asks_for(&customer_request("1042")).await;
        assert_eq!(calls(&world, "GET", "/workflows/"), faults.len());
        let project = world.opensolar.projects()[0].id;
        world.opensolar.sell(project).expect_err("there is nothing to sell yet");
        world.opensolar.design(project, 6.6).expect("designed");
        world.opensolar.sell(project).expect("sold");
        world.run_until_quiet().await;
        // A refused token keeps everything back until somebody has seen that it is taken.
        world.advance(TimeDelta::minutes(15));
        world.sweep().await;
        assert_eq!(world.crm_state("1042").status.as_deref(), Some("scheduled"));
        assert_eq!(world.messages().len(), 2);
    }
}

#[rstest]
#[tokio::test]
async fn a_contact_that_cannot_be_looked_for_is_not_created_on_a_guess(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut faults = faults_of_one_call();
    faults.extend([401, 402, 403, 404, 429].map(|status| vec![refusal(status)]));
    for faults in faults {
        println!("after {:?}", faults[0]);
        let mut world = World::under(contract).await;
        let known = world.opensolar.add_contact("T.", "tariro@example.com", phone(1).e164());
        for fault in faults {
            world.opensolar.fail_next(Calls::to("GET", "/contacts/"), fault);
        }
        world.crm_asks_for(&customer_request("1042")).await;
        assert_eq!((world.creates(), world.opensolar.projects().len()), (0, 0));
        let (at, _) = world.project("1042").await.wake().expect("it is tried again");
        world.advance_to(at);
        world.sweep().await;
        assert_eq!((world.creates(), &world.opensolar.projects()[0].contacts), (1, &vec![known]));
        is_in_step(&world).await;
    }
}

#[rstest]
#[tokio::test]
async fn a_contact_that_cannot_be_compared_is_changed_by_nobody(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let changed = || {
        let mut request = customer_request("1042");
        request.version.revision = Some(4);
        request.customer.email = EmailAddress::parse("t.moyo@example.com");
        request
    };
    let of_contact = |world: &World<Platform>, fault: Fault| {
        let contact = world.opensolar.contacts()[0].id;
        world.opensolar.fail_next(world.opensolar.reads_of_contact(contact), fault);
    };
    let mut faults = faults_of_one_call();
    faults.extend([401, 402, 429].map(|status| vec![refusal(status)]));
    for faults in faults {
        println!("after {:?}", faults[0]);
        let (mut world, _) = World::under_with_project(contract).await;
        faults.into_iter().for_each(|fault| of_contact(&world, fault));
        world.crm_asks_for(&changed()).await;
        assert_eq!(world.contact_changes().len(), 0);
        let (at, _) = world.project("1042").await.wake().expect("it is tried again");
        world.advance_to(at);
        world.sweep().await;
        assert_eq!(world.contact_changes().len(), 1);
        is_in_step(&world).await;
    }
    for status in [403, 404] {
        let (mut world, _) = World::under_with_project(contract).await;
        of_contact(&world, refusal(status));
        world.crm_asks_for(&changed()).await;
        assert!(world.decisions("1042").iter().any(|why| why.contains("stays as it is")), "{status}");
        assert_eq!(world.contact_changes().len(), 0);
        is_in_step(&world).await;
    }
}
