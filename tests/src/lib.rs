//! Whole flows, from what the CRM asks for to what the customer reads, with nothing but the outside world replaced.
//!
//! [`World`] is the system on one page: the real use cases and the real clients, on ports in memory, against servers
//! that answer as OpenSolar and WhatsApp do. Each folder beside `src` is a test binary.

pub mod around;
mod kept;
mod world;

pub use kept::run_folder;
pub use world::{Snapshot, World, customer_request, day};
