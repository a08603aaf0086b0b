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
use super::recipient::{Identity, KeyError, Recipient, SecretKey};
use super::whole::{DocumentError, open_bytes};
use crate::header::VERSION_LINE;

/// Bytes of the longest file of keys: more than 10,000 of them.
pub const KEY_FILE_BYTES_MAX: usize = 1024 * 1024;

/// Why a file gives no keys.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// The file is longer than [`KEY_FILE_BYTES_MAX`].
    #[error("key file has {actual} bytes, at most {KEY_FILE_BYTES_MAX} are allowed")]
    TooLong {
        /// Bytes of the file.
        actual: usize,
    },
    /// The file is sealed with a passphrase: see [`open_secret_keys`].
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

/// Parses a file of recipients.
///
/// # Errors
///
/// If it is too long, holds none, or any line is not one.
pub fn parse_recipients(file: &[u8]) -> Result<Vec<Recipient>, KeyFileError> {
    parse(file)
}

/// Parses a file of secret keys.
///
/// # Errors
///
/// If it is too long, sealed, holds none, or any line is not one.
pub fn parse_secret_keys(file: &[u8]) -> Result<Vec<SecretKey>, KeyFileError> {
    parse(file)
}

/// Opens a file of secret keys that is sealed with `passphrase`, in armor or not.
///
/// # Errors
///
/// As [`parse_secret_keys`], or if the passphrase is wrong or the file damaged.
pub fn open_secret_keys(file: &[u8], passphrase: &str) -> Result<Vec<SecretKey>, KeyFileError> {
    check_length(file)?;
    let mut sealed = Vec::new();
    dearmor(file)
        .and_then(|mut input| input.read_to_end(&mut sealed))
        .map_err(KeyFileError::Armor)?;
    let identities = [Identity::from_passphrase(passphrase)];
    let plain = open_bytes(&identities, &sealed, KEY_FILE_BYTES_MAX);
    parse(&plain.map_err(KeyFileError::Document)?)
}

fn parse<K: FromStr<Err = KeyError>>(file: &[u8]) -> Result<Vec<K>, KeyFileError> {
    check_length(file)?;
    if file.starts_with(VERSION_LINE) || file.trim_ascii_start().starts_with(armor::BEGIN) {
        return Err(KeyFileError::Sealed);
    }
    let mut keys = Vec::new();
    for (index, bytes) in file.split(|byte| *byte == b'\n').enumerate() {
        let bytes = bytes.trim_ascii();
        if bytes.is_empty() || bytes.starts_with(b"#") {
            continue;
        }
        let text = std::str::from_utf8(bytes).map_err(|_| KeyError::Malformed);
        let key = text.and_then(str::parse);
        keys.push(key.map_err(|error| KeyFileError::Line {
            line: index + 1,
            error,
        })?);
    }
    if keys.is_empty() {
        Err(KeyFileError::Empty)
    } else {
        Ok(keys)
    }
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
    use crate::cipher::{ArmorWriter, KeyKind, OpenError, seal_bytes};
    use std::io::Write as _;

    const SECRET: &str =
        "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
    const PUBLIC: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";

    #[test]
    fn comments_blank_lines_and_line_ends_of_any_system_are_passed_over() {
        for file in [
            format!("# created: now\n# public key: {PUBLIC}\n{SECRET}\n"),
            format!("\r\n#\r\n{SECRET}\r\n\r\n"),
            SECRET.to_owned(),
        ] {
            let keys = parse_secret_keys(file.as_bytes()).unwrap();
            assert_eq!(keys.len(), 1);
            assert!(keys.iter().all(|key| key.recipient_text() == PUBLIC));
        }
        let two = format!("{PUBLIC}\n# and\n  {PUBLIC}  \n");
        assert_eq!(
            parse_recipients(two.as_bytes()).map(|keys| keys.len()).ok(),
            Some(2)
        );
    }

    #[test]
    fn a_bad_line_is_named_by_its_number_alone() {
        let check = |line_text: &str, expected: KeyError| {
            let file = format!("# one\n{SECRET}\n\n{line_text}\n");
            let error = parse_secret_keys(file.as_bytes()).err().unwrap();
            assert!(!error.to_string().contains(line_text));
            assert!(matches!(error, KeyFileError::Line { line: 4, error } if error == expected));
        };
        check("AGE-SECRET-KEY-1GQ97", KeyError::Malformed);
        check("\u{fffd}", KeyError::Malformed);
        check(PUBLIC, KeyError::IsPublic);
        let kind = KeyKind::Plugin;
        check("AGE-PLUGIN-YUBIKEY-1XYZ", KeyError::Unsupported { kind });
        let pem = b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n";
        let error = KeyError::Unsupported { kind: KeyKind::Ssh };
        assert!(matches!(
            parse_secret_keys(pem),
            Err(KeyFileError::Line { line: 1, error: actual }) if actual == error
        ));
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
            assert!(matches!(
                parse_secret_keys(&file),
                Err(KeyFileError::Sealed)
            ));
            let keys = open_secret_keys(&file, "red fox").unwrap();
            assert!(keys.iter().all(|key| key.recipient_text() == PUBLIC));
            let outcome = open_secret_keys(&file, "red fix").map(drop);
            assert!(matches!(
                outcome,
                Err(KeyFileError::Document(DocumentError::Header(
                    OpenError::WrongPassphrase
                )))
            ));
        }
    }
}
