//! I8: listens to every line that is logged, for what no log may have.

use std::cell::RefCell;

use integration_tests::log_line;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What the invented people of these stories would not like to be read: numbers, addresses, names, words, keys.
const PRIVATE: [&str; 9] = [
    "770000",
    "tariro",
    "Tariro",
    "Example Street",
    "Borrowdale",
    "mind the gate",
    "token=example",
    "designer's note",
    crate::world::WEBHOOK_KEY,
];

thread_local! {
    static LEAKS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The listener, for all threads.
pub(crate) struct Listener;

/// What was heard in this thread since the last time.
pub(crate) fn leaks() -> Vec<String> {
    LEAKS.with(RefCell::take)
}

/// Whether a text has something private in it.
pub(crate) fn is_private(text: &str) -> bool {
    PRIVATE.iter().any(|private| text.contains(private))
}

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let line = log_line(|visit| event.record(visit));
        if is_private(&line) {
            LEAKS.with(|leaks| leaks.borrow_mut().push(line));
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
