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
