//! Files of keys: one to a line, as `age-keygen` writes them and `age -R` reads them.
//!
//! ```text
//! # created: 2026-11-22T10:00:00Z
//! # public key: age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa
//! AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33
//! ```
//!
//! Promises: blank lines and lines beginning with `#` are passed over; a line that is no key fails
//! the whole file and is named by number, never by content, which may be a secret.
//!
//! Does not: read the file or ask for its passphrase.
//!
//! Spec: the age manual page, "RECIPIENTS AND IDENTITIES".

use std::io::Read as _;
use std::str::FromStr;

use thiserror::Error;

use super::armor::{self, dearmor};
use super::recipient::{Identity, KeyError, KeyKind, Recipient};
use super::whole::{DocumentError, open_bytes};
use crate::header::VERSION_LINE;
use crate::keys::{self, SigningKey};

/// Bytes of the longest file of keys: more than 10,000 of them.
pub const KEY_FILE_BYTES_MAX: usize = 1024 * 1024;

const SSH_BEGIN: &[u8] = b"-----BEGIN OPENSSH PRIVATE KEY-----";

/// Why a file gives no keys.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// The file is longer than [`KEY_FILE_BYTES_MAX`].
    #[error("key file has {actual} bytes, at most {KEY_FILE_BYTES_MAX} are allowed")]
    TooLong {
        /// Bytes of the file.
        actual: usize,
    },
    /// An OpenSSH private key that cannot be used.
    #[error("the OpenSSH private key cannot be used")]
    Ssh(#[source] keys::KeyError),
    /// The file is sealed with a passphrase: see [`open_identities`].
    #[error("key file is sealed with a passphrase")]
    Sealed,
    /// The file holds no key at all.
    #[error("key file holds no key")]
    Empty,
    /// A line is no key.
    #[error("line {line} of the key file holds no usable key")]
    Line {
        /// Line, counted from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        error: KeyError,
    },
    /// The armor around a sealed file is malformed.
    #[error("armor of the key file is malformed")]
    Armor(#[source] std::io::Error),
    /// A sealed file does not open.
    #[error("sealed key file does not open")]
    Document(#[source] DocumentError),
}

/// Parses a file of recipients; also gives how many lines hold SSH keys of types that nothing can be
/// sealed for, which are passed over beside others.
///
/// # Errors
///
/// If it is too long, holds none, or any line is neither.
pub fn parse_recipients(file: &[u8]) -> Result<(Vec<Recipient>, usize), KeyFileError> {
    const OTHER: KeyError = KeyError::Unsupported { kind: KeyKind::Ssh };
    let mut n_skipped = 0;
    let mut other = None;
    let mut recipients = Vec::new();
    for (line, recipient) in lines(file)? {
        match recipient {
            Ok(recipient) => recipients.push(recipient),
            Err(OTHER) => {
                n_skipped += 1;
                other = other.or(Some(KeyFileError::Line { line, error: OTHER }));
            }
            Err(error) => return Err(KeyFileError::Line { line, error }),
        }
    }
    if recipients.is_empty() {
        Err(other.unwrap_or(KeyFileError::Empty))
    } else {
        Ok((recipients, n_skipped))
    }
}

/// Parses a file of identities, or an OpenSSH private key.
///
/// # Errors
///
/// If it is too long, sealed, holds none, or any line is not one.
pub fn parse_identities(file: &[u8]) -> Result<Vec<Identity>, KeyFileError> {
    if file.trim_ascii_start().starts_with(SSH_BEGIN) {
        return parse_ssh(file).map(|identity| vec![identity]);
    }
    let parse = |(line, identity): Line<Identity>| {
        identity.map_err(|error| KeyFileError::Line { line, error })
    };
    let identities = lines(file)?.into_iter().map(parse);
    let identities = identities.collect::<Result<Vec<_>, _>>()?;
    if identities.is_empty() {
        Err(KeyFileError::Empty)
    } else {
        Ok(identities)
    }
}

/// Opens a file of identities that is sealed with `passphrase`, in armor or not.
///
/// # Errors
///
/// As [`parse_identities`], or if the passphrase is wrong or the file damaged.
pub fn open_identities(file: &[u8], passphrase: &str) -> Result<Vec<Identity>, KeyFileError> {
    check_length(file)?;
    let mut sealed = Vec::new();
    dearmor(file)
        .and_then(|mut input| input.read_to_end(&mut sealed))
        .map_err(KeyFileError::Armor)?;
    let identities = [Identity::from_passphrase(passphrase)];
    let plain = open_bytes(&identities, &sealed, KEY_FILE_BYTES_MAX);
    parse_identities(&plain.map_err(KeyFileError::Document)?)
}

fn parse_ssh(file: &[u8]) -> Result<Identity, KeyFileError> {
    check_length(file)?;
    let malformed = |_| {
        KeyFileError::Ssh(keys::KeyError::Malformed {
            what: "private key",
        })
    };
    let pem = std::str::from_utf8(file).map_err(malformed)?;
    let key = SigningKey::from_openssh(pem.trim_start()).map_err(KeyFileError::Ssh)?;
    Identity::from_ssh(&key).map_err(|error| KeyFileError::Line { line: 1, error })
}

/// A line by its number from 1, and the key on it.
type Line<K> = (usize, Result<K, KeyError>);

/// Every line that is neither blank nor a comment.
fn lines<K: FromStr<Err = KeyError>>(file: &[u8]) -> Result<Vec<Line<K>>, KeyFileError> {
    check_length(file)?;
    if file.starts_with(VERSION_LINE) || file.trim_ascii_start().starts_with(armor::BEGIN) {
        return Err(KeyFileError::Sealed);
    }
    let mut lines = Vec::new();
    for (index, bytes) in file.split(|byte| *byte == b'\n').enumerate() {
        let bytes = bytes.trim_ascii();
        if bytes.is_empty() || bytes.starts_with(b"#") {
            continue;
        }
        let text = std::str::from_utf8(bytes).map_err(|_| KeyError::Malformed);
        lines.push((index + 1, text.and_then(str::parse)));
    }
    Ok(lines)
}

fn check_length(file: &[u8]) -> Result<(), KeyFileError> {
    let actual = file.len();
    if actual > KEY_FILE_BYTES_MAX {
        Err(KeyFileError::TooLong { actual })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cipher::{ArmorWriter, OpenError, seal_bytes};
    use crate::keys::Secret;
    use std::io::Write as _;

    const SECRET: &str =
        "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
    const PUBLIC: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";

    /// Whether one identity opens what is sealed for the recipient.
    fn opens(identities: &[Identity]) -> bool {
        let sealed = seal_bytes(&[PUBLIC.parse().unwrap()], b"x").unwrap();
        identities.len() == 1 && open_bytes(identities, &sealed, 9).is_ok()
    }

    #[test]
    fn comments_blank_lines_and_line_ends_of_any_system_are_passed_over() {
        for file in [
            format!("# created: now\n# public key: {PUBLIC}\n{SECRET}\n"),
            format!("\r\n#\r\n{SECRET}\r\n\r\n"),
            SECRET.to_owned(),
        ] {
            let keys = parse_identities(file.as_bytes()).unwrap();
            assert_eq!(keys.len(), 1);
            assert!(opens(&keys));
        }
        let two = format!("{PUBLIC}\n# and\n  {PUBLIC}  \n");
        assert_eq!(
            parse_recipients(two.as_bytes())
                .map(|(keys, _)| keys.len())
                .ok(),
            Some(2)
        );
    }

    #[test]
    fn a_bad_line_is_named_by_its_number_alone() {
        let check = |line_text: &str, expected: KeyError| {
            let file = format!("# one\n{SECRET}\n\n{line_text}\n");
            let error = parse_identities(file.as_bytes()).err().unwrap();
            assert!(!error.to_string().contains(line_text));
            assert!(matches!(error, KeyFileError::Line { line: 4, error } if error == expected));
        };
        check("AGE-SECRET-KEY-1GQ97", KeyError::Malformed);
        check("\u{fffd}", KeyError::Malformed);
        check(PUBLIC, KeyError::IsPublic);
        check("AGE-PLUGIN-YUBIKEY-1XYZ", KeyError::Malformed);
        let pem = b"-----BEGIN OPENSSH PRIVATE KEY-----
b3Bl
";
        assert!(matches!(parse_identities(pem), Err(KeyFileError::Ssh(_))));
    }

    #[test]
    fn ssh_keys_of_other_types_are_passed_over_beside_others() {
        let mine = SigningKey::from_seed(&Secret::from_bytes([7; 32]));
        let (rsa, line) = ("ssh-rsa AAAA me", mine.public().to_string());
        let file = format!(
            "{rsa}
# and
{line} a comment
ecdsa-sha2-nistp256 AAAA
"
        );
        let (recipients, n_skipped) = parse_recipients(file.as_bytes()).unwrap();
        assert_eq!((recipients.len(), n_skipped), (1, 2));
        let sealed = seal_bytes(&recipients, b"for a key").unwrap();
        let identities = parse_identities(mine.to_openssh().as_bytes()).unwrap();
        assert_eq!(
            *open_bytes(&identities, &sealed, 100).unwrap(),
            b"for a key"
        );
        for (file, line) in [
            (
                format!(
                    "#
{rsa}
"
                ),
                2,
            ),
            (
                format!(
                    "{line}
ssh-ed25519 AAAA
"
                ),
                2,
            ),
        ] {
            let refused = parse_recipients(file.as_bytes()).map(drop);
            assert!(
                matches!(refused, Err(KeyFileError::Line { line: actual, .. }) if actual == line)
            );
        }
    }

    #[test]
    fn files_that_hold_no_key_are_refused() {
        for file in ["", "\n\n", "# only a comment"] {
            let outcome = parse_recipients(file.as_bytes()).map(drop);
            assert!(matches!(outcome, Err(KeyFileError::Empty)), "{file:?}");
        }
        let long = vec![b'\n'; KEY_FILE_BYTES_MAX + 1];
        assert!(matches!(
            parse_recipients(&long),
            Err(KeyFileError::TooLong { .. })
        ));
    }

    #[test]
    fn a_sealed_key_file_opens_with_its_passphrase() {
        let recipients = [Recipient::from_passphrase("red fox")];
        let sealed = seal_bytes(&recipients, SECRET.as_bytes()).unwrap();
        let mut armored = ArmorWriter::new(Vec::new()).unwrap();
        armored.write_all(&sealed).unwrap();
        for file in [sealed, armored.finish().unwrap()] {
            assert!(matches!(parse_identities(&file), Err(KeyFileError::Sealed)));
            let keys = open_identities(&file, "red fox").unwrap();
            assert!(opens(&keys));
            let outcome = open_identities(&file, "red fix").map(drop);
            assert!(matches!(
                outcome,
                Err(KeyFileError::Document(DocumentError::Header(
                    OpenError::WrongPassphrase
                )))
            ));
        }
    }
}
