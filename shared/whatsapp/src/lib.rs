//! WhatsApp messages over Meta's Cloud API: the domain's port over HTTPS.

mod client;
mod errors;
mod wire;

pub use client::{TIMEOUT, WhatsAppClient};
pub use outbound::AddressPolicy;
