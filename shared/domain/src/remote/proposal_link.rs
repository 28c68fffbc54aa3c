//! Where a proposal can be read.

use std::fmt;

use url::Url;

use crate::address::web_address;

/// A proposal's address, https only. It opens the proposal to anyone: `Debug` hides it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProposalLink(Url);

const ERASED: &str = "https://erased.invalid/";

impl ProposalLink {
    /// The link, or nothing if it is not https or longer than 2,000 characters.
    pub fn parse(raw: &str) -> Option<Self> {
        if 2_000 < raw.len() {
            return None;
        }
        web_address(raw).filter(|url| url.scheme() == "https" && url.host().is_some()).map(Self)
    }

    /// The host that it leads to, unless by another port than https's or with somebody's name in it.
    pub fn plain_host(&self) -> Option<&str> {
        let is_plain = self.0.port().is_none() && self.0.username().is_empty() && self.0.password().is_none();
        self.0.host_str().filter(|_| is_plain)
    }

    /// Stands where a link was erased, so that it stays known that there was one. It leads nowhere (RFC 6761, `invalid`).
    pub(crate) fn erased() -> Self {
        Self(Url::parse(ERASED).expect("it is an address"))
    }

    /// Whether it only stands where one was erased.
    pub fn is_erased(&self) -> bool {
        self.as_str() == ERASED
    }

    /// The whole link. For the record, the CRM and the customer only.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for ProposalLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProposalLink(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_is_not_https_is_no_proposal() {
        for raw in ["http://api.opensolar.com/share/1/", "javascript:alert(1)", "share/1", "https://"] {
            assert_eq!(ProposalLink::parse(raw), None, "{raw}");
        }
        let link = ProposalLink::parse("https://api.opensolar.com/share/1/?token=secret").expect("a link");
        assert!(!format!("{link:?}").contains("secret"));
    }
}
