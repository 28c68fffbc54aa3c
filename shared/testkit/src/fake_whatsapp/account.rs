//! The business account: who may be written what, and what was sent.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::errors::GraphError;
use super::message::{Content, Message, Order};

/// What becomes of a text more than 24 hours after the customer's last message.
///
/// Meta documents that errors come as an answer, as a later status, or both; for 131047 public trackers mostly show
/// the later status (200, then `failed` at the number's own webhook:
/// github.com/shridarpatil/frappe_whatsapp/issues/133, github.com/fabrahaingo/joel/pull/314).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutsideWindow {
    /// It is refused at once with 131047.
    #[default]
    Refused,
    /// It is accepted, and never reaches the customer.
    AcceptedThenFailed,
}

/// A customer's 24-hour window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Window {
    #[default]
    Open,
    Closed,
}

/// Everything of the account. Its JSON is the fake's snapshot.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) messages: Vec<Message>,
    /// Numbers of parameters, by name and then language.
    templates: BTreeMap<String, BTreeMap<String, usize>>,
    windows: BTreeMap<String, Window>,
    /// The window of every number that was not spoken of.
    pub(super) usual_window: Window,
    unreachable: BTreeSet<String>,
    pub(super) outside_window: OutsideWindow,
    #[serde(default)]
    pub(super) refusals: Refusals,
}

/// What is refused by itself, each with a code of Meta's.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Refusals {
    everything: Option<u64>,
    numbers: BTreeMap<String, u64>,
    templates: BTreeMap<String, u64>,
    /// Accepted first, and failed later.
    later: BTreeMap<String, u64>,
}

/// What a refusal is about. As JSON: `{"number": "..."}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// Whatever is sent.
    Everything,
    /// What is sent to this number.
    Number(String),
    /// This template, in every language.
    Template(String),
    /// What is sent to this number, but only after it was accepted: the sender sees success.
    NumberLater(String),
}

impl Refusals {
    pub(super) fn add(&mut self, refused: Refused, code: u64) {
        match refused {
            Refused::Everything => self.everything = Some(code),
            Refused::Number(number) => drop(self.numbers.insert(digits(&number), code)),
            Refused::Template(name) => drop(self.templates.insert(name, code)),
            Refused::NumberLater(number) => drop(self.later.insert(digits(&number), code)),
        }
    }

    fn of(&self, order: &Order) -> Option<u64> {
        let template = match &order.content {
            Content::Template { name, .. } => self.templates.get(name),
            Content::Text { .. } => None,
        };
        self.everything.or_else(|| self.numbers.get(&order.to).copied()).or(template.copied())
    }
}

impl Account {
    pub(super) fn approve(&mut self, name: &str, language: &str, parameters: usize) {
        self.templates.entry(name.to_owned()).or_default().insert(language.to_owned(), parameters);
    }

    pub(super) fn set_window(&mut self, number: &str, window: Window) {
        self.windows.insert(digits(number), window);
    }

    pub(super) fn make_unreachable(&mut self, number: &str) {
        self.unreachable.insert(digits(number));
    }

    /// Accepts or refuses a message; what the sender is told.
    pub(super) fn send(&mut self, order: Order, now: DateTime<Utc>) -> Result<Value, GraphError> {
        if self.unreachable.contains(&order.to) {
            return Err(GraphError::Undeliverable);
        }
        if let Some(code) = self.refusals.of(&order) {
            return Err(GraphError::Asked(code));
        }
        let mut told = json!({});
        let failed_later = match &order.content {
            Content::Text { .. } => self.check_window(&order.to)?,
            Content::Template { name, language, parameters } => {
                self.check_template(name, language, parameters.len())?;
                told["message_status"] = json!("accepted");
                None
            }
        };
        let failed_later = failed_later.or(self.refusals.later.get(&order.to).copied());
        let id = self.next_id();
        told["id"] = json!(id);
        let answer = json!({
            "messaging_product": "whatsapp",
            "contacts": [{"input": order.input, "wa_id": order.to}],
            "messages": [told],
        });
        self.messages.push(Message { id, to: order.to, content: order.content, accepted_at: now, failed_later });
        Ok(answer)
    }

    /// The error of which the sender would hear later, if any.
    fn check_window(&self, to: &str) -> Result<Option<u64>, GraphError> {
        let window = self.windows.get(to).copied().unwrap_or(self.usual_window);
        match (window, self.outside_window) {
            (Window::Open, _) => Ok(None),
            (Window::Closed, OutsideWindow::Refused) => Err(GraphError::ReEngagement),
            (Window::Closed, OutsideWindow::AcceptedThenFailed) => Ok(Some(131_047)),
        }
    }

    fn check_template(&self, name: &str, language: &str, given: usize) -> Result<(), GraphError> {
        let expected = self.templates.get(name).and_then(|languages| languages.get(language)).copied();
        match expected {
            None => Err(GraphError::UnknownTemplate { name: name.to_owned(), language: language.to_owned() }),
            Some(expected) if expected != given => Err(GraphError::ParameterCount { given, expected }),
            Some(_) => Ok(()),
        }
    }

    fn next_id(&self) -> String {
        let name = format!("fake-whatsapp/message/{}", self.messages.len());
        format!("wamid.{}", Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()).simple().to_string().to_uppercase())
    }
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}
