//! `project.contract_signed`: several traces of one sale, one message.

use domain::notification::Milestone::ContractSigned;
use integration_tests::{World, customer_request};
use testkit::builders::NOON;
use testkit::fake_opensolar::quirks::{FiredEvents, SaleTraces};
use testkit::fake_opensolar::{Absence, Work};

use super::{happens, is_noted, told, told_alone};

const FIELDS: [&str; 4] = ["sold_date", "system_sold", "contract_date", "payment_option_sold"];

/// The request is scheduled, and the customer thanked once.
fn is_sold(world: &World) {
    let told_crm = world.crm_state("1042");
    assert_eq!(told_crm.contract_signed_at.map(|at| at.date_naive()), Some(NOON.date_naive()));
    assert_eq!(told_crm.status.as_deref(), Some("scheduled"));
    assert_eq!(told(world, ContractSigned), 1);
    assert!(world.messages().last().expect("a message").starts_with("🎉 Thank you for signing"));
}

#[tokio::test]
async fn however_it_was_signed_it_is_one_sale() {
    for traces in [SaleTraces::Online, SaleTraces::DocuSign, SaleTraces::ByHand] {
        for fired in [FiredEvents::All, FiredEvents::CustomersOnly, FiredEvents::None] {
            let (mut world, project) = World::with_project().await;
            world.opensolar.behave(|quirks| (quirks.events.sale, quirks.events.fired) = (traces, fired));
            happens(&mut world, project, Work::Design { kw: 6.6 }).await;
            happens(&mut world, project, Work::Sell).await;
            is_sold(&world);
            is_noted(&mut world, project, 63).await;
            is_sold(&world);
        }
    }
}

#[tokio::test]
async fn a_signature_before_anybody_marks_the_project_sold_is_the_sale() {
    let (mut world, project) = World::with_project().await;
    happens(&mut world, project, Work::Design { kw: 6.6 }).await;
    happens(&mut world, project, Work::SignContract).await;
    is_sold(&world);
    happens(&mut world, project, Work::Sell).await;
    is_sold(&world);
}

#[tokio::test]
async fn each_of_its_fields_alone_is_a_sale() {
    // The last one is never set by the fake.
    for shown in &FIELDS[..3] {
        let (mut world, project) = World::with_project().await;
        let hidden: Vec<&str> = FIELDS.into_iter().filter(|field| field != shown).collect();
        world.opensolar.withhold(&hidden, Absence::Null);
        happens(&mut world, project, Work::Design { kw: 6.6 }).await;
        happens(&mut world, project, Work::Sell).await;
        is_sold(&world);
    }
}

#[tokio::test]
async fn each_of_its_events_alone_is_a_sale_where_no_field_tells() {
    for event in [3, 52, 63, 67, 68, 103] {
        let mut world = World::start().await;
        world.opensolar.withhold(&FIELDS, Absence::Missing);
        world.crm_asks_for(&customer_request("1042")).await;
        let project = world.opensolar.projects()[0].id;
        is_noted(&mut world, project, event).await;
        is_sold(&world);
        for further in [3, 103] {
            is_noted(&mut world, project, further).await;
        }
        told_alone(&world, ContractSigned, 1);
    }
}

#[tokio::test]
async fn where_the_fields_say_that_there_is_no_sale_its_events_are_history() {
    for event in [3, 52, 63, 67, 68, 103] {
        let (mut world, project) = World::with_project().await;
        is_noted(&mut world, project, event).await;
        told_alone(&world, ContractSigned, 0);
        let told = world.crm_state("1042");
        assert_eq!((told.contract_signed_at, told.status.as_deref()), (None, Some("pending")), "{event}");
    }
}

#[tokio::test]
async fn a_sale_undone_before_it_was_seen_never_was_one() {
    let (mut world, project) = World::with_project().await;
    happens(&mut world, project, Work::Design { kw: 6.6 }).await;
    world.opensolar.sell(project).expect("sold");
    world.opensolar.work(project, Work::Unsell).expect("undone");
    world.run_until_quiet().await;
    assert_eq!((world.crm_state("1042").contract_signed_at, told(&world, ContractSigned)), (None, 0));
    assert_eq!(world.crm_state("1042").status.as_deref(), Some("pending"));
}
