use std::sync::Mutex;
use std::time::Duration;

use domain::ports::{CredentialError, SecretText};
use outbound::scripted_server::{Reply, ScriptedServer};
use serde_json::{Value, json};

use super::*;
use crate::live::tests::{account, new_project};

/// Hands out its tokens one by one, the next at each refresh, and keeps the last.
struct Tokens(Mutex<Vec<&'static str>>);

#[async_trait]
impl Credential for Tokens {
    async fn current(&self) -> Result<SecretText, CredentialError> {
        let tokens = self.0.lock().expect("no test panics with it");
        tokens.last().map(|token| SecretText::new(token)).ok_or(CredentialError::Missing { name: "token".to_owned() })
    }

    async fn refreshed(&self) -> Result<SecretText, CredentialError> {
        {
            let mut tokens = self.0.lock().expect("no test panics with it");
            if 1 < tokens.len() {
                tokens.pop();
            }
        }
        self.current().await
    }
}

/// The client and an account on a server that plays these replies.
struct Scene {
    server: ScriptedServer,
    client: OpenSolarClient,
    account: Account,
}

impl Scene {
    async fn with(replies: Vec<Reply>) -> Self {
        Self::with_tokens(&["first"], replies).await
    }

    async fn with_tokens(tokens: &[&'static str], replies: Vec<Reply>) -> Self {
        let server = ScriptedServer::start(replies).await;
        let tokens = Tokens(Mutex::new(tokens.iter().rev().copied().collect()));
        let mut client = OpenSolarClient::new(Arc::new(tokens), AddressPolicy::HttpOnLoopback);
        client.back_off = BackOff { first: Duration::ZERO, longest: Duration::ZERO };
        let account = Account { api_base_url: server.url.clone(), ..account() };
        Self { server, client, account }
    }

    async fn create(&self) -> Result<CreatedProject, OpenSolarError> {
        self.client.create_project(&self.account, &new_project()).await
    }

    async fn read(&self) -> Result<RemoteProject, OpenSolarError> {
        self.client.project(&self.account, &9_000_001.into()).await
    }

    fn lines(&self) -> Vec<String> {
        self.server.seen().into_iter().map(|seen| seen.line).collect()
    }
}

fn project() -> Value {
    json!({"id": 9000001, "title": "12 Example Street"})
}

fn email() -> EmailAddress {
    EmailAddress::parse("Rudo@Example.com").expect("an address")
}

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

#[tokio::test]
async fn a_read_is_made_again_until_it_is_answered() {
    let again = [Reply::Drop, Reply::text(503, ""), Reply::text(200, "<html>")];
    let scene = Scene::with(again.into_iter().chain([Reply::json(200, &project())]).collect()).await;
    assert_eq!(scene.read().await.expect("at the fourth try").title.as_deref(), Some("12 Example Street"));
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

#[tokio::test]
async fn a_page_of_contacts_says_whether_another_follows() {
    let full = json!((1..=100).map(|id| json!({"id": id, "email": null})).collect::<Vec<_>>());
    let last = json!([{"id": 777, "email": "rudo@example.com"}]);
    let scene = Scene::with(vec![Reply::json(200, &full), Reply::json(200, &last), Reply::text(500, "")]).await;
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
    let row = json!([{"id": 9000001, "modified_date": "2026-11-20T12:00:00Z"}]);
    let mut scene = Scene::with(vec![Reply::json(200, &row), Reply::text(404, ""), Reply::text(500, "")]).await;
    scene.account.api_retry_count = 0;
    let page = scene.client.project_page(&scene.account, 1).await.expect("a page");
    assert_eq!(page, [ProjectRow { id: 9_000_001.into(), modified_at: "2026-11-20T12:00:00Z".parse().ok() }]);
    assert_eq!(scene.client.project_page(&scene.account, 2).await.expect("past the end"), []);
    scene.client.project_page(&scene.account, 1).await.expect_err("an outage");
    assert_eq!(scene.lines()[1], "GET /api/orgs/1234/projects/?ordering=-modified_date&fieldset=list&page=2&limit=100");
}
