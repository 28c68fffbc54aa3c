use std::sync::Arc;

use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::error::SdkError;
use aws_smithy_runtime_api::client::result::DispatchFailure;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn sqs(endpoint: &str, http: SharedHttpClient) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .endpoint_url(endpoint);
    aws_sdk_sqs::Client::from_conf(config.build())
}

/// Why a call failed before it had an answer.
async fn failure(client: &aws_sdk_sqs::Client) -> DispatchFailure {
    match client.list_queues().send().await.expect_err("no answer") {
        SdkError::DispatchFailure(failure) => failure,
        other => panic!("{other:?}"),
    }
}

/// Takes one connection, and gives it to `serve`; the address, with the scheme.
async fn serving<S: Future<Output = ()> + Send>(
    scheme: &str,
    serve: impl FnOnce(TcpStream) -> S + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("{scheme}://{}", listener.local_addr().expect("the port"));
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        serve(stream).await;
    });
    endpoint
}

/// A server with a certificate for this name, which nobody vouches for but itself, and somebody who trusts it.
async fn over_tls(name: &str) -> (String, RootCertStore) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has both")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("they fit");
    // It would rather speak HTTP/2, as AWS's servers may one day.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let serve = move |stream: TcpStream| async move {
        let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await else { return };
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("a request"));
        }
        assert!(head.starts_with(b"POST / HTTP/1.1\r\n"));
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        stream.write_all(answer).await.expect("it is taken");
        // Until the client has read it and leaves.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    };
    let mut trusted = RootCertStore::empty();
    trusted.add(cert.der().clone()).expect("a certificate");
    (serving("https", serve).await, trusted)
}

#[tokio::test]
async fn a_server_that_is_vouched_for_is_asked_in_http_1_over_tls() {
    let (endpoint, trusted) = over_tls("127.0.0.1").await;
    let client = sqs(&endpoint, trusting(trusted, Reach::Https, MINUTE));
    client.list_queues().send().await.expect("an answer");
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_or_of_another_name_is_told_nothing() {
    let (endpoint, _) = over_tls("127.0.0.1").await;
    let client = sqs(&endpoint, client(Reach::Https));
    assert!(failure(&client).await.is_io());

    let (endpoint, trusted) = over_tls("sqs.example.com").await;
    let client = sqs(&endpoint, trusting(trusted, Reach::Https, MINUTE));
    assert!(failure(&client).await.is_io());
}

#[tokio::test]
async fn only_http_1_is_offered() {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let endpoint = serving("https", |mut stream| async move {
        let mut hello = vec![0; 16_384];
        let length = stream.read(&mut hello).await.expect("a client's hello");
        hello.truncate(length);
        sender.send(hello).expect("the test waits for it");
    })
    .await;
    failure(&sqs(&endpoint, trusting(RootCertStore::empty(), Reach::Https, MINUTE))).await;
    let hello = receiver.await.expect("what was said");
    // The extension (RFC 7301, 3.1): its type, its length, that of its list, and the list.
    let offer = b"\x00\x10\x00\x0b\x00\x09\x08http/1.1";
    assert!(hello.windows(offer.len()).any(|bytes| bytes == offer), "{hello:?}");
}

#[tokio::test]
async fn a_connection_without_tls_in_time_is_a_timeout() {
    // It takes the connection, and never says a word on it.
    let endpoint = serving("https", |mut stream| async move { drop(stream.read_to_end(&mut Vec::new()).await) }).await;
    let client = sqs(&endpoint, trusting(RootCertStore::empty(), Reach::Https, Duration::from_millis(100)));
    // The SDK itself would give it up as stalled, but only after five seconds.
    let failure = tokio::time::timeout(Duration::from_secs(3), failure(&client)).await;
    assert!(failure.expect("a failure in time").is_timeout());
}

#[tokio::test]
async fn plain_http_is_spoken_with_this_machine_alone_and_by_clients_for_it_alone() {
    for (endpoint, reach) in [
        ("http://127.0.0.1:9", Reach::Https),
        ("http://sqs.example.com", Reach::Https),
        ("http://sqs.example.com", Reach::HttpOnLoopback),
        ("http://127.0.0.1.example.com", Reach::HttpOnLoopback),
        ("http://10.0.0.1", Reach::HttpOnLoopback),
        ("https://127.0.0.1:9", Reach::HttpOnLoopback),
    ] {
        let failure = failure(&sqs(endpoint, client(reach))).await;
        assert!(failure.is_user(), "{endpoint} {reach:?}: {failure:?}");
    }
    for local in ["http://127.0.0.1:4566/", "http://localhost:4566/", "http://[::1]:4566/"] {
        let address = local.parse().expect("an address");
        Reach::HttpOnLoopback.check(&address).expect(local);
    }
}

#[test]
fn an_endpoint_says_what_it_needs() {
    assert_eq!(Reach::of(None), Reach::Https);
    for endpoint in ["https://vpce-1.sqs.example.com", "https://127.0.0.1:4566", "no address", ""] {
        assert_eq!(Reach::of(Some(endpoint)), Reach::Https, "{endpoint}");
    }
    for endpoint in ["http://127.0.0.1:4566", "HTTP://localhost:4566"] {
        assert_eq!(Reach::of(Some(endpoint)), Reach::HttpOnLoopback, "{endpoint}");
    }
}
