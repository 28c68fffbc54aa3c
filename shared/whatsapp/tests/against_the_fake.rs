//! The client and the fake WhatsApp have never seen each other's code: that they understand each other means that both
//! follow Meta's documentation.

use std::sync::Arc;

use async_trait::async_trait;
use domain::configuration::{TemplateName, WhatsAppSender};
use domain::phone::PhoneNumber;
use domain::ports::{
    Credential, CredentialError, MessageContent, Notifier, NotifierError, OutboundMessage, SecretText,
};
use testkit::fake_whatsapp::Content;
use testkit::{Calls, FakeWhatsApp, Fault};
use url::Url;
use whatsapp::{AddressPolicy, WhatsAppClient};

struct Token(&'static str);

#[async_trait]
impl Credential for Token {
    async fn current(&self) -> Result<SecretText, CredentialError> {
        Ok(SecretText::new(self.0))
    }

    async fn refreshed(&self) -> Result<SecretText, CredentialError> {
        self.current().await
    }
}

async fn send(fake: &FakeWhatsApp, token: &'static str, content: MessageContent) -> Result<String, NotifierError> {
    let sender = WhatsAppSender {
        api_base_url: Url::parse(fake.url()).expect("an address"),
        api_version: "v23.0".to_owned(),
        phone_number_id: fake.phone_number_id().to_owned(),
    };
    let to = PhoneNumber::from_e164("+263770000001").expect("a number");
    let client = WhatsAppClient::new(Arc::new(Token(token)), AddressPolicy::HttpOnLoopback);
    client.send(&sender, &OutboundMessage { to, content }).await
}

fn text() -> MessageContent {
    MessageContent::Text("Your proposal: https://example.com/share/1/".to_owned())
}

fn template(name: &str) -> MessageContent {
    let template = TemplateName { name: name.to_owned(), language: "en".to_owned() };
    MessageContent::Template { template, parameters: vec!["Rudo".to_owned()] }
}

#[tokio::test]
async fn a_text_arrives_within_the_window_and_a_template_outside_it() {
    let fake = FakeWhatsApp::start().await;
    fake.approve_template("design_complete", "en", 1);
    let id = send(&fake, fake.token(), text()).await.expect("sent");
    assert_eq!(fake.messages()[0].id, id);

    fake.close_all_windows();
    let error = send(&fake, fake.token(), text()).await.expect_err("the window is closed");
    assert!(matches!(error, NotifierError::OutsideWindow), "{error:?}");
    send(&fake, fake.token(), template("design_complete")).await.expect("sent");

    let contents: Vec<Content> = fake.messages().into_iter().map(|message| message.content).collect();
    let expected = [
        Content::Text { body: "Your proposal: https://example.com/share/1/".to_owned() },
        Content::Template {
            name: "design_complete".to_owned(),
            language: "en".to_owned(),
            parameters: vec!["Rudo".to_owned()],
        },
    ];
    assert_eq!(contents, expected);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let fake = FakeWhatsApp::start().await;
    let error = send(&fake, "another-token", text()).await.expect_err("refused");
    assert!(matches!(error, NotifierError::Unauthorized), "{error:?}");
    let error = send(&fake, fake.token(), template("never_approved")).await.expect_err("refused");
    assert!(matches!(error, NotifierError::Rejected { code: Some(_), .. }), "{error:?}");
    fake.refuse_next(429);
    let error = send(&fake, fake.token(), text()).await.expect_err("refused");
    assert!(matches!(error, NotifierError::RateLimited), "{error:?}");
    assert!(fake.messages().is_empty());
}

#[tokio::test]
async fn a_message_that_went_out_without_an_answer_is_in_doubt() {
    for fault in [Fault::ApplyThenDrop, Fault::ApplyThenGarble] {
        let fake = FakeWhatsApp::start().await;
        fake.fail_next(Calls::to("POST", "/messages"), fault.clone());
        let error = send(&fake, fake.token(), text()).await.expect_err("no answer");
        assert!(matches!(error, NotifierError::InDoubt(_)), "{fault:?}: {error:?}");
        assert_eq!(fake.messages().len(), 1, "{fault:?}");
    }
}
