//! Where a request comes from: an address, and what the program calls itself.
//!
//! ```text
//! peer 127.0.0.1, trusted, X-Forwarded-For: 198.51.100.1, 203.0.113.9   ->  203.0.113.9
//! peer 203.0.113.9, not trusted, X-Forwarded-For: 198.51.100.1          ->  203.0.113.9
//! ```
//!
//! Promises: `X-Forwarded-For` counts only if the peer is a trusted proxy, and then only its
//! right-most entry that is not a trusted proxy itself: whatever stands left of it may be made up. What
//! a program calls itself is cut and has no control characters. It does not write anything down.

use std::net::IpAddr;

pub use quitus_core::network::Network;
use quitus_core::network::network_of;

/// Characters of a user agent that are kept.
const AGENT_CHARS_MAX: usize = 200;
/// Entries of `X-Forwarded-For` that are looked at: more proxies than that are a loop.
const HOPS_MAX: usize = 32;

/// Who sends a request, as far as it shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// The address; `None` for what the relay does itself.
    pub address: Option<IpAddr>,
    /// The program, as it names itself.
    pub agent: Option<String>,
}

impl Caller {
    /// The sender of a request that came from `peer`, with the values of its `X-Forwarded-For` in
    /// their order and its `User-Agent`.
    pub fn new<'a>(
        peer: IpAddr,
        trusted: &[Network],
        forwarded: impl DoubleEndedIterator<Item = &'a str>,
        agent: Option<&str>,
    ) -> Self {
        Self {
            address: Some(origin_of(peer, trusted, forwarded)),
            agent: agent.map(shown).filter(|agent| !agent.is_empty()),
        }
    }
}

/// The first address, from the right, that is not a trusted proxy. A hop that is not an address ends
/// the search: the proxy that wrote it is the last that is known.
fn origin_of<'a>(
    peer: IpAddr,
    trusted: &[Network],
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
) -> IpAddr {
    let is_trusted = |address| trusted.iter().any(|network| network.contains(address));
    let mut origin = peer.to_canonical();
    let hops = forwarded.rev().flat_map(|value| value.rsplit(','));
    for hop in hops.take(HOPS_MAX) {
        if !is_trusted(origin) {
            break;
        }
        match address_of(hop) {
            Some(address) => origin = address,
            None => break,
        }
    }
    origin
}

/// An address as proxies write it: bare, in brackets, with or without a port.
fn address_of(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = match hop.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None if hop.matches(':').count() == 1 => hop.split(':').next().unwrap_or_default(),
        None => hop,
    };
    bare.parse()
        .ok()
        .map(|address: IpAddr| address.to_canonical())
}

fn shown(agent: &str) -> String {
    let shown = agent.chars().filter(|c| !c.is_control());
    shown.take(AGENT_CHARS_MAX).collect()
}

/// What counts as one caller where requests are counted: an IPv4 address, or the /64 of an IPv6 one,
/// since a single machine has all of it.
pub fn counted_as(address: IpAddr) -> IpAddr {
    const IPV6_BITS: u8 = 64;
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        address @ IpAddr::V6(_) => network_of(address, IPV6_BITS).unwrap_or(address),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_forwarded_address_counts_only_from_a_trusted_proxy_and_only_the_last() {
        let trusted: Vec<Network> = ["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"]
            .map(|text| text.parse().unwrap())
            .to_vec();
        for (peer, forwarded, expected) in [
            ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
            ("127.0.0.1", "", "127.0.0.1"),
            ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("127.0.0.1", "10.1.1.1, 198.51.100.1", "198.51.100.1"),
            ("127.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
            ("127.0.0.1", "1.1.1.1, unknown, 10.0.0.2", "10.0.0.2"),
            ("::ffff:127.0.0.1", "[2001:db8::5]:443", "2001:db8::5"),
            ("fd00::1", "203.0.113.9:5000", "203.0.113.9"),
        ] {
            let forwarded = [forwarded].into_iter();
            let caller = Caller::new(peer.parse().unwrap(), &trusted, forwarded, None);
            assert_eq!(caller.address, Some(expected.parse().unwrap()), "{peer}");
        }
    }

    #[test]
    fn an_agent_is_cut_and_has_no_control_characters() {
        let peer = IpAddr::from(Ipv4Addr::LOCALHOST);
        let agent = |text: &str| Caller::new(peer, &[], [].into_iter(), Some(text)).agent;
        assert_eq!(agent("a\u{1b}[2J\tb").as_deref(), Some("a[2Jb"));
        assert_eq!(agent("\u{7f}"), None);
        assert_eq!(agent(&"é".repeat(300)).unwrap().chars().count(), 200);
    }

    #[test]
    fn one_machine_counts_once() {
        for (address, expected) in [
            ("203.0.113.9", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ] {
            let counted = counted_as(address.parse().unwrap());
            assert_eq!(counted, expected.parse::<IpAddr>().unwrap(), "{address}");
        }
    }
}
