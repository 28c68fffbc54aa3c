//! The schedule's event, or an operator's `{"run": "now"}`, in; a report of counts out.

use std::str::FromStr;
use std::sync::Arc;

use chrono::NaiveTime;
use domain::ports::{Deadline, OpenSolar, Pace};
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
    pub(crate) pace: Pace,
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
    let run = run(&event.payload, ports.nightly_run)?;
    let deadline = Deadline::paced(deadline(&event.context), ports.pace);
    let report = status_sweep(&ports.core, &*ports.opensolar, run, deadline).await?;
    info!(report = serde_json::to_string(&report)?, "swept");
    Ok(report)
}

/// What the event asks for. Another word than `now` is a mistake that its sender has to hear of.
fn run(event: &Value, nightly_run: NightlyRun) -> Result<Run, Error> {
    match event.get("run") {
        None | Some(Value::Null) => Ok(Run::Nightly(nightly_run.0)),
        Some(Value::String(word)) if word == "now" => Ok(Run::Now),
        Some(_) => Err(r#"the event's "run" is "now" or left out"#.into()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_event_asks_for_a_run_or_leaves_it_to_the_schedule() {
        let nightly: NightlyRun = "02:00".parse().expect("a time");
        let operators: Value =
            serde_json::from_str(include_str!("../../../events/status-sweep.json")).expect("a sample event");
        assert_eq!(run(&operators, nightly).expect("understood"), Run::Now);
        for schedules in [json!({"sweep": "status"}), json!({"run": null}), json!({})] {
            assert_eq!(run(&schedules, nightly).expect("understood"), Run::Nightly(nightly.0), "{schedules}");
        }
        for mistake in [json!({"run": "nwo"}), json!({"run": true})] {
            assert!(run(&mistake, nightly).is_err(), "{mistake}");
        }
    }

    #[test]
    fn a_time_that_is_none_is_refused_at_the_start() {
        for raw in ["", "2", "24:00", "02:60", "two"] {
            assert!(raw.parse::<NightlyRun>().is_err(), "{raw}");
        }
    }
}
