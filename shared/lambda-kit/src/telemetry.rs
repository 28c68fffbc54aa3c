//! Logs: one JSON object per line on standard output, where Lambda takes them.

use std::error::Error;

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::env;

/// Sets up the logs of this process; a second call changes nothing.
///
/// The level is `LOG_LEVEL`'s, else `RUST_LOG`'s, else `info`: a level, or targets with levels such as
/// `info,opensolar=debug`. Fields stand at the top level of each line, and the innermost span as `span`: the runtime's
/// own, with the request id as `requestId`, unless a function opens another within it.
pub fn init() {
    let asked_for = env::required("LOG_LEVEL").or_else(|_| env::required("RUST_LOG")).ok();
    let filter = asked_for.as_deref().map(str::parse::<Targets>);
    let levels = match &filter {
        Some(Ok(levels)) => quiet_libraries(levels.clone()),
        Some(Err(_)) | None => Targets::new().with_default(Level::INFO),
    };
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_span_list(false);
    // Only a second call fails, and then the first one's logs are in place.
    let _ = tracing_subscriber::registry().with(levels).with(lines).try_init();
    if let Some(Err(error)) = filter {
        tracing::warn!(%error, "the log level cannot be read, logging from info on");
    }
}

/// The libraries that would write headers, bodies and addresses below `info`: nobody may read those.
const LIBRARIES: [&str; 8] =
    ["aws_runtime", "aws_sdk", "aws_smithy", "hyper", "lambda_http", "lambda_runtime", "reqwest", "rustls"];

/// Keeps those libraries at `info` or above, whatever was asked for: a target is a prefix.
fn quiet_libraries(levels: Targets) -> Targets {
    LIBRARIES.into_iter().fold(levels, |levels, library| match levels.would_enable(library, &Level::DEBUG) {
        true => levels.with_target(library, Level::INFO),
        false => levels,
    })
}

/// An error with all its causes on one line.
pub fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line = format!("{line}: {error}");
        cause = error.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the sync failed")]
    struct SyncFailed(#[source] std::num::ParseIntError);

    #[test]
    fn an_error_is_one_line_with_its_causes() {
        let error = SyncFailed("x".parse::<u8>().expect_err("no number"));
        assert_eq!(chain(&error), "the sync failed: invalid digit found in string");
    }

    #[test]
    fn whatever_level_is_asked_for_no_library_writes_bodies() {
        for asked in ["debug", "trace", "info,hyper=trace"] {
            let levels = quiet_libraries(asked.parse().expect("levels"));
            for target in
                ["hyper::proto", "aws_smithy_runtime::client", "aws_sdk_dynamodb::operation", "lambda_runtime::layers"]
            {
                assert!(!levels.would_enable(target, &Level::DEBUG), "{asked} {target}");
            }
        }
        assert!(quiet_libraries("debug".parse().expect("levels")).would_enable("domain", &Level::DEBUG));
    }

    #[test]
    fn setting_up_twice_does_no_harm() {
        init();
        init();
        tracing::debug!("below the usual level");
    }
}
