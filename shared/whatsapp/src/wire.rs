//! The Cloud API's JSON: a message and its answer.

use domain::notification::on_one_line;
use domain::ports::{MessageContent, NotifierError, OutboundMessage};
use outbound::Answer;
use serde_json::{Value, json};

use crate::errors;

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

/// WhatsApp's id of the message, or what its refusal means.
pub(crate) fn read(answer: &Answer) -> Result<String, NotifierError> {
    let body = answer.json().unwrap_or_default();
    if !answer.is_success() {
        return Err(errors::refusal(answer, &body));
    }
    let id = body.pointer("/messages/0/id").and_then(Value::as_str).filter(|id| !id.is_empty());
    id.map(str::to_owned).ok_or_else(|| errors::in_doubt(answer, &body))
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
}
