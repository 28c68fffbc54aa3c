//! What a line of the log says, all of it, however it is written elsewhere.

use std::fmt::{Debug, Write};

use tracing::field::{Field, Visit};

/// The fields of an event or a span, a message among them, as text.
pub fn log_line(record: impl FnOnce(&mut dyn Visit)) -> String {
    let mut line = Line(String::new());
    record(&mut line);
    line.0
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a text cannot fail.
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, "{}={value} ", field.name());
    }
}
