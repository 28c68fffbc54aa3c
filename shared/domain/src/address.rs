//! Addresses that others write.

use url::Url;

/// Reads an address, unless its host is written in anything but plain ASCII: names of other characters are not built in,
/// and what stands in their place expects that nobody asks for one.
pub fn web_address(raw: &str) -> Option<Url> {
    // As the parser does: these are nothing, wherever they stand.
    let written: String = raw.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    let (_, rest) = written.split_once(':')?;
    let authority = rest.trim_start_matches(['/', '\\']).split(['/', '\\', '?', '#']).next()?;
    let is_plain = authority.is_ascii() && !authority.contains('%');
    if is_plain { Url::parse(raw).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_what_it_says() {
        for raw in [
            "https://opensolar.example.com/p/1?token=%20",
            "https://OPENSOLAR.example.com:8443/☀",
            "http://[::1]:9/",
            "https:\\\\opensolar.example.com\\p",
        ] {
            assert!(web_address(raw).is_some(), "{raw}");
        }
    }

    #[test]
    fn a_host_that_is_not_plain_ascii_is_none() {
        for raw in [
            "https://oN☀Np.example.com/",
            "https:oN☀Np.example.com/",
            "https:/\t/o\nN☀Np.example.com/",
            "https:\\\\oN☀Np.example.com\\",
            "https://N%E2%98%80.example.com/",
            "https://%4Eame☀@N☀.example.com/",
            "HTTPS://Ä.example.com?N",
            "",
            "no address",
            "https://",
        ] {
            assert_eq!(web_address(raw), None, "{raw}");
        }
    }
}
