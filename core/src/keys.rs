//! Secrets that are erased when dropped, and keys that sign documents as OpenSSH does.
//!
//! ```text
//! ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...              a public key
//! SHA256:0dWqNeG1fK9tVJ2tTlwtmiTDjzWBIOmUTl5dX4Ohq3I    its fingerprint
//! ```
//!
//! Promises: a secret is shown by [`Secret::expose`] only; a signature counts for one
//! [`Namespace`]; Ed25519 is verified strictly (no small-order keys, no second spelling of S).
//! It does not say whom a key belongs to. Sources: PROTOCOL.sshsig, PROTOCOL.key, PROTOCOL.u2f, RFC 8032.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer};
use ssh_encoding::{Decode as _, Encode as _};
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::public::KeyData;
use ssh_key::{HashAlg, LineEnding, PrivateKey};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::text;

mod signature;

pub use signature::{Signature, signed_data};

/// `N` secret bytes, erased when dropped.
#[derive(ZeroizeOnDrop)]
pub struct Secret<const N: usize>([u8; N]);

/// The system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct DrawError(#[source] getrandom::Error);

impl<const N: usize> Secret<N> {
    /// Draws a secret from the system's random generator.
    pub fn draw() -> Result<Self, DrawError> {
        let mut secret = Self([0; N]);
        getrandom::fill(&mut secret.0).map_err(DrawError)?;
        Ok(secret)
    }

    /// Takes over a secret that was derived or read, and erases the given copy.
    pub fn from_bytes(mut bytes: [u8; N]) -> Self {
        let secret = Self(bytes);
        bytes.zeroize();
        secret
    }

    /// The bytes. A search for this name lists every use of a secret.
    pub const fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// Whether two secrets are equal, in constant time.
    pub fn equals(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// The base64url spelling, erased when dropped.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(text::base64url(&self.0))
    }
}

impl<const N: usize> FromStr for Secret<N> {
    type Err = text::TextError;

    fn from_str(text: &str) -> Result<Self, text::TextError> {
        text::from_base64url(text).map(Self::from_bytes)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Secret<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What a signature is for; a signature made for one purpose verifies for no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    /// A contact card: which keys are a person's.
    Card,
    /// A manifest: what never changes of a transfer.
    Manifest,
    /// Terms: what may change of a transfer.
    Terms,
    /// Rules of an engagement.
    Rules,
    /// A request to a relay.
    Request,
    /// A statement of evidence.
    Statement,
}

impl Namespace {
    /// The SSHSIG namespace string.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Card => "quitus-card-v1",
            Self::Manifest => "quitus-manifest-v1",
            Self::Terms => "quitus-terms-v1",
            Self::Rules => "quitus-rules-v1",
            Self::Request => "quitus-request-v1",
            Self::Statement => "quitus-statement-v1",
        }
    }
}

/// Why a key or a signature does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a key file, public key line or signature of OpenSSH.
    #[error("not an OpenSSH {what}")]
    Malformed {
        /// What was expected.
        what: &'static str,
    },
    /// A key type that is not accepted, or not for this purpose.
    #[error("keys of type {algorithm} are not accepted here, expected ssh-ed25519")]
    Algorithm {
        /// The type found.
        algorithm: String,
    },
    /// The private key is locked by a passphrase.
    #[error("the signing key is locked by a passphrase")]
    Locked,
    /// The signature is not one over these bytes, by this key, for this namespace.
    #[error("the signature is not valid for {namespace}")]
    Signature {
        /// The namespace that was asked for.
        namespace: &'static str,
    },
}

fn algorithm(algorithm: &ssh_key::Algorithm) -> KeyError {
    KeyError::Algorithm {
        algorithm: algorithm.to_string(),
    }
}

/// An Ed25519 key that signs.
pub struct SigningKey(PrivateKey);

impl SigningKey {
    /// Makes the key of a 32-byte seed (RFC 8032 section 5.1.5).
    pub fn from_seed(seed: &Secret<32>) -> Self {
        let keypair = Ed25519Keypair::from_seed(seed.expose());
        let key = PrivateKey::new(KeypairData::Ed25519(keypair), "")
            .expect("an Ed25519 pair without comment is always a key");
        Self(key)
    }

    /// Reads an unlocked OpenSSH private key file.
    pub fn from_openssh(pem: &str) -> Result<Self, KeyError> {
        let key = PrivateKey::from_openssh(pem).map_err(|_| KeyError::Malformed {
            what: "private key",
        })?;
        if key.is_encrypted() {
            return Err(KeyError::Locked);
        }
        if key.key_data().is_ed25519() {
            Ok(Self(key))
        } else {
            Err(algorithm(&key.algorithm()))
        }
    }

    /// The OpenSSH private key file.
    pub fn to_openssh(&self) -> Zeroizing<String> {
        self.0
            .to_openssh(LineEnding::LF)
            .expect("an Ed25519 key has a file form")
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.public_key().key_data().clone())
    }

    /// The scalar whose X25519 public key is [`PublicKey::to_x25519`] of the public half (RFC 8032
    /// section 5.1.5, not clamped): for opening what age sealed for an SSH key, nothing else.
    #[cfg(feature = "endpoint")]
    pub(crate) fn to_x25519(&self) -> Secret<32> {
        let pair = self.0.key_data().ed25519();
        let pair = pair.expect("a signing key is Ed25519");
        let key = ed25519_dalek::SigningKey::from_bytes(&pair.private.to_bytes());
        Secret::from_bytes(key.to_scalar_bytes())
    }

    /// Signs the bytes themselves (RFC 8032 section 5.1.6), for formats that say by their own first
    /// bytes what is signed: notes of `crate::tlog` and nothing else.
    pub(crate) fn sign_bytes(&self, message: &[u8]) -> [u8; 64] {
        use ed25519_dalek::Signer as _;
        let pair = self.0.key_data().ed25519();
        let pair = pair.expect("a signing key is Ed25519");
        let key = ed25519_dalek::SigningKey::from_bytes(&pair.private.to_bytes());
        key.sign(message).to_bytes()
    }

    /// Signs a message for one namespace.
    pub fn sign(&self, namespace: Namespace, message: &[u8]) -> Signature {
        let signature = self
            .0
            .sign(namespace.as_str(), HashAlg::Sha512, message)
            .expect("an unlocked Ed25519 key signs whatever it is given");
        Signature::from(signature)
    }
}

/// Whatever signs in a person's name: a key file, or a program that keeps the key.
pub trait Signer: Send + Sync {
    /// The key that its signatures verify with.
    fn public(&self) -> PublicKey;

    /// Signs a message for one namespace.
    ///
    /// # Errors
    ///
    /// If the key is not at hand or its owner does not agree; never for a [`SigningKey`].
    fn sign(&self, namespace: Namespace, message: &[u8]) -> Result<Signature, SignError>;
}

/// A signer did not sign.
#[derive(Debug, thiserror::Error)]
#[error("the signing key did not sign")]
pub struct SignError(#[source] pub Box<dyn core::error::Error + Send + Sync>);

impl Signer for SigningKey {
    fn public(&self) -> PublicKey {
        self.public()
    }

    fn sign(&self, namespace: Namespace, message: &[u8]) -> Result<Signature, SignError> {
        Ok(self.sign(namespace, message))
    }
}

/// A public key that verifies.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey(KeyData);

impl PublicKey {
    fn of(key: &KeyData) -> Result<Self, KeyError> {
        if key.is_ed25519() || key.is_sk_ed25519() {
            Ok(Self(key.clone()))
        } else {
            Err(algorithm(&key.algorithm()))
        }
    }

    /// Reads the binary form, as it stands base64 in a line, in its one spelling.
    pub fn from_blob(blob: &[u8]) -> Result<Self, KeyError> {
        let malformed = || KeyError::Malformed { what: "public key" };
        let key = KeyData::decode(&mut &*blob).map_err(|_| malformed())?;
        let key = Self::of(&key)?;
        if key.to_blob() == blob {
            Ok(key)
        } else {
            Err(malformed())
        }
    }

    /// The binary form.
    pub fn to_blob(&self) -> Vec<u8> {
        let mut blob = Vec::new();
        self.0
            .encode(&mut blob)
            .expect("a parsed or made key has a binary form");
        blob
    }

    /// Takes the 32 bytes of an Ed25519 key (RFC 8032 section 5.1.5). Nothing verifies by what is no
    /// point, or one of small order.
    pub fn from_ed25519(bytes: [u8; 32]) -> Self {
        Self(KeyData::Ed25519(ssh_key::public::Ed25519PublicKey(bytes)))
    }

    /// The 32 bytes of an Ed25519 key.
    ///
    /// # Errors
    ///
    /// As [`PublicKey::check_software`].
    pub fn to_ed25519(&self) -> Result<[u8; 32], KeyError> {
        self.check_software()?;
        let key = self.0.ed25519().map(|key| key.0);
        key.ok_or(KeyError::Malformed { what: "public key" })
    }

    /// Whether bytes are the one signature that [`SigningKey::sign_bytes`] makes of a message.
    pub(crate) fn is_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = self.to_ed25519();
        key.is_ok_and(|key| signature::is_signed(&key, message, signature))
    }

    /// Refuses a key that only a hardware token signs with: it cannot sign requests, nor can anything
    /// be sealed for it.
    ///
    /// # Errors
    ///
    /// [`KeyError::Algorithm`].
    pub fn check_software(&self) -> Result<(), KeyError> {
        if self.0.is_ed25519() {
            Ok(())
        } else {
            Err(algorithm(&self.0.algorithm()))
        }
    }

    /// The same point on the curve of X25519 (RFC 7748 section 4.1), to seal for.
    ///
    /// # Errors
    ///
    /// As [`PublicKey::check_software`]; [`KeyError::Malformed`] for what is no point, or one of
    /// small order.
    #[cfg(feature = "endpoint")]
    pub(crate) fn to_x25519(&self) -> Result<[u8; 32], KeyError> {
        self.check_software()?;
        let point = self.0.ed25519().map(|key| &key.0);
        point
            .and_then(|point| ed25519_dalek::VerifyingKey::from_bytes(point).ok())
            .filter(|key| !key.is_weak())
            .map(|key| key.to_montgomery().to_bytes())
            .ok_or(KeyError::Malformed { what: "public key" })
    }

    /// Its fingerprint.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(self.0.fingerprint(HashAlg::Sha256).to_string())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = ssh_key::PublicKey::from(self.0.clone())
            .to_openssh()
            .map_err(|_| fmt::Error)?;
        formatter.write_str(&line)
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(line: &str) -> Result<Self, KeyError> {
        let key = ssh_key::PublicKey::from_openssh(line)
            .map_err(|_| KeyError::Malformed { what: "public key" })?;
        Self::of(key.key_data())
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    /// Takes the one spelling only: no comment, no space around.
    fn try_from(line: String) -> Result<Self, KeyError> {
        let key: Self = line.parse()?;
        if key.to_string() == line {
            Ok(key)
        } else {
            Err(KeyError::Malformed { what: "public key" })
        }
    }
}

/// `SHA256:` and the base64 SHA-256 of a public key, as OpenSSH prints it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        let malformed = KeyError::Malformed {
            what: "SHA256 fingerprint",
        };
        let parsed: ssh_key::Fingerprint = text.parse().map_err(|_| malformed.clone())?;
        if parsed.is_sha256() && parsed.to_string() == text {
            Ok(Self(text))
        } else {
            Err(malformed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_seed(&Secret::from_bytes([7; 32]))
    }

    #[test]
    fn keys_have_one_file_form_and_one_fingerprint() {
        let again = SigningKey::from_openssh(&key().to_openssh()).expect("own file");
        assert!(again.public() == key().public());
        let line = key().public().to_string();
        assert!(
            line.parse::<PublicKey>()
                .is_ok_and(|parsed| parsed == key().public())
        );
        let fingerprint = key().public().fingerprint();
        assert!(Fingerprint::try_from(fingerprint.to_string()).is_ok());
        assert!(Fingerprint::try_from(format!("{fingerprint}=")).is_err());
        assert!(Fingerprint::try_from("SHA512:AAAA".to_owned()).is_err());
    }

    #[test]
    fn secrets_differ_from_draw_to_draw() {
        let (one, other) = (
            Secret::<32>::draw().expect("random"),
            Secret::<32>::draw().expect("random"),
        );
        assert!(!one.equals(&other) && one.equals(&one));
    }
}
