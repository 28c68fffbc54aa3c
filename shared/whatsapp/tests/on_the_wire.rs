//! WhatsApp's client before a server that misbehaves byte by byte: whatever may have gone out is in doubt, nothing is
//! sent twice, and no error tells what was said.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use domain::configuration::WhatsAppSender;
use domain::phone::PhoneNumber;
use domain::ports::{
    Credential, CredentialError, MessageContent, Notifier, NotifierError, OutboundMessage, SecretText,
};
use outbound::scripted_server::{End, Reply, ScriptedServer};
use url::Url;
use whatsapp::{AddressPolicy, WhatsAppClient};

/// None of it may be in an error: the token, the answer's words, the message's, the number, the path with the sender.
const SECRETS: [&str; 5] = ["nobody-may-see", "a-word-of-the-answer", "Good news", "770000001", "/messages"];

struct Token;

#[async_trait]
impl Credential for Token {
    async fn current(&self) -> Result<SecretText, CredentialError> {
        Ok(SecretText::new("a-token-that-nobody-may-see"))
    }

    async fn refreshed(&self) -> Result<SecretText, CredentialError> {
        self.current().await
    }
}

fn client() -> WhatsAppClient {
    WhatsAppClient::new(Arc::new(Token), AddressPolicy::HttpOnLoopback)
}

async fn send(client: &WhatsAppClient, base: &Url) -> Result<String, NotifierError> {
    let sender = WhatsAppSender {
        api_base_url: base.clone(),
        api_version: "v23.0".to_owned(),
        phone_number_id: "100000000000001".to_owned(),
    };
    let to = PhoneNumber::from_e164("+263770000001").expect("a number");
    let message = OutboundMessage { to, content: MessageContent::Text("Good news.".to_owned()) };
    let outcome = client.send(&sender, &message).await;
    let told =
        std::iter::successors(outcome.as_ref().err().map(|error| error as &dyn Error), |error| (*error).source());
    for told in told.map(|error| format!("{error} {error:?}")) {
        assert!(SECRETS.iter().all(|secret| !told.contains(secret)), "{told}");
    }
    outcome
}

fn cut(bytes: &str, end: End) -> Reply {
    Reply::Cut(bytes.as_bytes().to_vec(), end)
}

#[tokio::test]
async fn whatever_breaks_off_or_cannot_be_read_leaves_doubt_and_is_sent_once() {
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n{\"messages\":[{\"id\":\"wamid.example\"}]}";
    let chunk =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{\"messages\":[{\"id\":\"wamid.example\"}]}\r\n";
    let lengths = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{} ";
    let huge = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n";
    let parts = ["", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nx: a-word-of-the-answer", half, chunk, lengths];
    let breaks = parts.into_iter().flat_map(|part| [End::Close, End::Reset].map(|end| cut(part, end)));
    let early = [0, 1, 40].map(|heard| Reply::Early(heard, Vec::new(), End::Reset));
    let whole = [
        cut(huge, End::Silence),
        cut("SSH-2.0-a-word-of-the-answer\r\n", End::Close),
        cut("HTTP/1.1 100 Continue\r\n\r\n", End::Close),
        Reply::text(200, "<html>a-word-of-the-answer</html>"),
        Reply::text(200, "[]"),
        Reply::text(200, "null"),
        Reply::text(201, ""),
        Reply::text(204, ""),
        Reply::text(205, ""),
        Reply::text(408, ""),
        Reply::text(500, "a-word-of-the-answer"),
    ];
    let client = client();
    for reply in breaks.chain(early).chain(whole) {
        let told = format!("{reply:?}");
        let read = usize::from(!matches!(reply, Reply::Early(..)));
        let server = ScriptedServer::start(vec![reply; 3]).await;
        let error = send(&client, &server.url).await.expect_err(&told);
        assert!(matches!(error, NotifierError::InDoubt(_)), "{told}: {error:?}");
        assert_eq!((server.seen().len(), server.connections()), (read, 1), "{told}");
    }
}

#[tokio::test]
async fn a_message_that_is_sent_elsewhere_is_not_followed() {
    let client = client();
    for status in [301, 302, 303, 307, 308] {
        let other = ScriptedServer::start(vec![]).await;
        for location in
            ["/v24.0/100000000000001/messages", other.url.as_str(), "https://example.com/a-word-of-the-answer"]
        {
            let server = ScriptedServer::start(vec![Reply::header(status, "location", location); 3]).await;
            send(&client, &server.url).await.expect_err("not sent on");
            assert_eq!((server.seen().len(), other.connections()), (1, 0), "{status}: {location}");
        }
    }
}

#[tokio::test]
async fn where_tls_is_expected_and_not_spoken_nothing_is_sent() {
    let server = ScriptedServer::start(vec![]).await;
    let base = Url::parse(&server.url.as_str().replace("http:", "https:")).expect("an address");
    let error = send(&client(), &base).await.expect_err("no TLS there");
    assert!(matches!(error, NotifierError::NotSent(_)), "{error:?}");
    assert!(server.seen().is_empty());
}
