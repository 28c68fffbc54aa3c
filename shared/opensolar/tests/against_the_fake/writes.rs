//! Writes whose answer is lost, spoiled or a refusal.

use domain::fields::{ContactField, ContactPatch, FieldValue, ProjectField, ProjectPatch};
use domain::ports::{OpenSolar, OpenSolarError};
use testkit::{Calls, Fault, Spoil};

use crate::{Scene, another_project, new_project};

/// Faults after which nobody knows, with whether the write was applied.
pub(crate) fn doubtful() -> Vec<(Fault, bool)> {
    let spoils = [Spoil::Truncated, Spoil::Garbage, Spoil::Html, Spoil::OtherJson];
    let spoiled = spoils.map(|spoil| (Fault::ApplyThenSpoil { spoil }, true));
    let others = [
        (Fault::ApplyThenDrop, true),
        (Fault::ApplyThenGarble, true),
        (Fault::ApplyThenFail { status: 504 }, true),
        (Fault::DropBeforeApplying, false),
    ];
    others.into_iter().chain(spoiled).collect()
}

#[tokio::test]
async fn a_create_without_an_answer_is_in_doubt_whether_it_was_made_or_not() {
    for (fault, is_made) in doubtful().into_iter().chain([(Fault::ApplyThenSpoil { spoil: Spoil::Empty }, true)]) {
        let scene = Scene::start().await;
        scene.fake.fail_next(Calls::to("POST", "/projects/"), fault.clone());
        let error = scene.create(&new_project()).await.expect_err("no answer");
        assert!(matches!(error, OpenSolarError::InDoubt { .. }), "{fault:?}: {error:?}");
        let made = usize::from(is_made);
        assert_eq!((scene.fake.projects().len(), scene.fake.calls().len()), (made, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn an_update_without_an_answer_is_in_doubt_and_not_repeated() {
    for (fault, is_applied) in doubtful() {
        let scene = Scene::start().await;
        let created = scene.created().await;
        let contact = created.contact.clone().expect("a contact");
        scene.fake.fail_next(Calls::to("PATCH", "/projects/"), fault.clone());
        scene.fake.fail_next(Calls::to("PUT", "/contacts/"), fault.clone());
        let before = scene.fake.calls().len();

        let notes = FieldValue::text("Two storeys.");
        let patch = ProjectPatch::from_iter([(ProjectField::Notes, notes.clone())]);
        let error =
            scene.client.update_project(&scene.account, &created.id, &patch.into()).await.expect_err("no answer");
        assert!(matches!(error, OpenSolarError::InDoubt { .. }), "{fault:?}: {error:?}");
        let name = FieldValue::text("Moyo");
        let patch = ContactPatch::from_iter([(ContactField::FamilyName, name.clone())]);
        let error = scene.client.update_contact(&scene.account, &contact, &patch).await.expect_err("no answer");
        assert!(matches!(error, OpenSolarError::InDoubt { .. }), "{fault:?}: {error:?}");

        assert_eq!(scene.fake.calls().len() - before, 2, "{fault:?}");
        let there = scene.read(&created).await.site.get(ProjectField::Notes) == notes.as_ref();
        let contact = scene.client.contact(&scene.account, &contact).await.expect("a contact");
        let named = contact.fields.get(ContactField::FamilyName) == name.as_ref();
        assert_eq!((there, named), (is_applied, is_applied), "{fault:?}");
    }
}

#[tokio::test]
async fn an_empty_answer_to_an_update_is_a_success() {
    let scene = Scene::start().await;
    let created = scene.created().await;
    scene.fake.fail_next(Calls::to("PATCH", "/projects/"), Fault::ApplyThenSpoil { spoil: Spoil::Empty });
    let patch = ProjectPatch::from_iter([(ProjectField::Notes, None)]);
    scene.client.update_project(&scene.account, &created.id, &patch.into()).await.expect("taken");
}

#[tokio::test]
async fn an_empty_wallet_refuses_creates_and_nothing_else() {
    for (name, expected) in
        [(None, 402), (Some("answers.empty_wallet: forbidden"), 403), (Some("answers.empty_wallet: bad_request"), 400)]
    {
        let scene = match name {
            Some(name) => Scene::behaving(name).await,
            None => Scene::start().await,
        };
        let created = scene.created().await;
        scene.fake.empty_wallet();
        let told = match scene.create(&another_project()).await.expect_err("refused") {
            OpenSolarError::PaymentRequired { .. } => 402,
            OpenSolarError::Rejected { status, .. } => status,
            other => panic!("{name:?}: {other:?}"),
        };
        assert_eq!(told, expected, "{name:?}");
        let patch = ProjectPatch::from_iter([(ProjectField::Notes, None)]);
        scene.client.update_project(&scene.account, &created.id, &patch.into()).await.expect("taken");
        scene.read(&created).await;
    }
}

#[tokio::test]
async fn an_expired_token_is_refused_and_nothing_is_written() {
    let scene = Scene::start().await;
    scene.fake.expire_token();
    let error = scene.create(&new_project()).await.expect_err("refused");
    assert!(matches!(error, OpenSolarError::Unauthorized { .. }), "{error:?}");
    assert!(scene.fake.projects().is_empty());
}
