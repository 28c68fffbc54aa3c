//! Reading single records, and how often.

use domain::fields::{ContactField, FieldValue, ProjectField};
use domain::remote::EventKind;

use super::*;

#[tokio::test]
async fn a_read_is_made_again_until_it_is_answered() {
    let again = [Reply::Drop, Reply::text(503, ""), Reply::text(200, "<html>")];
    let scene = Scene::with(again.into_iter().chain([Reply::json(200, &project())]).collect()).await;
    let title = FieldValue::text("12 Example Street");
    let read = scene.read().await.expect("at the fourth try");
    assert_eq!(read.site.get(ProjectField::Title), title.as_ref());
    assert_eq!(scene.lines(), ["GET /api/orgs/1234/projects/9000001/"; 4]);
}

#[tokio::test]
async fn a_read_is_made_again_only_so_often() {
    let scene = Scene::with(vec![Reply::text(503, ""); 9]).await;
    let error = scene.read().await.expect_err("an outage");
    assert!(matches!(error, OpenSolarError::InDoubt { .. }), "{error:?}");
    assert_eq!(scene.lines().len(), 4);

    let mut scene = Scene::with(vec![Reply::text(503, ""); 9]).await;
    scene.account.api_retry_count = 0;
    scene.read().await.expect_err("an outage");
    assert_eq!(scene.lines().len(), 1);
}

#[tokio::test]
async fn a_read_is_not_made_again_once_its_time_is_up() {
    let mut scene = Scene::with(vec![Reply::text(503, ""); 9]).await;
    scene.client.back_off = BackOff { first: Duration::from_secs(3_600), longest: Duration::from_secs(3_600) };
    scene.read().await.expect_err("an outage");
    assert_eq!(scene.lines().len(), 1);
}

#[tokio::test]
async fn a_definite_answer_to_a_read_is_taken_at_once() {
    for (status, expected) in [(403, "status 403"), (404, "status 404"), (302, "status 302")] {
        let scene = Scene::with(vec![Reply::json(status, &json!({"detail": "Not found."}))]).await;
        let error = scene.read().await.expect_err("refused").to_string();
        assert!(error.ends_with(expected), "{error}");
        assert_eq!(scene.lines().len(), 1);
    }
}

#[tokio::test]
async fn an_answer_about_another_project_is_no_answer() {
    let scene = Scene::with(vec![Reply::json(200, &json!({"id": 9000002}))]).await;
    let error = scene.read().await.expect_err("another project");
    assert!(matches!(error, OpenSolarError::InDoubt { .. }), "{error:?}");
}

#[tokio::test]
async fn a_read_waits_as_long_as_it_is_asked_to_or_gives_up() {
    let busy = |seconds| Reply::header(503, "retry-after", seconds);
    let scene = Scene::with(vec![busy("0"), Reply::json(200, &project())]).await;
    scene.read().await.expect("at the second try");

    let scene = Scene::with(vec![busy("3600"), Reply::json(200, &project())]).await;
    scene.read().await.expect_err("there is no hour left");
    assert_eq!(scene.lines().len(), 1);
}

#[tokio::test]
async fn repetitions_have_no_time_of_their_own() {
    let mut scene = Scene::with(vec![Reply::Silence; 9]).await;
    scene.account.api_timeout = Duration::from_millis(300);
    let error = scene.read().await.expect_err("no answer");
    assert!(matches!(error, OpenSolarError::InDoubt { .. }), "{error:?}");
    assert_eq!(scene.lines().len(), 1);
}

#[tokio::test]
async fn a_contact_and_an_event_are_read_by_their_ids() {
    let contact = json!({"id": 777, "first_name": "Rudo", "family_name": null, "email": null});
    let sent = json!({"id": 88001, "event_type_id": 0, "created_date": "2026-09-20T10:00:00Z"});
    let note = json!({"id": 88002, "event_type_id": 31});
    let replies = [&contact, &sent, &note, &contact, &note].map(|body| Reply::json(200, body));
    let scene = Scene::with(replies.to_vec()).await;
    let (client, account) = (&scene.client, &scene.account);
    let read = client.contact(account, &777.into()).await.expect("a contact");
    assert_eq!(read.fields.get(ContactField::FirstName), FieldValue::text("Rudo").as_ref());
    let event = client.event(account, 88_001).await.expect("an event").expect("of a known kind");
    assert_eq!((event.kind, event.at), (EventKind::ProposalSent, "2026-09-20T10:00:00Z".parse().ok()));
    assert_eq!(client.event(account, 88_002).await.expect("an event"), None);
    assert_eq!(
        scene.lines(),
        ["GET /api/orgs/1234/contacts/777/", "GET /api/orgs/1234/events/88001/", "GET /api/orgs/1234/events/88002/"]
    );
    for error in
        [client.contact(account, &778.into()).await.map(|_| ()), client.event(account, 88_003).await.map(|_| ())]
    {
        let error = error.expect_err("another record");
        assert!(matches!(error, OpenSolarError::InDoubt { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_contact_or_event_that_is_gone_is_rejected() {
    let scene = Scene::with(vec![Reply::text(404, ""), Reply::text(403, "")]).await;
    let error = scene.client.contact(&scene.account, &777.into()).await.expect_err("gone");
    assert!(matches!(error, OpenSolarError::Rejected { status: 404, .. }), "{error:?}");
    let error = scene.client.event(&scene.account, 88_001).await.expect_err("out of reach");
    assert!(matches!(error, OpenSolarError::Rejected { status: 403, .. }), "{error:?}");
}
