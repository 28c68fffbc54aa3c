//! Who asks for an installation in a soak. All invented, and as many as wanted.

use chrono::{DateTime, Utc};
use domain::ids::RequestId;

use crate::crm::Enquiry;

/// Every so many customers, one asks for a second installation: two requests with one phone number.
const COMES_AGAIN: usize = 10;

/// A request of the CRM.
#[derive(Debug, Clone)]
pub(super) struct Customer {
    /// The CRM's id of the request.
    pub(super) id: RequestId,
    /// In E.164. Two requests may have the same.
    pub(super) phone: String,
    first_name: String,
    email: String,
    address: String,
    last_inbound_at: Option<DateTime<Utc>>,
}

impl Customer {
    /// The customer of this number, from 0. Every second one has just written; the others get templates.
    pub(super) fn number(number: usize, now: DateTime<Utc>) -> Option<Self> {
        // Whoever comes again is the one before.
        let person = if number % COMES_AGAIN == COMES_AGAIN - 1 { number - 1 } else { number };
        Some(Self {
            id: format!("soak-{number}").parse().ok()?,
            phone: format!("+263770{:06}", 10_000 + person),
            // Differs between the two requests of one customer, so that each message tells whose it is.
            first_name: format!("Customer{number}"),
            email: format!("customer{person}@example.com"),
            address: format!("{} Example Street", number + 1),
            last_inbound_at: number.is_multiple_of(2).then_some(now),
        })
    }

    /// What the CRM says of it at this revision.
    pub(super) fn enquiry(&self, revision: u64) -> Enquiry<'_> {
        Enquiry {
            id: self.id.as_str(),
            installation_type: "solar",
            first_name: &self.first_name,
            last_name: "Example",
            email: &self.email,
            phone: &self.phone,
            address: &self.address,
            notes: (1 < revision).then_some("Asked for a battery too."),
            revision,
            last_inbound_at: self.last_inbound_at,
        }
    }

    /// The number as WhatsApp names it.
    pub(super) fn whatsapp_id(&self) -> &str {
        self.phone.trim_start_matches('+')
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_request_is_another_and_some_customers_come_again() {
        let customers: Vec<Customer> = (0..200).filter_map(|number| Customer::number(number, Utc::now())).collect();
        let ids: BTreeSet<&str> = customers.iter().map(|customer| customer.id.as_str()).collect();
        let phones: BTreeSet<&str> = customers.iter().map(|customer| customer.phone.as_str()).collect();
        let names: BTreeSet<&str> = customers.iter().map(|customer| customer.first_name.as_str()).collect();
        assert_eq!((ids.len(), phones.len(), names.len()), (200, 180, 200));
    }
}
