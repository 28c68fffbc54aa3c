//! Which networks are connected to: the public one, and in local use this machine. A name decides nothing, what it
//! resolves to does, at the moment of connecting.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use domain::ports::Cause;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;

use crate::address::AddressPolicy;

/// A name that leads to an address that is not connected to. The address is not told: it says something of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the service's name leads into a network that is not public")]
struct NotPublic;

/// The system's resolver, of whose answers only those are taken that lead nowhere else than the policy allows.
pub(crate) struct CarefulResolver(pub(crate) AddressPolicy);

impl Resolve for CarefulResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0;
        Box::pin(async move {
            let found = lookup_host((name.as_str(), 0)).await?.collect();
            let taken = taken(policy, found).map_err(Cause::from)?;
            Ok(Box::new(taken.into_iter()) as Addrs)
        })
    }
}

/// All of the addresses or none: a name that leads to both sides is no service's.
fn taken(policy: AddressPolicy, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, NotPublic> {
    let is_fine = found.iter().all(|address| is_connected_to(policy, address.ip()));
    if is_fine { Ok(found) } else { Err(NotPublic) }
}

/// Whether the policy allows a connection to this address.
pub(crate) fn is_connected_to(policy: AddressPolicy, ip: IpAddr) -> bool {
    match policy {
        AddressPolicy::HttpsOnly => is_public(ip),
        AddressPolicy::HttpOnLoopback => is_public(ip) || ip.to_canonical().is_loopback(),
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// Not in IANA's registry of special-purpose addresses (RFC 6890 and its updates), nor multicast.
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = match (a, b, c) {
        (0 | 10 | 127 | 224.., _, _)
        | (100, 64..=127, _)
        | (169, 254, _)
        | (172, 16..=31, _)
        | (192, 0, 0 | 2)
        | (192, 88, 99)
        | (192, 168, _)
        | (198, 18 | 19, _)
        | (198, 51, 100)
        | (203, 0, 113) => true,
        (_, _, _) => false,
    };
    !is_special
}

/// Global unicast without its special parts; an address that carries one of version 4 is judged by that.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(carried) = ip.to_ipv4_mapped() {
        return is_public_v4(carried);
    }
    let [a, b, c, d, e, f, g, h] = ip.segments();
    if [a, b, c, d, e, f] == [0x64, 0xff9b, 0, 0, 0, 0] {
        let [[g, h], [i, j]] = [g.to_be_bytes(), h.to_be_bytes()];
        return is_public_v4(Ipv4Addr::new(g, h, i, j));
    }
    let is_special = match (a, b) {
        // Teredo and the rest of IETF's assignments, examples, 6to4, more examples.
        (0x2001, 0..=0x1ff | 0xdb8) | (0x2002, _) | (0x3fff, 0..=0xfff) => true,
        (_, _) => false,
    };
    (0x2000..=0x3fff).contains(&a) && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(raw: &str) -> IpAddr {
        raw.parse().expect("an address")
    }

    /// One of each network that is nobody's service, both ends of it where that matters.
    const ELSEWHERE: [&str; 47] = [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "169.254.0.1",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::2",
        "::10.0.0.1",
        "::ffff:0.0.0.0",
        "::ffff:10.0.0.1",
        "::ffff:100.64.0.1",
        "::ffff:169.254.169.254",
        "::ffff:192.168.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:a9fe:a9fe::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fdff::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ];

    const HERE: [&str; 5] = ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1"];

    const PUBLIC: [&str; 14] = [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2001:4860:4860::8888",
        "::ffff:1.1.1.1",
        "64:ff9b::1.1.1.1",
    ];

    #[test]
    fn only_public_addresses_are_connected_to() {
        for raw in ELSEWHERE.into_iter().chain(HERE) {
            assert!(!is_connected_to(AddressPolicy::HttpsOnly, ip(raw)), "{raw}");
        }
        for raw in PUBLIC {
            for policy in [AddressPolicy::HttpsOnly, AddressPolicy::HttpOnLoopback] {
                assert!(is_connected_to(policy, ip(raw)), "{raw}");
            }
        }
    }

    #[test]
    fn in_local_use_this_machine_is_connected_to_and_no_other() {
        for raw in ELSEWHERE {
            assert!(!is_connected_to(AddressPolicy::HttpOnLoopback, ip(raw)), "{raw}");
        }
        for raw in &HERE[..4] {
            assert!(is_connected_to(AddressPolicy::HttpOnLoopback, ip(raw)), "{raw}");
        }
    }

    #[test]
    fn a_name_that_leads_to_both_sides_leads_nowhere() {
        let at = |raw| SocketAddr::new(ip(raw), 0);
        for other in ["10.0.0.1", "169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "127.0.0.1"] {
            for found in [vec![at("1.1.1.1"), at(other)], vec![at(other), at("2606:4700::1111")], vec![at(other)]] {
                assert_eq!(taken(AddressPolicy::HttpsOnly, found), Err(NotPublic), "{other}");
            }
        }
        let both = vec![at("1.1.1.1"), at("2606:4700::1111")];
        assert_eq!(taken(AddressPolicy::HttpsOnly, both.clone()), Ok(both));
    }
}
