//! A message as it is asked for and as it is kept.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::errors::GraphError;

/// The longest text that WhatsApp takes, in characters.
const LONGEST_TEXT: usize = 4096;

/// A message that was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// `wamid....`, as the sender was told.
    pub id: String,
    /// The recipient, in digits only.
    pub to: String,
    /// What it says.
    pub content: Content,
    /// When it was accepted.
    pub accepted_at: DateTime<Utc>,
    /// The error of which WhatsApp would tell the number's owner later, if the recipient never got it.
    pub failed_later: Option<u64>,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    /// Free text, for inside the 24-hour window.
    Text {
        /// The text.
        body: String,
    },
    /// An approved template.
    Template {
        /// Its name.
        name: String,
        /// Its language's code, such as `en`.
        language: String,
        /// The texts for the places in its body, in order.
        parameters: Vec<String>,
    },
}

/// A request to send, read but not yet checked against templates and windows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Order {
    /// The recipient as written.
    pub(super) input: String,
    /// The recipient in digits.
    pub(super) to: String,
    pub(super) content: Content,
}

impl Order {
    /// Reads the body of `POST /messages`.
    pub(super) fn read(body: &Map<String, Value>) -> Result<Self, GraphError> {
        if body.get("messaging_product").and_then(Value::as_str) != Some("whatsapp") {
            return Err(missing("messaging_product"));
        }
        let input = text_at(body, "to").filter(|to| !to.is_empty()).ok_or_else(|| missing("to"))?;
        let to: String = input.chars().filter(char::is_ascii_digit).collect();
        // Meta takes a plus, blanks, hyphens and brackets; nothing else can be a number, and E.164 ends at 15 digits.
        let strange = input.contains(|c: char| !c.is_ascii_digit() && !"+ -()".contains(c));
        if strange || !(7..=15).contains(&to.len()) {
            return Err(GraphError::Undeliverable);
        }
        let content = match text_at(body, "type").unwrap_or("text") {
            "text" => read_text(body)?,
            "template" => read_template(body)?,
            other => {
                return Err(GraphError::InvalidParameter(format!("The fake does not send messages of type {other}.")));
            }
        };
        Ok(Self { input: input.to_owned(), to, content })
    }
}

fn read_text(body: &Map<String, Value>) -> Result<Content, GraphError> {
    let text = body.get("text").and_then(|text| text.get("body")).and_then(Value::as_str);
    let text = text.filter(|text| !text.is_empty()).ok_or_else(|| missing("text['body']"))?;
    if LONGEST_TEXT < text.chars().count() {
        let details = format!("Param text['body'] must be at most {LONGEST_TEXT} characters long.");
        return Err(GraphError::InvalidParameter(details));
    }
    Ok(Content::Text { body: text.to_owned() })
}

fn read_template(body: &Map<String, Value>) -> Result<Content, GraphError> {
    let template = body.get("template").and_then(Value::as_object).ok_or_else(|| missing("template"))?;
    let name = text_at(template, "name").ok_or_else(|| missing("template['name']"))?;
    let language = template.get("language").and_then(|language| language.get("code")).and_then(Value::as_str);
    let language = language.ok_or_else(|| missing("template['language']['code']"))?;
    let components = template.get("components").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let in_body = |component: &&Value| component.get("type").and_then(Value::as_str) == Some("body");
    let parameters = components.iter().filter(in_body).filter_map(|component| component.get("parameters"));
    let parameters: Result<Vec<String>, GraphError> =
        parameters.filter_map(Value::as_array).flatten().map(read_parameter).collect();
    Ok(Content::Template { name: name.to_owned(), language: language.to_owned(), parameters: parameters? })
}

fn read_parameter(parameter: &Value) -> Result<String, GraphError> {
    let text = parameter.get("text").and_then(Value::as_str).filter(|text| !text.is_empty());
    match text {
        None => Err(GraphError::MissingParameter("Parameter of type text is missing text value".to_owned())),
        Some(text) if text.contains(['\n', '\t']) || text.contains("     ") => Err(GraphError::ParameterText),
        Some(text) => Ok(text.to_owned()),
    }
}

fn text_at<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str)
}

fn missing(name: &str) -> GraphError {
    GraphError::InvalidParameter(format!("The parameter {name} is required."))
}
