//! Plumbing that every function needs and that knows nothing of solar: typed variables, logs, batches, answers.

pub mod env;
pub mod gateway;
pub mod http;
pub mod sqs_batch;
pub mod telemetry;

mod invocation;

pub use invocation::deadline;
