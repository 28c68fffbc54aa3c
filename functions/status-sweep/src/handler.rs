//! The schedule's event, or an operator's `{"run": "now"}`, in; a report of counts out.

use std::str::FromStr;
use std::sync::Arc;

use chrono::NaiveTime;
use domain::ports::{Deadline, OpenSolar};
use domain::usecase::Core;
use domain::usecase::status_sweep::{Run, StatusReport, status_sweep};
use lambda_kit::deadline;
use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;
use tracing::info;

/// What the sweep works with.
pub(crate) struct Ports {
    pub(crate) core: Core,
    pub(crate) opensolar: Arc<dyn OpenSolar>,
    pub(crate) nightly_run: NightlyRun,
}

/// The local time of the night's run, written `HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NightlyRun(NaiveTime);

impl FromStr for NightlyRun {
    type Err = chrono::ParseError;

    fn from_str(raw: &str) -> Result<Self, chrono::ParseError> {
        NaiveTime::parse_from_str(raw, "%H:%M").map(Self)
    }
}

pub(crate) async fn handle(ports: &Ports, event: LambdaEvent<Value>) -> Result<StatusReport, Error> {
    let run = match event.payload.get("run").and_then(Value::as_str) {
        Some("now") => Run::Now,
        Some(_) | None => Run::Nightly(ports.nightly_run.0),
    };
    let deadline = Deadline(deadline(&event.context));
    let report = status_sweep(&ports.core, &*ports.opensolar, run, deadline).await?;
    info!(ran = report.ran, rows = report.rows, linked = report.linked, enqueued = report.enqueued, "swept");
    Ok(report)
}
