//! What is asked of the deployed bridge, in the order of the test: later steps find what earlier ones made.

mod door;
mod news;
mod operators;
mod requests;
mod sweeps;

use chrono::{DateTime, Utc};
use local::crm::Enquiry;

/// The customer of most steps, who has just written.
fn rudo(last_inbound_at: DateTime<Utc>) -> Enquiry<'static> {
    Enquiry {
        id: "1042",
        installation_type: "solar",
        first_name: "Rudo",
        last_name: "Example",
        email: "rudo@example.com",
        phone: "+263770000101",
        address: "12 Example Street",
        notes: None,
        revision: 1,
        last_inbound_at: Some(last_inbound_at),
    }
}
