//! Which source addresses may send at all. HTTP APIs have neither WAF nor resource policy, so the
//! function checks the address that API Gateway saw, never a header that a sender can write.

use std::net::IpAddr;

use ipnet::IpNet;

/// The allow-list of `ALLOWED_CIDRS`; empty means that every address may send.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct AllowedSources(Vec<IpNet>);

impl AllowedSources {
    /// Parses a comma-separated list of CIDR blocks, IPv4 and IPv6.
    ///
    /// # Errors
    /// Names the first entry that is not a CIDR block.
    pub fn parse(list: &str) -> Result<Self, String> {
        list.split(',')
            .map(str::trim)
            .map(|entry| {
                // IPv4 in IPv6 never arrives as such: a block of it would match nothing.
                let block =
                    entry.parse().ok().filter(|block: &IpNet| block.addr().to_canonical() == block.addr());
                block.ok_or_else(|| {
                    format!("{entry:?} is not a CIDR block such as 192.0.2.0/24 or 2001:db8::/32")
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether `source_ip`, as API Gateway's `requestContext.http.sourceIp` gives it, may send.
    ///
    /// With a list in force, an address that cannot be read is refused.
    #[must_use]
    pub fn allow(&self, source_ip: Option<&str>) -> bool {
        let address = || source_ip?.parse::<IpAddr>().ok().map(|address| address.to_canonical());
        self.0.is_empty()
            || address().is_some_and(|address| self.0.iter().any(|block| block.contains(&address)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_allows_every_address() {
        assert!(AllowedSources::default().allow(Some("203.0.113.9")));
        assert!(AllowedSources::default().allow(None));
    }

    #[test]
    fn allows_addresses_of_either_family_inside_a_block_only() {
        let sources = AllowedSources::parse("192.0.2.0/24, 2001:db8::/32").unwrap();
        for inside in ["192.0.2.255", "2001:db8:1::1", "::ffff:192.0.2.1"] {
            assert!(sources.allow(Some(inside)), "{inside}");
        }
        for outside in ["192.0.3.0", "2001:db9::", "not an address", ""] {
            assert!(!sources.allow(Some(outside)), "{outside}");
        }
        assert!(!sources.allow(None));
    }

    #[test]
    fn names_the_entry_that_is_not_a_block() {
        assert!(AllowedSources::parse("192.0.2.0/24,10.0.0.0/33").unwrap_err().contains("10.0.0.0/33"));
        assert!(AllowedSources::parse("192.0.2.1").is_err());
        assert!(AllowedSources::parse("::ffff:192.0.2.0/120").is_err());
    }

    #[test]
    fn a_list_without_a_block_is_an_error_and_not_an_open_door() {
        assert!(AllowedSources::parse(",").is_err());
    }
}
