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
use crate::keys::{Fingerprint, Namespace, PublicKey, SigningKey};
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
    /// They name recipients by key, which this program cannot compare with its own yet.
    #[error("the terms are for {n_recipients} recipients by key, which is not supported yet")]
    Recipients {
        /// Recipients named.
        n_recipients: usize,
    },
    /// They are of another manifest or another sender.
    #[error("the terms belong to another manifest or sender")]
    Foreign,
}

impl Terms {
    /// Terms for whoever holds the link; the first ones have version 1.
    pub fn new(manifest: Sha256, version: u32, expires_at: Timestamp, downloads: u32) -> Self {
        let r#type = TYPE.to_owned();
        Self {
            r#type,
            manifest,
            version,
            recipients: Vec::new(),
            expires_at,
            downloads,
        }
    }

    /// Prints and signs the terms.
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        document::sign(key, Namespace::Terms, &document::to_json(self))
    }

    /// Verifies and reads signed terms of one manifest, by the key that signed the manifest.
    pub fn verify(signed: &[u8], manifest: Sha256, sender: &PublicKey) -> Result<Self, TermsError> {
        let (key, json) =
            document::verify(Namespace::Terms, signed).map_err(TermsError::Document)?;
        let terms: Self = document::from_json(TYPE, json).map_err(TermsError::Document)?;
        if key != *sender || terms.manifest != manifest {
            return Err(TermsError::Foreign);
        }
        match terms.recipients.len() {
            0 => Ok(terms),
            n_recipients => Err(TermsError::Recipients { n_recipients }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Secret;

    #[test]
    fn terms_belong_to_their_manifest_and_sender() {
        let key = |seed| SigningKey::from_seed(&Secret::from_bytes([seed; 32]));
        let manifest = Sha256::of(&[b"manifest"]);
        let terms = || Terms::new(manifest, 1, Timestamp::from_unix(1_700_000_000, 0), 1);
        let signed = terms().sign(&key(7));
        assert_eq!(
            Terms::verify(&signed, manifest, &key(7).public()).ok(),
            Some(terms())
        );
        let other = Terms::verify(&signed, Sha256::of(&[]), &key(7).public());
        assert!(matches!(other, Err(TermsError::Foreign)));
        let other = Terms::verify(&signed, manifest, &key(8).public());
        assert!(matches!(other, Err(TermsError::Foreign)));
        let for_one = Terms {
            recipients: vec![key(9).public().fingerprint()],
            ..terms()
        };
        let other = Terms::verify(&for_one.sign(&key(7)), manifest, &key(7).public());
        assert!(matches!(
            other,
            Err(TermsError::Recipients { n_recipients: 1 })
        ));
    }
}
