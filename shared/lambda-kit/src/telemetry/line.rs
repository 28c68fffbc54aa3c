//! A line of the log: one JSON object, of allowed fields.

use std::fmt;

use chrono::{SecondsFormat, Utc};
use serde_json::{Map, Value};
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::allowed::Allowed;

/// Writes events, with their allowed fields at the top level and the innermost span as `span`.
pub(super) struct Line;

/// Writes the fields of spans, the allowed ones, for [`Line`] to read again.
pub(super) struct SpanFields;

impl<'writer> FormatFields<'writer> for SpanFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut allowed = Allowed::default();
        fields.record(&mut allowed);
        write!(writer, "{}", Value::Object(allowed.into_fields()))
    }

    /// Fields that a span is given later come to those it has.
    fn add_fields(
        &self,
        current: &'writer mut FormattedFields<Self>,
        fields: &tracing::span::Record<'_>,
    ) -> fmt::Result {
        let mut all = read(&current.fields);
        let mut allowed = Allowed::default();
        fields.record(&mut allowed);
        all.extend(allowed.into_fields());
        current.fields = Value::Object(all).to_string();
        Ok(())
    }
}

impl<S> FormatEvent<S, SpanFields> for Line
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, SpanFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Map::new();
        let now = Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true);
        line.insert("timestamp".to_owned(), now.into());
        line.insert("level".to_owned(), event.metadata().level().as_str().into());
        line.insert("target".to_owned(), event.metadata().target().into());
        let mut allowed = Allowed::default();
        event.record(&mut allowed);
        line.extend(allowed.into_fields());
        if let Some(span) = context.lookup_current() {
            let mut fields =
                span.extensions().get::<FormattedFields<SpanFields>>().map(|had| read(&had.fields)).unwrap_or_default();
            fields.insert("name".to_owned(), span.name().into());
            line.insert("span".to_owned(), fields.into());
        }
        writeln!(writer, "{}", Value::Object(line))
    }
}

fn read(written: &str) -> Map<String, Value> {
    serde_json::from_str(written).unwrap_or_default()
}
