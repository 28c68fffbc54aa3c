use serde_json::{Value, json};
use testkit::fake_whatsapp::{Content, OutsideWindow};
use testkit::{Calls, FakeWhatsApp, Fault};

use crate::client::Caller;

const NUMBER: &str = "263770000001";

fn text(to: &str, body: &str) -> Value {
    json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": to, "type": "text", "text": {"body": body}})
}

fn template(name: &str, parameters: &[&str]) -> Value {
    let parameters: Vec<Value> = parameters.iter().map(|text| json!({"type": "text", "text": text})).collect();
    json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": NUMBER, "type": "template",
        "template": {
            "name": name, "language": {"code": "en"}, "components": [{"type": "body", "parameters": parameters}],
        },
    })
}

#[tokio::test]
async fn a_text_is_accepted_with_a_message_id() {
    let fake = FakeWhatsApp::start().await;
    let sent = Caller::of_whatsapp(&fake).post("/messages", text("+263 77 000 0001", "Hello")).await;
    assert_eq!(sent.status, 200);
    let message = &fake.messages()[0];
    assert!(message.id.starts_with("wamid."));
    assert_eq!(
        sent.body,
        json!({
            "messaging_product": "whatsapp",
            "contacts": [{"input": "+263 77 000 0001", "wa_id": NUMBER}],
            "messages": [{"id": message.id}],
        })
    );
    assert_eq!(message.to, NUMBER);
    assert_eq!(message.content, Content::Text { body: "Hello".to_owned() });
}

#[tokio::test]
async fn an_approved_template_is_accepted_also_outside_the_window() {
    let fake = FakeWhatsApp::start().await;
    fake.approve_template("proposal_ready", "en", 2);
    fake.close_all_windows();
    let body = template("proposal_ready", &["Ana", "https://example.com/p"]);
    let sent = Caller::of_whatsapp(&fake).post("/messages", body).await;
    assert_eq!((sent.status, &sent.body["messages"][0]["message_status"]), (200, &json!("accepted")));
    assert_eq!(
        fake.messages()[0].content,
        Content::Template {
            name: "proposal_ready".to_owned(),
            language: "en".to_owned(),
            parameters: vec!["Ana".to_owned(), "https://example.com/p".to_owned()],
        }
    );
}

#[tokio::test]
async fn a_text_outside_the_window_is_refused_with_131047_until_the_customer_writes() {
    let fake = FakeWhatsApp::start().await;
    let caller = Caller::of_whatsapp(&fake);
    fake.close_window(NUMBER);
    let refused = caller.post("/messages", text(NUMBER, "Hello")).await;
    assert_eq!(refused.status, 400);
    let error = &refused.body["error"];
    assert_eq!(error["code"], 131_047);
    assert_eq!(error["type"], "OAuthException");
    assert_eq!(error["message"], "(#131047) Re-engagement message");
    assert_eq!(error["error_data"]["messaging_product"], "whatsapp");
    assert!(error["error_data"]["details"].as_str().expect("a text").contains("24 hours"));
    assert!(error["fbtrace_id"].is_string());
    assert!(fake.messages().is_empty());
    fake.open_window("+263 77 000 0001");
    assert_eq!(caller.post("/messages", text(NUMBER, "Hello")).await.status, 200);
}

#[tokio::test]
async fn a_text_outside_the_window_may_be_accepted_and_never_arrive() {
    let fake = FakeWhatsApp::start().await;
    fake.close_all_windows();
    fake.outside_window(OutsideWindow::AcceptedThenFailed);
    assert_eq!(Caller::of_whatsapp(&fake).post("/messages", text(NUMBER, "Hello")).await.status, 200);
    assert_eq!(fake.messages()[0].failed_later, Some(131_047));
}

#[tokio::test]
async fn templates_are_refused_if_unknown_or_given_other_parameters() {
    let fake = FakeWhatsApp::start().await;
    fake.approve_template("proposal_ready", "en", 1);
    let caller = Caller::of_whatsapp(&fake);
    for (body, status, code) in [
        (template("never_approved", &["Ana"]), 404, 132_001),
        (template("proposal_ready", &["Ana", "too many"]), 400, 132_000),
        (template("proposal_ready", &["two\nlines"]), 400, 132_018),
        (template("proposal_ready", &[""]), 400, 131_008),
    ] {
        let refused = caller.post("/messages", body).await;
        assert_eq!((refused.status, &refused.body["error"]["code"]), (status, &json!(code)));
    }
    assert!(fake.messages().is_empty());
}

#[tokio::test]
async fn who_cannot_be_reached_is_131026() {
    let fake = FakeWhatsApp::start().await;
    fake.make_unreachable("+263 77 000 0009");
    let caller = Caller::of_whatsapp(&fake);
    for to in ["263770000009", "12", "not a number"] {
        let refused = caller.post("/messages", text(to, "Hello")).await;
        assert_eq!((refused.status, &refused.body["error"]["code"]), (400, &json!(131_026)));
    }
}

#[tokio::test]
async fn a_malformed_message_is_an_invalid_parameter() {
    let fake = FakeWhatsApp::start().await;
    let caller = Caller::of_whatsapp(&fake);
    for body in [json!({}), json!([]), text("", "Hello"), text(NUMBER, ""), text(NUMBER, &"x".repeat(4097))] {
        let refused = caller.post("/messages", body).await;
        assert_eq!((refused.status, &refused.body["error"]["code"]), (400, &json!(100)));
    }
}

#[tokio::test]
async fn a_wrong_token_is_190_and_a_wrong_number_id_an_unknown_object() {
    let fake = FakeWhatsApp::start().await;
    let impostor = Caller::new(format!("{}/v23.0/{}", fake.url(), fake.phone_number_id()), Some("guessed"));
    let refused = impostor.post("/messages", text(NUMBER, "Hello")).await;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (401, &json!(190)));
    let lost = Caller::new(format!("{}/v23.0/7", fake.url()), Some(fake.token()));
    let refused = lost.post("/messages", text(NUMBER, "Hello")).await;
    assert_eq!((refused.status, &refused.body["error"]["error_subcode"]), (400, &json!(33)));
}

#[tokio::test]
async fn faults_work_as_with_the_other_fake() {
    let fake = FakeWhatsApp::start().await;
    let caller = Caller::of_whatsapp(&fake);
    fake.refuse_next(429);
    let refused = caller.post("/messages", text(NUMBER, "Hello")).await;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (429, &json!(130_429)));
    fake.fail_next(Calls::any(), Fault::ApplyThenDrop);
    let cut = caller.try_call(reqwest::Method::POST, "/messages", Some(text(NUMBER, "Hello"))).await;
    assert!(cut.is_err());
    assert_eq!(fake.messages().len(), 1);
    assert_eq!(fake.calls().len(), 2);
}
