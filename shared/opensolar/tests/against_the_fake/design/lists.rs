//! Lists, whole or in pages, and the look-up by number.

use std::collections::BTreeSet;

use domain::ids::ProjectId;
use domain::phone::PhoneNumber;
use domain::ports::OpenSolar;
use serde_json::{Map, Value, json};
use testkit::fake_relay::{Lists, PhoneFilter, Quirks};

use super::Scene;

fn fields(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

/// Every project that the list shows.
async fn listed(scene: &Scene) -> BTreeSet<ProjectId> {
    let mut ids = BTreeSet::new();
    for number in 1.. {
        let page = scene.client.project_page(&scene.account, number).await.expect("a page");
        ids.extend(page.rows.into_iter().map(|row| row.id));
        assert!(!page.is_presumed || ids.is_empty(), "only of nothing it is not sure that it is all");
        if page.is_last {
            break;
        }
    }
    ids
}

#[tokio::test]
async fn every_form_of_a_list_shows_every_project() {
    let forms: [fn(&mut Quirks); 4] = [
        |quirks| quirks.lists = Lists::UnderResults,
        |quirks| quirks.lists = Lists::BareArray,
        |quirks| quirks.lists = Lists::PagesOfTwo,
        |quirks| quirks.lists = Lists::NothingOnTheSecondPage,
    ];
    for (number, form) in forms.into_iter().enumerate() {
        // A round number of rows, and an odd one: neither is taken for what it is not.
        for projects in [0, 1, 5, 20] {
            let scene = Scene::behaving(form).await;
            for _ in 0..projects {
                scene.fake.add_project(fields(json!({"name": "Example"})));
            }
            assert_eq!(listed(&scene).await.len(), projects, "form {number}, {projects} projects");
        }
    }
}

#[tokio::test]
async fn a_page_past_the_end_is_empty_and_no_sure_end() {
    let scene = Scene::behaving(|quirks| quirks.lists = Lists::PagesOfTwo).await;
    let page = scene.client.project_page(&scene.account, 2).await.expect("past the end");
    assert_eq!((page.rows.len(), page.is_last, page.is_presumed), (0, true, true));
}

#[tokio::test]
async fn who_has_the_number_is_shown_and_where_the_filter_is_not_known_everybody_is() {
    let wanted = PhoneNumber::from_e164("+263770000001").expect("a number");
    for (filter, expected) in [(PhoneFilter::Exact, 1), (PhoneFilter::Ignored, 2)] {
        let scene = Scene::start().await;
        scene.fake.behave(|quirks| quirks.phone_filter = filter);
        for number in ["+263770000002", "+263770000001"] {
            scene.fake.add_contact(fields(json!({"first_name": "Rudo", "phone": number})));
        }
        let page = scene.client.contacts_by_phone(&scene.account, &wanted, 1).await.expect("a page");
        assert_eq!((page.rows.len(), page.is_last), (expected, true), "{filter:?}");
        let sent = &scene.fake.calls()[0];
        assert_eq!((sent.path.as_str(), sent.query.as_str()), ("/api/orgs/1234/contacts/", "phone=%2B263770000001"));
    }
}
