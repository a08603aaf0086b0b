//! Keys and passphrases that are kept in files, and passphrases that are asked for.
//!
//! ```text
//! # created: 2026-11-22T03:37:18Z            identities: a secret key a line, # comments
//! AGE-SECRET-KEY-1GQ97…
//! ```
//!
//! Promises: an identity file is refused when others can read it or it is a symlink to somewhere else; every
//! file has a bound; what was read is erased when it is dropped; no secret enters a message. Does not say
//! what the keys are used for.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use quitus_core::cipher::{Identity, KeyError, KeyKind, Recipient, SecretKey};
use zeroize::Zeroizing;

use crate::env::Env;
use crate::failure::Failure;
use crate::phrase;
use crate::platform;
use crate::words::Phrase;

/// The largest file of keys or of a passphrase that is read: no person keeps more, and a mistaken `-i
/// disk.img` must not fill the memory.
pub const KEY_FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Where a passphrase comes from.
pub struct PassphraseSource<'a> {
    /// `--passphrase-file`.
    pub file: Option<&'a Path>,
    /// What it is for, as the question.
    pub question: Phrase,
}

impl PassphraseSource<'_> {
    /// Reads the file, or asks once.
    ///
    /// # Errors
    ///
    /// As [`Env::terminal`]'s `ask_secret`; exit 8 when the file cannot be read, 2 when its first line is
    /// empty or no text.
    pub fn get(&self, env: &Env) -> Result<Zeroizing<String>, Failure> {
        match self.file {
            Some(file) => first_line(file),
            None => env.terminal().ask_secret(&self.question, PASSPHRASE_FLAG),
        }
    }

    /// Reads the file, or asks twice, because nobody can open what a slip has sealed.
    ///
    /// # Errors
    ///
    /// As [`PassphraseSource::get`].
    pub fn get_new(&self, env: &Env) -> Result<Zeroizing<String>, Failure> {
        let again = phrase!("ask-passphrase-again");
        match self.file {
            Some(file) => first_line(file),
            None => env
                .terminal()
                .ask_new_secret(&self.question, &again, PASSPHRASE_FLAG),
        }
    }
}

const PASSPHRASE_FLAG: &str = "--passphrase-file";

fn first_line(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let bytes = read(path)?;
    let line = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match std::str::from_utf8(line) {
        Ok("") => Err(Failure::usage(phrase!("passphrase-empty", path = path))),
        Ok(line) => Ok(Zeroizing::new(line.to_owned())),
        Err(_) => Err(Failure::usage(phrase!("passphrase-not-text", path = path))),
    }
}

/// Reads an identity file and makes sure that it is kept as a secret is.
///
/// # Errors
///
/// Exit 2 when others can read it, when it is a symlink to a file, empty or too large; 8 when it cannot
/// be read.
pub fn read_identity_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let cannot_read = |error| Failure::read(path, error);
    let link = fs::symlink_metadata(path).map_err(cannot_read)?;
    let file = fs::metadata(path).map_err(cannot_read)?;
    // A shell's `<(…)` is a symlink too, but to a pipe.
    if link.is_symlink() && file.is_file() {
        return Err(Failure::usage(phrase!("identity-is-link", path = path))
            .hint(phrase!("identity-is-link-hint")));
    }
    if file.is_file() && platform::shared_mode(&file) != 0 {
        return Err(Failure::usage(phrase!("identity-is-shared", path = path))
            .hint(phrase!("identity-is-shared-hint", path = path)));
    }
    let bytes = read(path)?;
    if bytes.is_empty() {
        return Err(Failure::usage(phrase!("identity-is-empty", path = path)));
    }
    Ok(bytes)
}

/// Parses the text of an identity file that `path` names.
///
/// # Errors
///
/// Exit 2 when a line is no identity we know, or there is none.
pub fn parse_identities(text: &[u8], path: &Path) -> Result<Vec<Identity>, Failure> {
    let identities = lines(text).map(|(line, text)| {
        let key = str::from_utf8(text).map_err(|_| KeyError::Malformed);
        key.and_then(str::parse::<SecretKey>)
            .map(Identity::from)
            .map_err(|error| {
                Failure::usage(phrase!(
                    "identity-refused",
                    path = path,
                    line = line,
                    why = reason(error)
                ))
            })
    });
    let identities = identities.collect::<Result<Vec<_>, _>>()?;
    if identities.is_empty() {
        return Err(Failure::usage(phrase!("identity-is-empty", path = path)));
    }
    Ok(identities)
}

/// Reads a file with a recipient a line.
///
/// # Errors
///
/// Exit 2 when a line is no recipient we know, or there is none; 8 when it cannot be read.
pub fn read_recipients(path: &Path) -> Result<Vec<Recipient>, Failure> {
    let bytes = read(path)?;
    let recipients = lines(&bytes).map(|(line, text)| {
        let recipient = str::from_utf8(text).map_err(|_| KeyError::Malformed);
        recipient.and_then(str::parse).map_err(|error| {
            Failure::usage(phrase!(
                "recipients-refused",
                path = path,
                line = line,
                why = reason(error)
            ))
        })
    });
    let recipients = recipients.collect::<Result<Vec<_>, _>>()?;
    if recipients.is_empty() {
        return Err(Failure::usage(phrase!("recipients-empty", path = path)));
    }
    Ok(recipients)
}

/// Parses a recipient given as an argument.
///
/// # Errors
///
/// Exit 2 when it is no recipient we know.
pub fn parse_recipient(text: &str) -> Result<Recipient, Failure> {
    text.parse().map_err(|error| match error {
        // What may be a secret is not repeated.
        KeyError::IsSecret => Failure::usage(reason(error)).hint(phrase!("recipient-hint")),
        KeyError::Malformed | KeyError::Unsupported { .. } | KeyError::IsPublic => {
            Failure::usage(phrase!(
                "recipient-refused",
                recipient = shown(text),
                why = reason(error)
            ))
            .hint(phrase!("recipient-hint"))
        }
    })
}

/// A mistyped secret key is a secret too.
fn shown(text: &str) -> &str {
    if text.to_ascii_lowercase().contains("secret") {
        "…"
    } else {
        text
    }
}

fn reason(error: KeyError) -> Phrase {
    match error {
        KeyError::Malformed => phrase!("key-malformed"),
        KeyError::IsSecret => phrase!("key-is-secret"),
        KeyError::IsPublic => phrase!("key-is-public"),
        KeyError::Unsupported { kind } => match kind {
            KeyKind::PostQuantum => phrase!("key-post-quantum"),
            KeyKind::Tagged => phrase!("key-tagged"),
            KeyKind::Ssh => phrase!("key-ssh"),
            KeyKind::Plugin => phrase!("key-plugin"),
        },
    }
}

/// The lines that say something, with their numbers from 1.
fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    (1..)
        .zip(lines)
        .filter(|(_, line)| !line.is_empty() && !line.starts_with(b"#"))
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let too_large = || {
        Failure::usage(phrase!(
            "key-file-too-large",
            path = path,
            limit = KEY_FILE_BYTES_MAX
        ))
    };
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    let (metadata, file) = opened.map_err(|error| Failure::read(path, error))?;
    if metadata.len() > KEY_FILE_BYTES_MAX {
        return Err(too_large());
    }
    let mut bytes = Zeroizing::new(Vec::new());
    let outcome: io::Result<_> = file.take(KEY_FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
    outcome.map_err(|error| Failure::read(path, error))?;
    if bytes.len() as u64 > KEY_FILE_BYTES_MAX {
        Err(too_large())
    } else {
        Ok(bytes)
    }
}
