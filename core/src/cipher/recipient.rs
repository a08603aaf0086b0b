//! Whom a file is sealed for, and who can open it: recipients, secret keys and passphrases.
//!
//! ```text
//! age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa                 recipient
//! AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33     its secret key
//! ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI… alice@desk                                 of OpenSSH
//! age1yubikey1q…                                                                    of a plugin
//! ```
//!
//! Promises: one spelling of each key (lower case for recipients, upper case for secret keys); a
//! kind of key not supported yet is refused by name; parsing starts no plugin.
//!
//! Does not: read files or ask for passphrases; see `keyfile` for files of keys.
//!
//! Spec: C2SP age.md, "The X25519 recipient type" and "The scrypt recipient type".

use std::str::FromStr;
use std::sync::Arc;

use age::secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;
use zeroize::Zeroizing;

use super::plugin::{PluginIdentity, PluginRecipient, Prompter};
use super::ssh::{SshIdentity, SshRecipient};
use crate::keys::{PublicKey, SigningKey};

/// Work factor (log2 N of scrypt) of passphrase files made here: about a second and 256 MiB, the
/// same as the reference implementation takes.
pub const WORK_FACTOR: u8 = 18;

/// Highest work factor accepted from a file: 4 GiB and a quarter of a minute. A hostile file could
/// otherwise ask for hours and for all memory.
pub const WORK_FACTOR_MAX: u8 = 22;

/// How keys of OpenSSH begin that nothing can be sealed for here.
const SSH_OTHERS: [&str; 4] = ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"];

const PUBLIC_KEY_HRP: &str = "age";
const SECRET_KEY_HRP: &str = "AGE-SECRET-KEY-";

/// A kind of age key that exists but cannot be used here yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// `age1pq1...` and `AGE-SECRET-KEY-PQ-1...`: ML-KEM-768 with X25519.
    PostQuantum,
    /// `age1tag1...` and `age1tagpq1...`: keys held by hardware.
    Tagged,
    /// `ssh-rsa ...`, `ecdsa-...`, `sk-...`: keys of OpenSSH other than `ssh-ed25519`.
    Ssh,
}

impl std::fmt::Display for KeyKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::PostQuantum => "post-quantum",
            Self::Tagged => "hardware-tagged",
            Self::Ssh => "other ssh",
        })
    }
}

/// Why a text is not a key that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// A key of a kind not supported yet.
    #[error("{kind} keys are not supported yet")]
    Unsupported {
        /// The kind recognised.
        kind: KeyKind,
    },
    /// Not a key, or one with a typing error.
    #[error("not an age key, or one that was mistyped")]
    Malformed,
    /// A secret key where a recipient is wanted. It may be exposed now.
    #[error("a secret key stands where a recipient is wanted")]
    IsSecret,
    /// A recipient where a secret key is wanted.
    #[error("a recipient stands where a secret key is wanted")]
    IsPublic,
}

/// Someone a file can be sealed for.
pub struct Recipient(RecipientKind);

enum RecipientKind {
    X25519(age::x25519::Recipient),
    Ssh(SshRecipient),
    Plugin(PluginRecipient),
    Passphrase(age::scrypt::Recipient),
}

impl Recipient {
    /// Makes the recipient who knows `passphrase`. It must be the only one of a file.
    pub fn from_passphrase(passphrase: &str) -> Self {
        let mut recipient = age::scrypt::Recipient::new(secret(passphrase));
        recipient.set_work_factor(WORK_FACTOR);
        Self(RecipientKind::Passphrase(recipient))
    }

    /// Makes the recipient of an X25519 public key.
    ///
    /// # Panics
    ///
    /// Never: any 32 bytes are such a key (RFC 7748, section 5).
    pub fn from_public_bytes(bytes: &[u8; 32]) -> Self {
        let hrp = bech32::Hrp::parse(PUBLIC_KEY_HRP).expect("a valid human-readable part");
        let text = bech32::encode::<bech32::Bech32>(hrp, bytes).expect("within bech32's bound");
        Self(RecipientKind::X25519(
            parse_x25519(&text).expect("an encoded public key"),
        ))
    }

    /// Lets a plugin talk to the person; nothing for other recipients.
    #[must_use]
    pub fn answered_by(mut self, prompter: &Arc<dyn Prompter>) -> Self {
        if let RecipientKind::Plugin(recipient) = &mut self.0 {
            recipient.set_prompter(prompter);
        }
        self
    }

    /// Whether a plugin program is started to seal for it.
    pub fn needs_plugin(&self) -> bool {
        matches!(self.0, RecipientKind::Plugin(_))
    }

    pub(super) fn as_age(&self) -> &dyn age::Recipient {
        match &self.0 {
            RecipientKind::X25519(recipient) => recipient,
            RecipientKind::Ssh(recipient) => recipient,
            RecipientKind::Plugin(recipient) => recipient,
            RecipientKind::Passphrase(recipient) => recipient,
        }
    }

    pub(super) fn is_passphrase(&self) -> bool {
        matches!(self.0, RecipientKind::Passphrase(_))
    }
}

impl FromStr for Recipient {
    type Err = KeyError;

    /// Parses `age1...`, in lower case and without space around it, or an `ssh-ed25519` public key,
    /// which may have a comment.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        if text.starts_with("ssh-ed25519 ") {
            return parse_ssh(text).map(|key| Self(RecipientKind::Ssh(key)));
        }
        if SSH_OTHERS.iter().any(|kind| text.starts_with(kind)) {
            return Err(KeyError::Unsupported { kind: KeyKind::Ssh });
        }
        if text.starts_with("AGE-SECRET-KEY-") || text.starts_with("AGE-PLUGIN-") {
            return Err(KeyError::IsSecret);
        }
        let data = text.strip_prefix("age1").ok_or(KeyError::Malformed)?;
        let kind = match data.rsplit_once('1') {
            None => return parse_x25519(text).map(|key| Self(RecipientKind::X25519(key))),
            Some(("pq", _)) => KeyKind::PostQuantum,
            Some(("tag" | "tagpq", _)) => KeyKind::Tagged,
            Some(_) => {
                let key = PluginRecipient::parse(text).ok_or(KeyError::Malformed)?;
                return Ok(Self(RecipientKind::Plugin(key)));
            }
        };
        Err(KeyError::Unsupported { kind })
    }
}

/// The secret key of an X25519 recipient.
pub struct SecretKey(age::x25519::Identity);

impl SecretKey {
    /// Draws a new key from the system's randomness.
    ///
    /// # Panics
    ///
    /// If the system has no randomness to give.
    pub fn generate() -> Self {
        Self(age::x25519::Identity::generate())
    }

    /// Makes the key whose X25519 scalar is `scalar` (clamped as in RFC 7748, section 5).
    pub fn from_scalar(scalar: &[u8; 32]) -> Self {
        Self(from_scalar(scalar))
    }

    /// Returns the recipient whose files this key opens.
    pub fn recipient(&self) -> Recipient {
        Recipient(RecipientKind::X25519(self.0.to_public()))
    }

    /// Prints the recipient, `age1...`. Of a derived key it is as secret as the key.
    pub fn recipient_text(&self) -> String {
        self.0.to_public().to_string()
    }

    /// The X25519 public key of the recipient. Of a derived key it is as secret as the key.
    ///
    /// # Panics
    ///
    /// Never: the age crate prints what it parses.
    pub fn public_bytes(&self) -> [u8; 32] {
        let (_, bytes) = bech32::decode(&self.recipient_text()).expect("a recipient is bech32");
        bytes.try_into().expect("an X25519 recipient is 32 bytes")
    }

    /// Prints the key, `AGE-SECRET-KEY-1...`, one line without its end.
    pub fn expose_text(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.to_string().expose_secret().to_owned())
    }
}

impl FromStr for SecretKey {
    type Err = KeyError;

    /// Parses `AGE-SECRET-KEY-1...`, in upper case and without space around it.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let kinds = [
            ("AGE-SECRET-KEY-PQ-1", KeyKind::PostQuantum),
            ("-----BEGIN RSA PRIVATE KEY", KeyKind::Ssh),
        ];
        if let Some((_, kind)) = kinds.iter().find(|(start, _)| text.starts_with(start)) {
            return Err(KeyError::Unsupported { kind: *kind });
        }
        if text.starts_with("age1") || text.starts_with("ssh-") {
            return Err(KeyError::IsPublic);
        }
        if !text.starts_with(SECRET_KEY_HRP) {
            return Err(KeyError::Malformed);
        }
        text.parse().map(Self).map_err(|_| KeyError::Malformed)
    }
}

/// Someone who can open a file.
pub struct Identity(IdentityKind);

enum IdentityKind {
    X25519(age::x25519::Identity),
    Ssh(SshIdentity),
    Plugin(PluginIdentity),
    Passphrase(age::scrypt::Identity),
}

impl Identity {
    /// Makes the identity who knows `passphrase`. Files asking for more than
    /// [`WORK_FACTOR_MAX`] are refused before any work.
    pub fn from_passphrase(passphrase: &str) -> Self {
        let mut identity = age::scrypt::Identity::new(secret(passphrase));
        identity.set_max_work_factor(WORK_FACTOR_MAX);
        Self(IdentityKind::Passphrase(identity))
    }

    /// Makes the identity of the key whose X25519 scalar is `scalar`; see
    /// [`SecretKey::from_scalar`].
    pub fn from_scalar(scalar: &[u8; 32]) -> Self {
        SecretKey::from_scalar(scalar).into()
    }

    /// Makes the identity of an OpenSSH key.
    ///
    /// # Errors
    ///
    /// If its public half is a point of small order.
    pub fn from_ssh(key: &SigningKey) -> Result<Self, KeyError> {
        let identity = SshIdentity::new(key).map_err(|_| KeyError::Malformed)?;
        Ok(Self(IdentityKind::Ssh(identity)))
    }

    /// Lets a plugin talk to the person; nothing for other identities.
    #[must_use]
    pub fn answered_by(mut self, prompter: &Arc<dyn Prompter>) -> Self {
        if let IdentityKind::Plugin(identity) = &mut self.0 {
            identity.set_prompter(prompter);
        }
        self
    }

    pub(super) fn as_age(&self) -> &dyn age::Identity {
        match &self.0 {
            IdentityKind::X25519(identity) => identity,
            IdentityKind::Ssh(identity) => identity,
            IdentityKind::Plugin(identity) => identity,
            IdentityKind::Passphrase(identity) => identity,
        }
    }

    pub(super) fn is_passphrase(&self) -> bool {
        matches!(self.0, IdentityKind::Passphrase(_))
    }
}

impl FromStr for Identity {
    type Err = KeyError;

    /// Parses `AGE-SECRET-KEY-1...` or `AGE-PLUGIN-NAME-1...`, in upper case and without space
    /// around it.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        if text.starts_with("AGE-PLUGIN-") {
            let key = PluginIdentity::parse(text).ok_or(KeyError::Malformed)?;
            return Ok(Self(IdentityKind::Plugin(key)));
        }
        text.parse::<SecretKey>().map(Self::from)
    }
}

impl From<SecretKey> for Identity {
    fn from(key: SecretKey) -> Self {
        Self(IdentityKind::X25519(key.0))
    }
}

/// Prints a scalar as age prints secret keys: bech32 (BIP 173) in upper case.
fn encode(scalar: &[u8; 32]) -> Zeroizing<String> {
    let hrp = bech32::Hrp::parse(SECRET_KEY_HRP).expect("a valid human-readable part");
    let text = bech32::encode_upper::<bech32::Bech32>(hrp, scalar);
    Zeroizing::new(text.expect("32 bytes are within bech32's bound"))
}

/// Makes the age crate's key of a scalar, which it takes as text only.
fn from_scalar(scalar: &[u8; 32]) -> age::x25519::Identity {
    encode(scalar)
        .parse()
        .expect("an encoded scalar is a secret key")
}

fn secret(passphrase: &str) -> SecretString {
    SecretString::from(passphrase.to_owned())
}

fn parse_ssh(line: &str) -> Result<SshRecipient, KeyError> {
    let key: PublicKey = line.parse().map_err(|_| KeyError::Malformed)?;
    SshRecipient::new(&key).map_err(|_| KeyError::Malformed)
}

fn parse_x25519(text: &str) -> Result<age::x25519::Recipient, KeyError> {
    text.parse().map_err(|_| KeyError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str =
        "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
    const PUBLIC: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";

    #[test]
    fn a_secret_key_has_its_recipient_and_one_spelling() {
        let key: SecretKey = SECRET.parse().unwrap();
        assert_eq!(key.recipient_text(), PUBLIC);
        assert_eq!(key.expose_text().as_str(), SECRET);
        let plain = crate::cipher::seal_bytes(
            &[Recipient::from_public_bytes(&key.public_bytes())],
            b"for the same key",
        );
        assert!(crate::cipher::open_bytes(&[key.into()], &plain.unwrap(), 100).is_ok());
        assert!(PUBLIC.parse::<Recipient>().is_ok());
    }

    #[test]
    fn a_scalar_becomes_the_key_that_stock_age_prints() {
        // The scalar of RFC 7748, section 6.1 (Alice); the recipient is what age-keygen -y shows.
        let scalar: [u8; 32] = [
            0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d, 0x3c, 0x16, 0xc1, 0x72, 0x51, 0xb2,
            0x66, 0x45, 0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0, 0x99, 0x2a, 0xb1, 0x77, 0xfb, 0xa5,
            0x1d, 0xb9, 0x2c, 0x2a,
        ];
        let key = SecretKey::from_scalar(&scalar);
        assert_eq!(
            key.expose_text().as_str(),
            "AGE-SECRET-KEY-1WURK6ZNNRZJH60QKC9E9RVNXGH05CTU8A0QFJ243WLA628DE9S4QRFH26J"
        );
        assert_eq!(
            key.recipient_text(),
            "age1s5s0qzvfxzn4gayt0hwtg0hhtgxm7wsdycup4a8t5j5ca25mfe4qt4hs7q"
        );
    }

    #[test]
    fn texts_that_are_no_recipient_are_refused_by_kind() {
        let unsupported = |kind| KeyError::Unsupported { kind };
        let upper = PUBLIC.to_uppercase();
        let typo = PUBLIC.replace("py7pa", "py7pb");
        let cases = [
            ("", KeyError::Malformed),
            ("age1", KeyError::Malformed),
            ("bob", KeyError::Malformed),
            (typo.as_str(), KeyError::Malformed),
            (upper.as_str(), KeyError::Malformed),
            (SECRET, KeyError::IsSecret),
            ("AGE-PLUGIN-YUBIKEY-1XYZ", KeyError::IsSecret),
            ("age1pq1xyz", unsupported(KeyKind::PostQuantum)),
            ("age1tag1xyz", unsupported(KeyKind::Tagged)),
            ("age1tagpq1xyz", unsupported(KeyKind::Tagged)),
            ("age1yubikey1xyz", KeyError::Malformed),
            ("ssh-ed25519 AAAA", KeyError::Malformed),
            ("ssh-rsa AAAA", unsupported(KeyKind::Ssh)),
            ("ecdsa-sha2-nistp256 AAAA", unsupported(KeyKind::Ssh)),
            ("sk-ssh-ed25519@openssh.com AAAA", unsupported(KeyKind::Ssh)),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Recipient>().err(), Some(expected), "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_secret_key_are_refused_by_kind() {
        let unsupported = |kind| KeyError::Unsupported { kind };
        let lower = SECRET.to_lowercase();
        let cases = [
            ("", KeyError::Malformed),
            (lower.as_str(), KeyError::Malformed),
            ("AGE-SECRET-KEY-1GQ9778", KeyError::Malformed),
            (PUBLIC, KeyError::IsPublic),
            ("AGE-SECRET-KEY-PQ-1XYZ", unsupported(KeyKind::PostQuantum)),
            ("AGE-PLUGIN-YUBIKEY-1XYZ", KeyError::Malformed),
            ("-----BEGIN RSA PRIVATE KEY-----", unsupported(KeyKind::Ssh)),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<SecretKey>().err(), Some(expected), "{text}");
        }
    }
}
