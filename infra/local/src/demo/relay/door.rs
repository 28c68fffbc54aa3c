//! The door is public: what is not signed, or is no event, changes nothing.

use std::time::Instant;

use chrono::Utc;
use domain::webhook::BODY_LIMIT;
use reqwest::Client;
use serde_json::{Value, json};
use testkit::FakeRelay;
use testkit::signing::sign;

use crate::demo::deliveries::came_to_nothing;
use crate::demo::facts::Sight;
use crate::demo::people::People;
use crate::demo::sights::project;
use crate::demo::stage::{Cut, Stage};
use crate::demo::traces::Traces;
use crate::door::knock;
use crate::error::LocalError;
use crate::http;

/// Somebody without the key, then somebody with it who sends what is no event.
pub(super) async fn play(stage: &mut Stage<'_, FakeRelay>, people: &People) -> Result<(), Cut> {
    stage.settle().await?;
    let rudos = project(stage, &people.rudo)?;
    let (begun, before, http) = (Instant::now(), Traces::of(stage), http::client()?);
    let signed = event("project.contract_signed", rudos, &json!({}));

    stage.tell("Somebody without the key says that Rudo signed");
    let since = Instant::now();
    let sight = answered(stage, &http, Signed::Not, &signed, "401, unauthorized").await?;
    stage.note("an event that is not signed is refused", since, sight);
    let since = Instant::now();
    let sight = answered(stage, &http, Signed::With("somebody else's key"), &signed, "401, unauthorized").await?;
    stage.note("an event that another key signed is refused", since, sight);

    stage.tell("Somebody with the key sends what is no event, or one that cannot be read");
    let since = Instant::now();
    let sight = answered(stage, &http, Signed::ByTheRelay, "hello", "400, not_json").await?;
    stage.note("a signed body that is no JSON is told so", since, sight);
    let since = Instant::now();
    let unknown = event("project.painted", rudos, &json!({}));
    let sight = answered(stage, &http, Signed::ByTheRelay, &unknown, "200, accepted").await?;
    stage.note("an event of an unknown type is accepted", since, sight);
    let expected = "an event of an unknown type is ignored";
    let look = async |stage: &Stage<'_, _>| came_to_nothing(stage, &unknown, "ignored: unknown_event").await;
    stage.expect_recorded(expected, since, look).await?;
    let since = Instant::now();
    let someday = event("project.installation_scheduled", rudos, &json!({"installation_date": "some day"}));
    let sight = answered(stage, &http, Signed::ByTheRelay, &someday, "200, accepted").await?;
    stage.note("an event with a date that is none is accepted", since, sight);
    let expected = "a date that is none fails its event, by name";
    let look = async |stage: &Stage<'_, _>| came_to_nothing(stage, &someday, "failed: project.installation_date").await;
    stage.expect_recorded(expected, since, look).await?;
    let since = Instant::now();
    let large = event("project.contract_signed", rudos, &json!({"notes": "x".repeat(BODY_LIMIT)}));
    let sight = answered(stage, &http, Signed::ByTheRelay, &large, "413, too_large").await?;
    stage.note("an event of more than 256 KiB is refused", since, sight);
    let expected = "the log has the event that was too large";
    let look = async |stage: &Stage<'_, _>| came_to_nothing(stage, &large, "failed: the body has").await;
    stage.expect_recorded(expected, since, look).await?;

    stage.settle().await?;
    let sight = before.are_all_of(stage);
    stage.note("of all that nothing follows", begun, sight);
    Ok(())
}

/// Who signed a body.
#[derive(Debug, Clone, Copy)]
enum Signed {
    /// Nobody.
    Not,
    /// Somebody with this key.
    With(&'static str),
    /// Who has the stack's key.
    ByTheRelay,
}

/// An event of this moment about the project, with these facts.
fn event(event_type: &str, project: u64, facts: &Value) -> String {
    let mut body = json!({"event_type": event_type, "timestamp": Utc::now(), "project": facts});
    body["project"]["id"] = json!(project);
    body.to_string()
}

/// Whether the door answers so: the status, and the answer's code or status in words.
async fn answered(
    stage: &Stage<'_, FakeRelay>,
    http: &Client,
    signed: Signed,
    body: &str,
    expected: &str,
) -> Result<Sight, LocalError> {
    let endpoints = stage.stack.endpoints();
    let signature = match signed {
        Signed::Not => None,
        Signed::With(key) => Some(sign(key, body.as_bytes())),
        Signed::ByTheRelay => Some(sign(&endpoints.webhook_key, body.as_bytes())),
    };
    let headers: Vec<(&str, &str)> =
        signature.iter().map(|signature| (endpoints.webhook_header.as_str(), signature.as_str())).collect();
    let (status, text) = knock(http, endpoints, &headers, body.to_owned()).await?;
    let answer: Value = serde_json::from_str(&text).unwrap_or_default();
    let word = answer["code"].as_str().or_else(|| answer["status"].as_str()).unwrap_or_default();
    let seen = format!("{}, {word}", status.as_u16());
    Ok(if seen == expected { Sight::Holds(seen) } else { Sight::Not(seen) })
}
