//! What may change of a transfer: how long, how often, for whom; signed by the sender each time.
//!
//! ```text
//! {"type":"quitus/terms/v1","manifest":"…","version":1,"recipients":[],
//!  "expiresAt":"2026-11-29T03:37:18Z","downloads":1}
//! ```
//!
//! Promises: terms belong to one manifest, by its digest; a later version replaces an earlier one,
//! never the reverse. They do not make the relay obey: it keeps its own count and clock.

use serde::{Deserialize, Serialize};

use crate::digest::Sha256;
use crate::document::{self, DocumentError};
use crate::keys::{Fingerprint, Namespace, PublicKey, SignError, Signer};
use crate::time::Timestamp;

const TYPE: &str = "quitus/terms/v1";

/// The terms of a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Terms {
    r#type: String,
    /// SHA-256 of the manifest's JSON.
    pub manifest: Sha256,
    /// 1 at first, one more at each change.
    pub version: u32,
    /// Whom it is for; empty for whoever holds the link.
    pub recipients: Vec<Fingerprint>,
    /// When it can no longer be claimed, by the relay's clock.
    pub expires_at: Timestamp,
    /// Downloads allowed.
    pub downloads: u32,
}

/// Why terms do not count.
#[derive(Debug, thiserror::Error)]
pub enum TermsError {
    /// They are not signed terms.
    #[error("the terms do not verify")]
    Document(#[source] DocumentError),
    /// They are for others: whoever read them holds a link and they name keys, or holds a key that
    /// they do not name.
    #[error("the terms are for {n_recipients} recipients, and not for you")]
    Recipients {
        /// Recipients named; none for whoever holds a link.
        n_recipients: usize,
    },
    /// They are of another manifest or another sender.
    #[error("the terms belong to another manifest or sender")]
    Foreign,
}

/// How whoever reads terms came by them.
#[derive(Debug, Clone, Copy)]
pub enum Reader<'a> {
    /// By a link that holds its secret.
    Link,
    /// By an envelope, with the signing key of this fingerprint.
    Key(&'a Fingerprint),
}

impl Terms {
    /// Terms for recipients by their signing keys, or for whoever holds the link if there are none;
    /// the first ones have version 1.
    pub fn new(
        manifest: Sha256,
        version: u32,
        recipients: Vec<Fingerprint>,
        (expires_at, downloads): (Timestamp, u32),
    ) -> Self {
        let r#type = TYPE.to_owned();
        Self {
            r#type,
            manifest,
            version,
            recipients,
            expires_at,
            downloads,
        }
    }

    /// Prints and signs the terms.
    ///
    /// # Errors
    ///
    /// If the signer does not sign; never for a key from a file.
    pub fn sign(&self, key: &dyn Signer) -> Result<Vec<u8>, SignError> {
        document::sign(key, Namespace::Terms, &document::to_json(self))
    }

    /// Verifies and reads signed terms, of whatever manifest, and says who signed them.
    ///
    /// # Errors
    /// [`TermsError::Document`].
    pub fn read(signed: &[u8]) -> Result<(Self, PublicKey), TermsError> {
        let (key, json) =
            document::verify(Namespace::Terms, signed).map_err(TermsError::Document)?;
        let terms = document::from_json(TYPE, json).map_err(TermsError::Document)?;
        Ok((terms, key))
    }

    /// Verifies and reads signed terms of one manifest, by the key that signed the manifest, for
    /// whoever reads them.
    ///
    /// # Errors
    /// [`TermsError`]. Terms that name others are refused, so that a recipient cannot hand a
    /// transfer on as if it had been meant for somebody else.
    pub fn verify(
        signed: &[u8],
        manifest: Sha256,
        sender: &PublicKey,
        reader: Reader<'_>,
    ) -> Result<Self, TermsError> {
        let (terms, key) = Self::read(signed)?;
        if key != *sender || terms.manifest != manifest {
            return Err(TermsError::Foreign);
        }
        terms.check_reader(&key.fingerprint(), reader)?;
        Ok(terms)
    }

    /// Whether they are for whoever reads them; their sender may always open what is for others.
    ///
    /// # Errors
    /// [`TermsError::Recipients`].
    pub fn check_reader(&self, sender: &Fingerprint, reader: Reader<'_>) -> Result<(), TermsError> {
        let n_recipients = self.recipients.len();
        let is_for_reader = match reader {
            Reader::Link => n_recipients == 0,
            Reader::Key(key) => self.recipients.contains(key) || key == sender && n_recipients > 0,
        };
        if is_for_reader {
            Ok(())
        } else {
            Err(TermsError::Recipients { n_recipients })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Secret, SigningKey};

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
    }

    fn terms(recipients: Vec<Fingerprint>) -> Terms {
        let limits = (Timestamp::from_unix(1_700_000_000, 0), 1);
        Terms::new(Sha256::of(&[b"manifest"]), 1, recipients, limits)
    }

    #[test]
    fn terms_belong_to_their_manifest_and_sender() {
        let signed = terms(Vec::new()).sign(&key(7)).unwrap();
        let verify = |manifest: &[u8], sender| {
            let manifest = Sha256::of(&[manifest]);
            Terms::verify(&signed, manifest, &key(sender).public(), Reader::Link)
        };
        assert_eq!(verify(b"manifest", 7).ok(), Some(terms(Vec::new())));
        assert!(matches!(verify(b"", 7), Err(TermsError::Foreign)));
        assert!(matches!(verify(b"manifest", 8), Err(TermsError::Foreign)));
    }

    #[test]
    fn terms_are_for_whom_they_name() {
        let print = |seed| key(seed).public().fingerprint();
        let check = |recipients: &[u8], reader: Option<u8>, expected| {
            let signed = terms(recipients.iter().map(|seed| print(*seed)).collect())
                .sign(&key(7))
                .unwrap();
            let reader_key = reader.map(print);
            let reader = reader_key.as_ref().map_or(Reader::Link, Reader::Key);
            let manifest = Sha256::of(&[b"manifest"]);
            let verified = Terms::verify(&signed, manifest, &key(7).public(), reader);
            assert_eq!(verified.is_ok(), expected, "{recipients:?} {reader:?}");
        };
        check(&[], None, true);
        check(&[], Some(1), false);
        check(&[], Some(7), false);
        check(&[1, 2], None, false);
        check(&[1, 2], Some(1), true);
        check(&[1, 2], Some(2), true);
        check(&[1, 2], Some(3), false);
        // The sender opens what it sent to others.
        check(&[1, 2], Some(7), true);
    }
}
