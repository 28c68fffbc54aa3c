//! Who is in the story. All invented.

use chrono::{DateTime, Utc};

use crate::crm::Enquiry;

/// Those who ask for an installation.
pub(super) struct People {
    /// Wants solar, and has just written.
    pub(super) rudo: Enquiry<'static>,
    /// Wants solar too, is known to OpenSolar already, and has not written for days.
    pub(super) tendai: Enquiry<'static>,
    /// Wants something that OpenSolar does not design.
    pub(super) farai: Enquiry<'static>,
    /// Wants solar, and the answer that tells of the project is lost on its way.
    pub(super) chipo: Enquiry<'static>,
}

/// Tendai's address as somebody once typed it into OpenSolar.
pub(super) const TENDAI_IN_OPENSOLAR: &str = "Tendai@Example.com";

/// Tendai's number as somebody once typed it at the relay.
pub(super) const TENDAI_AT_THE_RELAY: &str = "077 000 0102";

impl People {
    pub(super) fn at(now: DateTime<Utc>) -> Self {
        let rudo = Enquiry {
            id: "1042",
            installation_type: "solar",
            first_name: "Rudo",
            last_name: "Example",
            email: "rudo@example.com",
            phone: "+263770000101",
            address: "12 Example Street",
            notes: None,
            revision: 1,
            last_inbound_at: Some(now),
        };
        let tendai = Enquiry {
            id: "1043",
            first_name: "Tendai",
            email: "tendai@example.com",
            phone: "+263770000102",
            address: "7 Sample Road",
            last_inbound_at: None,
            ..rudo.clone()
        };
        let farai = Enquiry {
            id: "1044",
            installation_type: "starlink",
            first_name: "Farai",
            email: "farai@example.com",
            phone: "+263770000103",
            address: "3 Specimen Close",
            ..rudo.clone()
        };
        let chipo = Enquiry {
            id: "1045",
            first_name: "Chipo",
            email: "chipo@example.com",
            phone: "+263770000104",
            address: "21 Pattern Avenue",
            ..rudo.clone()
        };
        Self { rudo, tendai, farai, chipo }
    }

    /// All of them.
    pub(super) fn all(&self) -> [&Enquiry<'_>; 4] {
        [&self.rudo, &self.tendai, &self.farai, &self.chipo]
    }
}
