//! Contacts: found, read, changed.

use domain::fields::{ContactField, ContactFields, ContactPatch, FieldValue};
use domain::phone::EmailAddress;
use domain::ports::{OpenSolar, OpenSolarError};
use domain::remote::{NewContact, NewProject};

use crate::{Scene, another_project, new_project};

fn address(raw: &str) -> EmailAddress {
    EmailAddress::parse(raw).expect("an address")
}

#[tokio::test]
async fn a_known_address_is_found_and_its_contact_taken() {
    let scene = Scene::start().await;
    let first = scene.created().await;
    let error = scene.create(&new_project()).await.expect_err("the address is taken");
    assert!(matches!(error, OpenSolarError::EmailInUse { .. }), "{error:?}");

    let by_filter =
        scene.client.contact_by_email(&scene.account, &address("rudo@example.com")).await.expect("answered");
    let contact = by_filter.expect("found");
    let in_capitals = address("RUDO@example.com");
    let by_scan = scene.client.contact_page(&scene.account, 1).await.expect("answered").with_email(&in_capitals);
    assert_eq!((Some(&contact.id), by_scan.map(|found| found.id)), (first.contact.as_ref(), first.contact.clone()));

    let existing = NewProject { contact: NewContact::Existing(contact.id.clone()), ..new_project() };
    let second = scene.create(&existing).await.expect("created");
    assert_eq!((second.contact, scene.fake.contacts().len(), scene.fake.projects().len()), (Some(contact.id), 1, 2));
}

#[tokio::test]
async fn a_taken_address_is_told_in_every_shape() {
    for name in ["contacts.email_refusal: as_text", "contacts.email_refusal: in_other_words"] {
        let scene = Scene::behaving(name).await;
        scene.created().await;
        let error = scene.create(&new_project()).await.expect_err("the address is taken");
        assert!(matches!(error, OpenSolarError::EmailInUse { .. }), "{name}: {error:?}");
        let other = scene.create(&another_project()).await.expect("created").contact.expect("a contact");
        let patch = ContactPatch::from_iter([(ContactField::Email, FieldValue::text("Rudo@example.com"))]);
        let error = scene.client.update_contact(&scene.account, &other, &patch).await.expect_err("taken");
        assert!(matches!(error, OpenSolarError::EmailInUse { .. }), "{name}: {error:?}");
    }
}

#[tokio::test]
async fn a_stranger_is_not_taken_for_the_customer_where_the_filter_does_nothing() {
    let scene = Scene::behaving("lists.email_filter: ignored").await;
    scene.created().await;
    let nobody = address("nobody@example.com");
    assert_eq!(scene.client.contact_by_email(&scene.account, &nobody).await.expect("answered"), None);
    let known = scene.client.contact_by_email(&scene.account, &address("rudo@example.com")).await.expect("answered");
    assert!(known.is_some());
}

#[tokio::test]
async fn a_contact_is_read_changed_and_blanked() {
    let scene = Scene::start().await;
    let id = scene.created().await.contact.expect("a contact");
    let mut expected = ContactFields::from_iter([
        (ContactField::FirstName, FieldValue::text("Rudo")),
        (ContactField::FamilyName, FieldValue::text("Example")),
        (ContactField::Email, FieldValue::text("rudo@example.com")),
        (ContactField::Phone, FieldValue::text("+263770000001")),
    ]);
    let read = scene.client.contact(&scene.account, &id).await.expect("a contact");
    assert_eq!((&read.id, &read.fields), (&id, &expected));
    assert_eq!(read.email, EmailAddress::parse("rudo@example.com"));

    let changes = [
        (ContactField::FamilyName, FieldValue::text("Moyo")),
        (ContactField::Email, FieldValue::text("moyo@example.com")),
        (ContactField::Phone, FieldValue::text("+263770000009")),
        (ContactField::FirstName, None),
        (ContactField::Email, None),
    ];
    for change in changes {
        let patch = ContactPatch::from_iter([change]);
        scene.client.update_contact(&scene.account, &id, &patch).await.expect("taken");
        expected = expected.with(&patch);
        let read = scene.client.contact(&scene.account, &id).await.expect("a contact");
        assert_eq!(read.fields, expected, "{patch:?}");
    }
}

#[tokio::test]
async fn a_contact_that_is_not_there_is_rejected() {
    let scene = Scene::start().await;
    let error = scene.client.contact(&scene.account, &1.into()).await.expect_err("no such contact");
    assert!(matches!(error, OpenSolarError::Rejected { status: 404, .. }), "{error:?}");
    let patch = ContactPatch::from_iter([(ContactField::Phone, FieldValue::text("+263770000009"))]);
    let error = scene.client.update_contact(&scene.account, &1.into(), &patch).await.expect_err("no such contact");
    assert!(matches!(error, OpenSolarError::Rejected { status: 404, .. }), "{error:?}");
}
