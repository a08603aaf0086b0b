//! Where a relay is: scheme, host and port, in one spelling.
//!
//! ```text
//! https://relay.example
//! http://127.0.0.1:7470
//! ```
//!
//! Promises: `https`, or `http` on a loopback address; a lower-case ASCII host (`localhost`, a DNS
//! name, IPv4, or IPv6 in brackets); no user, no default port, no path. It does not resolve names.
//! Source: RFC 6454 section 6.2; RFC 9110 section 4.2.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest host: a DNS name (RFC 1035 section 2.3.4).
const HOST_BYTES_MAX: usize = 253;

/// The origin of a relay.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

/// Why a text is no origin of a relay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Neither `https://` nor `http://`.
    #[error("the address of a relay begins with https://")]
    Scheme,
    /// `http://` to a host that is not this machine.
    #[error("http:// is allowed to a loopback address only, not to {host:?}")]
    Plain {
        /// The host.
        host: String,
    },
    /// A user or password before the host.
    #[error("the address of a relay has no user or password")]
    User,
    /// Something behind host and port.
    #[error("the address of a relay ends behind its host and port")]
    Path,
    /// Not a DNS name in lower-case ASCII, IPv4 or IPv6 address.
    #[error("{host:?} is not a host name in lower-case ASCII or an address")]
    Host {
        /// The host.
        host: String,
    },
    /// Not 1 to 65535 in its shortest spelling, or the default of the scheme.
    #[error("{port:?} is not a port, or is the default port")]
    Port {
        /// The port.
        port: String,
    },
}

impl Origin {
    /// The text: scheme, `://`, host, and the port where it is not the default.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is on this machine, as its spelling says.
    pub fn is_loopback(&self) -> bool {
        parse(&self.0).is_ok_and(|(_, host)| is_loopback(host))
    }

    /// Makes the origin of a relay that stands behind a proxy or an own address, plain HTTP allowed.
    ///
    /// The relay knows how it is reached; [`FromStr`] is for addresses that others name.
    pub fn of_relay(text: &str) -> Result<Self, OriginError> {
        parse(text).map(|(_, _)| Self(text.to_owned()))
    }
}

fn parse(text: &str) -> Result<(bool, &str), OriginError> {
    let (secure, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Err(OriginError::Scheme),
    };
    if rest.contains('@') {
        return Err(OriginError::User);
    }
    if rest.contains(['/', '?', '#']) {
        return Err(OriginError::Path);
    }
    let host = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            check_port(port, if secure { 443 } else { 80 })?;
            host
        }
        Some(_) | None => rest,
    };
    if is_host(host) {
        Ok((secure, host))
    } else {
        Err(OriginError::Host {
            host: host.to_owned(),
        })
    }
}

fn check_port(port: &str, default: u16) -> Result<(), OriginError> {
    match port.parse::<u16>() {
        Ok(number) if number != 0 && number != default && number.to_string() == port => Ok(()),
        Ok(_) | Err(_) => Err(OriginError::Port {
            port: port.to_owned(),
        }),
    }
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        return address
            .parse::<Ipv6Addr>()
            .is_ok_and(|parsed| parsed.to_string() == address);
    }
    // What ends in a number is an IPv4 address or nothing (WHATWG URL, "ends in a number").
    let last = host.rsplit('.').next().unwrap_or_default();
    if last.starts_with(|symbol: char| symbol.is_ascii_digit()) {
        return host.parse::<Ipv4Addr>().is_ok();
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    host.len() <= HOST_BYTES_MAX && host.split('.').all(is_label)
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
        || bare
            .parse::<Ipv6Addr>()
            .is_ok_and(|address| address.is_loopback())
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        match parse(text)? {
            (false, host) if !is_loopback(host) => Err(OriginError::Plain {
                host: host.to_owned(),
            }),
            (true | false, _) => Ok(Self(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Origin {
    type Error = OriginError;

    fn try_from(text: String) -> Result<Self, OriginError> {
        text.parse()
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relays_are_named_in_one_spelling() {
        for text in [
            "https://relay.example",
            "https://xn--rlais-bsa.example:8443",
            "https://10.0.0.1",
            "https://[2001:db8::1]:8443",
            "http://localhost:7470",
            "http://127.0.0.1:7470",
            "http://[::1]:1",
        ] {
            assert_eq!(
                text.parse::<Origin>().map(String::from).as_deref(),
                Ok(text)
            );
        }
    }

    #[test]
    fn everything_else_is_refused_for_its_reason() {
        let host = |host: &str| OriginError::Host {
            host: host.to_owned(),
        };
        let port = |port: &str| OriginError::Port {
            port: port.to_owned(),
        };
        for (text, reason) in [
            ("file:///etc/passwd", OriginError::Scheme),
            ("javascript:alert(1)", OriginError::Scheme),
            ("HTTPS://relay.example", OriginError::Scheme),
            (
                "http://relay.example",
                OriginError::Plain {
                    host: "relay.example".into(),
                },
            ),
            (
                "http://127.0.0.1.evil.example",
                OriginError::Plain {
                    host: "127.0.0.1.evil.example".into(),
                },
            ),
            ("https://relay@evil.example", OriginError::User),
            ("https://relay.example/", OriginError::Path),
            ("https://relay.example?x", OriginError::Path),
            ("https://Relay.example", host("Relay.example")),
            ("https://rélais.example", host("rélais.example")),
            ("https://", host("")),
            ("https://a..b", host("a..b")),
            ("https://0x7f.1", host("0x7f.1")),
            ("https://2130706433", host("2130706433")),
            ("https://[fe80::1%eth0]", host("[fe80::1%eth0]")),
            ("https://[0:0:0:0:0:0:0:1]", host("[0:0:0:0:0:0:0:1]")),
            ("https://relay.example:0", port("0")),
            ("https://relay.example:443", port("443")),
            ("https://relay.example:080", port("080")),
            ("https://relay.example:99999", port("99999")),
        ] {
            assert_eq!(text.parse::<Origin>(), Err(reason), "{text}");
        }
    }
}
