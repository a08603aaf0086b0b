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
use std::io::{IsTerminal as _, Read};

use quitus_core::archive::SECRET_BYTES_MAX;
use std::path::Path;

use quitus_core::cipher::{
    DocumentError, Identity, KEY_FILE_BYTES_MAX, KeyError, KeyFileError, KeyKind, OpenError,
    Recipient, open_identities, parse_identities, parse_recipients,
};
use quitus_core::keys;
use zeroize::Zeroizing;

use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::platform;
use crate::prompts;
use crate::words::Phrase;

/// Where a passphrase comes from.
pub struct PassphraseSource<'a> {
    /// The file that was named.
    pub file: Option<&'a Path>,
    /// The flag that names a file, to be told where nobody can be asked.
    pub flag: &'static str,
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
            None => env.terminal().ask_secret(&self.question, self.flag),
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
                .ask_new_secret(&self.question, &again, self.flag),
        }
    }
}

/// A text that holds a secret: given, from stdin for `-`, or asked for.
///
/// # Errors
///
/// Exit 8 when stdin cannot be read, 2 when nobody can be asked.
pub fn text_of(
    env: &Env,
    given: Option<&str>,
    (question, warning): (&Phrase, Phrase),
) -> Result<Zeroizing<String>, Failure> {
    match given {
        Some("-") => {
            let mut bytes = Zeroizing::new(Vec::new());
            let input = std::io::stdin().lock();
            let read = input.take(TEXT_BYTES_MAX).read_to_end(&mut bytes);
            read.map_err(|error| Failure::io(phrase!("cannot-read-input"), error))?;
            // What is no text is nothing; the message must not repeat it.
            let text = std::str::from_utf8(&bytes).unwrap_or_default();
            Ok(Zeroizing::new(text.to_owned()))
        }
        Some(text) => {
            env.terminal().warn(warning);
            Ok(Zeroizing::new(text.to_owned()))
        }
        None => env.terminal().ask_secret(question, "-"),
    }
}

/// A secret to pass on: piped, less one line end, or typed twice.
///
/// # Errors
///
/// Exit 2 when it is empty or nobody can be asked, 9 when it is too long, 8 when it cannot be read.
pub fn to_pass_on(env: &Env) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let input = std::io::stdin();
    // More, by what tells that it is too long, so that nothing is moved and left behind.
    let mut secret = Zeroizing::new(Vec::with_capacity(usize::from(SECRET_BYTES_MAX) + 64));
    if input.is_terminal() {
        let (question, again) = (phrase!("ask-secret"), phrase!("ask-secret-again"));
        let typed = env.terminal().ask_new_secret(&question, &again, "<")?;
        secret.extend_from_slice(typed.as_bytes());
    } else {
        let read = input
            .lock()
            .take(u64::from(SECRET_BYTES_MAX) + 3)
            .read_to_end(&mut secret);
        read.map_err(|error| Failure::io(phrase!("cannot-read-input"), error))?;
        for end in [b'\n', b'\r'] {
            if secret.last() == Some(&end) {
                secret.pop();
            }
        }
    }
    match secret.len() {
        0 => Err(Failure::usage(phrase!("secret-empty"))),
        n_bytes if n_bytes <= usize::from(SECRET_BYTES_MAX) => Ok(secret),
        _ => {
            let max = u64::from(SECRET_BYTES_MAX);
            Err(Failure::new(
                Kind::Policy,
                phrase!("secret-too-long", max = max),
            ))
        }
    }
}

/// Longest link or invite that is read from stdin.
const TEXT_BYTES_MAX: u64 = 4_096;
/// The flag that names the file of a passphrase.
pub const PASSPHRASE_FLAG: &str = "--passphrase-file";
/// The flag that names the file of a transfer's password.
pub const PASSWORD_FLAG: &str = "--password-file";

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

/// Reads a file of identities; one that is sealed is opened with the passphrase from
/// `passphrase_file`, or with one that is asked for.
///
/// # Errors
///
/// Exit 2 when others can read the file, it is a symlink to a file, too large, or holds no identity or
/// something else; 8 when it cannot be read; 10 when the passphrase is wrong.
pub fn read_identities(
    env: &Env,
    path: &Path,
    passphrase_file: Option<&Path>,
) -> Result<Vec<Identity>, Failure> {
    check_private(path)?;
    let bytes = read(path)?;
    let keys = match parse_identities(&bytes) {
        Err(KeyFileError::Sealed) => {
            let question = phrase!("ask-passphrase-of", path = path);
            let passphrase = PassphraseSource {
                file: passphrase_file,
                flag: PASSPHRASE_FLAG,
                question,
            }
            .get(env)?;
            open_identities(&bytes, &passphrase)
        }
        keys => keys,
    };
    let keys = keys.map_err(|error| {
        key_file_failure(path, error, phrase!("identity-is-empty", path = path))
    })?;
    let prompter = prompts::prompter(env);
    Ok(keys
        .into_iter()
        .map(|key| key.answered_by(&prompter))
        .collect())
}

/// Refuses an identity file that is not kept as a secret is.
fn check_private(path: &Path) -> Result<(), Failure> {
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
    Ok(())
}

/// Reads a file with a recipient a line; SSH keys of other types than ours are passed over, which is said.
///
/// # Errors
///
/// Exit 2 when a line is no recipient we know, or there is none; 8 when it cannot be read.
pub fn read_recipients(env: &Env, path: &Path) -> Result<Vec<Recipient>, Failure> {
    let bytes = read(path)?;
    let (recipients, n_skipped) = parse_recipients(&bytes)
        .map_err(|error| key_file_failure(path, error, phrase!("recipients-empty", path = path)))?;
    if n_skipped > 0 {
        env.terminal().warn(phrase!("keys-skipped", n = n_skipped));
    }
    Ok(recipients)
}

/// Says why a file of keys gives none; `empty` is for one without any.
fn key_file_failure(path: &Path, error: KeyFileError, empty: Phrase) -> Failure {
    match error {
        KeyFileError::Empty => Failure::usage(empty),
        KeyFileError::TooLong { .. } => too_large(path),
        KeyFileError::Line { line, error } => {
            let why = reason(error);
            Failure::usage(phrase!(
                "key-file-line",
                path = path,
                line = line,
                why = why
            ))
        }
        KeyFileError::Document(DocumentError::Header(OpenError::WrongPassphrase)) => {
            Failure::new(Kind::NoKey, phrase!("wrong-passphrase"))
        }
        KeyFileError::Ssh(keys::KeyError::Locked) => {
            Failure::usage(phrase!("key-locked", path = path)).hint(phrase!("key-unlock-hint"))
        }
        KeyFileError::Ssh(error) => {
            Failure::usage(phrase!("key-damaged", path = path)).because(error)
        }
        KeyFileError::Sealed | KeyFileError::Armor(_) | KeyFileError::Document(_) => {
            Failure::usage(phrase!("key-file-sealed", path = path)).because(error)
        }
    }
}

fn too_large(path: &Path) -> Failure {
    Failure::usage(phrase!(
        "key-file-too-large",
        path = path,
        limit = KEY_FILE_BYTES_MAX
    ))
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
        },
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let cannot_read = |error| Failure::read(path, error);
    let file = File::open(path).map_err(cannot_read)?;
    let bytes_max = KEY_FILE_BYTES_MAX as u64;
    if file.metadata().map_err(cannot_read)?.len() > bytes_max {
        return Err(too_large(path));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(bytes_max + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot_read)?;
    if bytes.len() > KEY_FILE_BYTES_MAX {
        Err(too_large(path))
    } else {
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Language, Words};

    const SECRET: &str =
        "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";

    fn english(failure: &Failure) -> String {
        Words::new(Language::English).write(failure.what())
    }

    #[test]
    fn what_may_be_a_secret_is_never_repeated() {
        for text in [
            SECRET,
            &SECRET.to_lowercase(),
            &SECRET[1..],
            &format!("{SECRET}X"),
        ] {
            let failure = parse_recipient(text).err().unwrap();
            assert_eq!(failure.kind(), Kind::Usage);
            assert!(
                !english(&failure).to_lowercase().contains("gq9778"),
                "{text}"
            );
        }
        let failure = parse_recipient("age1\u{1b}[2J").err().unwrap();
        assert!(english(&failure).starts_with("cannot seal for age1\\x1b[2J: "));
    }

    #[test]
    fn a_passphrase_is_the_first_line_of_its_file() {
        let path = std::env::temp_dir().join(format!("quitus-passphrase-{}", std::process::id()));
        let check = |content: &[u8], expected: Option<&str>| {
            fs::write(&path, content).unwrap();
            assert_eq!(
                first_line(&path).ok().as_deref().map(String::as_str),
                expected
            );
        };
        check(b"red fox", Some("red fox"));
        check(b"red fox\nmore\n", Some("red fox"));
        check(b"red fox\r\n", Some("red fox"));
        check(b"  red fox ", Some("  red fox "));
        check("été\n".as_bytes(), Some("été"));
        check(b"", None);
        check(b"\nred fox\n", None);
        check(b"\r\n", None);
        check(b"\xff\n", None);
        fs::remove_file(path).unwrap();
    }
}
