//! Logs: one JSON object per line on standard output, where Lambda takes them.
//!
//! What a line may say is one list, [`FIELDS`]: a field that is not on it does not get out, and is counted.

mod allowed;
mod line;

use std::error::Error;
use std::io;

pub use allowed::{DROPPED, FIELDS, is_allowed};

use line::{Line, SpanFields};
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
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
    // Only a second call fails, and then the first one's logs are in place.
    let _ = subscriber(levels, std::io::stdout).try_init();
    if let Some(Err(error)) = filter {
        tracing::warn!(%error, "the log level cannot be read, logging from info on");
    }
}

/// Writes what a process of that level would, for whoever reads it.
pub fn lines_to<W: io::Write>(
    level: Level,
    to: impl Fn() -> W + Send + Sync + 'static,
) -> impl Subscriber + Send + Sync {
    subscriber(quiet_libraries(Targets::new().with_default(level)), to)
}

/// Whether a target is a library's of which nothing below `info` is written.
pub fn is_quiet(target: &str) -> bool {
    LIBRARIES.iter().any(|library| target.starts_with(library))
}

/// Who writes the lines, and where.
fn subscriber<W>(levels: Targets, to: W) -> impl Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().fmt_fields(SpanFields).event_format(Line).with_writer(to);
    tracing_subscriber::registry().with(levels).with(lines)
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
    use std::sync::{Arc, Mutex};

    use serde_json::Value;

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

    /// What is written while something is done, a line each.
    fn written(during: impl FnOnce()) -> Vec<Value> {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let writer = kept.clone();
        let levels = Targets::new().with_default(Level::TRACE);
        let subscriber = subscriber(levels, move || Kept(writer.clone()));
        tracing::subscriber::with_default(subscriber, during);
        let bytes = kept.lock().expect("nobody panicked").clone();
        let text = String::from_utf8(bytes).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
    }

    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("nobody panicked").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_field_that_is_not_on_the_list_does_not_get_out_and_is_counted() {
        let lines = written(|| {
            tracing::warn!(request.id = "1042", first_name = "Rudo", body = ?b"Rudo", failures = 3, "it failed");
            tracing::info!("all is well");
        });
        assert_eq!(lines[0]["message"], "it failed");
        assert_eq!((&lines[0]["level"], &lines[0]["request.id"]), (&"WARN".into(), &"1042".into()));
        assert_eq!((&lines[0]["failures"], &lines[0][DROPPED]), (&3.into(), &2.into()));
        assert!(!lines[0].to_string().contains("Rudo") && !lines[0].to_string().contains("first_name"));
        assert_eq!(lines[1].get(DROPPED), None);
        assert!(lines[1]["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')) && lines[1].get("span").is_none());
    }

    #[test]
    fn spans_are_told_by_the_same_list() {
        let lines = written(|| {
            let span =
                tracing::info_span!("invocation", requestId = "r-1", token = "t-1", status = tracing::field::Empty);
            let _within = span.enter();
            span.record("status", 7);
            tracing::error!(error = &SyncFailed("x".parse::<u8>().expect_err("no number")) as &dyn Error, "one");
        });
        let span = &lines[0]["span"];
        assert_eq!(
            (&span["name"], &span["requestId"], &span["status"]),
            (&"invocation".into(), &"r-1".into(), &7.into())
        );
        assert_eq!(span[DROPPED], 1);
        assert_eq!(lines[0]["error"], "the sync failed: invalid digit found in string");
    }

    #[test]
    fn no_message_tells_a_telephone_number() {
        let lines = written(|| tracing::info!(error = "to +263770000123", "a message to {} went out", "+263770000123"));
        assert_eq!(lines[0]["message"], "a message to …123 went out");
        assert_eq!(lines[0]["error"], "to …123");
    }

    #[test]
    fn setting_up_twice_does_no_harm() {
        init();
        init();
        tracing::debug!("below the usual level");
    }
}
