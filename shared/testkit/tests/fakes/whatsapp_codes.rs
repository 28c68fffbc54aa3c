use serde_json::{Value, json};
use testkit::FakeWhatsApp;
use testkit::fake_whatsapp::{ERROR_CODES, Refused};

use crate::client::{Caller, Reply};

const NUMBER: &str = "263770000001";
const OTHER: &str = "263770000002";

async fn text(fake: &FakeWhatsApp, to: &str) -> Reply {
    let body = json!({"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": "Hello"}});
    Caller::of_whatsapp(fake).post("/messages", body).await
}

async fn template(fake: &FakeWhatsApp, name: &str, language: &str) -> Reply {
    let template = json!({"name": name, "language": {"code": language}});
    let body = json!({"messaging_product": "whatsapp", "to": NUMBER, "type": "template", "template": template});
    Caller::of_whatsapp(fake).post("/messages", body).await
}

#[tokio::test]
async fn every_code_can_be_provoked_with_its_status_and_metas_words() {
    let fake = FakeWhatsApp::start().await;
    for error in ERROR_CODES {
        fake.refuse_next_with(error.code);
        let refused = text(&fake, NUMBER).await;
        assert_eq!((refused.status, &refused.body["error"]["code"]), (error.status, &json!(error.code)));
        let message = refused.body["error"]["message"].as_str().expect("a text");
        assert_eq!(message, format!("(#{}) {}", error.code, error.title));
        assert!(refused.body["error"]["error_data"]["details"].is_string());
    }
    assert!(fake.messages().is_empty());
    assert_eq!(text(&fake, NUMBER).await.status, 200, "each strikes once");
}

#[tokio::test]
async fn every_class_of_codes_that_callers_tell_apart_is_there() {
    let known = |code: &u64| ERROR_CODES.iter().any(|error| error.code == *code);
    let classes: [&[u64]; 7] = [
        &[4, 80_007, 130_429, 131_048, 131_056],
        &[131_047],
        &[131_026],
        &[131_050, 368, 131_031],
        &[190, 0, 10, 200],
        &[132_000, 132_001, 132_005, 132_007, 132_012, 132_015, 132_016, 132_018],
        &[131_000, 131_016, 1, 2],
    ];
    let missing: Vec<u64> = classes.concat().into_iter().filter(|code| !known(code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn a_number_is_refused_until_that_is_taken_back() {
    let fake = FakeWhatsApp::start().await;
    fake.refuse(Refused::Number("+263 77 000 0001".to_owned()), 131_050);
    for _ in 0..2 {
        assert_eq!(text(&fake, NUMBER).await.body["error"]["code"], 131_050);
    }
    assert_eq!(text(&fake, OTHER).await.status, 200);
    fake.refuse_nothing();
    assert_eq!(text(&fake, NUMBER).await.status, 200);
}

#[tokio::test]
async fn a_template_is_refused_in_every_language_and_others_are_not() {
    let fake = FakeWhatsApp::start().await;
    for (name, language) in [("paused", "en"), ("paused", "sn"), ("fine", "en")] {
        fake.approve_template(name, language, 0);
    }
    fake.refuse(Refused::Template("paused".to_owned()), 132_015);
    for language in ["en", "sn"] {
        assert_eq!(template(&fake, "paused", language).await.body["error"]["code"], 132_015);
    }
    assert_eq!(template(&fake, "fine", "en").await.status, 200);
    assert_eq!(template(&fake, "fine", "sn").await.body["error"]["code"], 132_001, "a language by itself");
    assert_eq!(text(&fake, NUMBER).await.status, 200);
}

#[tokio::test]
async fn everything_is_refused_while_the_account_is_locked() {
    let fake = FakeWhatsApp::start().await;
    fake.refuse(Refused::Everything, 131_031);
    assert_eq!(text(&fake, NUMBER).await.status, 403);
    assert_eq!(text(&fake, OTHER).await.status, 403);
}

#[tokio::test]
async fn a_message_can_be_accepted_and_fail_later_with_any_code() {
    let fake = FakeWhatsApp::start().await;
    fake.refuse(Refused::NumberLater(NUMBER.to_owned()), 131_026);
    assert_eq!(text(&fake, NUMBER).await.status, 200);
    assert_eq!(text(&fake, OTHER).await.status, 200);
    let later: Vec<Option<u64>> = fake.messages().into_iter().map(|message| message.failed_later).collect();
    assert_eq!(later, [Some(131_026), None]);
}

#[tokio::test]
async fn a_code_that_nobody_knows_is_given_too() {
    let fake = FakeWhatsApp::start().await;
    fake.refuse_next_with(199_999);
    let refused = text(&fake, NUMBER).await;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (400, &json!(199_999)));
}

#[tokio::test]
async fn refusals_are_driven_from_another_process_too() {
    let fake = FakeWhatsApp::start().await;
    let driver = Caller::new(format!("{}/_fake", fake.url()), None);
    let refusal = json!({"refused": {"number": NUMBER}, "code": 368});
    assert_eq!(driver.post("/refusals", refusal).await.status, 204);
    assert_eq!(driver.post("/refusals", json!({"refused": "everything", "code": 4})).await.status, 204);
    assert_eq!(text(&fake, OTHER).await.body["error"]["code"], 4);
    assert_eq!(driver.delete("/refusals").await.status, 204);
    assert_eq!(text(&fake, NUMBER).await.body["error"], Value::Null);
}
