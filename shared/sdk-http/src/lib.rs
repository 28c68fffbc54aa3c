//! The HTTP client beneath AWS's SDK: HTTP/1.1 with kept connections, over the TLS that all of us share.
//!
//! The SDK's own client (`aws-smithy-http-client`) brings HTTP/2 and a second connection pool along, and Cargo then builds
//! HTTP/2 into every other HTTP client of a function too. No service that is called here needs it.

mod client;
mod connect;
mod failure;
mod tls;

pub use client::{Reach, client};
