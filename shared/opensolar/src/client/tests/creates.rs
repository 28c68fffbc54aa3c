//! Creating a project.

use super::*;

#[tokio::test]
async fn a_create_is_one_post_and_its_answer_is_the_project() {
    let scene = Scene::with(vec![Reply::json(201, &json!({"id": 9000001, "contacts_data": [{"id": 777}]}))]).await;
    let created = scene.create().await.expect("created");
    assert_eq!(created, CreatedProject { id: 9_000_001.into(), contact: Some(777.into()) });
    let seen = scene.server.seen();
    assert_eq!(scene.lines(), ["POST /api/orgs/1234/projects/"]);
    assert_eq!(seen[0].header("authorization"), Some("Bearer first"));
    assert_eq!(seen[0].json()["contacts_new"][0]["family_name"], "Example");
}

#[tokio::test]
async fn whatever_leaves_doubt_about_a_create_is_doubt_and_no_second_post() {
    let cut = b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"id\": 90".to_vec();
    for reply in [
        Reply::Drop,
        Reply::Raw(b"no http".to_vec()),
        Reply::Raw(cut),
        Reply::text(201, "<html>"),
        Reply::json(201, &json!({"title": "no id"})),
        Reply::text(204, ""),
        Reply::text(500, "oops"),
        Reply::text(502, ""),
        Reply::text(504, ""),
        Reply::text(408, ""),
    ] {
        let told = format!("{reply:?}");
        let scene = Scene::with(vec![reply]).await;
        let error = scene.create().await.expect_err(&told);
        assert!(matches!(error, OpenSolarError::InDoubt { operation: "create", .. }), "{told}: {error:?}");
        assert_eq!(scene.lines().len(), 1, "{told}");
    }
}

#[tokio::test]
async fn a_create_that_is_not_answered_in_time_is_in_doubt() {
    let mut scene = Scene::with(vec![Reply::Silence]).await;
    scene.account.api_timeout = Duration::from_millis(200);
    let error = scene.create().await.expect_err("no answer");
    assert!(matches!(error, OpenSolarError::InDoubt { .. }), "{error:?}");
}

#[tokio::test]
async fn a_redirected_create_is_rejected_and_nobody_follows() {
    let scene = Scene::with(vec![Reply::header(301, "location", "/api/orgs/1234/projects/elsewhere/")]).await;
    let error = scene.create().await.expect_err("rejected");
    assert!(matches!(error, OpenSolarError::Rejected { status: 301, .. }), "{error:?}");
    assert_eq!(scene.lines().len(), 1);
}

#[tokio::test]
async fn a_refused_create_says_why_without_a_word_of_the_customers() {
    let body = json!({"contacts_new": [{"phone": ["+263770000001 is no number."]}], "address": ["Required."]});
    let scene = Scene::with(vec![Reply::json(400, &body)]).await;
    let error = scene.create().await.expect_err("rejected").to_string();
    assert_eq!(error, "opensolar rejected the create with status 400 (address, contacts_new.phone)");

    let taken = json!({"contacts_new": [{"email": ["Email address is already in use."]}]});
    let scene = Scene::with(vec![Reply::json(400, &taken)]).await;
    let error = scene.create().await.expect_err("rejected");
    assert!(matches!(error, OpenSolarError::EmailInUse { operation: "create" }), "{error:?}");
}

#[tokio::test]
async fn payment_and_throttling_are_what_they_are() {
    let scene = Scene::with(vec![Reply::text(402, ""), Reply::header(429, "retry-after", "42")]).await;
    let error = scene.create().await.expect_err("rejected");
    assert!(matches!(error, OpenSolarError::PaymentRequired { .. }), "{error:?}");
    let error = scene.create().await.expect_err("rejected");
    let expected = Some(Duration::from_secs(42));
    assert!(matches!(error, OpenSolarError::RateLimited { retry_after, .. } if retry_after == expected), "{error:?}");
}

#[tokio::test]
async fn a_wallet_that_is_refused_in_other_ways_is_a_plain_refusal() {
    let body = json!({"detail": "Your wallet balance is too low."});
    for status in [400, 403] {
        let scene = Scene::with(vec![Reply::json(status, &body)]).await;
        let error = scene.create().await.expect_err("refused");
        let told = matches!(error, OpenSolarError::Rejected { status: told, .. } if told == status);
        assert!(told, "{error:?}");
    }
}

#[tokio::test]
async fn nothing_is_sent_without_a_token_a_fitting_address_or_a_connection() {
    let no_token = Scene::with_tokens(&[], vec![]).await;
    let mut plain = Scene::with(vec![]).await;
    plain.client = OpenSolarClient::new(Arc::new(Tokens(Mutex::new(vec!["first"]))), AddressPolicy::HttpsOnly);
    let mut nobody = Scene::with(vec![]).await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    nobody.account.api_base_url.set_port(Some(port)).expect("a port");
    for scene in [no_token, plain, nobody] {
        for error in [scene.create().await.map(|_| ()), scene.read().await.map(|_| ())] {
            let error = error.expect_err("nothing to send it with or to");
            assert!(matches!(error, OpenSolarError::NotSent { .. }), "{error:?}");
        }
        assert!(scene.lines().is_empty());
    }
}

#[tokio::test]
async fn a_new_token_is_tried_once_for_a_write_too() {
    let created = Reply::json(201, &project());
    let scene = Scene::with_tokens(&["old", "new"], vec![Reply::text(401, ""), created]).await;
    scene.create().await.expect("created with the new token");
    assert_eq!(scene.lines().len(), 2);

    let scene = Scene::with(vec![Reply::text(401, "")]).await;
    let error = scene.create().await.expect_err("the same token");
    assert!(matches!(error, OpenSolarError::Unauthorized { .. }), "{error:?}");
    assert_eq!(scene.lines().len(), 1);
}
