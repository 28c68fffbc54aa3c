//! What the CRM and the customers have in hand, shown as it is.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;
use testkit::fake_whatsapp::{Content, Message};

use crate::crm::{Crm, Enquiry};

/// So much of an update fits into a line.
const WIDTH: usize = 112;

/// What the CRM's queue brought: of each request in order, which is all the order that there is.
pub(super) fn updates(crm: &Crm, enquiries: [&Enquiry<'_>; 4]) -> String {
    let mut text = "The CRM read from its queue crm-updates:\n".to_owned();
    for enquiry in enquiries {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  request {}, {}", enquiry.id, enquiry.first_name);
        for update in crm.told_of(enquiry.id) {
            let changes = update.changes.iter().map(|(field, change)| format!("{field} {}", shown(change)));
            let changes: Vec<String> = changes.collect();
            let _ = writeln!(text, "    {:>2}  {}", update.revision, lines(&changes).join("\n        "));
        }
    }
    text
}

/// The parts on as many lines as they need, none of them broken.
fn lines(parts: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if line.chars().count() + part.chars().count() < WIDTH => line.push_str(&format!(", {part}")),
            _ => lines.push(part.clone()),
        }
    }
    lines
}

/// What the customers read.
pub(super) fn messages(sent: &[Message], enquiries: [&Enquiry<'_>; 4]) -> String {
    let mut text = "The customers read on WhatsApp:\n".to_owned();
    for enquiry in enquiries {
        let _ = writeln!(text, "  {}, {}", enquiry.phone, enquiry.first_name);
        let theirs = sent.iter().filter(|message| message.to == enquiry.whatsapp_id());
        let mut shown = theirs.map(|message| content(&message.content)).peekable();
        if shown.peek().is_none() {
            let _ = writeln!(text, "      nothing");
        }
        for content in shown {
            let _ = writeln!(text, "      {}", content.replace('\n', "\n      "));
        }
    }
    text
}

fn content(content: &Content) -> String {
    match content {
        Content::Text { body } => body.clone(),
        Content::Template { name, language, parameters } => {
            format!("template {name} ({language}): {}", parameters.join(" | "))
        }
    }
}

fn shown(change: &Value) -> String {
    match (change.get("from"), change.get("to"), change.get("milestone")) {
        (Some(Value::Null), Some(to), _) => format!("= {}", plain(to)),
        (Some(_), Some(Value::Null), _) => "is gone".to_owned(),
        (Some(from), Some(to), _) => format!("{} → {}", plain(from), plain(to)),
        (_, _, Some(milestone)) => format!("sent: {}", plain(milestone)),
        _ => plain(change),
    }
}

/// Moments to the second, texts without quotes.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => match text.parse::<DateTime<Utc>>() {
            Ok(moment) => moment.to_rfc3339_opts(SecondsFormat::Secs, true),
            Err(_) => text.clone(),
        },
        other => other.to_string(),
    }
}
