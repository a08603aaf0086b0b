//! What reaches the recipients of a transfer instead of a secret in the link.
//!
//! ```text
//! quitus/envelope/v1 AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI      the link secret
//! -----BEGIN SSH SIGNATURE-----                                       the signed terms
//! ```
//!
//! Sealed, it is a small age file to the recipients' keys and the sender's own. Promises: only they
//! learn the link secret; an envelope has one spelling. It does not say whom it is for: the terms in
//! it do, and whoever opens it has to compare ([`crate::terms::Reader`]). Spec: `docs/protocol.md`,
//! "envelope".

use zeroize::Zeroizing;

use crate::cipher::{self, DocumentError, Identity, OpenError, Recipient, SealError};
use crate::keys::Secret;
use crate::protocol::TERMS_BYTES_MAX;
use crate::split::LinkSecret;
use crate::text::TextError;

const TAG: &str = "quitus/envelope/v1 ";

/// The link secret and the terms of one transfer.
pub struct Envelope {
    /// `L`.
    pub secret: LinkSecret,
    /// The terms with their signature, which is not verified yet.
    pub terms: Vec<u8>,
}

/// Why an envelope does not open.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// None of the identities opens it, or it is damaged.
    #[error("the envelope does not open")]
    Sealed(#[source] DocumentError),
    /// What was sealed is no envelope, or one of a later version.
    #[error("what was sealed is no envelope of version 1")]
    Tag,
    /// The link secret is not 32 bytes in base64url.
    #[error("the link secret in the envelope is not well formed")]
    Secret(#[source] TextError),
}

impl EnvelopeError {
    /// Whether it is for others: no identity opens it.
    pub fn is_for_others(&self) -> bool {
        matches!(
            self,
            Self::Sealed(DocumentError::Header(OpenError::NoMatch { .. }))
        )
    }
}

impl Envelope {
    /// Seals the envelope for `recipients`.
    ///
    /// # Errors
    /// [`SealError`] if no header can be made for them.
    pub fn seal(&self, recipients: &[Recipient]) -> Result<Vec<u8>, SealError> {
        cipher::seal_bytes(recipients, &self.to_bytes())
    }

    /// Opens a sealed envelope of at most [`TERMS_BYTES_MAX`] bytes.
    ///
    /// # Errors
    /// [`EnvelopeError`]; see [`EnvelopeError::is_for_others`].
    pub fn open(identities: &[Identity], sealed: &[u8]) -> Result<Self, EnvelopeError> {
        let opened = cipher::open_bytes(identities, sealed, TERMS_BYTES_MAX)
            .map_err(EnvelopeError::Sealed)?;
        Self::parse(&opened)
    }

    /// Prints the envelope as it is sealed; erased when dropped.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let secret = self.secret.to_text();
        let head = [TAG.as_bytes(), secret.as_bytes(), b"\n"];
        let mut bytes = Zeroizing::new(Vec::with_capacity(64 + self.terms.len()));
        for piece in head {
            bytes.extend_from_slice(piece);
        }
        bytes.extend_from_slice(&self.terms);
        bytes
    }

    /// Reads an opened envelope; the terms in it are not looked at.
    ///
    /// # Errors
    /// [`EnvelopeError::Tag`] and [`EnvelopeError::Secret`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let rest = bytes
            .strip_prefix(TAG.as_bytes())
            .ok_or(EnvelopeError::Tag)?;
        let end = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or(EnvelopeError::Tag)?;
        let (secret, terms) = rest.split_at(end);
        let secret = str::from_utf8(secret).map_err(|_| EnvelopeError::Tag)?;
        let secret: LinkSecret = secret.parse().map_err(EnvelopeError::Secret)?;
        Ok(Self {
            secret: Secret::from_bytes(*secret.expose()),
            terms: terms.get(1..).unwrap_or_default().to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cipher::SecretKey;

    fn key(seed: u8) -> SecretKey {
        SecretKey::from_scalar(&[seed; 32])
    }

    fn envelope() -> Envelope {
        Envelope {
            secret: Secret::from_bytes([2; 32]),
            terms: b"signed terms\n".to_vec(),
        }
    }

    #[test]
    fn every_recipient_and_nobody_else_opens_it() {
        let sealed = envelope()
            .seal(&[key(1).recipient(), key(2).recipient()])
            .expect("two recipients");
        for seed in [1, 2] {
            let opened = Envelope::open(&[key(seed).into()], &sealed).expect("a recipient");
            assert!(opened.secret.equals(&envelope().secret));
            assert_eq!(opened.terms, envelope().terms);
        }
        let other = Envelope::open(&[key(3).into()], &sealed);
        assert!(other.is_err_and(|error| error.is_for_others()));
        for cut in [0, 40, sealed.len() - 1] {
            let cut = Envelope::open(&[key(1).into()], &sealed[..cut]);
            assert!(cut.is_err_and(|error| !error.is_for_others()));
        }
    }

    #[test]
    fn an_envelope_has_one_spelling() {
        let bytes = envelope().to_bytes();
        assert!(Envelope::parse(&bytes).is_ok_and(|parsed| *parsed.to_bytes() == *bytes));
        let text = String::from_utf8(bytes.to_vec()).expect("a text");
        for other in [
            text.replace("/v1", "/v2"),
            text.replace("/v1 ", "/v1  "),
            text.replacen('A', "=", 1),
            text.replacen("I\n", "J\n", 1),
            text.replace('\n', ""),
            String::new(),
        ] {
            assert!(Envelope::parse(other.as_bytes()).is_err(), "{other}");
        }
    }
}
