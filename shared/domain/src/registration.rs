//! Webhook registrations: where OpenSolar sends its deliveries, and what they prove there.

use std::str::FromStr;

use url::{Host, Url};

use crate::address::web_address;
use crate::authentication::SHORTEST_KEY;
use crate::ids::RegistrationId;
use crate::ports::SecretText;

/// The path at which this bridge takes deliveries.
pub const WEBHOOK_PATH: &str = "/api/opensolar/webhook/";

/// A registration as OpenSolar lists it. Its keys are not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// OpenSolar's id.
    pub id: RegistrationId,
    /// Where deliveries go; any text, since it may be anybody's.
    pub address: String,
    /// Whether they do.
    pub state: RegistrationState,
}

/// Whether a registration is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationState {
    /// Deliveries are made.
    Enabled,
    /// It stays in the list, and nothing is delivered.
    Disabled,
}

impl Registration {
    /// Whether its deliveries go to this bridge, known by the host that it is asked under.
    pub fn leads_to(&self, host: &str) -> bool {
        let Some(address) = web_address(&self.address) else { return false };
        let path = address.path().trim_end_matches('/');
        address.authority().eq_ignore_ascii_case(host) && path.ends_with(WEBHOOK_PATH.trim_end_matches('/'))
    }

    /// Whether its deliveries go to this address, with the last slash or without.
    pub fn is_at(&self, address: &WebhookAddress) -> bool {
        self.address.trim_end_matches('/') == address.0.as_str().trim_end_matches('/')
    }
}

/// What a registration is to be.
pub struct NewRegistration {
    /// Where deliveries go.
    pub address: WebhookAddress,
    /// The header that carries the key, where one does.
    pub header: String,
    /// The key that the header carries or, where there is no other, that bodies are signed with.
    pub key: RegistrationKey,
    /// The key that bodies are signed with beside one that the header carries.
    pub signing_key: Option<RegistrationKey>,
}

/// Where deliveries may go: by https, or to this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookAddress(Url);

/// Text that is no such address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address has to be https://, without a name, a query or a fragment in it")]
pub struct InvalidWebhookAddress;

impl WebhookAddress {
    /// The address.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for WebhookAddress {
    type Err = InvalidWebhookAddress;

    fn from_str(raw: &str) -> Result<Self, InvalidWebhookAddress> {
        let address = web_address(raw).ok_or(InvalidWebhookAddress)?;
        let is_here = match address.host() {
            Some(Host::Ipv4(host)) => host.is_loopback(),
            Some(Host::Ipv6(host)) => host.is_loopback(),
            Some(Host::Domain(host)) => host == "localhost",
            None => return Err(InvalidWebhookAddress),
        };
        let is_safe = address.scheme() == "https" || (address.scheme() == "http" && is_here);
        let is_plain = address.username().is_empty()
            && address.password().is_none()
            && address.query().is_none()
            && address.fragment().is_none();
        if is_safe && is_plain { Ok(Self(address)) } else { Err(InvalidWebhookAddress) }
    }
}

/// A key that a sender is given: of the length that the door asks for, and fit for a header.
#[derive(Clone)]
pub struct RegistrationKey(SecretText);

/// Text that is no such key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key has {SHORTEST_KEY} characters or more, of ASCII and none of them invisible")]
pub struct InvalidRegistrationKey;

impl RegistrationKey {
    /// The key, for the call that gives it to the sender.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl FromStr for RegistrationKey {
    type Err = InvalidRegistrationKey;

    fn from_str(raw: &str) -> Result<Self, InvalidRegistrationKey> {
        let is_inside =
            raw.len() == raw.trim().len() && raw.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if raw.len() < SHORTEST_KEY || !is_inside {
            return Err(InvalidRegistrationKey);
        }
        Ok(Self(SecretText::new(raw)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_go_nowhere_but_by_https_or_to_this_machine() {
        for address in [
            "https://bridge.example.com/api/opensolar/webhook/",
            "https://bridge.example.com:8443/stage/api/opensolar/webhook",
            "http://127.0.0.1:9000/api/opensolar/webhook/",
            "http://[::1]/",
            "http://localhost:4566/",
        ] {
            assert!(address.parse::<WebhookAddress>().is_ok(), "{address}");
        }
        for address in [
            "",
            "bridge.example.com",
            "http://bridge.example.com/",
            "http://localhost.example.com/",
            "ftp://bridge.example.com/",
            "https://name:word@bridge.example.com/",
            "https://bridge.example.com/?key=1",
            "https://bridge.example.com/#key",
            "file:///etc/hosts",
        ] {
            assert_eq!(address.parse::<WebhookAddress>(), Err(InvalidWebhookAddress), "{address}");
        }
    }

    #[test]
    fn a_key_is_long_and_fits_into_a_header() {
        for key in ["sixteen bytes...", "an invented key, with spaces"] {
            assert!(key.parse::<RegistrationKey>().is_ok(), "{key}");
        }
        for key in [
            "",
            "fifteen bytes..",
            " sixteen bytes...",
            "sixteen bytes...\n",
            "sixteen\rbytes.....",
            "sechzehn Bytes für",
        ] {
            assert!(key.parse::<RegistrationKey>().is_err(), "{key}");
        }
    }

    #[test]
    fn a_registration_is_known_by_where_it_leads() {
        let at = |address: &str| Registration {
            id: 7.into(),
            address: address.to_owned(),
            state: RegistrationState::Enabled,
        };
        let ours = at("https://bridge.example.com/api/opensolar/webhook");
        assert!(ours.leads_to("bridge.example.com") && ours.leads_to("BRIDGE.example.com"));
        assert!(ours.is_at(&"https://bridge.example.com/api/opensolar/webhook/".parse().expect("an address")));
        assert!(at("http://127.0.0.1:9000/api/opensolar/webhook/").leads_to("127.0.0.1:9000"));
        for other in
            ["https://other.example.com/api/opensolar/webhook/", "https://bridge.example.com/hook", "", "no address"]
        {
            assert!(!at(other).leads_to("bridge.example.com"), "{other}");
        }
    }
}
