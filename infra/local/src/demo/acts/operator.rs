//! An operator looks at what there is, and insists on what was skipped.

use std::collections::BTreeSet;
use std::time::Instant;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use testkit::Call;

use crate::crm::Enquiry;
use crate::demo::facts::Sight;
use crate::demo::people::People;
use crate::demo::remote::Remote;
use crate::demo::sights::{found, pending};
use crate::demo::stage::{Cut, Stage};
use crate::error::LocalError;
use crate::operators_api::Answer;

/// The list, a record, its status now, and a forced sync.
pub(in crate::demo) async fn play<R: Remote>(stage: &mut Stage<'_, R>, people: &People) -> Result<(), Cut> {
    let (rudo, farai) = (&people.rudo, &people.farai);
    stage.tell("An operator looks, through the operators' API");
    let since = Instant::now();
    let sight = stranger(stage).await?;
    stage.note("with another token an operator sees nothing", since, sight);
    let since = Instant::now();
    let sight = list(stage, people).await?;
    stage.note("the operators' list has all four, newest first", since, sight);
    let since = Instant::now();
    let sight = record(stage, rudo).await?;
    stage.note("an operator sees of Rudo's what the CRM was told", since, sight);
    let since = Instant::now();
    let sight = status(stage, rudo).await?;
    stage.note("an operator's question is put to OpenSolar now", since, sight);

    stage.tell("The operator has Farai's starlink synced all the same");
    let since = Instant::now();
    let answer = stage.operators_api.post(&format!("/projects/{}/sync/", farai.id), &json!({"force": true})).await?;
    let sight = if answer.status == 202 { Sight::Holds("202".to_owned()) } else { refused(&answer) };
    stage.note("an operator's forced sync of Farai's is taken", since, sight);
    stage.expect("the CRM is told of Farai's project", since, |stage| found(stage, farai)).await?;

    stage.tell("The operator asks how far Farai's is");
    let since = Instant::now();
    let answer = stage.operators_api.get(&format!("/projects/{}/status/", farai.id)).await?;
    let word = answer.body["project_status"].as_str();
    let sight = match (answer.status, word) {
        (200, Some(word)) => Sight::Holds(word.to_owned()),
        (_, _) => refused(&answer),
    };
    stage.note("an operator is told how far Farai's is", since, sight);
    stage.expect("the CRM is told too that Farai's is pending", since, |stage| pending(stage, farai)).await
}

async fn stranger<R>(stage: &Stage<'_, R>) -> Result<Sight, LocalError> {
    let answer = stage.operators_api.with_token("somebody else's token").get("/projects/").await?;
    let seen = format!("{}, {}", answer.status, answer.body["code"].as_str().unwrap_or_default());
    let holds = answer.status == 401 && answer.body.get("results").is_none();
    Ok(if holds { Sight::Holds(seen) } else { Sight::Not(seen) })
}

async fn list<R>(stage: &Stage<'_, R>, people: &People) -> Result<Sight, LocalError> {
    let answer = stage.operators_api.get("/projects/").await?;
    let Some(rows) = answer.body["results"].as_array() else { return Ok(refused(&answer)) };
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or("none").to_owned();
    let created = rows.iter().map(|row| text(row, "created_at").parse::<DateTime<Utc>>().ok());
    let created: Vec<_> = created.collect();
    let listed: BTreeSet<String> = rows.iter().map(|row| text(row, "installation_request_id")).collect();
    let rows = rows.iter().map(|row| format!("{} {}", text(row, "installation_request_id"), text(row, "sync_status")));
    let seen = rows.collect::<Vec<_>>().join(", ");
    let all: BTreeSet<String> = people.all().map(|enquiry| enquiry.id.to_owned()).into();
    let is_ordered = created.iter().all(Option::is_some) && created.is_sorted_by(|newer, older| newer >= older);
    Ok(if listed == all && is_ordered { Sight::Holds(seen) } else { Sight::Not(seen) })
}

/// What changes without being news, such as when both last agreed, may be ahead of what the CRM was told.
async fn record<R>(stage: &Stage<'_, R>, enquiry: &Enquiry<'_>) -> Result<Sight, LocalError> {
    let answer = stage.operators_api.get(&format!("/projects/{}/", enquiry.id)).await?;
    let told = stage.crm.state_of(enquiry.id).map(serde_json::to_value);
    let told = told.and_then(Result::ok).unwrap_or_default();
    let fields = told.as_object().into_iter().flatten().filter(|(field, _)| field.as_str() != "last_synced_at");
    let (same, other): (Vec<_>, Vec<_>) =
        fields.partition(|(field, value)| answer.body.get(field.as_str()) == Some(value));
    let other: Vec<&String> = other.into_iter().map(|(field, _)| field).collect();
    Ok(match (answer.status, other.is_empty() && !same.is_empty()) {
        (200, true) => Sight::Holds(format!("{} fields agree", same.len())),
        (status, _) => Sight::Not(format!("{status}, other than told: {other:?}")),
    })
}

async fn status<R: Remote>(stage: &Stage<'_, R>, enquiry: &Enquiry<'_>) -> Result<Sight, LocalError> {
    let reads = |stage: &Stage<'_, R>| {
        let project = stage.project_ids_of(enquiry).first().map(|project| format!("/projects/{project}"));
        let calls = stage.opensolar.calls().into_iter().filter(|call| call.method == "GET");
        // Of the two contracts, one ends paths with a slash.
        let path = |call: &Call| call.path.trim_end_matches('/').to_owned();
        calls.filter(|call| project.as_ref().is_some_and(|end| path(call).ends_with(end))).count()
    };
    let before = reads(stage);
    let answer = stage.operators_api.get(&format!("/projects/{}/status/", enquiry.id)).await?;
    let more = reads(stage) - before;
    let seen = format!("{}, {more} read", answer.body["project_status"].as_str().unwrap_or("no status"));
    Ok(if (answer.status, more) == (200, 1) { Sight::Holds(seen) } else { refused(&answer) })
}

fn refused(answer: &Answer) -> Sight {
    Sight::Not(format!("{} {}", answer.status, answer.body))
}
