//! Changing projects and contacts.

use domain::fields::{ContactField, FieldValue, ProjectField};

use super::*;

fn notes(text: &str) -> ProjectPatch {
    ProjectPatch::from_iter([(ProjectField::Notes, FieldValue::text(text)), (ProjectField::Zip, None)])
}

fn family_name(name: &str) -> ContactPatch {
    ContactPatch::from_iter([(ContactField::FamilyName, FieldValue::text(name))])
}

#[tokio::test]
async fn an_update_is_one_write_of_what_changes_on_a_connection_of_its_own() {
    let sparse = json!({"id": 9000001, "identifier": "…", "workflow": {}});
    let replies = [Reply::json(200, &sparse), Reply::text(204, ""), Reply::json(200, &json!({"id": 777}))];
    let scene = Scene::with(replies.to_vec()).await;
    for _ in 0..2 {
        scene
            .client
            .update_project(&scene.account, &9_000_001.into(), &notes("Two storeys.").into())
            .await
            .expect("taken");
    }
    scene.client.update_contact(&scene.account, &777.into(), &family_name("Moyo")).await.expect("taken");
    let seen = scene.server.seen();
    assert_eq!(
        scene.lines(),
        [
            "PATCH /api/orgs/1234/projects/9000001/",
            "PATCH /api/orgs/1234/projects/9000001/",
            "PUT /api/orgs/1234/contacts/777/",
        ]
    );
    assert_eq!(seen[0].json(), json!({"notes": "Two storeys.", "zip": null}));
    assert_eq!(seen[2].json(), json!({"family_name": "Moyo"}));
    assert_eq!(seen.iter().map(|request| request.connection).collect::<Vec<_>>(), [1, 2, 3]);
}

/// Both kinds of update, each as its only call.
async fn updates(replies: &[Reply]) -> Vec<OpenSolarError> {
    let scene = Scene::with(replies.to_vec()).await;
    let project = scene.client.update_project(&scene.account, &9_000_001.into(), &notes("a").into()).await;
    let calls = scene.lines().len();
    let other = Scene::with(replies.to_vec()).await;
    let contact = other.client.update_contact(&other.account, &777.into(), &family_name("Moyo")).await;
    assert_eq!((calls, other.lines().len()), (1, 1), "{replies:?}");
    [project, contact].into_iter().map(|outcome| outcome.expect_err("no success")).collect()
}

#[tokio::test]
async fn whatever_leaves_doubt_about_an_update_is_doubt_and_no_second_write() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\": 90".to_vec();
    for reply in [
        Reply::Drop,
        Reply::Raw(b"no http".to_vec()),
        Reply::Raw(cut),
        Reply::text(200, "<html>"),
        Reply::json(200, &json!([])),
        Reply::json(200, &json!({"id": 123})),
        Reply::text(500, ""),
        Reply::text(503, ""),
        Reply::text(504, ""),
        Reply::text(408, ""),
    ] {
        for error in updates(std::slice::from_ref(&reply)).await {
            assert!(matches!(error, OpenSolarError::InDoubt { .. }), "{reply:?}: {error:?}");
        }
    }
}

#[tokio::test]
async fn a_refused_update_is_what_its_status_says() {
    for status in [301, 307, 308, 400, 403, 404, 405, 409, 410, 422] {
        let elsewhere = Reply::header(status, "location", "/api/orgs/1234/elsewhere/");
        for error in updates(&[elsewhere]).await {
            let told = matches!(error, OpenSolarError::Rejected { status: told, .. } if told == status);
            assert!(told, "{status}: {error:?}");
        }
    }
    for error in updates(&[Reply::text(402, "")]).await {
        assert!(matches!(error, OpenSolarError::PaymentRequired { .. }), "{error:?}");
    }
    for error in updates(&[Reply::text(401, "")]).await {
        assert!(matches!(error, OpenSolarError::Unauthorized { .. }), "{error:?}");
    }
    for error in updates(&[Reply::header(429, "retry-after", "Fri, 01 Jan 2100 00:00:00 GMT")]).await {
        let a_day = Some(Duration::from_secs(86_400));
        let told = matches!(error, OpenSolarError::RateLimited { retry_after, .. } if retry_after == a_day);
        assert!(told, "{error:?}");
    }
}

#[tokio::test]
async fn a_contact_cannot_take_anothers_address() {
    for body in [
        json!({"email": ["Email address is already in use."]}),
        json!({"email": "This field must be unique."}),
        json!({"detail": "Email address is already in use."}),
        json!(["contact with this email already exists."]),
    ] {
        let scene = Scene::with(vec![Reply::json(400, &body)]).await;
        let patch = ContactPatch::from_iter([(ContactField::Email, FieldValue::text("rudo@example.com"))]);
        let error = scene.client.update_contact(&scene.account, &777.into(), &patch).await.expect_err("taken");
        assert!(matches!(error, OpenSolarError::EmailInUse { operation: "contact update" }), "{body}: {error:?}");
    }
}
