//! OpenSolar's webhooks on their way to the door.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::configuration::ApiContract;
use domain::project::FIRST_STATUS;
use domain::usecase::ingest_webhook::{Answer, Knock, ingest_webhook};
use serde_json::Value;
use testkit::signing::sign;

use super::{WEBHOOK_KEY, World};
use crate::plan::Post;
use crate::sim::office::WORDS;

impl World {
    /// Hands what has arrived to the door; whether there was anything.
    pub(super) fn take_post(&self) -> bool {
        self.collect();
        let now = self.now();
        let arrived: Vec<String> = {
            let mut state = self.state();
            let due = state.mail.extract_if(.., |(at, _)| *at <= now);
            due.map(|(_, body)| body).collect()
        };
        for body in &arrived {
            self.knock(body);
        }
        !arrived.is_empty()
    }

    /// When the next webhook arrives.
    pub(super) fn next_post_at(&self) -> Option<DateTime<Utc>> {
        self.collect();
        self.state().mail.iter().map(|(at, _)| *at).min()
    }

    /// The installation's day and the status that deliveries told last.
    pub(crate) fn last_heard(&self) -> (Option<NaiveDate>, &'static str) {
        let (mut day, mut status) = (None, FIRST_STATUS);
        for body in &self.state().accepted {
            let event: Value = serde_json::from_str(body).unwrap_or_default();
            let date = event.pointer("/project/installation_date").and_then(Value::as_str);
            day = date.and_then(|date| date.parse().ok()).or(day);
            let word = event.pointer("/project/status").and_then(Value::as_str);
            status = WORDS.into_iter().find(|known| word == Some(known)).unwrap_or(status);
        }
        (day, status)
    }

    fn collect(&self) {
        let mut deliveries = std::mem::take(&mut self.opensolar.now().deliveries);
        if self.plan.post == Post::Reversed {
            deliveries.reverse();
        }
        let now = self.now();
        let mut state = self.state();
        for delivery in deliveries {
            match self.plan.post {
                Post::Lost => {}
                Post::Prompt | Post::Reversed => state.mail.push((now, delivery.body)),
                Post::Late => state.mail.push((delivery.at + TimeDelta::minutes(15), delivery.body)),
                Post::Twice => {
                    state.mail.push((now, delivery.body.clone()));
                    state.mail.push((delivery.at + TimeDelta::minutes(6), delivery.body));
                }
            }
        }
    }

    /// A webhook is at the door. Whoever is not answered is not known to send it again.
    pub(crate) fn knock(&self, body: &str) {
        let headers = BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]);
        let signature = sign(WEBHOOK_KEY, body.as_bytes());
        let (credential, signature) = match self.speech().contract() {
            ApiContract::Live => (Some(WEBHOOK_KEY.as_bytes()), None),
            ApiContract::Design => (None, Some(signature.as_bytes())),
        };
        let knock = Knock { credential, signature, headers, body: body.as_bytes() };
        let answer =
            self.drive("webhook-ingest", ingest_webhook(&*self.keys, &*self.core.queue, &*self.ambient, knock));
        let mut state = self.state();
        match answer {
            Some(Answer::Accepted | Answer::Unreadable(_)) => state.accepted.push(body.to_owned()),
            Some(_) | None => state.unanswered += 1,
        }
    }
}
