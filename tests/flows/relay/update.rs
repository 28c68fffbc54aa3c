//! What the CRM changes later, under every answer, and what a read may not take back. The rest is told in `updates.rs`.

use integration_tests::customer_request;
use serde_json::{Map, json};
use testkit::builders::NOON;
use testkit::fake_relay::{Quirks, Work};

use super::{behaving, is_settled, staff, with_project};

/// The request as the CRM has it next: another address, order, name and place on earth.
fn changed() -> domain::request::InstallationRequest {
    let mut request = customer_request("1042");
    request.version.revision = Some(9);
    request.address = Some("14 Example Street".to_owned());
    request.order_number = Some("HAN-78".to_owned());
    request.customer.last_name = Some("Moyo".to_owned());
    request.position = domain::request::Position::new(-18.0, 31.5);
    request
}

#[tokio::test]
async fn a_change_goes_to_the_project_and_to_its_contact_under_every_answer() {
    for (name, change) in Quirks::alternatives().into_iter().chain([("as usual", (|_| ()) as fn(&mut Quirks))]) {
        let mut world = behaving(change).await;
        world.crm_asks_for(&customer_request("1042")).await;
        let mut before = world.opensolar.projects()[0].fields.clone();
        before["custom_fields"]["roof"] = json!({"tilt": 12});
        let custom = ("custom_fields".to_owned(), before["custom_fields"].clone());
        staff(&world, Work::Edit { fields: Map::from_iter([custom]) });
        let before = world.opensolar.projects()[0].fields.clone();
        world.crm_asks_for(&changed()).await;
        is_settled(&world, "1042", name).await;
        let after = &world.opensolar.projects()[0].fields;
        assert_eq!(after["address"]["street"], "14 Example Street", "{name}");
        assert_eq!(after["address"]["city"], before["address"]["city"], "{name}");
        assert_eq!(after["custom_fields"]["hanna_order_number"], "HAN-78", "{name}");
        for kept in ["hanna_installation_id", "hanna_identifier", "roof"] {
            assert_eq!(after["custom_fields"][kept], before["custom_fields"][kept], "{name}: {kept}");
        }
        assert_eq!(after["custom_fields"]["hanna_installation_id"], "1042", "{name}");
        assert!(after["name"].as_str().is_some_and(|title| title.contains("Moyo")), "{name}: {after:?}");
        assert_eq!(world.opensolar.contacts()[0].text("last_name"), "Moyo", "{name}");
        let kept = world.store.decisions(testkit::builders::ORG, &"1042".parse().expect("an id"));
        assert!(kept.iter().all(|decision| decision.rule != "kept"), "{name}: nobody changed anything there: {kept:?}");
    }
}

#[tokio::test]
async fn a_read_takes_back_nothing_that_events_told() {
    let mut world = with_project().await;
    let mut record = world.project("1042").await;
    let told = domain::project::Observed { is_installed: false, ..testkit::builders::observed() };
    record.observed = Some(told.clone());
    record.updated_at = NOON;
    domain::ports::Store::commit(&*world.store, vec![domain::ports::Change::UpdateProject(record)])
        .await
        .expect("kept");
    staff(&world, Work::Move { status: "contract".to_owned() });
    world.look_at("1042").await;
    let seen = world.project("1042").await.observed.expect("read");
    assert_eq!((seen.is_sold, seen.first_signed_at), (true, told.first_signed_at));
    assert_eq!((seen.installation_day, seen.proposal_sent_at), (told.installation_day, told.proposal_sent_at));
    assert!(seen.design_complete && seen.proposal_link.is_some());
    assert_eq!(seen.status.as_ref().map(|status| status.as_str()), Some("contract"));
}
