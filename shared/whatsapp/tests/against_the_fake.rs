//! The client and the fake WhatsApp have never seen each other's code: that they understand each other means that both
//! follow Meta's documentation.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::configuration::{TemplateName, WhatsAppSender};
use domain::phone::PhoneNumber;
use domain::ports::{
    Credential, CredentialError, MessageContent, Notifier, NotifierError, OutboundMessage, SecretText,
};
use testkit::fake_whatsapp::{Content, ERROR_CODES};
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
    send_from(fake.phone_number_id(), fake, token, content).await
}

async fn send_from(
    number: &str,
    fake: &FakeWhatsApp,
    token: &'static str,
    content: MessageContent,
) -> Result<String, NotifierError> {
    let sender = WhatsAppSender {
        api_base_url: Url::parse(fake.url()).expect("an address"),
        api_version: "v23.0".to_owned(),
        phone_number_id: number.to_owned(),
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
    fake.approve_template("two_places", "en", 2);
    for (name, expected) in [("never_approved", 132_001), ("two_places", 132_000)] {
        let error = send(&fake, fake.token(), template(name)).await.expect_err("refused");
        assert!(matches!(error, NotifierError::UnusableTemplate { code, .. } if code == expected), "{error:?}");
    }
    fake.refuse_next(429);
    let error = send(&fake, fake.token(), text()).await.expect_err("refused");
    assert!(matches!(error, NotifierError::RateLimited { wait } if wait == Duration::from_secs(61)), "{error:?}");
    fake.make_unreachable("+263770000001");
    let error = send(&fake, fake.token(), text()).await.expect_err("refused");
    assert!(matches!(error, NotifierError::Undeliverable { code: 131_026, .. }), "{error:?}");
    assert!(fake.messages().is_empty());
}

#[tokio::test]
async fn a_number_id_that_is_not_ours_is_the_accounts_trouble() {
    let fake = FakeWhatsApp::start().await;
    let error = send_from("100000000000999", &fake, fake.token(), text()).await.expect_err("refused");
    assert!(matches!(error, NotifierError::AccountBlocked { code: 100, .. }), "{error:?}");
}

/// What comes next after each of Meta's codes, with the status that it is documented with.
const REFUSALS: [(&str, &[u64]); 9] = [
    ("template instead", &[131_047]),
    ("throttle", &[4, 80_007, 130_429, 131_048, 131_056]),
    ("token", &[0, 3, 10, 190, 200, 299, 131_005]),
    ("this customer", &[131_021, 131_026, 130_472, 131_049, 131_050]),
    ("account", &[33, 368, 130_497, 131_030, 131_031, 131_037, 131_042, 131_045, 131_057, 133_010]),
    ("template", &[132_000, 132_001, 132_005, 132_007, 132_012, 132_015, 132_016, 132_018, 132_068]),
    ("later", &[1]),
    ("failed", &[100, 131_008, 131_009, 131_051, 135_000, 999_999]),
    ("doubt", &[2, 131_000, 131_016]),
];

#[tokio::test]
async fn each_of_metas_refusals_says_what_comes_next() {
    let fake = FakeWhatsApp::start().await;
    for (expected, codes) in REFUSALS {
        for code in codes {
            fake.refuse_next_with(*code);
            let error = send(&fake, fake.token(), text()).await.expect_err("refused");
            assert_eq!(next(&error), expected, "{code}");
        }
    }
    assert!(fake.messages().is_empty());
    for known in ERROR_CODES {
        assert!(REFUSALS.iter().any(|(_, codes)| codes.contains(&known.code)), "{known:?} is told apart here too");
    }
}

fn next(error: &NotifierError) -> &'static str {
    match error {
        NotifierError::OutsideWindow => "template instead",
        NotifierError::RateLimited { .. } => "throttle",
        NotifierError::Unauthorized => "token",
        NotifierError::Undeliverable { .. } => "this customer",
        NotifierError::AccountBlocked { .. } => "account",
        NotifierError::UnusableTemplate { .. } => "template",
        NotifierError::Unavailable { .. } => "later",
        NotifierError::Rejected { .. } => "failed",
        NotifierError::InDoubt(_) => "doubt",
        NotifierError::NotSent(_) => "not sent",
    }
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
