//! Sends one message, once.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::configuration::WhatsAppSender;
use domain::ports::{Credential, Notifier, NotifierError, OutboundMessage};
use outbound::{AddressPolicy, Connections, Failure, Method, Outbound, Request};
use tracing::debug;

use crate::wire;

/// Longest wait for an answer, reading the token included, unless told otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// Meta's Cloud API over HTTPS. A send is never repeated, except that a 401 (nothing was sent) is answered once with
/// another token, if there is one by then.
pub struct WhatsAppClient {
    outbound: Outbound,
    timeout: Duration,
}

impl WhatsAppClient {
    /// A client that authenticates with this token. Nothing is read or connected before the first call.
    pub fn new(token: Arc<dyn Credential>, policy: AddressPolicy) -> Self {
        Self { outbound: Outbound::new(token, policy, Connections::Fresh), timeout: TIMEOUT }
    }

    /// The same with another longest wait.
    #[must_use]
    pub fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }
}

#[async_trait]
impl Notifier for WhatsAppClient {
    async fn send(&self, sender: &WhatsAppSender, message: &OutboundMessage) -> Result<String, NotifierError> {
        let outcome = self
            .outbound
            .send(&Request {
                method: Method::POST,
                base: &sender.api_base_url,
                path: &format!("/{}/{}/messages", sender.api_version, sender.phone_number_id),
                query: &[],
                body: Some(&wire::payload(message)),
                timeout: self.timeout,
            })
            .await;
        debug!(status = outcome.as_ref().map_or(0, |answer| answer.status), "whatsapp was asked");
        match outcome {
            Ok(answer) => wire::read(&answer),
            Err(failure @ (Failure::NotPossible(_) | Failure::NotReached(_))) => {
                Err(NotifierError::NotSent(failure.into()))
            }
            Err(failure @ (Failure::NoAnswer(_) | Failure::TooLarge)) => Err(NotifierError::InDoubt(failure.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::phone::PhoneNumber;
    use domain::ports::{CredentialError, MessageContent, SecretText};
    use outbound::scripted_server::{Reply, ScriptedServer};
    use serde_json::json;
    use url::Url;

    use super::*;

    struct Token(Option<&'static str>);

    #[async_trait]
    impl Credential for Token {
        async fn current(&self) -> Result<SecretText, CredentialError> {
            self.0.map(SecretText::new).ok_or(CredentialError::Missing { name: "token".to_owned() })
        }

        async fn refreshed(&self) -> Result<SecretText, CredentialError> {
            Ok(SecretText::new("rotated"))
        }
    }

    async fn send(token: Token, base: &Url, timeout: Duration) -> Result<String, NotifierError> {
        let client = WhatsAppClient::new(Arc::new(token), AddressPolicy::HttpOnLoopback).within(timeout);
        let sender = WhatsAppSender {
            api_base_url: base.clone(),
            api_version: "v23.0".to_owned(),
            phone_number_id: "100000000000001".to_owned(),
        };
        let message = OutboundMessage {
            to: PhoneNumber::from_e164("+263770000001").expect("a number"),
            content: MessageContent::Text("Good news.".to_owned()),
        };
        client.send(&sender, &message).await
    }

    fn accepted() -> Reply {
        Reply::json(200, &json!({"messaging_product": "whatsapp", "messages": [{"id": "wamid.example"}]}))
    }

    #[tokio::test]
    async fn a_message_is_one_post_and_has_whatsapps_id() {
        let server = ScriptedServer::start(vec![accepted()]).await;
        let id = send(Token(Some("first")), &server.url, TIMEOUT).await.expect("sent");
        assert_eq!(id, "wamid.example");
        let seen = server.seen();
        assert_eq!((seen.len(), seen[0].line.as_str()), (1, "POST /v23.0/100000000000001/messages"));
        assert_eq!(seen[0].header("authorization"), Some("Bearer first"));
        assert_eq!(seen[0].json()["to"], "263770000001");
    }

    #[tokio::test]
    async fn a_missing_answer_is_doubt_and_no_second_message() {
        let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"mess".to_vec();
        for reply in [Reply::Drop, Reply::Raw(cut), Reply::text(503, ""), Reply::text(200, "<html>")] {
            let server = ScriptedServer::start(vec![reply]).await;
            let error = send(Token(Some("first")), &server.url, TIMEOUT).await.expect_err("no answer");
            assert!(matches!(error, NotifierError::InDoubt(_)), "{error:?}");
            assert_eq!(server.seen().len(), 1);
        }
        let server = ScriptedServer::start(vec![Reply::Silence]).await;
        let error = send(Token(Some("first")), &server.url, Duration::from_millis(200)).await.expect_err("no answer");
        assert!(matches!(error, NotifierError::InDoubt(_)), "{error:?}");
    }

    #[tokio::test]
    async fn without_a_token_or_a_connection_nothing_was_sent() {
        let server = ScriptedServer::start(vec![]).await;
        let error = send(Token(None), &server.url, TIMEOUT).await.expect_err("no token");
        assert!(matches!(error, NotifierError::NotSent(_)), "{error:?}");
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let nobody = Url::parse(&format!("http://127.0.0.1:{port}")).expect("an address");
        for base in [nobody, Url::parse("http://graph.example.com").expect("an address")] {
            let error = send(Token(Some("first")), &base, TIMEOUT).await.expect_err("nobody there");
            assert!(matches!(error, NotifierError::NotSent(_)), "{error:?}");
        }
    }

    #[tokio::test]
    async fn a_new_token_is_tried_once() {
        let refused = || Reply::json(401, &json!({"error": {"code": 190}}));
        let server = ScriptedServer::start(vec![refused(), accepted()]).await;
        send(Token(Some("first")), &server.url, TIMEOUT).await.expect("sent with the new token");

        let server = ScriptedServer::start(vec![refused(), refused(), refused()]).await;
        let error = send(Token(Some("first")), &server.url, TIMEOUT).await.expect_err("refused");
        assert!(matches!(error, NotifierError::Unauthorized), "{error:?}");
        assert_eq!(server.seen().len(), 2);
    }
}
