//! Writes: changes, and answers that are lost, spoiled or a refusal.

use domain::fields::{ContactField, ContactPatch, FieldValue, ProjectField, ProjectPatch};
use domain::ports::{OpenSolar, OpenSolarError};
use domain::remote::{NewContact, NewProject, ProjectChange};
use serde_json::{Map, json};
use testkit::fake_opensolar::Quotas;
use testkit::fake_relay::{Quirks, Work};
use testkit::{Calls, Fault, Spoil};

use super::{Scene, new_project, person, site_of};
use crate::new_project as new_with_its_contact;
use crate::writes::doubtful;

#[tokio::test]
async fn a_create_without_an_answer_is_in_doubt_whether_it_was_made_or_not() {
    for (fault, is_made) in doubtful().into_iter().chain([(Fault::ApplyThenSpoil { spoil: Spoil::Empty }, true)]) {
        let scene = Scene::start().await;
        scene.fake.fail_next(Calls::to("POST", "/contacts/"), fault.clone());
        let error = scene.client.create_contact(&scene.account, &person()).await.expect_err("no answer");
        assert!(matches!(error, OpenSolarError::InDoubt { .. }), "{fault:?}: {error:?}");
        assert_eq!((scene.fake.contacts().len(), scene.fake.calls().len()), (usize::from(is_made), 1), "{fault:?}");

        let contact = scene.client.create_contact(&scene.account, &person()).await.expect("a contact");
        scene.fake.fail_next(Calls::to("POST", "/projects/"), fault.clone());
        let error = scene.client.create_project(&scene.account, &new_project(contact)).await.expect_err("no answer");
        assert!(matches!(error, OpenSolarError::InDoubt { .. }), "{fault:?}: {error:?}");
        assert_eq!((scene.fake.billed(), scene.fake.calls().len()), (usize::from(is_made), 3), "{fault:?}");
    }
}

#[tokio::test]
async fn a_change_is_taken_whatever_it_is_answered_and_leaves_the_rest_as_it_is() {
    for (name, change) in Quirks::alternatives().into_iter().chain([("as usual", (|_| ()) as fn(&mut Quirks))]) {
        let scene = Scene::behaving(change).await;
        let created = scene.created().await;
        let contact = created.contact.clone().expect("one");
        let before = new_project(contact.clone()).site;
        by_hand(&scene);
        let read = scene.read(&created).await;
        let there = read.site.or_unshown(&before);
        let patch = ProjectPatch::from_iter([
            (ProjectField::Address, FieldValue::text("14 Example Street")),
            (ProjectField::CustomProjectInfo1, FieldValue::text("HAN-78")),
            (ProjectField::Notes, None),
        ]);
        let is_kept = read.identifier.is_some();
        let sent = ProjectChange::of(read, there.clone(), patch.clone());
        scene.client.update_project(&scene.account, &created.id, &sent).await.expect(name);
        let after = scene.read(&created).await;
        assert_eq!(after.site.or_unshown(&before.with(&patch)).differing(&before.with(&patch)), [], "{name}");
        assert_eq!(after.request.as_deref(), Some("1042"), "{name}");
        assert_eq!(after.identifier.is_some(), is_kept, "{name}");
        let custom = &scene.fake.projects()[0].fields["custom_fields"];
        assert_eq!(custom["roof"], json!({"tilt": 12}), "{name}: {custom}");
        assert_eq!(scene.fake.projects()[0].fields["address"]["city"], there_text(&there, ProjectField::Locality));

        let patch = ContactPatch::from_iter([(ContactField::FamilyName, FieldValue::text("Moyo"))]);
        scene.client.update_contact(&scene.account, &contact, &patch).await.expect(name);
        let shown = scene.client.contact(&scene.account, &contact).await.expect("read").fields;
        assert_eq!(shown, person().fields.with(&patch), "{name}");
    }
}

/// Somebody's own field, which the document does not name.
fn by_hand(scene: &Scene) {
    let mut custom = scene.fake.projects()[0].fields["custom_fields"].clone();
    custom["roof"] = json!({"tilt": 12});
    scene.work(Work::Edit { fields: Map::from_iter([("custom_fields".to_owned(), custom)]) });
}

fn there_text(there: &domain::fields::ProjectFields, field: ProjectField) -> String {
    match there.get(field) {
        Some(FieldValue::Text(text)) => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_change_without_an_answer_is_in_doubt_and_not_repeated() {
    for (fault, is_applied) in doubtful() {
        let scene = Scene::start().await;
        let created = scene.created().await;
        scene.fake.fail_next(Calls::to("PATCH", "/projects/"), fault.clone());
        let before = scene.fake.calls().len();
        let patch = ProjectPatch::from_iter([(ProjectField::Notes, FieldValue::text("Two storeys."))]);
        let error =
            scene.client.update_project(&scene.account, &created.id, &patch.into()).await.expect_err("no answer");
        assert!(matches!(error, OpenSolarError::InDoubt { .. }), "{fault:?}: {error:?}");
        assert_eq!(scene.fake.calls().len() - before, 1, "{fault:?}");
        let notes = site_of(&[(ProjectField::Notes, "Two storeys.")]);
        let there = scene.read(&created).await.site.agrees(&notes, ProjectField::Notes);
        assert_eq!(there, is_applied, "{fault:?}");
    }
}

#[tokio::test]
async fn a_status_that_staff_set_is_never_written_again() {
    let scene = Scene::start().await;
    let created = scene.created().await;
    scene.work(Work::Move { status: "installation".to_owned() });
    let site = new_project(created.contact.clone().expect("one")).site;
    let whole = site.beside(&ProjectPatch::from_iter([]));
    scene.client.update_project(&scene.account, &created.id, &whole.into()).await.expect("taken");
    let sent = scene.fake.calls().last().and_then(|call| call.body.clone()).expect("a body");
    assert_eq!(sent.get("status"), None, "{sent}");
    assert_eq!(scene.fake.projects()[0].status, "installation");
}

#[tokio::test]
async fn refusals_are_told_apart_and_nothing_is_done() {
    let scene = Scene::start().await;
    let contact = scene.client.create_contact(&scene.account, &person()).await.expect("a contact");
    let new = new_project(contact);
    let create = || scene.client.create_project(&scene.account, &new);

    let nobodys = NewProject { contact: NewContact::Existing(1.into()), ..new.clone() };
    let error = scene.client.create_project(&scene.account, &nobodys).await.expect_err("no such contact");
    let OpenSolarError::Rejected { status: 400, fields, .. } = error else { panic!("{error:?}") };
    assert_eq!(fields, ["contact_id"]);
    let error = scene.client.create_project(&scene.account, &new_with_its_contact()).await.expect_err("no contact yet");
    assert!(matches!(error, OpenSolarError::NotSent { .. }), "{error:?}");

    scene.fake.empty_wallet();
    let error = create().await.expect_err("unpaid");
    assert!(matches!(error, OpenSolarError::PaymentRequired { .. }), "{error:?}");
    scene.fake.stop_clock_at(testkit::builders::NOON);
    scene.fake.enforce_quotas(Quotas::Enforced);
    for _ in 0..11 {
        drop(create().await);
    }
    let error = create().await.expect_err("throttled");
    assert!(matches!(error, OpenSolarError::RateLimited { retry_after: Some(_), .. }), "{error:?}");
    assert!(!scene.fake.quota_breaches().is_empty());
    scene.fake.expire_token();
    let error = create().await.expect_err("refused");
    assert!(matches!(error, OpenSolarError::Unauthorized { .. }), "{error:?}");
    assert_eq!(scene.fake.billed(), 0);
}
