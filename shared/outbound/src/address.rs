//! Which addresses a token may be sent to.

use std::net::IpAddr;
use std::str::FromStr;

use url::{Host, Url};

use crate::network::is_connected_to;

/// Whether plain HTTP is ever spoken, and this machine itself connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressPolicy {
    /// Never.
    HttpsOnly,
    /// Towards this machine itself, for local use.
    HttpOnLoopback,
}

/// A word that names no policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an address policy is https-only or http-on-loopback")]
pub struct UnknownPolicy;

impl FromStr for AddressPolicy {
    type Err = UnknownPolicy;

    /// Reads the policy's name as the template writes it.
    fn from_str(name: &str) -> Result<Self, UnknownPolicy> {
        match name {
            "https-only" => Ok(Self::HttpsOnly),
            "http-on-loopback" => Ok(Self::HttpOnLoopback),
            _ => Err(UnknownPolicy),
        }
    }
}

/// An address that no token is sent to. It is not named: it may contain a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusedAddress {
    /// Neither https nor, where that is allowed, http towards this machine.
    #[error("the configured address is not https")]
    NotHttps,
    /// It is a number of a network that is not public.
    #[error("the configured address is in a network that is not public")]
    NotPublic,
    /// It carries a user name or a password.
    #[error("the configured address has a user name or a password in it")]
    HasUserInfo,
}

impl AddressPolicy {
    /// Whether a token may be sent to this address.
    pub fn check(self, address: &Url) -> Result<(), RefusedAddress> {
        if !address.username().is_empty() || address.password().is_some() {
            return Err(RefusedAddress::HasUserInfo);
        }
        let is_allowed = match (address.scheme(), self) {
            ("https", Self::HttpsOnly | Self::HttpOnLoopback) => true,
            ("http", Self::HttpOnLoopback) => is_loopback(address),
            (_, Self::HttpsOnly | Self::HttpOnLoopback) => false,
        };
        if !is_allowed {
            return Err(RefusedAddress::NotHttps);
        }
        // What a name leads to is seen when it is connected to.
        let number = match address.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            Some(Host::Domain(_)) | None => None,
        };
        match number {
            Some(ip) if !is_connected_to(self, ip) => Err(RefusedAddress::NotPublic),
            Some(_) | None => Ok(()),
        }
    }
}

fn is_loopback(address: &Url) -> bool {
    match address.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(policy: AddressPolicy, raw: &str) -> Result<(), RefusedAddress> {
        policy.check(&Url::parse(raw).expect("an address"))
    }

    #[test]
    fn a_policy_has_one_name() {
        assert_eq!("https-only".parse(), Ok(AddressPolicy::HttpsOnly));
        assert_eq!("http-on-loopback".parse(), Ok(AddressPolicy::HttpOnLoopback));
        assert_eq!("true".parse::<AddressPolicy>(), Err(UnknownPolicy));
    }

    #[test]
    fn https_is_always_allowed() {
        for policy in [AddressPolicy::HttpsOnly, AddressPolicy::HttpOnLoopback] {
            assert_eq!(check(policy, "https://api.example.com"), Ok(()));
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_and_for_local_use_only() {
        for local in ["http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost:8080"] {
            assert_eq!(check(AddressPolicy::HttpOnLoopback, local), Ok(()), "{local}");
            assert_eq!(check(AddressPolicy::HttpsOnly, local), Err(RefusedAddress::NotHttps), "{local}");
        }
        for other in ["http://api.example.com", "http://127.0.0.1.example.com", "http://10.0.0.1", "ftp://127.0.0.1"] {
            assert_eq!(check(AddressPolicy::HttpOnLoopback, other), Err(RefusedAddress::NotHttps), "{other}");
        }
    }

    #[test]
    fn a_number_is_a_public_one_however_it_is_written() {
        let elsewhere = [
            "https://10.0.0.1",
            "https://169.254.169.254/latest/meta-data/",
            "https://0xa9fea9fe/",
            "https://2852039166/",
            "https://0251.0376.0251.0376/",
            "https://169.254.43518/",
            "https://[::ffff:169.254.169.254]/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
            "https://0/",
        ];
        for raw in elsewhere {
            for policy in [AddressPolicy::HttpsOnly, AddressPolicy::HttpOnLoopback] {
                assert_eq!(check(policy, raw), Err(RefusedAddress::NotPublic), "{raw}");
            }
        }
        for local in ["https://127.0.0.1:8443", "https://[::1]", "https://127.1"] {
            assert_eq!(check(AddressPolicy::HttpsOnly, local), Err(RefusedAddress::NotPublic), "{local}");
            assert_eq!(check(AddressPolicy::HttpOnLoopback, local), Ok(()), "{local}");
        }
        assert_eq!(check(AddressPolicy::HttpsOnly, "https://1.1.1.1/"), Ok(()));
    }

    #[test]
    fn an_address_with_a_password_is_refused() {
        for raw in ["https://user@api.example.com", "https://user:secret@api.example.com"] {
            let refused = check(AddressPolicy::HttpsOnly, raw).expect_err("refused");
            assert!(!refused.to_string().contains("secret"), "{refused}");
        }
    }
}
