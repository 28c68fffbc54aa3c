//! A webhook delivery: what it names, what it tells by itself, and what the log says of it.

mod envelope;
mod event;
mod log;

pub(crate) use envelope::project_of_contact;
pub use envelope::{DeliveryName, Envelope, UnreadableBody, sha256_hex, unreadable_key};
pub use event::{EARLIEST, Fact, LATEST_AHEAD, Telling, UnreadableEvent};
pub use log::{DeliveryLog, DeliveryStatus, HELD_LIMIT, IgnoredBecause, Payload};

/// Larger bodies cost too much to keep: of a hint the envelope is kept alone, an event is refused.
pub const BODY_LIMIT: usize = 256 * 1024;
