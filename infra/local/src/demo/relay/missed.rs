//! A change that no event told of, found by the sweep; and the sizes, which no event has.

use std::time::Instant;

use serde_json::{Value, json};
use testkit::FakeRelay;

use super::design::{at, moved};
use crate::demo::facts::Sight;
use crate::demo::people::People;
use crate::demo::sights::{done, project, size};
use crate::demo::stage::{Cut, Stage};
use crate::error::LocalError;

/// Tendai's project is moved on while nobody is told.
pub(super) async fn play(stage: &mut Stage<'_, FakeRelay>, people: &People) -> Result<(), Cut> {
    let (rudo, tendai) = (&people.rudo, &people.tendai);
    let tendais = project(stage, tendai)?;
    stage.settle().await?;
    stage.tell("Tendai's project is moved to installation, and nobody is registered for the event");
    let (since, messages) = (Instant::now(), stage.whatsapp.messages().len());
    let deliveries = stage.opensolar.deliveries().len();
    stage.opensolar.forget_webhooks();
    done(stage.opensolar.work(tendais, moved("installation")))?;
    let endpoints = stage.stack.endpoints();
    stage.opensolar.register_webhook(&endpoints.webhook_url, &endpoints.webhook_key);
    stage.settle().await?;
    let more = stage.opensolar.deliveries().len() - deliveries;
    let sight = match (more, at(stage, tendai, "installation", "in_progress")) {
        (0, Sight::Not(known)) => Sight::Holds(format!("no event; {known}")),
        (_, Sight::Not(known) | Sight::Holds(known)) => Sight::Not(format!("{more} events; {known}")),
    };
    stage.note("the CRM does not hear of Tendai's move", since, sight);

    stage.tell("The nightly sweep is run now");
    let since = Instant::now();
    let sight = sweep(stage).await?;
    stage.note("the sweep goes through all projects to its end", since, sight);
    let expected = "the CRM is told that Tendai's is in progress";
    stage.expect(expected, since, |stage| at(stage, tendai, "installation", "in_progress")).await?;
    stage.expect("the CRM is told of Tendai's 5.50 kW", since, |stage| size(stage, tendai, "5.50")).await?;
    stage.expect("the CRM is told of Rudo's 6.60 kW", since, |stage| size(stage, rudo, "6.60")).await?;
    stage.settle().await?;
    let more = stage.whatsapp.messages().len() - messages;
    let seen = format!("{more} messages");
    let sight = if more == 0 { Sight::Holds(seen) } else { Sight::Not(seen) };
    stage.note("what was only read is told to no customer", since, sight);
    Ok(())
}

async fn sweep(stage: &Stage<'_, FakeRelay>) -> Result<Sight, LocalError> {
    let function = stage.stack.endpoints().function("status-sweep")?;
    let event = json!({"sweep": "status", "run": "now"}).to_string();
    let invocation = stage.stack.aws().invoke(function, &event).await?;
    let report: Value = serde_json::from_str(&invocation.answer).unwrap_or_default();
    let seen = format!("{} rows, {} linked, {} changed", report["rows"], report["linked"], report["changed"]);
    let holds = !invocation.failed && report["end"] == "finished" && report["linked"] == 3;
    Ok(if holds { Sight::Holds(seen) } else { Sight::Not(invocation.answer) })
}
