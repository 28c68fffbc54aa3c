//! Whole flows, from what the CRM asks for to what the customer reads, with nothing but the outside world replaced.
//!
//! [`World`] is the system on one page: the real use cases and the real clients, on ports in memory, against servers
//! that answer as OpenSolar and WhatsApp do. Each folder beside `src` is a test binary.

//!
//! A [`World`] is of one contract by itself; one of [`Platform`] is of whichever the flow is told under.

pub mod around;
mod kept;
mod log_line;
pub mod platform;
mod world;

pub use domain::configuration::ApiContract as Contract;
pub use kept::run_folder;
pub use log_line::log_line;
pub use platform::Platform;
pub use world::{Delivery, Snapshot, World, customer_request, day};
