//! WhatsApp, with what customers' telephones show.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::configuration::WhatsAppSender;
use domain::ports::{MessageContent, Notifier, NotifierError, OutboundMessage};
use testkit::memory::TestAmbient;

use super::outcome::Outcome;

pub(crate) struct SimWhatsApp {
    ambient: Arc<TestAmbient>,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// What customers have, in order, each by the facts that it tells.
    pub(crate) shown: Vec<String>,
    pub(crate) script: Vec<(u32, Outcome)>,
    pub(crate) calls: u32,
}

impl SimWhatsApp {
    pub(crate) fn new(ambient: Arc<TestAmbient>, state: State) -> Self {
        Self { ambient, state: Mutex::new(state) }
    }

    pub(crate) fn now(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Notifier for SimWhatsApp {
    async fn send(&self, _: &WhatsAppSender, message: &OutboundMessage) -> Result<String, NotifierError> {
        let mut state = self.now();
        state.calls += 1;
        let number = state.calls;
        let scripted = state.script.iter().find(|(nth, _)| *nth == number);
        let outcome = scripted.map_or(Outcome::Answered, |(_, outcome)| *outcome);
        if outcome.is_silent() {
            self.ambient.advance(TimeDelta::seconds(20));
        }
        if outcome.effect().is_some() {
            state.shown.push(facts(&message.content));
        }
        outcome.whatsapp().map(|()| format!("wamid.{number}"))
    }
}

/// What a message tells, the same as text and as template: the milestone, and the day if it names one.
fn facts(content: &MessageContent) -> String {
    let (milestone, words) = match content {
        MessageContent::Text(text) => {
            let known = [
                ("design_complete", "design of your"),
                ("proposal_sent", "proposal is ready"),
                ("contract_signed", "for signing"),
                ("installation_scheduled", "is scheduled for"),
                ("installation_reminder", "A reminder,"),
            ];
            let milestone = known.iter().find(|(_, words)| text.contains(words)).map_or("?", |(name, _)| name);
            (milestone.to_owned(), text.clone())
        }
        MessageContent::Template { template, parameters } => {
            (template.name.trim_start_matches("example_").to_owned(), parameters.join(" "))
        }
    };
    let words: Vec<&str> = words.split_whitespace().collect();
    let day = words.iter().position(|word| word.starts_with("December")).and_then(|at| words.get(at.checked_sub(1)?));
    day.map_or(milestone.clone(), |day| format!("{milestone} {day}"))
}
