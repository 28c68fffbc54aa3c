//! `cargo local status`: what runs, asked and not remembered.

use std::fmt;

use reqwest::Client;
use serde_json::Value;

use super::running;
use crate::aws::{Aws, Depth};
use crate::endpoints::Endpoints;
use crate::error::LocalError;
use crate::http;

/// What was asked and what came of it.
#[derive(Debug)]
pub struct Report {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    what: String,
    state: State,
}

#[derive(Debug)]
enum State {
    Well(String),
    Broken(String),
}

impl Report {
    /// Whether everything answers as it has to.
    pub fn all_well(&self) -> bool {
        self.rows.iter().all(|row| matches!(row.state, State::Well(_)))
    }

    fn add(&mut self, what: impl Into<String>, state: Result<String, String>) {
        let state = state.map_or_else(State::Broken, State::Well);
        self.rows.push(Row { what: what.into(), state });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.what.len()).max().unwrap_or_default();
        for Row { what, state } in &self.rows {
            match state {
                State::Well(text) => writeln!(f, "ok      {what:<width$}  {text}")?,
                State::Broken(text) => writeln!(f, "BROKEN  {what:<width$}  {text}")?,
            }
        }
        Ok(())
    }
}

/// Asks everything that `up` runs.
///
/// # Errors
/// [`LocalError::NotRunning`] and [`LocalError::NotReady`]. What does not answer is in the report.
pub async fn status() -> Result<Report, LocalError> {
    let endpoints = running()?;
    let (http, aws) = (http::client()?, Aws::at(&endpoints.aws_endpoint_url)?);
    let mut report = Report { rows: Vec::new() };
    report.add("process", Ok(format!("{}, since {}", endpoints.process_id, endpoints.started_at.format("%F %T UTC"))));
    let local_aws = format!("{}/_ministack/health", endpoints.aws_endpoint_url);
    report.add("local AWS", answers(&http, &local_aws).await);
    report.add("API health", health(&http, &endpoints).await);
    functions(&mut report, &aws, &endpoints).await;
    queues(&mut report, &aws, &endpoints).await;
    for fake in &endpoints.fakes {
        let url = if fake == "opensolar" { &endpoints.opensolar_url } else { &endpoints.whatsapp_url };
        report.add(format!("fake {fake}"), answers(&http, &format!("{url}/_fake/health")).await);
    }
    Ok(report)
}

async fn functions(report: &mut Report, aws: &Aws, endpoints: &Endpoints) {
    for name in endpoints.functions.values() {
        let state = match aws.has_function(name).await {
            Ok(true) => Ok("deployed".to_owned()),
            Ok(false) => Err("not deployed".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        report.add(format!("function {name}"), state);
    }
}

async fn queues(report: &mut Report, aws: &Aws, endpoints: &Endpoints) {
    for (name, queue) in &endpoints.queues {
        let depth = aws.depth(&queue.url).await.map_err(|error| error.to_string());
        let text = |depth: Depth| format!("{} waiting, {} in flight", depth.waiting, depth.in_flight);
        report.add(format!("queue {name}"), depth.map(text));
        let letters = aws.depth(&queue.dlq_url).await.map_err(|error| error.to_string());
        let letters = letters.and_then(|depth| match depth.waiting + depth.in_flight {
            0 => Ok("no dead letter".to_owned()),
            count => Err(format!("{count} that could not be read; attribute `reason` says why")),
        });
        report.add(format!("queue {name} (DLQ)"), letters);
    }
}

/// Working needs more than an answer: the body says whether the table is there and a configuration active.
async fn health(http: &Client, endpoints: &Endpoints) -> Result<String, String> {
    let url = format!("{}/api/opensolar/health", endpoints.api_base_url);
    let unanswered = |_| format!("{url} does not answer");
    let answer = http.get(&url).send().await.map_err(unanswered)?;
    let text = answer.text().await.map_err(unanswered)?;
    let health: Value = serde_json::from_str(&text).unwrap_or_default();
    if health["status"] == "ok" { Ok(text) } else { Err(text) }
}

async fn answers(http: &Client, url: &str) -> Result<String, String> {
    let answer = http.get(url).send().await.map_err(|_| format!("{url} does not answer"))?;
    let status = answer.status();
    if status.is_success() { Ok(format!("{url} answers {status}")) } else { Err(format!("{url} answers {status}")) }
}
