//! The text that lets its holder claim a transfer.
//!
//! ```text
//! https://relay.example/t/00112233445566778899aabbccddeeff#v1.AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgLOPjtp
//! \_________ origin ___/   \___________ id ______________/    \___ link secret and check, base64url __________/
//!
//! https://relay.example/t/00112233445566778899aabbccddeeff            for recipients who hold keys
//! ```
//!
//! Promises: one spelling a link; what stands behind `#` never travels in a request (RFC 3986
//! section 3.5); a cut, doubled or altered secret is found without asking anyone, by four check
//! bytes. A `%23`, as mail gateways write `#`, is read as `#`.

use zeroize::Zeroizing;

use crate::digest::Sha256;
use crate::fragment::{self, FragmentError};
use crate::keys::Secret;
use crate::origin::{Origin, OriginError};
use crate::split::LinkSecret;
use crate::text;
use crate::transfer::TransferId;

/// Longest text that is looked at.
const LINK_BYTES_MAX: usize = 1_024;
/// Bytes that tell an altered secret: first of SHA-256 over a tag, id and secret.
const CHECK_BYTES: usize = 4;

/// A link, with its secret or to recipients who hold keys.
pub struct Link {
    /// The relay that holds the transfer.
    pub origin: Origin,
    /// The transfer.
    pub id: TransferId,
    /// The half of the key that the relay never sees; none where an envelope brings it.
    pub secret: Option<LinkSecret>,
}

/// Why a text is no link. No variant carries the text: it may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Longer than 1,024 bytes.
    #[error("a link has at most {LINK_BYTES_MAX} characters")]
    TooLong,
    /// The relay's address is none.
    #[error("the link does not name a relay")]
    Origin(#[source] OriginError),
    /// Not `/t/` and 32 hex digits behind the relay's address.
    #[error("the link does not name a transfer")]
    Transfer,
    /// Nothing behind the `#`.
    #[error("the part after # is missing")]
    NoSecret,
    /// A version of a later Quitus.
    #[error("the link is of version {version}, this program knows v1")]
    Version {
        /// The version, `v` and digits.
        version: String,
    },
    /// The secret is too short or too long.
    #[error(
        "the part after # is incomplete or has something behind it: {actual} characters, expected {expected}"
    )]
    Length {
        /// Characters found.
        actual: usize,
        /// Characters of a whole secret.
        expected: usize,
    },
    /// The secret has its length, and is not the one of this transfer.
    #[error("the part after # was altered, or belongs to another link")]
    Altered,
}

impl From<FragmentError> for LinkError {
    fn from(error: FragmentError) -> Self {
        match error {
            FragmentError::Missing => Self::NoSecret,
            FragmentError::Version(version) => Self::Version { version },
            FragmentError::Length { actual, expected } => Self::Length { actual, expected },
            FragmentError::Altered => Self::Altered,
        }
    }
}

impl Link {
    /// The link's text.
    pub fn to_text(&self) -> Zeroizing<String> {
        let Some(secret) = &self.secret else {
            return Zeroizing::new(self.page());
        };
        let mut bytes = Zeroizing::new(secret.expose().to_vec());
        bytes.extend_from_slice(&check(&self.id, secret));
        let secret = Zeroizing::new(text::base64url(&bytes));
        Zeroizing::new(format!("{}#v1.{}", self.page(), *secret))
    }

    /// The link without its secret: safe in messages and logs of the holder.
    pub fn page(&self) -> String {
        format!("{}/t/{}", self.origin, self.id)
    }

    /// Reads a link, white space around it aside.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let text = text.trim();
        if text.len() > LINK_BYTES_MAX {
            return Err(LinkError::TooLong);
        }
        let (page, fragment) = fragment::split(text);
        // The last one: a relay may be called `t`.
        let (origin, id) = page.rsplit_once("/t/").ok_or(LinkError::Transfer)?;
        let origin = origin.parse().map_err(LinkError::Origin)?;
        let id = id.parse().map_err(|_| LinkError::Transfer)?;
        let secret = fragment
            .map(|fragment| parse_secret(fragment, &id))
            .transpose()?;
        Ok(Self { origin, id, secret })
    }
}

fn parse_secret(fragment: &str, id: &TransferId) -> Result<LinkSecret, LinkError> {
    let bytes = fragment::read::<{ 32 + CHECK_BYTES }>(fragment)?;
    let (secret, stated) = bytes.split_first_chunk::<32>().ok_or(LinkError::Altered)?;
    let secret = Secret::from_bytes(*secret);
    if stated == check(id, &secret) {
        Ok(secret)
    } else {
        Err(LinkError::Altered)
    }
}

fn check(id: &TransferId, secret: &LinkSecret) -> [u8; CHECK_BYTES] {
    let digest = Sha256::of(&[b"quitus/link/v1\0", id.as_bytes(), secret.expose()]);
    digest
        .as_bytes()
        .first_chunk()
        .copied()
        .expect("32 bytes begin with 4")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn link() -> Link {
        Link {
            origin: "https://relay.example".parse().expect("an origin"),
            id: TransferId::from_bytes([0x11; 16]),
            secret: Some(Secret::from_bytes([2; 32])),
        }
    }

    fn reason(text: &str) -> Option<LinkError> {
        Link::parse(text).err()
    }

    #[test]
    fn a_link_that_was_pasted_twice_shows_no_secret_in_its_error() {
        let text = link().to_text();
        let (_, secret) = text.split_once("#v1.").unwrap();
        for twice in [
            format!("{}{}", text.replace('#', "%23"), *text),
            format!("{}{}", *text, text.replace('#', "%23")),
            format!(
                "https://relay.example%23v1.{secret}/t/{}#v1.{secret}",
                "11".repeat(16)
            ),
        ] {
            let error = reason(&twice).unwrap();
            assert!(!format!("{error:?}").contains(secret), "{error}");
        }
    }

    #[test]
    fn a_link_comes_back_from_paper_and_mail() {
        let text = link().to_text();
        for text in [
            text.to_string(),
            format!("  {}\r\n", *text),
            text.replace('#', "%23"),
        ] {
            let parsed = Link::parse(&text).expect("the same link");
            assert!(parsed.id == link().id && parsed.secret.is_some());
            assert_eq!(*parsed.to_text(), *link().to_text());
        }
    }

    #[test]
    fn a_relay_may_be_called_t() {
        let origin = "https://t".parse().expect("an origin");
        let text = Link { origin, ..link() }.to_text();
        assert!(Link::parse(&text).is_ok_and(|parsed| parsed.to_text() == text));
    }

    #[test]
    fn a_link_to_holders_of_keys_has_no_secret() {
        let secret = None;
        let text = Link { secret, ..link() }.to_text();
        assert!(!text.contains('#'));
        let parsed = Link::parse(&format!(" {}\n", *text)).expect("a link");
        assert!(parsed.secret.is_none() && parsed.to_text() == text);
    }

    #[test]
    fn damage_is_told_by_its_kind() {
        let text = link().to_text().to_string();
        let (page, _) = text.split_once('#').expect("a secret");
        let length = |actual| {
            Some(LinkError::Length {
                actual,
                expected: 48,
            })
        };
        for (damaged, expected) in [
            (page.to_owned(), None),
            (format!("{page}#"), Some(LinkError::NoSecret)),
            (
                format!("{page}#v9.AAAA"),
                Some(LinkError::Version {
                    version: "v9".into(),
                }),
            ),
            (format!("{page}#AAAA"), Some(LinkError::Altered)),
            (text[..text.len() - 1].to_owned(), length(47)),
            (format!("{text}="), length(49)),
            (format!("{text}."), length(49)),
            (format!("{text})"), length(49)),
            (format!("{text}{text}"), length(48 + text.len())),
            (text.replace("/t/1", "/t/2"), Some(LinkError::Altered)),
            (text.replace("/t/", "/x/"), Some(LinkError::Transfer)),
            (text.replace("/t/11", "/t/"), Some(LinkError::Transfer)),
            (
                text.replace("https", "http"),
                Some(LinkError::Origin(OriginError::Plain {
                    host: "relay.example".into(),
                })),
            ),
            ("x".repeat(100_000), Some(LinkError::TooLong)),
            (String::new(), Some(LinkError::Transfer)),
        ] {
            assert_eq!(reason(&damaged), expected, "{damaged}");
        }
    }

    proptest! {
        #[test]
        fn one_altered_character_is_always_found(position in 0..48_usize, symbol in "[-_A-Za-z0-9]") {
            let mut text = link().to_text().to_string();
            let start = text.len() - 48 + position;
            text.replace_range(start..=start, &symbol);
            prop_assert!(text == *link().to_text() || reason(&text) == Some(LinkError::Altered));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,80}") {
            let _ = reason(&text);
        }
    }
}
