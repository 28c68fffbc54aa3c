//! What OpenSolar refuses, loses, delays and repeats.

use serde_json::Value;
use testkit::fake_opensolar::{QuotaBreach, Quotas};
use testkit::{Calls, Fault};

use super::Platform;

/// Whatever is changed here counts from the next call on.
impl Platform {
    /// The next call that matches meets this fault, once. Faults queue up. Both contracts have projects under
    /// `/projects/` and change them by PATCH; for their contacts see [`Platform::contact_writes`].
    pub fn fail_next(&self, calls: Calls, fault: Fault) {
        match self {
            Self::Live(live) => live.fail_next(calls, fault),
            Self::Design(relay) => relay.fail_next(calls, fault),
        }
    }

    /// The next call, whatever it is, is refused with this status.
    pub fn refuse_next(&self, status: u16) {
        self.fail_next(Calls::any(), Fault::Refuse { status, body: Value::Null, retry_after: None });
    }

    /// The calls that change a contact.
    pub fn contact_writes(&self) -> Calls {
        match self {
            Self::Live(_) => Calls::to("PUT", "/contacts/"),
            Self::Design(_) => Calls::to("PATCH", "/contacts/"),
        }
    }

    /// The calls that read this contact by its id.
    pub fn reads_of_contact(&self, contact: u64) -> Calls {
        match self {
            Self::Live(_) => Calls::ending("GET", &format!("/contacts/{contact}/")),
            Self::Design(_) => Calls::ending("GET", &format!("/contacts/{contact}")),
        }
    }

    /// By its id this project is refused with 403, and nothing is told of it. Lists still have it.
    pub fn put_out_of_reach(&self, project: u64) {
        match self {
            Self::Live(live) => live.put_out_of_reach(project),
            Self::Design(relay) => relay.put_out_of_reach(project),
        }
    }

    /// It is shown again.
    pub fn bring_within_reach(&self, project: u64) {
        match self {
            Self::Live(live) => live.bring_within_reach(project),
            Self::Design(relay) => relay.bring_within_reach(project),
        }
    }

    /// Every token is refused with 401, until there is a new one.
    pub fn expire_token(&self) {
        match self {
            Self::Live(live) => live.expire_token(),
            Self::Design(relay) => relay.expire_token(),
        }
    }

    /// A new token, and the only one that is let in.
    pub fn new_token(&self) -> String {
        match self {
            Self::Live(live) => live.new_token(),
            Self::Design(relay) => relay.new_token(),
        }
    }

    /// Creates of projects want payment; all else goes on.
    pub fn empty_wallet(&self) {
        match self {
            Self::Live(live) => live.empty_wallet(),
            Self::Design(relay) => relay.empty_wallet(),
        }
    }

    /// Somebody paid.
    pub fn refill_wallet(&self) {
        match self {
            Self::Live(live) => live.refill_wallet(),
            Self::Design(relay) => relay.refill_wallet(),
        }
    }

    /// Whether calls above a quota are throttled.
    pub fn enforce_quotas(&self, quotas: Quotas) {
        match self {
            Self::Live(live) => live.enforce_quotas(quotas),
            Self::Design(relay) => relay.enforce_quotas(quotas),
        }
    }

    /// Calls above a quota, enforced or not.
    pub fn quota_breaches(&self) -> Vec<QuotaBreach> {
        match self {
            Self::Live(live) => live.quota_breaches(),
            Self::Design(relay) => relay.quota_breaches(),
        }
    }

    /// Everything that was delivered so far is delivered once more, as it was.
    pub fn deliver_all_again(&self) {
        match self {
            Self::Live(live) => {
                (0..live.deliveries().len()).for_each(|number| live.deliver_again(number).expect("a delivery"))
            }
            Self::Design(relay) => {
                (0..relay.deliveries().len()).for_each(|number| relay.deliver_again(number).expect("a delivery"))
            }
        }
    }
}
