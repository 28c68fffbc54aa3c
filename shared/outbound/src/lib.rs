//! One careful HTTP call to a service with a bearer token: what OpenSolar's and WhatsApp's clients have in common.
//!
//! https only, no redirects, no proxy from the environment, no network but the public one, nothing repeated but a call that was answered 401, answers
//! capped, and errors that say whether anything was sent and never name an address. What an answer means is the
//! caller's.

mod address;
mod client;
mod network;
mod retry_after;

#[cfg(any(test, feature = "scripted-server"))]
pub mod scripted_server;

pub use address::{AddressPolicy, RefusedAddress, UnknownPolicy};
pub use client::{Answer, BODY_LIMIT, Connections, Failure, Method, Outbound, REFUSAL_LIMIT, Request};
