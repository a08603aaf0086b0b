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

use core::fmt;
use core::str::FromStr;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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

/// Addresses that begin alike: `10.0.0.0/8`, `2001:db8::/32`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    n_bits: u8,
}

/// Not a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an address or a network such as 10.0.0.0/8")]
pub struct NetworkError {
    /// What was given.
    text: String,
}

impl Network {
    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        network_of(address.to_canonical(), self.n_bits) == Some(self.first)
            && address.to_canonical().is_ipv4() == self.first.is_ipv4()
    }
}

/// An address with everything behind its first bits cleared; `None`: it has fewer bits.
fn network_of(address: IpAddr, n_bits: u8) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => {
            let below = 32_u32.checked_sub(n_bits.into())?;
            let mask = u32::MAX.checked_shl(below).unwrap_or(0);
            Some(Ipv4Addr::from_bits(address.to_bits() & mask).into())
        }
        IpAddr::V6(address) => {
            let below = 128_u32.checked_sub(n_bits.into())?;
            let mask = u128::MAX.checked_shl(below).unwrap_or(0);
            Some(Ipv6Addr::from_bits(address.to_bits() & mask).into())
        }
    }
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

impl FromStr for Network {
    type Err = NetworkError;

    /// Bits behind the prefix must be clear, so that a typing error does not trust more than meant.
    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let malformed = || NetworkError {
            text: text.to_owned(),
        };
        let (address, n_bits) = text.split_once('/').unzip();
        let first: IpAddr = address.unwrap_or(text).parse().map_err(|_| malformed())?;
        let n_bits = match n_bits {
            Some(n_bits) => n_bits.parse().map_err(|_| malformed())?,
            None if first.is_ipv4() => 32,
            None => 128,
        };
        let is_whole = network_of(first, n_bits) == Some(first);
        is_whole
            .then_some(Self { first, n_bits })
            .ok_or_else(malformed)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.first, self.n_bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_have_their_first_bits_only() {
        for (text, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("127.0.0.1", "::ffff:127.0.0.1", "127.0.0.2"),
            ("2001:db8::/32", "2001:db8:1::1", "2001:db9::1"),
            ("::1", "::1", "0.0.0.1"),
            ("0.0.0.0/0", "203.0.113.9", "::1"),
        ] {
            let network: Network = text.parse().unwrap();
            assert!(network.contains(inside.parse().unwrap()), "{text} {inside}");
            assert!(
                !network.contains(outside.parse().unwrap()),
                "{text} {outside}"
            );
        }
        for text in [
            "",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "proxy",
            "1/2/3",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

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
