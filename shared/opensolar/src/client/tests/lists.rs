//! Pages of lists.

use domain::phone::EmailAddress;
use domain::remote::{Phase, ProjectRow};

use super::*;

#[tokio::test]
async fn a_contact_is_taken_only_if_its_address_is_the_one_asked_for() {
    let everyone = json!([{"id": 1, "email": "ana@example.com"}, {"id": 777, "email": "rudo@example.com"}]);
    let scene =
        Scene::with(vec![Reply::json(200, &everyone), Reply::json(200, &json!([{"id": 1, "email": null}]))]).await;
    let found = scene.client.contact_by_email(&scene.account, &email()).await.expect("answered");
    assert_eq!(found.map(|contact| contact.id), Some(777.into()));
    let found = scene.client.contact_by_email(&scene.account, &email()).await.expect("answered");
    assert_eq!(found, None, "the server ignored the filter");
    assert_eq!(scene.lines()[0], "GET /api/orgs/1234/contacts/?email=Rudo%40Example.com");
}

fn email() -> EmailAddress {
    EmailAddress::parse("Rudo@Example.com").expect("an address")
}

#[tokio::test]
async fn a_page_of_contacts_says_whether_another_follows() {
    let full = json!((1..=100).map(|id| json!({"id": id, "email": null})).collect::<Vec<_>>());
    let last = json!([{"id": 777, "email": "rudo@example.com"}]);
    let scene = Scene::with(vec![Reply::json(200, &full), Reply::json(200, &last), Reply::text(404, "")]).await;
    let page = scene.client.contact_page(&scene.account, 1).await.expect("answered");
    assert_eq!((page.rows.len(), page.is_last, page.with_email(&email())), (100, false, None));
    let page = scene.client.contact_page(&scene.account, 2).await.expect("answered");
    assert!(page.is_last);
    assert_eq!(page.with_email(&email()).map(|contact| contact.id), Some(777.into()));
    assert_eq!(scene.lines()[1], "GET /api/orgs/1234/contacts/?page=2&limit=100");
    let past_the_end = scene.client.contact_page(&scene.account, 3).await.expect("past the end");
    assert!(past_the_end.is_last && past_the_end.rows.is_empty());
}

#[tokio::test]
async fn a_page_of_projects_past_the_end_is_empty_but_the_first_page_never_is() {
    let row = json!([{"id": 9000001, "created_date": "2026-11-19T12:00:00Z", "modified_date": "2026-11-20T12:00:00Z"}]);
    let replies = [
        Reply::json(200, &row),
        Reply::text(404, ""),
        Reply::json(200, &json!([])),
        Reply::text(500, ""),
        Reply::text(500, ""),
        Reply::text(500, ""),
    ];
    let mut scene = Scene::with(replies.to_vec()).await;
    let page = scene.client.project_page(&scene.account, 1).await.expect("a page");
    let expected = ProjectRow {
        id: 9_000_001.into(),
        created_at: "2026-11-19T12:00:00Z".parse().ok(),
        modified_at: "2026-11-20T12:00:00Z".parse().ok(),
    };
    assert_eq!(page, ProjectPage { rows: vec![expected], is_last: true, is_presumed: false, total: None });
    for (told, is_presumed) in [("404", false), ("no rows", false), ("500 twice", true)] {
        let nothing = ProjectPage { rows: Vec::new(), is_last: true, is_presumed, total: None };
        assert_eq!(scene.client.project_page(&scene.account, 2).await.expect(told), nothing, "{told}");
    }
    scene.account.api_retry_count = 0;
    scene.client.project_page(&scene.account, 1).await.expect_err("an outage");
    assert_eq!(scene.lines().len(), 6);
    assert_eq!(scene.lines()[1], "GET /api/orgs/1234/projects/?ordering=-modified_date&fieldset=list&page=2&limit=100");
}

#[tokio::test]
async fn in_the_design_contract_a_page_that_was_announced_and_is_not_there_is_no_sure_end() {
    let first = json!({"next": "/api/orgs/1234/projects/?page=2", "results": [{"id": 1}]});
    for second in [Reply::text(404, ""), Reply::json(200, &json!([])), Reply::json(200, &json!({"results": []}))] {
        let replies = [Reply::json(200, &first), second.clone(), Reply::json(200, &first), second];
        let mut scene = Scene::with(replies.to_vec()).await;
        scene.account.api_contract = domain::configuration::ApiContract::Design;
        let page = scene.client.project_page(&scene.account, 1).await.expect("a page");
        assert_eq!((page.is_last, page.is_presumed), (false, false));
        let page = scene.client.project_page(&scene.account, 2).await.expect("a page");
        assert_eq!((page.is_last, page.is_presumed), (true, true));
        let number = domain::phone::PhoneNumber::from_e164("+263770000001").expect("a number");
        let page = scene.client.contacts_by_phone(&scene.account, &number, 1).await.expect("a page");
        assert_eq!((page.is_last, page.is_presumed), (false, false));
        match scene.client.contacts_by_phone(&scene.account, &number, 2).await {
            Ok(page) => assert_eq!((page.is_last, page.is_presumed), (true, true)),
            Err(error) => assert!(matches!(error, OpenSolarError::Rejected { status: 404, .. }), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_moments_trouble_in_the_middle_of_a_list_does_not_end_it() {
    let rows = json!([{"id": 9000001}]);
    let scene = Scene::with(vec![Reply::text(500, ""), Reply::json(200, &rows)]).await;
    assert_eq!(scene.client.project_page(&scene.account, 2).await.expect("a page").rows.len(), 1);
}

fn workflow(id: u64) -> Value {
    json!({"id": id, "workflow_stages": [{"id": id * 10, "title": "New", "milestone": 0}]})
}

#[tokio::test]
async fn the_stages_of_all_pages_are_gathered() {
    let full = json!((1..=100).map(workflow).collect::<Vec<_>>());
    let rest = json!({"results": [workflow(100), workflow(101)]});
    let scene = Scene::with(vec![Reply::json(200, &full), Reply::json(200, &rest)]).await;
    let stages = scene.client.stages(&scene.account).await.expect("stages");
    let ids: Vec<u64> = stages.iter().map(|stage| stage.id).collect();
    assert_eq!(ids, (1..=101).map(|id| id * 10).collect::<Vec<_>>());
    assert_eq!((stages[0].title.as_str(), stages[0].phase), ("New", Some(Phase::Presale)));
    assert_eq!(
        scene.lines(),
        ["GET /api/orgs/1234/workflows/?page=1&limit=100", "GET /api/orgs/1234/workflows/?page=2&limit=100"]
    );
}

#[tokio::test]
async fn workflows_end_past_the_end_and_where_pages_repeat() {
    let full = Reply::json(200, &json!((1..=100).map(workflow).collect::<Vec<_>>()));
    let ends = [
        ("404", vec![Reply::text(404, "")]),
        ("500 twice", vec![Reply::text(500, ""), Reply::text(500, "")]),
        ("no rows", vec![Reply::json(200, &json!([]))]),
        ("the same page again", vec![full.clone()]),
    ];
    for (told, end) in ends {
        let calls = 1 + end.len();
        let scene = Scene::with(std::iter::once(full.clone()).chain(end).collect()).await;
        assert_eq!(scene.client.stages(&scene.account).await.expect(told).len(), 100, "{told}");
        assert_eq!(scene.lines().len(), calls, "{told}");
    }
}
