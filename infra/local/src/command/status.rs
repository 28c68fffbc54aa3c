//! `cargo local status`: what runs, asked and not remembered.

use std::fmt;

use reqwest::Client;

use super::running;
use crate::aws::Aws;
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
        for Row { what, state } in &self.rows {
            match state {
                State::Well(text) => writeln!(f, "ok      {what:<28} {text}")?,
                State::Broken(text) => writeln!(f, "BROKEN  {what:<28} {text}")?,
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
    let health = format!("{}/_ministack/health", endpoints.aws_endpoint_url);
    report.add("local AWS", answers(&http, &health).await);
    let health = format!("{}/api/opensolar/health", endpoints.api_base_url);
    report.add("API health", answers(&http, &health).await);
    functions(&mut report, &aws, &endpoints).await;
    queues(&mut report, &aws, &endpoints).await;
    for fake in &endpoints.fakes {
        let url = if fake == "opensolar" { &endpoints.opensolar_url } else { &endpoints.whatsapp_url };
        report.add(format!("fake {fake}"), answers(&http, &format!("{url}/_fake/calls")).await);
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
        for (name, url) in [(format!("queue {name}"), &queue.url), (format!("queue {name} (DLQ)"), &queue.dlq_url)] {
            let depth = aws.depth(url).await.map_err(|error| error.to_string());
            report.add(name, depth.map(|depth| format!("{} waiting, {} in flight", depth.waiting, depth.in_flight)));
        }
    }
}

async fn answers(http: &Client, url: &str) -> Result<String, String> {
    let answer = http.get(url).send().await.map_err(|_| format!("{url} does not answer"))?;
    let status = answer.status();
    if status.is_success() { Ok(format!("{url} answers {status}")) } else { Err(format!("{url} answers {status}")) }
}
