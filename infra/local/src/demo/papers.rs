//! What the CRM and the customers have in hand, shown as it is.

use std::fmt::Write;

use domain::jobs::crm_update::CrmUpdate;
use serde_json::Value;
use testkit::fake_whatsapp::{Content, Message};

/// What the CRM's queue brought.
pub(super) fn updates(told: &[CrmUpdate]) -> String {
    let mut text = "The CRM read from its queue crm-updates:\n".to_owned();
    for update in told {
        let changes = update.changes.iter().map(|(field, change)| format!("{field} {}", shown(change)));
        let changes: Vec<String> = changes.collect();
        let (request, revision) = (&update.installation_request_id, update.revision);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {request} revision {revision:>2}: {}", changes.join(", "));
    }
    text
}

/// What the customers read.
pub(super) fn messages(sent: &[Message]) -> String {
    let mut text = "The customers read on WhatsApp:\n".to_owned();
    for message in sent {
        let content = match &message.content {
            Content::Text { body } => body.replace('\n', "\n                 "),
            Content::Template { name, language, parameters } => {
                format!("(template {name}, {language}) {}", parameters.join(" | "))
            }
        };
        let _ = writeln!(text, "  +{}: {content}", message.to);
    }
    text
}

fn shown(change: &Value) -> String {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match (change.get("from"), change.get("to"), change.get("milestone")) {
        (Some(Value::Null), Some(to), _) => format!("= {}", plain(to)),
        (Some(from), Some(to), _) => format!("{} → {}", plain(from), plain(to)),
        (_, _, Some(milestone)) => format!("sent: {}", plain(milestone)),
        _ => plain(change),
    }
}
