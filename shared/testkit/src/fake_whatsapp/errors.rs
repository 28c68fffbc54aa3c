//! Refusals in Meta's shape.
//!
//! Shape, codes and HTTP statuses after Meta's list (developers.facebook.com/documentation/business-messaging/whatsapp/
//! support/error-codes); the texts as they were quoted from live answers in public trackers, for instance
//! github.com/tawn33y/whatsapp-cloud-api/issues/57 (132001) and docs.ycloud.com/reference/whatsapp-errors.

use serde_json::{Value, json};

use super::codes;
use crate::fake_http::Answer;

/// What Meta calls an error; one variant for each that the fake gives.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum GraphError {
    /// 190: the token is missing, wrong or expired.
    InvalidToken,
    /// 100, subcode 33: no such phone number id, or no such path.
    UnknownObject(String),
    /// 100: a parameter is missing or malformed.
    InvalidParameter(String),
    /// 131008: a required parameter is missing.
    MissingParameter(String),
    /// 131026: the recipient has no WhatsApp, or cannot be reached.
    Undeliverable,
    /// 131047: a text more than 24 hours after the customer's last message.
    ReEngagement,
    /// 132000: another number of parameters than the template has.
    ParameterCount { given: usize, expected: usize },
    /// 132001: no such approved template in that language.
    UnknownTemplate { name: String, language: String },
    /// 132018: a parameter's text has a line break, a tab or five spaces in a row.
    ParameterText,
    /// One that the test asked for.
    Asked(u64),
}

impl GraphError {
    /// The answer, with a trace id made from the number of the call.
    pub(super) fn answer(&self, trace: usize) -> Answer {
        let (status, code, message, details) = match self {
            Self::InvalidToken => (401, 190, "Invalid OAuth access token - Cannot parse access token".to_owned(), None),
            Self::UnknownObject(id) => return unknown_object(id, trace),
            Self::InvalidParameter(details) => (400, 100, "(#100) Invalid parameter".to_owned(), Some(details.clone())),
            Self::MissingParameter(details) => {
                (400, 131_008, "(#131008) Required parameter is missing".to_owned(), Some(details.clone()))
            }
            Self::Undeliverable => {
                let details = "Message failed to send because the recipient cannot be reached.".to_owned();
                (400, 131_026, "(#131026) Message undeliverable".to_owned(), Some(details))
            }
            Self::ReEngagement => {
                let details = "Message failed to send because more than 24 hours have passed since the customer last \
                               replied to this number.";
                (400, 131_047, "(#131047) Re-engagement message".to_owned(), Some(details.to_owned()))
            }
            Self::ParameterCount { given, expected } => {
                let message = "(#132000) Number of parameters does not match the expected number of params";
                let details = format!(
                    "body: number of localizable_params ({given}) does not match the expected number of params ({expected})"
                );
                (400, 132_000, message.to_owned(), Some(details))
            }
            Self::UnknownTemplate { name, language } => {
                let message = "(#132001) Template name does not exist in the translation";
                let details = format!("template name ({name}) does not exist in {language}");
                (404, 132_001, message.to_owned(), Some(details))
            }
            Self::ParameterText => {
                let message = "(#132018) There was an issue with the parameters in your template";
                let details =
                    "Param text cannot have new-line/tab characters or more than 4 consecutive spaces".to_owned();
                (400, 132_018, message.to_owned(), Some(details))
            }
            Self::Asked(code) => {
                let (status, body) = asked(*code, trace);
                return Answer::json(status, body);
            }
        };
        let mut error = error(code, &message, trace);
        if let Some(details) = details {
            error["error"]["error_data"] = json!({"messaging_product": "whatsapp", "details": details});
        }
        Answer::json(status, error)
    }
}

/// Status and body of an error that the test asked for.
pub(super) fn asked(code: u64, trace: usize) -> (u16, Value) {
    let entry = codes::entry(code);
    let mut error = error(code, &format!("(#{code}) {}", entry.title), trace);
    error["error"]["error_data"] = json!({"messaging_product": "whatsapp", "details": format!("{}.", entry.title)});
    (entry.status, error)
}

/// The common part: `{"error": {...}}`.
pub(super) fn error(code: u64, message: &str, trace: usize) -> Value {
    json!({"error": {
        "message": message,
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": format!("Atrace{trace:016}"),
    }})
}

fn unknown_object(id: &str, trace: usize) -> Answer {
    let message = format!(
        "Unsupported post request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, \
         or does not support this operation. Please read the Graph API documentation at \
         https://developers.facebook.com/docs/graph-api"
    );
    let mut error = error(100, &message, trace);
    error["error"]["type"] = json!("GraphMethodException");
    error["error"]["error_subcode"] = json!(33);
    Answer::json(400, error)
}
