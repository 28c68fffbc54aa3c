//! The Cloud API's JSON: a message, its answer, and Meta's error codes.

use domain::ports::{MessageContent, NotifierError, OutboundMessage};
use outbound::Answer;
use serde_json::{Value, json};

/// Text outside the 24-hour window ("re-engagement message").
///
/// This and the codes below: Meta, "Error codes", developers.facebook.com/documentation/business-messaging/whatsapp/
/// support/error-codes. Meta asks to go by `code`, not by titles or HTTP status.
const OUTSIDE_WINDOW: i64 = 131_047;

/// "Access token has expired".
const TOKEN_EXPIRED: i64 = 190;

/// Too many calls of the app; of the account; throughput; spam; too many messages to this customer.
const RATE_LIMITS: [i64; 5] = [4, 80_007, 130_429, 131_048, 131_056];

/// A message as `POST /{phone-number-id}/messages` takes it.
pub(crate) fn payload(message: &OutboundMessage) -> Value {
    let mut payload = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.to.whatsapp_id(),
    });
    match &message.content {
        MessageContent::Text(text) => {
            payload["type"] = json!("text");
            payload["text"] = json!({"preview_url": text.contains("https://"), "body": text});
        }
        MessageContent::Template { template, parameters } => {
            let parameters: Vec<Value> =
                parameters.iter().map(|text| json!({"type": "text", "text": on_one_line(text)})).collect();
            payload["type"] = json!("template");
            payload["template"] = json!({"name": template.name, "language": {"code": template.language}});
            if !parameters.is_empty() {
                payload["template"]["components"] = json!([{"type": "body", "parameters": parameters}]);
            }
        }
    }
    payload
}

/// Meta refuses a template whose parameters have line breaks, tabs or long runs of spaces.
fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(Debug, thiserror::Error)]
#[error("the answer had status {status}, code {code:?}, and no message id")]
struct NoMessageId {
    status: u16,
    code: Option<i64>,
}

/// WhatsApp's id of the message, or what its refusal means. Meta's words are not kept: they may quote the message.
pub(crate) fn read(answer: &Answer) -> Result<String, NotifierError> {
    let body = answer.json().unwrap_or_default();
    let status = answer.status;
    let code = error_code(&body);
    let in_doubt = || NotifierError::InDoubt(NoMessageId { status, code }.into());
    if answer.is_success() {
        let id = body.pointer("/messages/0/id").and_then(Value::as_str).filter(|id| !id.is_empty());
        return id.map(str::to_owned).ok_or_else(in_doubt);
    }
    Err(match (status, code) {
        (_, Some(OUTSIDE_WINDOW)) => NotifierError::OutsideWindow,
        (_, Some(TOKEN_EXPIRED)) | (401, _) => NotifierError::Unauthorized,
        (_, Some(code)) if RATE_LIMITS.contains(&code) => NotifierError::RateLimited,
        (429, _) => NotifierError::RateLimited,
        // 408 is a gateway's word as often as the server's: it does not prove that nothing was sent.
        (300..=407 | 409..=499, _) => NotifierError::Rejected { status, code },
        _ => in_doubt(),
    })
}

/// `{"error": {"code": 131047, ...}}`; one intermediary writes the code as text.
fn error_code(body: &Value) -> Option<i64> {
    let code = body.pointer("/error/code")?;
    code.as_i64().or_else(|| code.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::configuration::TemplateName;
    use domain::phone::PhoneNumber;

    fn message(content: MessageContent) -> OutboundMessage {
        OutboundMessage { to: PhoneNumber::from_e164("+263770000001").expect("a number"), content }
    }

    #[test]
    fn a_text_with_a_link_shows_its_preview() {
        let text = |body: &str| payload(&message(MessageContent::Text(body.to_owned())));
        assert_eq!(
            text("Your proposal: https://example.com/share/1/"),
            json!({
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                "to": "263770000001",
                "type": "text",
                "text": {"preview_url": true, "body": "Your proposal: https://example.com/share/1/"},
            })
        );
        assert_eq!(text("Good news.")["text"], json!({"preview_url": false, "body": "Good news."}));
    }

    #[test]
    fn a_template_has_its_parameters_in_order_each_on_one_line() {
        let template = TemplateName { name: "installation_date".to_owned(), language: "en".to_owned() };
        let parameters = vec!["Rudo\n Example".to_owned(), "Friday, 4 December 2026".to_owned()];
        let payload = payload(&message(MessageContent::Template { template, parameters }));
        assert_eq!(payload["type"], "template");
        assert_eq!(
            payload["template"],
            json!({
                "name": "installation_date",
                "language": {"code": "en"},
                "components": [{"type": "body", "parameters": [
                    {"type": "text", "text": "Rudo Example"},
                    {"type": "text", "text": "Friday, 4 December 2026"},
                ]}],
            })
        );
    }

    fn answered(status: u16, body: &Value) -> Result<String, NotifierError> {
        read(&Answer { status, retry_after: None, body: body.to_string().into_bytes() })
    }

    fn refused(status: u16, code: i64) -> NotifierError {
        let body = json!({"error": {"message": "+263770000001 …", "type": "OAuthException", "code": code}});
        answered(status, &body).expect_err("refused")
    }

    #[test]
    fn an_accepted_message_has_an_id() {
        assert_eq!(
            answered(200, &json!({"messages": [{"id": "wamid.example"}]})).ok().as_deref(),
            Some("wamid.example")
        );
        for body in [json!({}), json!({"messages": []}), json!({"messages": [{"id": ""}]}), json!("page")] {
            let error = answered(200, &body).expect_err("no id");
            assert!(matches!(error, NotifierError::InDoubt(_)), "{error:?}");
        }
    }

    #[test]
    fn metas_codes_say_what_comes_next() {
        assert!(matches!(refused(400, 131_047), NotifierError::OutsideWindow));
        assert!(matches!(refused(401, 190), NotifierError::Unauthorized));
        assert!(matches!(refused(400, 190), NotifierError::Unauthorized));
        assert!(matches!(refused(401, 0), NotifierError::Unauthorized));
        for code in RATE_LIMITS {
            assert!(matches!(refused(400, code), NotifierError::RateLimited), "{code}");
        }
        assert!(matches!(answered(429, &json!({})), Err(NotifierError::RateLimited)));
        for (status, code) in [(400, 100), (403, 10), (403, 131_031), (400, 131_026), (404, 132_001)] {
            let error = refused(status, code);
            let told =
                matches!(error, NotifierError::Rejected { status: s, code: Some(c) } if (s, c) == (status, code));
            assert!(told, "{error:?}");
        }
        let text_code = json!({"error": {"code": "131047"}});
        assert!(matches!(answered(400, &text_code), Err(NotifierError::OutsideWindow)));
    }

    #[test]
    fn a_refusal_without_metas_code_is_one_and_trouble_on_the_way_is_doubt() {
        for status in [301, 400, 403, 404] {
            let error = answered(status, &json!("page")).expect_err("refused");
            assert!(matches!(error, NotifierError::Rejected { code: None, .. }), "{error:?}");
        }
        for (status, code) in [(500, 131_000), (503, 131_016), (502, 2), (408, 1)] {
            let error = refused(status, code);
            assert!(matches!(error, NotifierError::InDoubt(_)), "{error:?}");
        }
    }

    #[test]
    fn no_error_repeats_metas_words() {
        for (status, code) in [(400, 100), (500, 131_000)] {
            let error = refused(status, code);
            assert!(!format!("{error} {error:?}").contains("263770000001"), "{error:?}");
        }
    }
}
