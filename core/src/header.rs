//! The age header of a transfer, checked byte for byte without any key.
//!
//! ```text
//! age-encryption.org/v1
//! -> X25519 CJM36AHmTbdHSuOQL+NESqyVQE75f2e610iRdLPEN20
//! C3ZAeY64NXS4QFrksLm3EGz+uPRyI0eQsWw7LWbbYig
//! --- fgMiVLJHMlg9fW7CVG/hPS5EAU4Zeg19LyCP7SoH5nA
//! 16 bytes of payload nonce
//! ```
//!
//! Promises: one spelling only (every line ends in LF, base64 is canonical, bodies are wrapped at 64
//! columns and end in a short line), no allocation, time linear in the input. The relay refuses with
//! it whatever is not sealed.
//!
//! Does not: verify the MAC, know recipient types, or say that anybody can open what follows; that
//! takes a key (`cipher`).
//!
//! Spec: C2SP age.md, "Header" and "Recipient stanza".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use thiserror::Error;

use crate::parts::NONCE_BYTES;

/// Bytes of the longest header a transfer may have, nonce included.
///
/// A transfer is sealed to one derived X25519 recipient, about 400 bytes with a grease stanza; the
/// bound leaves room for some forty post-quantum recipients (1.6 KB each) and is little enough to
/// be held in memory for every transfer being created at once.
pub const HEADER_BYTES_MAX: usize = 64 * 1024;

/// The first line of every age v1 file, without its LF.
pub const VERSION_LINE: &[u8] = b"age-encryption.org/v1";

/// Columns of every line of a stanza's body but the last, which is shorter.
const BODY_COLUMNS: usize = 64;
/// Bytes of the header MAC (HMAC-SHA-256): 43 base64 characters.
const MAC_BYTES: usize = 32;

/// Why bytes are not one well-formed age v1 header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HeaderError {
    /// Longer than a transfer's header may be.
    #[error("age header has {actual} bytes, at most {HEADER_BYTES_MAX} are allowed")]
    TooLong {
        /// Bytes given.
        actual: usize,
    },
    /// The first line is not the version line of age v1.
    #[error("the first line is not age-encryption.org/v1")]
    Version,
    /// The bytes end before the MAC line does.
    #[error("age header ends within line {line}")]
    CutShort {
        /// Line, counted from 1, that has no end.
        line: usize,
    },
    /// A line where a stanza or the MAC must begin begins neither.
    #[error("line {line} of the age header begins neither a stanza nor the MAC")]
    Line {
        /// Line, counted from 1.
        line: usize,
    },
    /// The arguments of a stanza are not visible ASCII words with one space between them.
    #[error("line {line} of the age header has malformed stanza arguments")]
    Arguments {
        /// Line, counted from 1.
        line: usize,
    },
    /// A body line is longer than 64 columns or not canonical base64.
    #[error("line {line} of the age header is not canonical base64 of at most 64 columns")]
    Body {
        /// Line, counted from 1.
        line: usize,
    },
    /// The MAC line is not 43 characters of canonical base64.
    #[error("line {line} of the age header is not a MAC of 43 base64 characters")]
    Mac {
        /// Line, counted from 1.
        line: usize,
    },
    /// There is no stanza before the MAC.
    #[error("age header has no recipient stanza")]
    NoStanza,
    /// What follows the MAC line is not exactly the payload nonce.
    #[error("{actual} bytes follow the age header, expected the {NONCE_BYTES} of the nonce")]
    Nonce {
        /// Bytes behind the MAC line.
        actual: usize,
    },
}

/// Checks that `bytes` are one well-formed header, the payload nonce, and nothing else.
///
/// # Errors
///
/// Names the first rule broken, and the line where it was.
pub fn check(bytes: &[u8]) -> Result<(), HeaderError> {
    let actual = bytes.len();
    if actual > HEADER_BYTES_MAX {
        return Err(HeaderError::TooLong { actual });
    }
    match actual - measure(bytes)? {
        NONCE_BYTES => Ok(()),
        actual => Err(HeaderError::Nonce { actual }),
    }
}

/// Measures the header that `bytes` begin with: its length up to and including the LF of its MAC
/// line, never more than `bytes.len()`. Whatever follows is not looked at, and no bound is put on
/// the length.
pub fn measure(bytes: &[u8]) -> Result<usize, HeaderError> {
    let mut lines = Lines {
        rest: bytes,
        line: 0,
    };
    if !bytes.starts_with(VERSION_LINE) || lines.next()? != VERSION_LINE {
        return Err(HeaderError::Version);
    }
    let mut has_stanza = false;
    loop {
        let text = lines.next()?;
        if let Some(arguments) = text.strip_prefix(b"-> ") {
            check_arguments(arguments, lines.line)?;
            skip_body(&mut lines)?;
            has_stanza = true;
        } else if let Some(mac) = text.strip_prefix(b"--- ") {
            check_mac(mac, lines.line)?;
            break;
        } else {
            return Err(HeaderError::Line { line: lines.line });
        }
    }
    if !has_stanza {
        return Err(HeaderError::NoStanza);
    }
    Ok(bytes.len() - lines.rest.len())
}

/// The lines of a header not yet read, and the number of the one read last.
struct Lines<'a> {
    rest: &'a [u8],
    line: usize,
}

impl<'a> Lines<'a> {
    /// Reads one line and returns it without its LF.
    fn next(&mut self) -> Result<&'a [u8], HeaderError> {
        self.line += 1;
        let mut halves = self.rest.splitn(2, |byte| *byte == b'\n');
        let (Some(text), Some(rest)) = (halves.next(), halves.next()) else {
            return Err(HeaderError::CutShort { line: self.line });
        };
        self.rest = rest;
        Ok(text)
    }
}

/// A stanza's type and arguments: one or more words of visible ASCII, one space between two.
fn check_arguments(arguments: &[u8], line: usize) -> Result<(), HeaderError> {
    let is_word = |word: &[u8]| !word.is_empty() && word.iter().all(u8::is_ascii_graphic);
    if arguments.split(|byte| *byte == b' ').all(is_word) {
        Ok(())
    } else {
        Err(HeaderError::Arguments { line })
    }
}

/// A stanza's body: full lines, then one shorter line, empty if need be.
fn skip_body(lines: &mut Lines<'_>) -> Result<(), HeaderError> {
    loop {
        let text = lines.next()?;
        if text.len() > BODY_COLUMNS || decoded_len(text).is_none() {
            return Err(HeaderError::Body { line: lines.line });
        }
        if text.len() < BODY_COLUMNS {
            return Ok(());
        }
    }
}

fn check_mac(mac: &[u8], line: usize) -> Result<(), HeaderError> {
    if decoded_len(mac) == Some(MAC_BYTES) {
        Ok(())
    } else {
        Err(HeaderError::Mac { line })
    }
}

/// Bytes that at most 64 columns of canonical, unpadded base64 (RFC 4648, section 4) stand for.
fn decoded_len(text: &[u8]) -> Option<usize> {
    let mut decoded = [0; BODY_COLUMNS / 4 * 3];
    STANDARD_NO_PAD.decode_slice(text, &mut decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EPHEMERAL: &str = "CJM36AHmTbdHSuOQL+NESqyVQE75f2e610iRdLPEN20";
    const MAC: &str = "--- fgMiVLJHMlg9fW7CVG/hPS5EAU4Zeg19LyCP7SoH5nA\n";
    const FULL: &str = "xD7o4VEOu1t7KZQ1gDgq2FPzBEeSRqbnqvQEXdLRYy143BxR6oFxsUUJCRB0ErXA\n";

    fn header(stanzas: &str) -> Vec<u8> {
        format!("age-encryption.org/v1\n{stanzas}{MAC}0123456789abcdef").into_bytes()
    }

    fn x25519() -> Vec<u8> {
        header(&format!("-> X25519 {EPHEMERAL}\n{EPHEMERAL}\n"))
    }

    #[test]
    fn well_formed_headers_pass() {
        let cases = [
            format!("-> X25519 {EPHEMERAL}\n{EPHEMERAL}\n"),
            "-> no-body\n\n".to_owned(),
            "-> a b c !~\nAA\n-> second\nAAA\n-> third\nAAAA\n".to_owned(),
            format!("-> full-then-empty\n{FULL}\n"),
            format!("-> full-then-short\n{FULL}{FULL}AAAA\n"),
        ];
        for stanzas in cases {
            assert_eq!(check(&header(&stanzas)), Ok(()), "{stanzas}");
        }
    }

    #[test]
    fn malformed_headers_are_refused_by_the_rule_they_break() {
        let cases = [
            ("", HeaderError::NoStanza),
            ("->\n\n", HeaderError::Line { line: 2 }),
            ("-> \n\n", HeaderError::Arguments { line: 2 }),
            ("-> a  b\n\n", HeaderError::Arguments { line: 2 }),
            ("-> a \n\n", HeaderError::Arguments { line: 2 }),
            ("-> a\tb\n\n", HeaderError::Arguments { line: 2 }),
            ("-> \u{e9}\n\n", HeaderError::Arguments { line: 2 }),
            ("-> a\r\n\r\n", HeaderError::Arguments { line: 2 }),
            ("-> a\n", HeaderError::Body { line: 3 }),
            ("-> a\nA\n", HeaderError::Body { line: 3 }),
            ("-> a\nAB\n", HeaderError::Body { line: 3 }),
            ("-> a\nAAB\n", HeaderError::Body { line: 3 }),
            ("-> a\nAA==\n", HeaderError::Body { line: 3 }),
            ("-> a\nAA-_\n", HeaderError::Body { line: 3 }),
            ("-> a\nAAAA\nAAAA\n", HeaderError::Line { line: 4 }),
            ("\n", HeaderError::Line { line: 2 }),
        ];
        for (stanzas, expected) in cases {
            assert_eq!(check(&header(stanzas)), Err(expected), "{stanzas:?}");
        }
        let unfinished = header(&format!("-> a\n{FULL}"));
        assert_eq!(check(&unfinished), Err(HeaderError::Body { line: 4 }));
        let too_wide = header(&format!("-> a\nAAAA{FULL}\n"));
        assert_eq!(check(&too_wide), Err(HeaderError::Body { line: 3 }));
    }

    #[test]
    fn the_mac_has_one_spelling() {
        let good = String::from_utf8(x25519()).unwrap();
        for bad in [
            MAC.replace("nA\n", "nB\n"),
            MAC.replace("nA\n", "nA=\n"),
            MAC.replace("nA\n", "n\n"),
            MAC.replace("nA\n", "nAA\n"),
            MAC.replace("nA\n", "nA \n"),
        ] {
            let outcome = check(good.replace(MAC, &bad).as_bytes());
            assert_eq!(outcome, Err(HeaderError::Mac { line: 4 }), "{bad}");
        }
    }

    #[test]
    fn another_version_is_not_read_as_this_one() {
        for first in [
            "age-encryption.org/v2\n",
            "age-encryption.org/v10\n",
            "age",
            "",
            "\n",
        ] {
            assert_eq!(
                check(first.as_bytes()),
                Err(HeaderError::Version),
                "{first:?}"
            );
        }
    }

    #[test]
    fn every_truncation_and_any_trailing_byte_is_refused() {
        let good = x25519();
        for end in 0..good.len() {
            assert!(check(&good[..end]).is_err(), "{end}");
        }
        let longer = [good.as_slice(), b"x"].concat();
        assert_eq!(check(&longer), Err(HeaderError::Nonce { actual: 17 }));
    }

    #[test]
    fn a_header_longer_than_the_bound_is_refused() {
        let stanza = "-> a\n\n";
        let fitting = (HEADER_BYTES_MAX - header("").len()) / stanza.len();
        assert_eq!(check(&header(&stanza.repeat(fitting))), Ok(()));
        let long = header(&stanza.repeat(fitting + 1));
        assert_eq!(
            check(&long),
            Err(HeaderError::TooLong { actual: long.len() })
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_measured_within_their_length(bytes: Vec<u8>) {
            let with_start = [b"age-encryption.org/v1\n-> a\n", bytes.as_slice()].concat();
            for input in [bytes, with_start] {
                if let Ok(length) = measure(&input) {
                    prop_assert!(length <= input.len());
                }
            }
        }
    }
}
