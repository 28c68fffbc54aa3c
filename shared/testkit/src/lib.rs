//! What tests and local runs use in place of the outside world. Production code never depends on this crate.
//!
//! [`FakeOpenSolar`] and [`FakeWhatsApp`] are HTTP servers on loopback that hold state and answer as the real
//! services would, as far as public documentation tells; [`FakeRelay`] answers as the design document has it. They know
//! none of our crates.
//!
//! [`memory`] holds the domain's ports in memory, [`contract`] says what every store promises, [`dynamo`] is the
//! table in process, and [`builders`] makes the records that tests begin with.

pub mod builders;
pub mod contract;
pub mod dynamo;
mod fake_http;
pub mod fake_opensolar;
pub mod fake_relay;
pub mod fake_whatsapp;
pub mod memory;
pub mod secrets;
pub mod signing;

pub use fake_http::{Call, Calls, Fault, LateAnswer, Spoil};
pub use fake_opensolar::FakeOpenSolar;
pub use fake_relay::FakeRelay;
pub use fake_whatsapp::FakeWhatsApp;
