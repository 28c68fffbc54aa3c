//! A token that OpenSolar does not take any more.

use chrono::TimeDelta;
use domain::request::InstallationRequest;
use domain::usecase::status_sweep::{Run, TurnEnd};
use integration_tests::{Contract, World, customer_request};
use rstest::rstest;
use testkit::builders::phone;

/// Another customer's request.
fn second() -> InstallationRequest {
    let mut request = customer_request("1043");
    request.customer.phone = phone(2);
    request.customer.email = None;
    request
}

/// Request 1042 with another address.
fn moved() -> InstallationRequest {
    let mut request = customer_request("1042");
    request.version.revision = Some(4);
    request.address = Some("14 Example Street".to_owned());
    request
}

#[rstest]
#[tokio::test]
async fn without_a_valid_token_everything_waits_and_nothing_is_lost(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.opensolar.expire_token();
    world.opensolar.design(project, 6.6);
    world.run_until_quiet().await;
    world.crm_asks_for(&moved()).await;
    world.crm_asks_for(&second()).await;
    for request in ["1042", "1043"] {
        assert_eq!(world.crm_reason(request).as_deref(), Some("token"), "{request}");
    }
    let report = world.status_sweep(Run::Now).await;
    assert_eq!(report.end, Some(TurnEnd::NotGranted));
    // For days: it is nobody's failure, so no schedule is used up.
    for _ in 0..3 {
        world.advance(TimeDelta::days(1));
        world.sweep().await;
    }
    for request in ["1042", "1043"] {
        let told = world.crm_state(request);
        assert_eq!((told.sync_reason.as_deref(), told.sync_retry_count), (Some("token"), 0), "{request}");
    }
    // An event of `design` waits for no read.
    let waiting = match contract {
        Contract::Live => Some(&3),
        Contract::Design => None,
    };
    assert_eq!((world.delivery_counts().get("received"), world.delivery_counts().get("failed")), (waiting, None));
    assert_eq!((world.creates(), world.changes().len()), (1, 0), "no write is ever the probe");

    world.opensolar_token.replace(&world.opensolar.new_token());
    world.advance(TimeDelta::minutes(15));
    world.sweep().await;
    // One saw that OpenSolar is back; the others are woken by the next sweep.
    world.advance(TimeDelta::minutes(1));
    world.sweep().await;
    assert_eq!(world.opensolar.projects().len(), 2);
    assert_eq!(world.opensolar.projects()[0].address, "14 Example Street");
    for request in ["1042", "1043"] {
        assert_eq!(world.crm_reason(request), None, "{request}");
    }
    world.notice("1042").await;
    assert_eq!(world.crm_state("1042").system_size_kw.as_deref(), Some("6.60"));
    assert_eq!(world.delivery_counts().get("received"), None);
}

#[rstest]
#[tokio::test]
async fn a_token_that_was_replaced_meanwhile_is_found_at_once_and_nobody_waits(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let (mut world, project) = World::under_with_project(contract).await;
    world.opensolar_token.replace(&world.opensolar.new_token());
    world.crm_asks_for(&second()).await;
    assert_eq!((world.opensolar.projects().len(), world.crm_reason("1043")), (2, None));

    world.opensolar_token.replace(&world.opensolar.new_token());
    world.opensolar.design(project, 6.6);
    world.run_until_quiet().await;
    assert_eq!(world.messages().len(), 1);

    world.opensolar_token.replace(&world.opensolar.new_token());
    world.crm_asks_for(&moved()).await;
    assert_eq!(world.opensolar.projects()[0].address, "14 Example Street");

    world.opensolar_token.replace(&world.opensolar.new_token());
    let report = world.status_sweep(Run::Now).await;
    assert_eq!((report.end, world.crm_reason("1042")), (Some(TurnEnd::Finished), None));
}
