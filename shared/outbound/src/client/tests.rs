use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use serde_json::json;

use super::*;
use crate::scripted_server::{Reply, ScriptedServer};

/// The tokens that it hands out: first the current one, then what each refresh finds.
struct Tokens(&'static [&'static str], AtomicUsize);

impl Tokens {
    fn of(tokens: &'static [&'static str]) -> Arc<Self> {
        Arc::new(Self(tokens, AtomicUsize::new(0)))
    }

    fn at(&self, index: usize) -> Result<SecretText, CredentialError> {
        let token = self.0.get(index).ok_or(CredentialError::Missing { name: "token".to_owned() })?;
        Ok(SecretText::new(token))
    }
}

#[async_trait]
impl Credential for Tokens {
    async fn current(&self) -> Result<SecretText, CredentialError> {
        self.at(self.1.load(Ordering::SeqCst))
    }

    async fn refreshed(&self) -> Result<SecretText, CredentialError> {
        self.at(self.1.fetch_add(1, Ordering::SeqCst) + 1)
    }
}

const MINUTE: Duration = Duration::from_secs(60);

fn client(tokens: &'static [&'static str]) -> Outbound {
    Outbound::new(Tokens::of(tokens), AddressPolicy::HttpOnLoopback, Connections::Fresh)
}

async fn post(client: &Outbound, base: &Url, timeout: Duration) -> Result<Answer, Failure> {
    let body = json!({"title": "a house"});
    let request = Request { method: Method::POST, base, path: "/api/things/", query: &[], body: Some(&body), timeout };
    client.send(&request).await
}

async fn get(client: &Outbound, base: &Url) -> Result<Answer, Failure> {
    let query = [("email", "rudo+1@example.com".to_owned())];
    let request = Request { method: Method::GET, base, path: "/api/", query: &query, body: None, timeout: MINUTE };
    client.send(&request).await
}

#[tokio::test]
async fn a_call_carries_its_token_its_name_and_its_json() {
    let server = ScriptedServer::start(vec![Reply::json(201, &json!({"id": 7})), Reply::text(200, "")]).await;
    let client = client(&["first"]);
    let answer = post(&client, &server.url, MINUTE).await.expect("an answer");
    assert_eq!((answer.status, answer.json()), (201, Some(json!({"id": 7}))));
    get(&client, &server.url).await.expect("an answer");

    let seen = server.seen();
    assert_eq!(seen[0].line, "POST /api/things/");
    assert_eq!(seen[0].json(), json!({"title": "a house"}));
    assert_eq!(seen[0].header("authorization"), Some("Bearer first"));
    assert_eq!(seen[0].header("content-type"), Some("application/json"));
    assert!(seen[0].header("user-agent").is_some_and(|agent| agent.starts_with("hanna-opensolar/")));
    assert_eq!(seen[1].line, "GET /api/?email=rudo%2B1%40example.com");
}

#[tokio::test]
async fn only_the_bases_host_is_ever_asked() {
    let server = ScriptedServer::start(vec![Reply::text(200, "")]).await;
    let base = server.url.join("/ignored/?token=1#part").expect("an address");
    let request = Request {
        method: Method::GET,
        base: &base,
        path: "//evil.example.com/x/",
        query: &[],
        body: None,
        timeout: MINUTE,
    };
    client(&["first"]).send(&request).await.expect("an answer");
    assert_eq!(server.seen()[0].line, "GET //evil.example.com/x/");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_nobody_follows_it() {
    let server = ScriptedServer::start(vec![Reply::header(301, "location", "/api/elsewhere/")]).await;
    let answer = post(&client(&["first"]), &server.url, MINUTE).await.expect("an answer");
    assert_eq!((answer.status, server.seen().len()), (301, 1));
}

#[tokio::test]
async fn a_refused_token_is_read_again_and_the_call_made_once_more() {
    let refused = || Reply::json(401, &json!({"detail": "Invalid token."}));
    let server = ScriptedServer::start(vec![refused(), Reply::text(200, "[]")]).await;
    let answer = post(&client(&["old", "new"]), &server.url, MINUTE).await.expect("an answer");
    let tokens: Vec<_> =
        server.seen().iter().filter_map(|seen| seen.header("authorization").map(str::to_owned)).collect();
    assert_eq!((answer.status, tokens), (200, vec!["Bearer old".to_owned(), "Bearer new".to_owned()]));

    let server = ScriptedServer::start(vec![refused(), refused(), refused()]).await;
    let answer = post(&client(&["old", "new", "newer"]), &server.url, MINUTE).await.expect("an answer");
    assert_eq!((answer.status, server.seen().len()), (401, 2), "once more, not for ever");
}

#[tokio::test]
async fn the_same_token_and_no_token_are_not_tried_again() {
    for tokens in [["old", "old"].as_slice(), &["old"]] {
        let server = ScriptedServer::start(vec![Reply::text(401, "")]).await;
        let answer = post(&client(tokens), &server.url, MINUTE).await.expect("an answer");
        assert_eq!((answer.status, server.seen().len()), (401, 1));
    }
}

#[tokio::test]
async fn without_a_token_or_a_fitting_address_nothing_is_sent() {
    let server = ScriptedServer::start(vec![]).await;
    let strict = Outbound::new(Tokens::of(&["first"]), AddressPolicy::HttpsOnly, Connections::Fresh);
    for client in [client(&[]), client(&["not\na header"]), strict] {
        let failure = post(&client, &server.url, MINUTE).await.expect_err("no answer");
        assert!(matches!(failure, Failure::NotPossible(_)), "{failure:?}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_port_where_nobody_listens_was_not_reached() {
    // Bound and given up again, so that it is most likely nobody's.
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    let base = Url::parse(&format!("http://127.0.0.1:{port}")).expect("an address");
    let failure = post(&client(&["first"]), &base, MINUTE).await.expect_err("no answer");
    assert!(matches!(failure, Failure::NotReached(_)), "{failure:?}");
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_connected_to_in_local_use_only() {
    let server = ScriptedServer::start(vec![Reply::text(200, "")]).await;
    let named = |scheme: &str| {
        let mut base = server.url.clone();
        base.set_host(Some("localhost")).expect("a name");
        Url::parse(&base.as_str().replace("http:", scheme)).expect("an address")
    };
    let strict = Outbound::new(Tokens::of(&["first"]), AddressPolicy::HttpsOnly, Connections::Fresh);
    let failure = post(&strict, &named("https:"), MINUTE).await.expect_err("no answer");
    assert!(matches!(failure, Failure::NotReached(_)), "{failure:?}");
    assert_eq!(server.connections(), 0);

    let answer = post(&client(&["first"]), &named("http:"), MINUTE).await.expect("an answer");
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_was_not_reached() {
    let server = ScriptedServer::start(vec![]).await;
    let base = Url::parse(&server.url.as_str().replace("http:", "https:")).expect("an address");
    let failure = post(&client(&["first"]), &base, MINUTE).await.expect_err("no answer");
    assert!(matches!(failure, Failure::NotReached(_)), "{failure:?}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn once_something_was_sent_a_missing_answer_is_no_answer() {
    let cut = b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"id\": 7";
    for reply in [Reply::Drop, Reply::Raw(b"SSH-2.0-example\r\n".to_vec()), Reply::Raw(cut.to_vec())] {
        let server = ScriptedServer::start(vec![reply]).await;
        let failure = post(&client(&["first"]), &server.url, MINUTE).await.expect_err("no answer");
        assert!(matches!(failure, Failure::NoAnswer(_)), "{failure:?}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_no_answer_and_no_error_names_the_address() {
    let server = ScriptedServer::start(vec![Reply::Silence]).await;
    let failure = post(&client(&["first"]), &server.url, Duration::from_millis(200)).await.expect_err("no answer");
    assert!(matches!(failure, Failure::NoAnswer(_)), "{failure:?}");
    let Failure::NoAnswer(cause) = failure else { unreachable!("just looked at") };
    let causes = std::iter::successors(Some::<&dyn std::error::Error>(&*cause), |error| (*error).source());
    assert!(causes.into_iter().all(|error| !format!("{error} {error:?}").contains("/api/things/")));
}

#[tokio::test]
async fn a_huge_answer_is_given_up_and_a_huge_refusal_is_cut() {
    let server = ScriptedServer::start(vec![
        Reply::text(200, &" ".repeat(BODY_LIMIT + 1)),
        Reply::text(400, &"x".repeat(REFUSAL_LIMIT + 1)),
        Reply::Raw(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 100\r\n\r\n{\"email".to_vec()),
    ])
    .await;
    let client = client(&["first"]);
    let failure = post(&client, &server.url, MINUTE).await.expect_err("no answer");
    assert!(matches!(failure, Failure::TooLarge), "{failure:?}");
    let answer = post(&client, &server.url, MINUTE).await.expect("an answer");
    assert_eq!((answer.status, answer.body.len()), (400, REFUSAL_LIMIT));
    let answer = post(&client, &server.url, MINUTE).await.expect("a refusal that breaks off is one all the same");
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn writes_use_fresh_connections_and_reads_keep_theirs() {
    for (connections, expected) in [(Connections::Fresh, vec![1, 2]), (Connections::Kept, vec![1, 1])] {
        let server = ScriptedServer::start(vec![Reply::text(200, "{}"), Reply::text(200, "{}")]).await;
        let client = Outbound::new(Tokens::of(&["first"]), AddressPolicy::HttpOnLoopback, connections);
        for _ in 0..2 {
            get(&client, &server.url).await.expect("an answer");
        }
        let used: Vec<usize> = server.seen().iter().map(|seen| seen.connection).collect();
        assert_eq!(used, expected, "{connections:?}");
    }
}

#[tokio::test]
async fn retry_after_is_read() {
    let server = ScriptedServer::start(vec![Reply::header(429, "retry-after", "42")]).await;
    let answer = post(&client(&["first"]), &server.url, MINUTE).await.expect("an answer");
    assert_eq!((answer.status, answer.retry_after), (429, Some(Duration::from_secs(42))));
}
