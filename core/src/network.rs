//! Networks: addresses that begin alike.
//!
//! ```text
//! 10.0.0.0/8    2001:db8::/32    203.0.113.9
//! ```
//!
//! Promises: one spelling each; bits behind the prefix are clear, so that a typing error does not take in
//! more than meant; an IPv4 address inside an IPv6 one is the IPv4 address. It resolves no names.
//! Source: RFC 4632.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// Addresses that begin alike: `10.0.0.0/8`, `2001:db8::/32`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
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
pub fn network_of(address: IpAddr, n_bits: u8) -> Option<IpAddr> {
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

impl TryFrom<String> for Network {
    type Error = NetworkError;

    fn try_from(text: String) -> Result<Self, NetworkError> {
        let network: Self = text.parse()?;
        let is_spelt = network.to_string() == text;
        is_spelt.then_some(network).ok_or(NetworkError { text })
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
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
    fn in_documents_a_network_has_one_spelling() {
        let read = |text: &str| serde_json::from_str::<Network>(&format!("\"{text}\""));
        assert!(read("10.0.0.0/8").is_ok() && read("::1/128").is_ok());
        for text in ["10.0.0.0/08", "::1", "10.0.0.1", "0:0::/32", "10.0.0.1/8"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
