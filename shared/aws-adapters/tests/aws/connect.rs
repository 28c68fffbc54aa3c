//! The clients as functions have them, with their real time limits.

use std::time::{Duration, Instant};

use aws_adapters::connect::Aws;
use aws_credential_types::Credentials;
use outbound::scripted_server::{Reply, ScriptedServer};
use serde_json::json;

fn aws(endpoint: &str) -> Aws {
    Aws::new("eu-west-1".to_owned(), Credentials::new("test", "test", None, None, "test"), Some(endpoint.to_owned()))
}

#[tokio::test]
async fn a_silent_service_is_asked_again_after_three_seconds() {
    let answer = || Reply::json(200, &json!({}));
    let server = ScriptedServer::start(vec![answer(), Reply::Silence, answer(), answer()]).await;
    let aws = aws(server.url.as_str());
    let begun = Instant::now();
    aws.sqs().list_queues().send().await.expect("an answer");
    aws.sqs().list_queues().send().await.expect("an answer in the second attempt");
    assert!((3..8).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    // The clients of all services share their connections, too.
    aws.secrets_manager().list_secrets().send().await.expect("an answer");
    let used: Vec<usize> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(used, [1, 1, 2, 2]);
}

#[tokio::test]
async fn a_service_that_is_not_reached_is_an_error_soon() {
    // Bound and given up again, so that it is most likely nobody's.
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    let begun = Instant::now();
    let outcome = aws(&format!("http://127.0.0.1:{port}")).dynamodb().list_tables().send().await;
    outcome.expect_err("nobody is there");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}
