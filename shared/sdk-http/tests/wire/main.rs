//! What the SDK makes of everything that may happen on a connection: it repeats what may pass, and ends in time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RuntimeComponents};
use aws_sdk_sqs::error::{BoxError, SdkError};
use aws_sdk_sqs::operation::list_queues::ListQueuesError;
use outbound::scripted_server::{End, Reply, ScriptedServer};
use sdk_http::Reach;
use serde_json::json;

/// So often the SDK tries.
const ATTEMPTS: usize = 3;

const MINUTE: Duration = Duration::from_secs(60);

/// The start of an answer that never comes whole.
const HALF_AN_ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{";

/// Counts the attempts that a client makes.
#[derive(Debug, Clone, Default)]
struct Attempts(Arc<AtomicUsize>);

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "attempts"
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// A client whose attempts may take so long, with what counts them.
fn client(endpoint: &str, attempt: Duration) -> (Client, Attempts) {
    let attempts = Attempts::default();
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(attempt).operation_timeout(MINUTE).build();
    let retries = RetryConfig::standard()
        .with_max_attempts(u32::try_from(ATTEMPTS).expect("a small number"))
        .with_initial_backoff(Duration::from_millis(1));
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(sdk_http::client(Reach::of(Some(endpoint))))
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .retry_config(retries)
        .timeout_config(timeouts)
        .interceptor(attempts.clone())
        .endpoint_url(endpoint);
    (Client::from_conf(config.build()), attempts)
}

async fn call(client: &Client) -> Result<(), SdkError<ListQueuesError>> {
    client.list_queues().send().await.map(drop)
}

fn answer() -> Reply {
    Reply::json(200, &json!({}))
}

/// Calls `calls` times, each of which has to succeed; on which connections the requests came.
async fn connections(replies: Vec<Reply>, attempt: Duration, calls: usize) -> Vec<usize> {
    let server = ScriptedServer::start(replies).await;
    let (client, _) = client(server.url.as_str(), attempt);
    for _ in 0..calls {
        call(&client).await.expect("an answer");
    }
    server.seen().iter().map(|seen| seen.connection).collect()
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_call() {
    let server = ScriptedServer::start(vec![answer(), answer()]).await;
    let (client, _) = client(server.url.as_str(), MINUTE);
    for _ in 0..2 {
        call(&client).await.expect("an answer");
    }
    let seen: Vec<_> = server.seen().iter().map(|seen| (seen.line.clone(), seen.connection)).collect();
    assert_eq!(seen, [("POST /".to_owned(), 1), ("POST /".to_owned(), 1)]);
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_meanwhile_is_replaced() {
    let closing = Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec());
    assert_eq!(connections(vec![closing, answer()], MINUTE, 2).await, [1, 2]);
}

#[tokio::test]
async fn a_call_whose_connection_dies_under_it_is_repeated_on_another() {
    for death in [
        Reply::Drop,
        Reply::Cut(Vec::new(), End::Reset),
        Reply::Cut(b"HTTP/1.1 200 O".to_vec(), End::Close),
        Reply::Cut(b"HTTP/1.1 200 O".to_vec(), End::Reset),
        Reply::Cut(HALF_AN_ANSWER.to_vec(), End::Close),
        Reply::Cut(HALF_AN_ANSWER.to_vec(), End::Reset),
    ] {
        let used = connections(vec![answer(), death.clone(), answer()], MINUTE, 2).await;
        assert_eq!(used, [1, 1, 2], "{death:?}");
    }
}

#[tokio::test]
async fn half_an_answer_is_none() {
    for end in [End::Close, End::Reset] {
        let half = Reply::Cut(HALF_AN_ANSWER.to_vec(), end);
        let server = ScriptedServer::start(vec![half; ATTEMPTS]).await;
        let (client, _) = client(server.url.as_str(), MINUTE);
        let error = call(&client).await.expect_err("no answer");
        assert!(matches!(error, SdkError::ResponseError(_)), "{error:?}");
        assert_eq!(server.seen().len(), ATTEMPTS);
    }
}

#[tokio::test]
async fn what_is_not_http_is_an_error_at_once() {
    let server = ScriptedServer::start(vec![Reply::Raw(b"SSH-2.0-example\r\n".to_vec())]).await;
    let (client, attempts) = client(server.url.as_str(), MINUTE);
    let error = call(&client).await.expect_err("no answer");
    assert!(matches!(&error, SdkError::DispatchFailure(failure) if failure.is_other()), "{error:?}");
    assert_eq!(attempts.0.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_tried_again_and_then_an_error() {
    // Bound and given up again, so that it is most likely nobody's.
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    let (client, attempts) = client(&format!("http://127.0.0.1:{port}"), MINUTE);
    let error = call(&client).await.expect_err("no answer");
    assert!(matches!(&error, SdkError::DispatchFailure(failure) if failure.is_io()), "{error:?}");
    assert_eq!(attempts.0.load(Ordering::SeqCst), ATTEMPTS);
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_in_time_and_asked_again_on_another_connection() {
    let short = Duration::from_millis(400);
    for silence in [Reply::Silence, Reply::Cut(HALF_AN_ANSWER.to_vec(), End::Silence)] {
        assert_eq!(connections(vec![silence.clone(), answer()], short, 1).await, [1, 2], "{silence:?}");

        let server = ScriptedServer::start(vec![silence; ATTEMPTS]).await;
        let (client, _) = client(server.url.as_str(), short);
        let error = call(&client).await.expect_err("no answer");
        assert!(matches!(error, SdkError::TimeoutError(_)), "{error:?}");
        assert_eq!(server.connections(), ATTEMPTS);
    }
}

#[tokio::test]
async fn a_server_that_fails_is_asked_again_on_another_connection() {
    for status in [500, 503] {
        let used = connections(vec![answer(), Reply::text(status, ""), answer(), answer()], MINUTE, 3).await;
        assert_eq!(used, [1, 1, 2, 2], "{status}");
    }
}

#[tokio::test]
async fn calls_at_the_same_time_have_a_connection_each() {
    let server = ScriptedServer::start(vec![Reply::Silence, answer()]).await;
    let (client, _) = client(server.url.as_str(), MINUTE);
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { call(&client).await }
    });
    while server.seen().is_empty() {
        tokio::task::yield_now().await;
    }
    call(&client).await.expect("an answer");
    assert_eq!(server.connections(), 2);
    waiting.abort();
}
