//! Every field of a project, there and back.

use domain::fields::{Field, FieldValue, ProjectField, ProjectFields, ProjectPatch};
use domain::ports::OpenSolar;
use domain::remote::NewProject;
use domain::request::Position;
use testkit::fake_opensolar::{Quirks, Work};

use crate::{Scene, new_project};

fn text(text: &str) -> FieldValue {
    FieldValue::text(text).expect("not blank")
}

fn place(latitude: f64, longitude: f64) -> FieldValue {
    FieldValue::place(Position::new(latitude, longitude).expect("on earth"))
}

/// A value, and another one.
fn values(field: ProjectField) -> [FieldValue; 2] {
    match field {
        ProjectField::IsResidential => [FieldValue::Flag(true), FieldValue::Flag(false)],
        ProjectField::Title => [text("Rudo Example, Avondale"), text("Rudo Moyo, Borrowdale")],
        ProjectField::BusinessName => [text("Example (Pvt) Ltd"), text("Moyo & Sons")],
        ProjectField::LeadSource => [text("WhatsApp"), text("Walk-in")],
        ProjectField::Address => [text("12 Example Street"), text("14 Example Street")],
        ProjectField::Locality => [text("Avondale"), text("Borrowdale")],
        ProjectField::State => [text("Harare"), text("Bulawayo")],
        ProjectField::Zip => [text("00263"), text("4001")],
        ProjectField::CountryIso2 => [text("ZW"), text("ZA")],
        ProjectField::Position => [place(-17.8, 31.05), place(-17.829_123_4, 31.052_345_6)],
        ProjectField::Notes => [text("Asked for 6 kW.\nTwo storeys."), text("null")],
        ProjectField::CustomProjectInfo1 => [text("HAN-77"), text("HAN-78")],
        ProjectField::CustomProjectInfo2 => [text("1042"), text("1043")],
        ProjectField::CustomProjectInfo3 => [text("ç ñ 日本 ☀"), text("\"quoted\" \\ {}")],
        ProjectField::CustomProjectInfo4 => [text("tomorrow at 9"), text("<b>today</b>")],
        ProjectField::CustomProjectInfo5 => [text("hybrid"), text("solar")],
    }
}

fn whole_site() -> ProjectFields {
    ProjectField::ALL.iter().map(|field| (*field, values(*field).into_iter().next())).collect()
}

#[tokio::test]
async fn every_field_comes_back_as_it_was_created_changed_and_blanked() {
    for quirk in [None, Some("answers.patch_answer: whole"), Some("answers.empty_fields: missing")] {
        let scene = match quirk {
            Some(name) => Scene::behaving(name).await,
            None => Scene::start().await,
        };
        let mut expected = whole_site();
        let created = scene.create(&NewProject { site: expected.clone(), ..new_project() }).await.expect("created");
        assert_eq!(scene.read(&created).await.site, expected);
        for field in ProjectField::ALL {
            let [_, other] = values(*field);
            for value in [Some(other), None] {
                let patch = ProjectPatch::from_iter([(*field, value)]);
                scene.client.update_project(&scene.account, &created.id, &patch.clone().into()).await.expect("taken");
                // There is no such thing as a project that is neither a home nor a business.
                let is_nothing_to_send = patch == ProjectPatch::from_iter([(ProjectField::IsResidential, None)]);
                if !is_nothing_to_send {
                    expected = expected.with(&patch);
                }
                assert_eq!(scene.read(&created).await.site, expected, "{quirk:?}: {patch:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_site_is_read_the_same_under_every_answer() {
    for (name, _) in Quirks::alternatives() {
        let scene = Scene::behaving(name).await;
        let new = NewProject { site: whole_site(), ..new_project() };
        let created = scene.create(&new).await.expect(name);
        let [_, other] = values(ProjectField::Address);
        let patch = ProjectPatch::from_iter([(ProjectField::Address, Some(other))]);
        scene.client.update_project(&scene.account, &created.id, &patch.clone().into()).await.expect(name);
        assert_eq!(scene.read(&created).await.site, new.site.with(&patch), "{name}");
    }
}

#[tokio::test]
async fn an_update_leaves_alone_what_it_does_not_name() {
    let scene = Scene::start().await;
    let created = scene.created().await;
    let by_hand = serde_json::json!({"address": "12b Example Street", "lat": "-17.8", "lon": 31});
    scene.work([Work::Edit { fields: by_hand.as_object().expect("an object").clone() }]);
    let patch = ProjectPatch::from_iter([(ProjectField::Notes, Some(text("Two storeys.")))]);
    scene.client.update_project(&scene.account, &created.id, &patch.into()).await.expect("taken");
    let read = scene.read(&created).await;
    assert_eq!(read.site.get(ProjectField::Address), Some(&text("12b Example Street")));
    assert_eq!(read.site.get(ProjectField::Position), Some(&place(-17.8, 31.0)));
    assert_eq!(read.site.get(ProjectField::Notes), Some(&text("Two storeys.")));
    assert_eq!(read.contact, created.contact);
}
