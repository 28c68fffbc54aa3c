//! On which hosts a proposal is believed to be. Its link goes to a customer with our word for it.

use url::Url;

use super::InvalidConfiguration;
use crate::remote::ProposalLink;

/// More are not needed by anybody.
const MOST: usize = 20;

/// Names of hosts; each stands for itself and for all that is below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalHosts(Vec<String>);

impl ProposalHosts {
    /// Whether a customer may be sent there: to one of these hosts, by the usual port and as nobody.
    pub fn allow(&self, link: &ProposalLink) -> bool {
        let Some(host) = link.plain_host() else { return false };
        self.0.iter().any(|name| {
            host.strip_suffix(name.as_str()).is_some_and(|before| before.is_empty() || before.ends_with('.'))
        })
    }

    /// The names as they are configured; without any, OpenSolar's own domain by its API's address.
    pub(super) fn checked(names: &[String], api_base_url: &Url) -> Result<Self, InvalidConfiguration> {
        let problem =
            "give up to 20 names of hosts in lower case, such as opensolar.com: each stands for those below it";
        if MOST < names.len() || !names.iter().all(|name| is_host_name(name)) {
            return Err(InvalidConfiguration { field: "proposal_hosts", problem });
        }
        Ok(Self(if names.is_empty() { own_domain(api_base_url) } else { names.to_vec() }))
    }
}

/// Of `api.opensolar.com` it is `opensolar.com`, of any other host the host itself.
fn own_domain(api_base_url: &Url) -> Vec<String> {
    let host = api_base_url.host_str();
    let domain = |host: &str| host.strip_prefix("api.").filter(|rest| rest.contains('.')).unwrap_or(host).to_owned();
    host.map(domain).into_iter().collect()
}

fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !label.is_empty() && label.len() <= 63 && label.bytes().all(plain)
    };
    // A whole top-level domain is nobody's alone.
    name.len() <= 253 && name.contains('.') && name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(names: &[&str], api_base_url: &str) -> Result<ProposalHosts, InvalidConfiguration> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        ProposalHosts::checked(&names, &Url::parse(api_base_url).expect("an address"))
    }

    fn allow(hosts: &ProposalHosts, link: &str) -> bool {
        hosts.allow(&ProposalLink::parse(link).expect("a link"))
    }

    #[test]
    fn a_link_is_on_a_named_host_or_below_it() {
        let hosts = hosts(&["opensolar.com"], "https://relay.example.com").expect("valid");
        for link in [
            "https://opensolar.com/",
            "https://api.opensolar.com/share/1/?token=example",
            "https://APP.OpenSolar.com/share/1/",
            "https://a.b.opensolar.com:443/share/1/",
        ] {
            assert!(allow(&hosts, link), "{link}");
        }
    }

    #[test]
    fn what_only_looks_like_a_named_host_is_another() {
        let hosts = hosts(&["opensolar.com"], "https://api.opensolar.com").expect("valid");
        for link in [
            "https://opensolar.com.example.com/share/1/",
            "https://evilopensolar.com/share/1/",
            "https://example.com/opensolar.com",
            "https://example.com?opensolar.com",
            "https://example.com#.opensolar.com",
            "https://opensolar.com@example.com/",
            "https://example.com\\@opensolar.com/",
            "https://somebody@opensolar.com/",
            "https://somebody:secret@api.opensolar.com/",
            "https://opensolar.com:8443/share/1/",
            "https://opensolar.com./share/1/",
            "https://com/",
            "https://[2606:4700::1111]/",
        ] {
            assert!(!allow(&hosts, link), "{link}");
        }
    }

    #[test]
    fn where_none_is_named_it_is_the_domain_of_the_api() {
        for (api, allowed, refused) in [
            ("https://api.opensolar.com", "https://app.opensolar.com/", "https://example.com/"),
            ("https://relay.example.com/", "https://relay.example.com/", "https://example.com/"),
            ("https://api.com", "https://api.com/", "https://example.com/"),
            ("http://127.0.0.1:8080", "https://127.0.0.1/", "https://opensolar.com/"),
        ] {
            let hosts = hosts(&[], api).expect("valid");
            assert!(allow(&hosts, allowed) && !allow(&hosts, refused), "{api}");
        }
    }

    #[test]
    fn a_name_that_is_none_is_refused() {
        for name in ["", "com", "*.opensolar.com", "https://opensolar.com", "OpenSolar.com", "a..b", ".opensolar.com"] {
            assert_eq!(hosts(&[name], "https://api.opensolar.com").expect_err(name).field, "proposal_hosts");
        }
        assert!(hosts(&["example.com"; 21], "https://api.opensolar.com").is_err());
    }
}
