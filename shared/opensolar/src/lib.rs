//! OpenSolar over HTTPS: one engine, and each contract as a pure mapping between the domain and JSON.
//!
//! [`OpenSolarClient`] implements the domain's port. Which contract an account speaks is its configuration's; nothing
//! outside this crate knows how any of them looks.

mod answer;
mod back_off;
mod change;
mod client;
mod design;
mod email_in_use;
mod exchange;
mod lenient;
mod live;
#[cfg(feature = "mappings")]
pub mod mappings;
mod refusal;

pub use client::OpenSolarClient;
pub use outbound::AddressPolicy;
