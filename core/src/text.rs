//! The spellings bytes and names have on the wire: one spelling each.
//!
//! ```text
//! hex        00ff           lower case, two digits a byte
//! base64url  AP8            RFC 4648 section 5, no padding, no loose bits
//! base64     AP8=           RFC 4648 section 4, padded; in the formats of C2SP only
//! ```
//!
//! Promises: whatever parses prints back to the same text. It does not accept upper-case hex, other
//! padding, white space or any other second spelling.

use core::fmt;
use core::marker::PhantomData;
use core::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserializer;
use serde::de::Visitor;
use unicode_normalization::is_nfc;

/// A text that is not the one spelling of the bytes it should hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The decoded bytes would have another length.
    #[error("{actual} characters, expected {expected}")]
    Length {
        /// Characters found.
        actual: usize,
        /// Characters a value of this type has.
        expected: usize,
    },
    /// A character outside the alphabet, or bits left over.
    #[error("not {alphabet}")]
    Alphabet {
        /// The name of the alphabet.
        alphabet: &'static str,
    },
}

/// Prints bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = vec![0; 2 * bytes.len()];
    hex_into(bytes, &mut text).to_owned()
}

/// Prints bytes as lower-case hex into a place that is twice as long: a manifest may have a million
/// digests, and none of them needs memory of its own to be printed.
pub(crate) fn hex_into<'a>(bytes: &[u8], place: &'a mut [u8]) -> &'a str {
    let digit = |value: u8| value.wrapping_add(if value < 10 { b'0' } else { b'a' - 10 });
    for (pair, byte) in place.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    core::str::from_utf8(place).expect("digits are ASCII")
}

/// Reads a value from a string of a document, without a copy of the string.
pub(crate) fn deserialize<'de, D, T>(input: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    struct Parsed<T>(PhantomData<T>);

    impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Parsed<T> {
        type Value = T;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a string")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }

    input.deserialize_str(Parsed(PhantomData))
}

/// Parses exactly `2 * N` lower-case hex digits.
pub fn from_hex<const N: usize>(text: &str) -> Result<[u8; N], TextError> {
    let digit = |symbol: u8| match symbol {
        b'0'..=b'9' => symbol - b'0',
        b'a'..=b'f' => symbol - b'a' + 10,
        _ => u8::MAX,
    };
    if text.len() != 2 * N {
        return Err(TextError::Length {
            actual: text.len(),
            expected: 2 * N,
        });
    }
    let mut bytes = [0; N];
    // No branch a digit, and judged once: a manifest may have a million digests.
    let mut all = 0;
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let [high, low] = pair else { continue };
        let (high, low) = (digit(*high), digit(*low));
        *byte = high << 4 | low;
        all |= high | low;
    }
    if all > 15 {
        return Err(TextError::Alphabet {
            alphabet: "lower-case hex",
        });
    }
    Ok(bytes)
}

/// Prints bytes as base64url without padding.
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Parses base64url without padding into exactly `N` bytes.
pub fn from_base64url<const N: usize>(text: &str) -> Result<[u8; N], TextError> {
    let expected = (N * 4).div_ceil(3);
    if text.len() != expected {
        return Err(TextError::Length {
            actual: text.len(),
            expected,
        });
    }
    let mut bytes = [0; N];
    match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
        Ok(length) if length == N => Ok(bytes),
        Ok(_) | Err(_) => Err(TextError::Alphabet {
            alphabet: "base64url",
        }),
    }
}

/// Parses base64url without padding, of any length up to `bytes_max`.
pub fn from_base64url_vec(text: &str, bytes_max: usize) -> Result<Vec<u8>, TextError> {
    let expected = (bytes_max * 4).div_ceil(3);
    if text.len() > expected {
        return Err(TextError::Length {
            actual: text.len(),
            expected,
        });
    }
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| TextError::Alphabet {
            alphabet: "base64url",
        })
}

/// Prints bytes as padded base64.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Parses padded base64, of any length up to `bytes_max`.
pub fn from_base64_vec(text: &str, bytes_max: usize) -> Result<Vec<u8>, TextError> {
    let expected = bytes_max.div_ceil(3) * 4;
    if text.len() > expected {
        return Err(TextError::Length {
            actual: text.len(),
            expected,
        });
    }
    let alphabet = "base64";
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| TextError::Alphabet { alphabet })?;
    if bytes.len() > bytes_max {
        return Err(TextError::Length {
            actual: text.len(),
            expected,
        });
    }
    Ok(bytes)
}

/// Parses padded base64 into exactly `N` bytes.
pub fn from_base64<const N: usize>(text: &str) -> Result<[u8; N], TextError> {
    let bytes = from_base64_vec(text, N)?;
    bytes.try_into().map_err(|_| TextError::Length {
        actual: text.len(),
        expected: N.div_ceil(3) * 4,
    })
}

/// Whether a text may stand in a signed document: NFC and free of control characters.
pub fn is_plain(text: &str) -> bool {
    is_nfc(text) && !text.chars().any(char::is_control)
}

/// A foreign text as it may stand in a signed document: at most 200 characters of it, spelled with Rust's
/// escapes unless it [`is_plain`].
pub fn plain(text: &str) -> String {
    let text: String = text.chars().take(200).collect();
    if is_plain(&text) {
        text
    } else {
        text.escape_default().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_can_be_made_plain(text in "\\PC*|[\\x00-\\x20a\u{301}\u{e9}]{0,300}") {
            let plain = plain(&text);
            prop_assert!(is_plain(&plain) && plain.len() <= 2_000);
            prop_assert!(plain == text || !is_plain(&text) || text.chars().count() > 200);
        }

        #[test]
        fn what_parses_prints_back(text in "[0-9a-fA-F]{8}|[-_A-Za-z0-9=+/]{6}") {
            if let Ok(bytes) = from_hex::<4>(&text) {
                prop_assert_eq!(hex(&bytes), text.clone());
            }
            if let Ok(bytes) = from_base64url::<4>(&text) {
                prop_assert_eq!(base64url(&bytes), text.clone());
            }
            if let Ok(bytes) = from_base64_vec(&text, 8) {
                prop_assert_eq!(base64(&bytes), text);
            }
        }

        #[test]
        fn what_prints_parses_back(bytes: [u8; 16]) {
            prop_assert_eq!(from_hex::<16>(&hex(&bytes)), Ok(bytes));
            prop_assert_eq!(from_base64url::<16>(&base64url(&bytes)), Ok(bytes));
            prop_assert_eq!(from_base64url_vec(&base64url(&bytes), 16), Ok(bytes.to_vec()));
            prop_assert_eq!(from_base64::<16>(&base64(&bytes)), Ok(bytes));
        }
    }

    #[test]
    fn second_spellings_are_refused() {
        for text in ["AB", "0G", "0", "000", " 0", "0x"] {
            assert!(from_hex::<1>(text).is_err(), "{text}");
        }
        for text in ["AB", "AA==", "A", "A+", "A/", " A"] {
            assert!(from_base64url::<1>(text).is_err(), "{text}");
        }
        assert!(from_base64url_vec("AAAA", 2).is_err());
        for text in ["AA", "AB==", "AA=", "AAA=", "AA==\n", "-A=="] {
            assert!(from_base64::<1>(text).is_err(), "{text}");
        }
        assert!(from_base64_vec("AAA=", 1).is_err());
    }
}
